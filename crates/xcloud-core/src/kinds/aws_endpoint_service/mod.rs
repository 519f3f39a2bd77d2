//! `aws/endpoint-service`: a VPC endpoint service with its principals and the acceptance of connections.

mod about;
mod declared;

pub(super) use about::RULES;
