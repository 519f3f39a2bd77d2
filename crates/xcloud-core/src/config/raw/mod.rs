//! The file as written: a tree of nodes that know their place, and the collection of what is wrong with it.

mod fault;
mod nearest;
mod node;
mod parse;
mod problems;
mod secret;

pub(crate) use fault::Fault;
pub(crate) use nearest::{did_you_mean, nearest};
pub(crate) use node::{At, Node, Scalar, ScalarKind, Value};
pub(crate) use parse::parse;
pub(crate) use problems::Problems;
pub use secret::holds_secret;
pub(crate) use secret::{secret_key, secret_value};
