//! `azure/private-link-service`: a private link service in front of a standard load balancer.

mod about;
mod declared;
mod grammar;
mod read;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
