//! Reading what is there: one file for each kind, all reads at once, each through the gate.

pub(crate) mod dns;
mod everywhere;
pub(crate) mod link_services;
mod list;
pub(crate) mod network;
pub(crate) mod nsg;
mod place;
pub(crate) mod private_endpoints;
pub(crate) mod rule_groups;
#[cfg(test)]
mod tests;

pub(crate) use place::observe;
