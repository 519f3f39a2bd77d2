//! What several kinds need.

mod address_source;
pub(crate) mod aws;
pub(crate) mod azure;
mod azure_grammar;
mod azure_place;
mod azure_rule;
mod azure_rules;
mod interface;
mod ports;
mod written;

pub(crate) use address_source::{record_addresses, side};
pub(crate) use azure_grammar::{ADDRESSES_OF, PROTOCOL, RULE_ENV, RULE_NAME, RULE_REGION, SIDE, WIDE_KEY};
pub(crate) use azure_place::{has_location, subscription};
pub(crate) use azure_rule::{Meaning, common, unique_name};
pub(crate) use azure_rules::{keep_outside, rule_body, rule_head, wide};
pub(crate) use interface::pins_fit;
pub(crate) use ports::{port_list, protocol};
pub(crate) use written::{
    WIDE, acceptance, addresses, duration, groups, object, one_group, own_name, ports, put, selector, subnets,
};
