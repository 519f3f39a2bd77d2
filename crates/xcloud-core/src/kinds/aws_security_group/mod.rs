//! `aws/security-group`: an EC2 security group with its rules.

mod about;
mod declared;
mod grammar;
mod plan;
mod read;
mod remove;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
