//! `azure/private-endpoint`: a private endpoint with the approval of its connection.

mod about;
mod declared;

pub(super) use about::RULES;
