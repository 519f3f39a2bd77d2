//! `aws/private-zone-record`: a record in a found Route 53 private zone.

mod about;
mod declared;
mod grammar;
mod mark;
mod plan;
mod read;
mod remove;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
