//! The planners of the Azure kinds.

mod all;
mod changes;
mod depends;
mod dns;
mod firewall;
mod firewall_steps;
mod link_service;
mod link_target;
mod nsg;
mod nsg_entry;
mod nsg_steps;
mod opens_too_late;
mod priority;
mod private_endpoint;
mod private_link;
mod rule_match;
mod rule_table;
mod serves;
mod shadowing;

pub(crate) use all::plan;
pub(crate) use rule_match::Shape;

#[cfg(test)]
mod tests;
