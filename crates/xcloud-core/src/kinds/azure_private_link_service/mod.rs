//! `azure/private-link-service`: a private link service in front of a standard load balancer.

mod about;
mod declared;

pub(super) use about::RULES;
