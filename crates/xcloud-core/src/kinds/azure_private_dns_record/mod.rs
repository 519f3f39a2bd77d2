//! `azure/private-dns-record`: an A record set in a found private DNS zone.

mod about;
mod declared;

pub(super) use about::RULES;
