//! The planners of the Azure kinds.

mod all;
mod changes;
mod depends;
mod dns;
mod firewall;
mod firewall_steps;
mod late;
mod link;
mod link_service;
mod nsg;
mod nsg_steps;
mod priority;
mod private_endpoint;
mod rows;
mod scope;
mod shadow;
mod shape;

pub(crate) use all::plan;
pub(crate) use shape::Shape;

#[cfg(test)]
mod tests;
