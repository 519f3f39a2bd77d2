//! Flows: what a platform team writes, and the resources that it expands to.

mod aws_to_azure;
mod azure_rules;
mod azure_to_aws;
mod checks;
mod checks_pins;
mod environment;
mod expand;
mod flow_layer;
mod stack;

pub(crate) use azure_rules::inside_zone;
pub(crate) use environment::Env;
pub(crate) use expand::expand;
pub(crate) use flow_layer::{Story, acceptance, story};
