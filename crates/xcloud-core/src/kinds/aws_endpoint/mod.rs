//! `aws/endpoint`: an interface VPC endpoint.

mod about;
mod calls;
mod create;
mod declared;
mod grammar;
mod group_swap;
mod plan;
mod read;
mod remove;
mod update;

pub(super) use about::RULES;
pub(super) use grammar::GRAMMAR;
