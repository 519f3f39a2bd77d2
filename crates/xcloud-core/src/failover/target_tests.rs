//! What is desired and seen as if another region were active already.

use super::*;
use crate::failover::gates::tests::live;
use crate::live::{LiveFirewallRule, LiveNsgRule};
use crate::marks;
use crate::model::{Addr, Kind};
use crate::tests::open_api;

const NORTH: &str = "eu-north-1";
const WEST: &str = "eu-west-1";

fn standing(region: &str, old: OldRegion) -> Standing {
    let record = ActiveRecord { epoch: 2, region: region.to_owned(), to: None, old, run: "r".to_owned() };
    Standing { record, live: None }
}

/// The declared rules of prod in a region, in firewall and security groups.
fn count(desired: &Desired, region: &str) -> usize {
    rules_of(desired, "prod", region).len()
}

#[test]
fn rules_that_open_on_failover_are_open_in_the_region_that_would_take_over_alone() {
    let mut desired = open_api();
    desired.failover.as_mut().expect("a policy").rules = FailoverRules::OnFailover;
    let observed = live::observed(&desired);
    let of = |region: &str, old: OldRegion, to: &str| {
        let (wanted, _) = as_target(&desired, &observed, "prod", &standing(region, old), to);
        (count(&wanted, NORTH), count(&wanted, WEST))
    };
    assert_eq!((count(&desired, NORTH), count(&desired, WEST)), (4, 4));
    assert_eq!(of(NORTH, OldRegion::Open, WEST), (4, 4), "the primary region is always open");
    assert_eq!(of(WEST, OldRegion::Fenced, NORTH), (4, 0), "the standby is closed again");
}

#[test]
fn fences_of_the_region_that_would_take_over_are_not_seen() {
    let desired = open_api();
    let mut observed = live::observed(&desired);
    let rule = "xc-open-api-prod-core-banking-eu-north-1";
    let fence = fence_name(rule);
    let mark = |kind| marks::rule_description(&desired, &Addr::new("prod", "azure", kind, "x"));
    for state in observed.places.values_mut() {
        let Answer::Azure(live) = &mut state.answer else { continue };
        for group in &mut live.rule_groups {
            let first = group.rules[0].clone();
            let named = |name: &str, description: String| LiveFirewallRule {
                name: name.to_owned(),
                action: "Deny".to_owned(),
                description,
                ..first.clone()
            };
            group.rules.push(named(&fence, mark(Kind::FirewallRules)));
            group.rules.push(named(&fence_name("xc-open-api-prod-core-banking-eu-west-1"), mark(Kind::FirewallRules)));
            group.rules.push(named(&fence.to_uppercase(), String::new()));
        }
        for nsg in live.nsgs.iter_mut().filter(|nsg| nsg.id.0.contains("rg-prod")) {
            let first = nsg.rules[0].clone();
            let named = |description| LiveNsgRule { name: fence.clone(), description, ..first.clone() };
            nsg.rules.extend([named(mark(Kind::NetworkSecurityGroup)), named("theirs".to_owned())]);
        }
    }
    let fences = |observed: &Observed| {
        let lives = observed.places.values().filter_map(|state| match &state.answer {
            Answer::Azure(live) => Some(live),
            _ => None,
        });
        let ends = |name: &str| name.to_ascii_lowercase().ends_with("-fence");
        let mut counts = (0, 0);
        for live in lives {
            counts.0 += live.rule_groups.iter().flat_map(|group| &group.rules).filter(|rule| ends(&rule.name)).count();
            counts.1 += live.nsgs.iter().flat_map(|nsg| &nsg.rules).filter(|rule| ends(&rule.name)).count();
        }
        counts
    };
    assert_eq!(fences(&observed), (3, 2));
    let (_, seen) = as_target(&desired, &observed, "prod", &standing(WEST, OldRegion::Fenced), NORTH);
    assert_eq!(fences(&seen), (2, 1), "those of the other region, and those without our mark, are seen");
    // A rule may be declared for a firewall alone, or for a security group alone.
    for kind in [Kind::FirewallRules, Kind::NetworkSecurityGroup] {
        let mut one = desired.clone();
        one.resources.retain(|_, resource| resource.spec.kind() != kind);
        let (_, seen) = as_target(&one, &observed, "prod", &standing(WEST, OldRegion::Fenced), NORTH);
        assert_eq!(fences(&seen), (2, 1), "without {kind:?}");
    }
}

#[test]
fn what_is_closed_counts_as_opened_by_the_failover() {
    let desired = open_api();
    let observed = live::observed(&desired);
    let policy = |old| {
        let (wanted, _) = as_target(&desired, &observed, "prod", &standing(WEST, old), NORTH);
        wanted.failover.expect("a policy").rules
    };
    assert_eq!(policy(OldRegion::Closed), FailoverRules::OnFailover);
    assert_eq!(policy(OldRegion::Fenced), FailoverRules::AlwaysOpen);
}
