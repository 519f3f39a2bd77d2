//! Makes the one mutating call of an operation.

mod dispatch;
mod endpoints;
pub(crate) mod groups;
pub(crate) mod load_balancers;
pub(crate) mod services;
pub(crate) mod target_groups;
pub(crate) mod zones;

pub(crate) use dispatch::{made, perform};
