//! The layer below flows: resources one by one.

mod accounts;
mod address_source;
mod azure_rules;
mod dns;
mod endpoint;
mod header;
mod load_balancer;
mod private_link;
mod read;
mod reading;
mod refs;
mod security_group;

pub(crate) use accounts::{Accounts, accounts};
pub(crate) use header::{Header, headers};
pub(crate) use read::read;
pub(crate) use refs::Refs;
