//! Things that have one owner: a record of a zone, a rule collection group, a priority, a load balancer's service.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::draft::Draft;
use crate::config::raw::{Fault, Problems};
use crate::model::{Addr, ArmName, Direction, LoadBalancerRef, PlaceKey, Priority, Selector, Spec};

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Claim {
    AzureRecord(ArmName, String),
    ZoneRecord(PlaceKey, Selector, String),
    RuleCollectionGroup(ArmName, String),
    GroupPriority(ArmName, u16),
    RuleName(ArmName, String),
    RulePriority(ArmName, Direction, u16),
    LoadBalancer(LoadBalancerRef, Option<PlaceKey>),
}

impl Claim {
    fn refused(&self, first: &Addr) -> Fault {
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
            Self::RulePriority(group, direction, priority) => {
                let direction = if *direction == Direction::Inbound { "inbound" } else { "outbound" };
                Fault::new(
                    ProblemCode::PriorityTaken,
                    format!("{first} has an {direction} rule with priority {priority} in {} already", group.name()),
                )
                .hint("Azure takes a priority once for each direction")
            }
            Self::LoadBalancer(..) => Fault::new(
                ProblemCode::LoadBalancerShared,
                format!("{first} stands in front of the same load balancer"),
            )
            .hint("a load balancer is behind one endpoint service only, which exposes all its listeners"),
        }
    }
}

/// Reports claims that two resources make. Of load balancers only those that a declared resource shares: flows say it
/// in their own words.
pub(super) fn check(expanded: &[Draft], declared: &[Draft], problems: &mut Problems<'_>) {
    let mut taken: BTreeMap<Claim, &Addr> = BTreeMap::new();
    let both = expanded.iter().map(|draft| (draft, false)).chain(declared.iter().map(|draft| (draft, true)));
    for (draft, is_declared) in both {
        for claim in claims(draft) {
            match taken.get(&claim) {
                Some(first) if **first == draft.resource.addr => {}
                Some(_) if !is_declared && matches!(claim, Claim::LoadBalancer(..)) => {}
                Some(first) => problems.error(draft.at, claim.refused(first)),
                None => {
                    taken.insert(claim, &draft.resource.addr);
                }
            }
        }
    }
}

fn claims(draft: &Draft) -> Vec<Claim> {
    let place = draft.resource.place.key();
    match &draft.resource.spec {
        Spec::PrivateDnsRecord(record) => {
            vec![Claim::AzureRecord(record.zone.clone(), record.record.to_ascii_lowercase())]
        }
        Spec::PrivateZoneRecord(record) => {
            vec![Claim::ZoneRecord(place, record.vpc.clone(), record.record.to_ascii_lowercase())]
        }
        Spec::FirewallRules(group) => vec![
            Claim::RuleCollectionGroup(group.policy.clone(), group.group.to_ascii_lowercase()),
            Claim::GroupPriority(group.policy.clone(), group.priority),
        ],
        Spec::NetworkSecurityGroup(group) => {
            let names =
                group.rules.iter().map(|rule| Claim::RuleName(group.group.clone(), rule.name.to_ascii_lowercase()));
            let fixed = group.rules.iter().filter_map(|rule| match rule.priority {
                Priority::Fixed(priority) => Some(Claim::RulePriority(group.group.clone(), rule.direction, priority)),
                Priority::Within(..) => None,
            });
            names.chain(fixed).collect()
        }
        Spec::EndpointService(service) => service
            .load_balancers
            .iter()
            .map(|balancer| {
                let found = matches!(balancer, LoadBalancerRef::Found(_));
                Claim::LoadBalancer(balancer.clone(), found.then(|| place.clone()))
            })
            .collect(),
        _ => Vec::new(),
    }
}
