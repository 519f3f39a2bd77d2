//! `aws/endpoint`: an interface VPC endpoint.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
