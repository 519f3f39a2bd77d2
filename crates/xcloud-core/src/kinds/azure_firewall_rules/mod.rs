//! `azure/firewall-rules`: one wholly owned rule collection group of a found firewall policy.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
