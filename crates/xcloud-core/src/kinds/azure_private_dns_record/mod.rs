//! `azure/private-dns-record`: an A record set in a found private DNS zone.

mod about;
mod declared;
mod grammar;
pub(super) mod plan;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
