//! `azure/private-endpoint`: a private endpoint with the approval of its connection.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
