//! `aws/load-balancer`: an internal Network Load Balancer with target groups, listeners and targets, as one unit.

mod about;
mod declared;
mod grammar;
mod listeners;
mod moving;
mod plan;
mod read;
mod remove;
mod replaced;
mod tagged;
mod unit;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
