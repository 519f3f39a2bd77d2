//! `azure/network-security-group`: our rules in a found network security group.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
