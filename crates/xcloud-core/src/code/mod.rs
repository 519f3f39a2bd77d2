//! The codes of what xcloud tells: a closed list, each with its gravity, its class for drift and its page's line.
//!
//! A code is stable: scripts and tickets name it. It is made where the fault is found and becomes text at the very end.

mod level;
mod note;
mod problem;
mod table;
#[cfg(test)]
mod tests;

pub use level::{Class, NoteLevel, Severity};
pub use note::NoteCode;
pub use problem::ProblemCode;
