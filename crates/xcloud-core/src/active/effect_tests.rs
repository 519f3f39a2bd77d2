//! Fences: before which number, against which addresses, and where.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::active::ActiveRecord;
use crate::failover::gates::tests::live;
use crate::failover::target::as_target;
use crate::live::{Answer, LiveFirewallRule, LiveNsgRule};
use crate::tests::{OPEN_API, azure, load};

const NORTH: &str = "eu-north-1";
const WEST: &str = "eu-west-1";
const CORE: &str = "xc-open-api-prod-core-banking-eu-north-1";

/// The estate as it stands, with the part of the text that a test leaves out.
fn world(without: &[&str]) -> (Desired, Observed) {
    let kept = OPEN_API.lines().filter(|line| !without.iter().any(|part| line.contains(part)));
    let text: String = kept.map(|line| format!("{line}\n")).collect();
    let desired = load(&text);
    let observed = live::observed(&desired);
    (desired, observed)
}

const NO_FIREWALL: [&str; 2] = ["firewall_policy:", "rule_collection_group:"];

fn live_nsg(observed: &mut Observed) -> &mut Vec<LiveNsgRule> {
    let nsg = azure(observed).nsgs.iter_mut().find(|nsg| nsg.id.0.contains("rg-prod"));
    &mut nsg.expect("the group of prod").rules
}

fn live_firewall(observed: &mut Observed) -> &mut Vec<LiveFirewallRule> {
    &mut azure(observed).rule_groups.first_mut().expect("our group").rules
}

fn standing(region: &str, old: OldRegion) -> Standing {
    let record = ActiveRecord { epoch: 2, region: region.to_owned(), to: None, old, run: "r".to_owned() };
    Standing { record, live: None }
}

fn under_west(desired: &Desired, observed: &Observed, old: OldRegion) -> Desired {
    under(desired, observed, &BTreeMap::from([("prod".to_owned(), standing(WEST, old))])).into_owned()
}

fn text(source: &AddressSource) -> String {
    match source {
        AddressSource::Listed(nets) => nets.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        AddressSource::Of { addr, .. } => addr.to_string(),
    }
}

fn nsg_rules(desired: &Desired) -> Vec<&NsgRule> {
    let groups = desired.resources.values().filter_map(|resource| match &resource.spec {
        Spec::NetworkSecurityGroup(group) if resource.addr.env() == "prod" => Some(&group.rules),
        _ => None,
    });
    groups.flatten().collect()
}

/// The denies of prod's security group: name, numbers, sources and destinations.
fn nsg_fence(desired: &Desired) -> Vec<String> {
    let denies = nsg_rules(desired).into_iter().filter(|rule| rule.access == Access::Deny);
    denies
        .map(|rule| {
            let name = rule.name.trim_start_matches("xc-open-api-prod-");
            format!("{name} {:?} {} -> {}", rule.priority, text(&rule.from), text(&rule.to))
        })
        .collect()
}

/// The sources of the denies in the firewall.
fn firewall_fence(desired: &Desired, name: &str) -> Option<String> {
    let groups = desired.resources.values().filter_map(|resource| match &resource.spec {
        Spec::FirewallRules(group) => Some(&group.rules),
        _ => None,
    });
    let mut denies = groups.flatten().filter(|rule| rule.access == Access::Deny);
    denies.find(|rule| rule.name == fence_name(name)).map(|rule| text(&rule.from))
}

#[test]
fn a_fence_stands_before_the_rule_that_it_denies() {
    let within = |from, to| Some(Priority::Within(from, to));
    let range = Priority::Within(2000, 2099);
    assert_eq!(fence_range(range, None), within(2000, 2009), "the first tenth");
    assert_eq!(fence_range(range, Some(2050)), within(2000, 2009));
    assert_eq!(fence_range(range, Some(2005)), within(2000, 2004));
    assert_eq!(fence_range(range, Some(2001)), within(2000, 2000));
    assert_eq!(fence_range(range, Some(2000)), within(100, 1999), "there is none in the range");
    assert_eq!(fence_range(range, Some(100)), None, "nothing stands before the first number");
    assert_eq!(fence_range(Priority::Within(2000, 2004), None), within(100, 1999), "the range has no tenth");
    assert_eq!(fence_range(Priority::Fixed(2001), None), within(100, 2000));
    assert_eq!(fence_range(Priority::Fixed(2001), Some(300)), within(100, 299));
    assert_eq!(fence_range(Priority::Fixed(100), None), None);
    assert_eq!(fence_range(Priority::Fixed(101), None), within(100, 100));
}

