//! What has one owner: a record of a zone, a rule collection group, a priority, a load balancer's service.

use crate::code::ProblemCode;
use crate::config::raw::Fault;
use crate::model::{Addr, ArmName, Direction, LoadBalancerRef, PlaceKey, Selector};

/// What one resource has for itself alone.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// A record of an Azure zone.
    AzureRecord(ArmName, String),
    /// A record of the private zones of a VPC.
    ZoneRecord(PlaceKey, Selector, String),
    /// A rule collection group of a policy.
    RuleCollectionGroup(ArmName, String),
    /// A priority in a policy.
    GroupPriority(ArmName, u16),
    /// The name of a rule in a network security group.
    RuleName(ArmName, String),
    /// A priority of one direction in a network security group.
    RulePriority(ArmName, Direction, u16),
    /// A load balancer behind a service; a found one, in its place.
    LoadBalancer(LoadBalancerRef, Option<PlaceKey>),
}

impl Claim {
    /// Returns what is told to the second one.
    pub(crate) fn refused(&self, first: &Addr) -> Fault {
        match self {
            Self::AzureRecord(zone, record) => Fault::new(
                ProblemCode::RecordClaimed,
                format!("{first} is the record {record} of the zone {} already", zone.name()),
            )
            .hint("one record has one owner; give each environment its own name"),
            Self::ZoneRecord(_, _, record) => {
                Fault::new(ProblemCode::RecordClaimed, format!("{first} is the record {record} in this VPC already"))
                    .hint("one record has one owner; give each its own name or VPC")
            }
            Self::RuleCollectionGroup(_, group) => Fault::new(
                ProblemCode::GroupClaimed,
                format!("{first} is the whole rule collection group {group} already"),
            )
            .hint("put all rules of a group into one resource"),
            Self::GroupPriority(policy, priority) => Fault::new(
                ProblemCode::PriorityTaken,
                format!("{first} has the priority {priority} in the policy {} already", policy.name()),
            )
            .hint("two groups of one priority have no defined order"),
            Self::RuleName(group, name) => {
                Fault::new(ProblemCode::RuleNameTaken, format!("{first} has a rule {name} in {} already", group.name()))
            }
            Self::RulePriority(group, direction, priority) => Fault::new(
                ProblemCode::PriorityTaken,
                format!("{first} has an {direction} rule with priority {priority} in {} already", group.name()),
            )
            .hint("Azure takes a priority once for each direction"),
            Self::LoadBalancer(..) => {
                Fault::new(ProblemCode::LoadBalancerShared, format!("{first} uses the same load balancer"))
                    .hint("a load balancer belongs to one endpoint service only, which exposes all its listeners")
            }
        }
    }
}
