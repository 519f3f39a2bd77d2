//! What several kinds need.

mod azure_rules;
mod written;

pub(crate) use azure_rules::{keep_outside, rule_body, rule_head, wide};
pub(crate) use written::{
    WIDE, acceptance, addresses, duration, groups, object, one_group, own_name, ports, put, selector, subnets,
};
