//! `azure/network-security-group`: our rules in a found network security group.

mod about;
mod declared;

pub(super) use about::RULES;
