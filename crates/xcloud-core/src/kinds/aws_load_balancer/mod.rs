//! `aws/load-balancer`: an internal Network Load Balancer with target groups, listeners and targets, as one unit.

mod about;
mod declared;

pub(super) use about::RULES;
