//! `aws/endpoint`: an interface VPC endpoint.

mod about;
mod declared;

pub(super) use about::RULES;
