//! Reading what is there: one file for each kind, all reads at once, each through the gate.

pub(crate) mod dns;
mod everywhere;
pub(crate) mod link_services;
pub(crate) mod network;
pub(crate) mod nsg;
pub(crate) mod private_endpoints;
pub(crate) mod rule_groups;
mod table;

#[cfg(test)]
mod tests;

pub(crate) use table::observe;
