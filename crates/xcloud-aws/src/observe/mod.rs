//! Reads what one account and region holds, in bulk.

pub(crate) mod balancer_parts;
pub(crate) mod endpoints;
pub(crate) mod groups;
pub(crate) mod load_balancers;
mod network;
mod region;
pub(crate) mod services;
pub(crate) mod zones;

pub(crate) use region::region;