#[test]
fn a_name_is_cut_before_its_last_sixteen_letters() {
    let long = format!("xc-{}-eu-north-1", "abcdefghij".repeat(7));
    let name = fence_name(&long);
    assert_eq!(name, format!("{}{}-fence", &long[..58], &long[long.len() - 16..]));
    assert_eq!(name.len(), 80);
}

#[test]
fn the_fence_of_a_security_group_follows_its_live_rules() {
    let (desired, mut observed) = world(&NO_FIREWALL);
    for rule in live_nsg(&mut observed).iter_mut().filter(|rule| rule.name == CORE) {
        rule.name = CORE.to_uppercase();
        rule.priority = 2007;
        rule.from.extend(["10.60.2.99/32".to_owned(), "10.60.0.0/16".to_owned(), "*".to_owned()]);
    }
    let fenced = under_west(&desired, &observed, OldRegion::Fenced);
    assert_eq!(
        nsg_fence(&fenced),
        [
            "core-banking-eu-north-1-fence Within(2000, 2006) 10.60.2.4/32,10.60.2.20/32,10.60.2.36/32,10.60.2.99/32 -> 10.122.8.10/32",
            "payment-events-eu-north-1-fence Within(2000, 2001) 10.122.16.0/26 -> 10.60.2.5/32,10.60.2.21/32,10.60.2.37/32",
        ]
    );
    assert_eq!(nsg_rules(&fenced).len(), 6, "both regions stay open");
    let closed = under_west(&desired, &observed, OldRegion::Closed);
    assert_eq!((nsg_fence(&closed), nsg_rules(&closed).len()), (nsg_fence(&fenced), 4));
}

#[test]
fn a_deny_is_not_fenced_and_behind_a_firewall_no_security_group_is() {
    let (mut desired, observed) = world(&NO_FIREWALL);
    for resource in desired.resources.values_mut().filter(|resource| resource.addr.env() == "prod") {
        if let Spec::NetworkSecurityGroup(group) = &mut resource.spec {
            group.rules.iter_mut().filter(|rule| rule.name == CORE).for_each(|rule| rule.access = Access::Deny);
        }
    }
    let fenced = under_west(&desired, &observed, OldRegion::Fenced);
    let names = nsg_rules(&fenced).into_iter().map(|rule| rule.name.as_str()).filter(|name| name.ends_with("-fence"));
    assert_eq!(names.collect::<Vec<_>>(), ["xc-open-api-prod-payment-events-eu-north-1-fence"]);
    let (desired, observed) = world(&[]);
    assert!(nsg_fence(&under_west(&desired, &observed, OldRegion::Fenced)).is_empty());
}

#[test]
fn only_a_region_whose_ways_lead_through_the_firewall_is_behind_it() {
    let (mut desired, observed) = world(&[]);
    for resource in desired.resources.values_mut() {
        if let Spec::FirewallRules(group) = &mut resource.spec {
            group.rules.retain(|rule| rule.env != "prod" || rule.region.as_deref() != Some(NORTH));
        }
    }
    assert_eq!(nsg_fence(&under_west(&desired, &observed, OldRegion::Fenced)).len(), 2);
}

