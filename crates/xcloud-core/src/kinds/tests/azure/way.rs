//! No two writers at once, no number twice, nothing before the commit point that needs what comes after it.

use super::cloud::{Cloud, priorities};
use super::fixture::*;
use crate::live::{AzureLive, LiveFirewallRule, LiveNsgRule};
use crate::model::{
    Addr, AddressKind, Desired, Direction, FirewallRules, Kind, NetworkSecurityGroup, PortRange, Priority, Resource,
    Spec,
};
use crate::model::{Addresses, Cloud as CloudName, PlaceKey};
use crate::op::{AzureOp, FirewallRulesOp, Handle, NetworkSecurityGroupOp, Op, WriteGuard};
use crate::plan::draft::{BookEntry, Draft, DraftStep};
use crate::plan::{Phase, Plan, PlanOptions, Undo};

fn second_nsg(group: &str, subscription: &str, rule: &str) -> Resource {
    let addr = Addr::new("dev", "azure", Kind::NetworkSecurityGroup, "app");
    let mut wanted = nsg_rule(rule, Priority::Within(2000, 2099));
    wanted.env = "dev".to_owned();
    let spec = Spec::NetworkSecurityGroup(NetworkSecurityGroup { group: arm(group), rules: vec![wanted] });
    let place = crate::tests::subscription(subscription);
    Resource { place, ..resource(&addr, spec) }
}

#[test]
fn two_resources_of_one_group_get_different_numbers() {
    let first = nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099))]);
    let wanted = desired(vec![first, second_nsg(&NSG.to_uppercase(), "sub-1", "xc-pay-b")]);
    let live = live_nsg(Vec::new());
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan(&wanted, &live).expect("a plan"), None).expect("no conflict");
    assert_eq!(priorities(&cloud.live), [("xc-pay-b", 2010), ("xc-pay-a", 2011)].into());
}

#[test]
fn a_group_that_two_subscriptions_name_is_planned_once() {
    let first = nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099))]);
    let wanted = desired(vec![first, second_nsg(NSG, "sub-2", "xc-pay-b")]);
    let live = live_nsg(Vec::new());
    let mut seen = observed(&live);
    let mut other = seen.places[&place().key()].clone();
    other.place = wanted.resources[&Addr::new("dev", "azure", Kind::NetworkSecurityGroup, "app")].place.clone();
    seen.places.insert(other.place.key(), other);
    let prune = PlanOptions { prune: true, ..PlanOptions::default() };
    let plan = plan_observed(&wanted, &seen, &prune, &Book::new()).expect("a plan");
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, None).expect("no conflict");
    assert_eq!(priorities(&cloud.live), [("xc-pay-b", 2010), ("xc-pay-a", 2011)].into());
    for state in seen.places.values_mut() {
        state.answer = crate::live::Answer::Azure(Box::new(cloud.live.clone()));
    }
    assert!(plan_observed(&wanted, &seen, &prune, &Book::new()).expect("a plan").is_empty(), "nothing is an orphan");
}

#[test]
fn a_place_that_is_free_only_later_is_taken_only_later() {
    let tagged = LiveNsgRule { from: texts(&["VirtualNetwork"]), ..live_rule("xc-pay-old", 2001) };
    let live = live_nsg(vec![tagged, live_rule("xc-pay-b", 2002)]);
    let rules = vec![nsg_rule("xc-pay-b", Priority::Fixed(2001)), nsg_rule("xc-pay-c", Priority::Fixed(2002))];
    let wanted = desired(vec![nsg(rules)]);
    let first = plan(&wanted, &live).expect("a plan");
    assert!(first.steps.is_sorted_by_key(|step| step.phase), "{:#?}", first.steps);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&first, Some(Phase::Build)).expect("the first half stands alone");
    cloud.apply(&first, Some(Phase::Commit)).expect("the second half follows");
    assert_eq!(priorities(&cloud.live), [("xc-pay-b", 2001), ("xc-pay-c", 2002)].into());
    assert!(plan(&wanted, &cloud.live).expect("a plan").is_empty());
}

fn groups(plan: &Plan) -> Vec<(&str, Phase)> {
    let group = |op| match op {
        &Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { ref group, .. })) => group.as_str(),
        other => panic!("{}", other.name()),
    };
    plan.steps.iter().map(|step| (group(&step.op), step.phase)).collect()
}

#[test]
fn two_groups_of_one_policy_are_written_one_after_the_other() {
    let changed = |mut resource: Resource, name: &str| {
        let addr = Addr::new("shared", "azure", Kind::FirewallRules, name);
        if let Spec::FirewallRules(FirewallRules { group, rules, .. }) = &mut resource.spec {
            name.clone_into(group);
            rules[0].from = listed(&["10.0.0.9/32"]);
        }
        Resource { addr, ..resource }
    };
    let mut live = live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1")]);
    let mut other = live.rule_groups[0].clone();
    other.name = "rcg-two".to_owned();
    live.rule_groups.push(other);
    let one = || firewall(vec![firewall_rule("prod", "eu-north-1")]);
    let wanted = desired(vec![changed(one(), "rcg-pay"), changed(one(), "rcg-two")]);
    let plan = plan(&wanted, &live).expect("a plan");
    let (build, commit) = (Phase::Build, Phase::Commit);
    assert_eq!(groups(&plan), [("rcg-pay", build), ("rcg-two", build), ("rcg-pay", commit), ("rcg-two", commit)]);
    for pair in plan.steps.windows(2) {
        assert!(pair[1].needs.contains(&pair[0].id), "{:?} waits for {:?}", pair[1].id, pair[0].id);
    }
}

