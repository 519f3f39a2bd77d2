//! `azure/network-security-group`: our rules in a found network security group.

mod about;
mod declared;
mod entry;
mod grammar;
pub(super) mod plan;
pub(super) mod priority;
mod read;
mod rows;
mod shadowing;
pub(super) mod steps;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
