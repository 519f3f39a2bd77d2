//! Making the one call of an operation: names checked first, guards looked at, the smallest body sent.

pub(crate) mod connections;
pub(crate) mod dns;
pub(crate) mod guard;
pub(crate) mod link_services;
pub(crate) mod merge;
pub(crate) mod nsg;
pub(crate) mod one;
pub(crate) mod private_endpoints;
pub(crate) mod rule_groups;
