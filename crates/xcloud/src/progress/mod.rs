//! What runs now, for how long, and what waits for what: on stderr, while it happens.
//!
//! ```text
//! engine ─ Event ─► board (what is going on) ─► live: the last lines of the terminal, redrawn
//!                                            └► plain: one line for each event
//! ```

mod board;
mod live;
mod plain;
mod show;

pub(crate) use show::Progress;

#[cfg(test)]
mod tests;
