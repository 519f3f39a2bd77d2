//! What is wrong between resources, whichever layer they come from.

mod all;
mod claims;
mod graph;
mod names;
mod pins;

pub(super) use all::check;
