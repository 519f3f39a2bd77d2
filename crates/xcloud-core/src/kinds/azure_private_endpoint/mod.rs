//! `azure/private-endpoint`: a private endpoint with the approval of its connection.

mod about;
mod declared;
mod grammar;
pub(super) mod plan;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
