//! The planners of the AWS kinds: [`plan`] goes through them in the order in which they refer to each other.

mod addresses;
mod all;
mod endpoint;
mod endpoint_create;
mod endpoint_service;
mod endpoint_update;
mod found;
mod found_balancer;
mod group_swap;
mod hold;
mod index;
mod listeners;
mod load_balancer;
pub(crate) mod names;
mod principals;
mod record;
mod refs;
mod removal;
mod removal_ops;
mod replaced;
mod rules;
mod security_group;
mod select;
mod service_book;
#[cfg(test)]
mod tests;

pub(crate) use all::plan;
