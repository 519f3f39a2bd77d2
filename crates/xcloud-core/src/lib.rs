//! The pure planner: it decides everything and touches nothing.
//!
//! ```text
//! config ──► Desired ─┐
//!                     ├─ plan::converge ──► Plan (changes, notes, steps with undo)
//! observe ─► Observed ┘
//! ```
//!
//! Each arrow is a function of values. No clock, no file, no environment and no network is reachable from here:
//! reading the clouds and changing them is behind the [`provider`] port, which other crates implement.

pub mod active;
pub mod code;
pub mod config;
pub mod counted;
pub mod diag;
pub mod drift;
pub mod duration;
pub mod failover;
mod fault;
pub mod journal;
pub mod kinds;
pub mod limits;
pub mod live;
pub mod marks;
pub mod model;
pub mod op;
pub mod plan;
pub mod provider;
pub mod reach;
mod serve;
#[cfg(test)]
mod tests;
