//! `azure/firewall-rules`: one wholly owned rule collection group of a found firewall policy.

mod about;
mod declared;
mod grammar;
mod kept;
pub(super) mod part;
pub(super) mod plan;
mod read;
mod rows;
mod shadowing;
mod size;
pub(super) mod steps;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
