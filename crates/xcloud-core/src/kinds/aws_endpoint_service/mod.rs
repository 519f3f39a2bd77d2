//! `aws/endpoint-service`: a VPC endpoint service with its principals and the acceptance of connections.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
