//! `azure/firewall-rules`: one wholly owned rule collection group of a found firewall policy.

mod about;
mod declared;

pub(super) use about::RULES;
