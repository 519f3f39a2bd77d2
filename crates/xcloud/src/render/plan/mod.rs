//! A plan as an operator reviews it.
//!
//! ```text
//! dev / eu-north-1                        one group for each environment and region
//!   + create  dev/eu-north-1/endpoint/x   symbol and word
//!       service  (known after apply)      old -> new for each field
//! Azure rules                             what the firewall team signs
//! Notes
//! Plan: ...                               the summary, the calls
//! ```

mod changes;
mod fields;
mod notes;
mod page;
mod rules;
mod summary;
mod undo;
mod view;

pub(crate) use page::page;
pub(crate) use summary::{calls_line, one_line, part, waits_line};
pub(crate) use view::PlanView;

#[cfg(test)]
pub(crate) mod tests;