#[test]
fn what_the_cloud_chose_stays_denied_when_it_cannot_be_read_any_more() {
    let (mut desired, mut observed) = world(&[]);
    let fence = |of: &LiveFirewallRule, from: &str| LiveFirewallRule {
        name: fence_name(&of.name),
        from: BTreeSet::from([from.to_owned()]),
        ..of.clone()
    };
    let rules = live_firewall(&mut observed);
    let allow = rules.iter().find(|rule| rule.name == CORE).cloned().expect("a rule");
    rules.push(fence(&allow, "10.60.2.77/32"));
    let pins = "10.60.2.4/32,10.60.2.20/32,10.60.2.36/32";
    let denied = |desired: &Desired, observed: &Observed| {
        firewall_fence(&under_west(desired, observed, OldRegion::Fenced), CORE)
    };
    assert_eq!(denied(&desired, &observed).as_deref(), Some(pins), "what is pinned is known");
    for resource in desired.resources.values_mut() {
        if let Spec::LoadBalancer(balancer) = &mut resource.spec {
            balancer.service_ips.clear();
        }
    }
    for state in observed.places.values_mut().filter(|state| matches!(state.answer, Answer::Aws(_))) {
        state.answer = Answer::Aws(Box::default());
    }
    assert_eq!(denied(&desired, &observed), Some(pins.replace("10.60.2.36/32", "10.60.2.36/32,10.60.2.77/32")));
    // Rules of the same names in another group, or in another policy's, say nothing.
    let mut elsewhere = azure(&mut observed).rule_groups[0].clone();
    azure(&mut observed).rule_groups[0].name = "another".to_owned();
    elsewhere.policy = ArmName("/another".to_owned());
    azure(&mut observed).rule_groups.push(elsewhere);
    assert_eq!(denied(&desired, &observed), None, "no address of the AWS side is known");
}

#[test]
fn a_target_is_seen_without_the_fence_that_a_failover_to_it_lifts() {
    let (desired, mut observed) = world(&[]);
    let fences = |name: &str, description: &str, rules: &[LiveFirewallRule]| LiveFirewallRule {
        name: fence_name(name),
        description: description.to_owned(),
        ..rules[0].clone()
    };
    let rules = live_firewall(&mut observed);
    let description = rules[0].description.clone();
    let others = CORE.replace("prod", "int");
    let west = CORE.replace(NORTH, WEST);
    let more = [(CORE, &*description), (&*others, &*description), (&*west, &*description)];
    let more: Vec<_> = more.map(|(name, description)| fences(name, description, rules)).into();
    rules.extend(more);
    let nsg = live_nsg(&mut observed);
    let rule = nsg[0].clone();
    let description = rule.description.clone();
    nsg.push(LiveNsgRule { name: fence_name(CORE).replace("-fence", "-Fence"), ..rule.clone() });
    nsg.push(LiveNsgRule { name: fence_name(&CORE.replace("core-banking", "lab")), ..rule.clone() });
    nsg.push(LiveNsgRule { name: fence_name(CORE), description: String::new(), ..rule });
    assert!(!description.is_empty());
    let (wanted, mut seen) = as_target(&desired, &observed, "prod", &standing(WEST, OldRegion::Fenced), NORTH);
    let left = |names: Vec<&String>| {
        names.into_iter().filter(|name| name.to_lowercase().ends_with("-fence")).cloned().collect::<Vec<_>>()
    };
    assert_eq!(
        left(live_firewall(&mut seen).iter().map(|rule| &rule.name).collect()),
        [fence_name(&others), fence_name(&west)]
    );
    let stay = [fence_name(&CORE.replace("core-banking", "lab")), fence_name(CORE)];
    assert_eq!(left(live_nsg(&mut seen).iter().map(|rule| &rule.name).collect()), stay);
    assert_eq!(live_firewall(&mut seen).len(), live_firewall(&mut observed).len() - 1);
    assert_eq!(wanted, desired, "the target is open and nothing is fenced");
    let (wanted, _) = as_target(&desired, &observed, "prod", &standing(WEST, OldRegion::Closed), NORTH);
    assert_eq!(wanted.failover.map(|policy| policy.rules), Some(FailoverRules::OnFailover));
    let under_way = ActiveRecord { to: Some(WEST.to_owned()), ..standing(NORTH, OldRegion::Fenced).record };
    let under_way = Standing { record: under_way, live: None };
    assert_eq!(as_target(&desired, &observed, "prod", &under_way, WEST).0, desired);
}
