//! `azure/private-link-service`: a private link service in front of a standard load balancer.

mod about;
mod declared;
mod grammar;
pub(super) mod plan;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
