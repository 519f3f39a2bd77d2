//! `aws/endpoint-service`: a VPC endpoint service with its principals and the acceptance of connections.

mod about;
mod address_book;
mod declared;
mod grammar;
mod plan;
mod principals;
mod read;
mod remove;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
