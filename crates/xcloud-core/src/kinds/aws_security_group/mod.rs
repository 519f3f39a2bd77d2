//! `aws/security-group`: an EC2 security group with its rules.

mod about;
mod declared;

pub(super) use about::RULES;
