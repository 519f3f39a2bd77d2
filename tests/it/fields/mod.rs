//! Every optional field of every kind: changed in the config, shown exactly, applied, and back again.

mod azure_links;
mod azure_rules;
mod balancers;
pub(crate) mod endpoints;
mod groups;
mod owner;
mod tags;
