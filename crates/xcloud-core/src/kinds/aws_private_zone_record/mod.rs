//! `aws/private-zone-record`: a record in a found Route 53 private zone.

mod about;
mod declared;

pub(super) use about::RULES;
