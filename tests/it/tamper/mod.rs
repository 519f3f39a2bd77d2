//! Somebody changes what is live: the plan shows exactly that, and the next run puts it right.

mod aws;
mod azure;
mod beyond;
pub(crate) mod hand;