/// Plans beside a step that uses the addresses of the fixture's service once they are open.
fn used_at_once(desired: &Desired, live: &AzureLive) -> Vec<String> {
    let (observed, options) = (observed(live), PlanOptions::default());
    let mut draft = Draft::new(desired, &observed, &options);
    let place = PlaceKey { cloud: CloudName::Aws, account: "1".to_owned(), region: "eu-north-1".to_owned() };
    let addresses = Addresses::Known(nets(&["10.60.0.7/32"]));
    let entry = BookEntry { addresses, place: place.clone(), holders: vec![Handle::Known("lb".to_owned())] };
    draft.book.insert((service(), AddressKind::ServiceIps), entry);
    let op = NetworkSecurityGroupOp::DeleteRule { group: arm(NSG), name: "any".to_owned() };
    let mut user = DraftStep::build(&service(), &place, op, Undo::Nothing);
    user.follows = vec![(service(), AddressKind::ServiceIps)];
    draft.step(user);
    crate::kinds::plan(&mut draft);
    draft.problems.0.iter().map(|problem| format!("{} {}", problem.code, problem.message)).collect()
}

#[test]
fn a_way_that_opens_after_the_commit_point_is_not_used_before_it() {
    let mut rule = nsg_rule("xc-pay-a", Priority::Fixed(2001));
    rule.to = service_ips();
    let rules = |rule| desired(vec![nsg(vec![rule])]);
    let one_part = used_at_once(&rules(rule.clone()), &live_nsg(vec![live_rule("xc-pay-a", 2001)]));
    assert_eq!(one_part, Vec::<String>::new(), "old and new stand in one rule");
    rule.ports = vec![PortRange::single(8443)];
    let apart = used_at_once(&rules(rule.clone()), &live_nsg(vec![live_rule("xc-pay-a", 2001)]));
    assert_eq!(apart, Vec::<String>::new(), "the new one stands beside the old one");
    rule.direction = Direction::Outbound;
    let shut = used_at_once(&rules(rule.clone()), &live_nsg(vec![live_rule("xc-pay-a", 2001)]));
    assert_eq!(shut.len(), 1, "{shut:?}");
    assert!(shut[0].starts_with("opens-too-late prod/azure/network-security-group/app"), "{shut:?}");
    assert_eq!(used_at_once(&rules(rule), &live_nsg(Vec::new())), Vec::<String>::new(), "a new rule comes first");
}

#[test]
fn a_firewall_opens_the_new_way_beside_the_old_one_or_refuses() {
    let name = "xc-pay-prod-billing-eu-north-1";
    let mut rule = firewall_rule("prod", "eu-north-1");
    rule.to = service_ips();
    rule.ports = vec![PortRange::single(8443)];
    let wanted = desired(vec![firewall(vec![rule])]);
    assert_eq!(used_at_once(&wanted, &live_group(vec![live_firewall_rule(name)])), Vec::<String>::new());
    let foreign = LiveFirewallRule { rule_type: "ApplicationRule".to_owned(), ..live_firewall_rule("web") };
    let shut = used_at_once(&wanted, &live_group(vec![live_firewall_rule(name), foreign]));
    assert!(shut.len() == 1 && shut[0].starts_with("opens-too-late shared/azure/firewall-rules/rcg-pay"), "{shut:?}");
}

#[test]
fn the_temporary_name_is_free_and_not_too_long() {
    let long = format!("xc-pay-{}", "x".repeat(73));
    let mut changed = firewall_rule("prod", "eu-north-1");
    changed.name.clone_from(&long);
    changed.from = listed(&["10.0.0.9/32"]);
    changed.ports = vec![PortRange::single(8443)];
    let mut standing = firewall_rule("prod", "eu-north-1");
    standing.name = format!("{}-next", &long[..72]);
    let live = live_group(vec![live_firewall_rule(&long), live_firewall_rule(&standing.name)]);
    let plan = plan(&desired(vec![firewall(vec![changed, standing])]), &live).expect("a plan");
    let Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { rules, .. })) = &plan.steps[0].op else {
        panic!("a write comes first")
    };
    let names: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!((rules.len(), names.len()), (3, 3), "{names:?}");
    assert!(names.iter().all(|name| name.len() <= 80), "{names:?}");
}

#[test]
fn whole_objects_are_deleted_only_as_they_were_seen() {
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let wanted = desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]);
    let live = live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1")]);
    let destroy = plan_with(&wanted, &live, &options, &Book::new()).expect("a plan");
    let guards: Vec<&WriteGuard<_>> = destroy
        .steps
        .iter()
        .filter_map(|step| match &step.op {
            Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Delete { guard, .. })) => Some(guard),
            _ => None,
        })
        .collect();
    assert!(matches!(guards[..], [WriteGuard::Holds(_)]), "{guards:?}");
    let empty = plan_with(&wanted, &live_group(Vec::new()), &options, &Book::new()).expect("a plan");
    assert_eq!((empty.steps.len(), notes(&empty)), (0, vec!["empty-group"]), "nothing says that it is ours");
    let none = plan(&desired(vec![firewall(Vec::new())]), &live_group(Vec::new())).expect("a plan");
    assert!(none.is_empty() && none.changes[0].action == crate::plan::Action::Same);
}
