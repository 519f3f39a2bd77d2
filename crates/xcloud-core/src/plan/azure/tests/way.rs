//! No two writers at once, no number twice, nothing before the commit point that needs what comes behind it.

use super::cloud::{Cloud, priorities};
use super::fixture::*;
use crate::live::LiveNsgRule;
use crate::model::{Addr, FirewallRules, Kind, NetworkSecurityGroup, Place, Priority, Resource, Spec};
use crate::op::{AzureOp, Op};
use crate::plan::{Phase, Plan, PlanOptions};

fn second_nsg(group: &str, subscription: &str, rule: &str) -> Resource {
    let addr = Addr::new("dev", "azure", Kind::NetworkSecurityGroup, "app");
    let mut wanted = nsg_rule(rule, Priority::Within(2000, 2099));
    wanted.env = "dev".to_owned();
    let spec = Spec::NetworkSecurityGroup(NetworkSecurityGroup { group: arm(group), rules: vec![wanted] });
    let place = Place::Azure { subscription: subscription.to_owned(), location: None };
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
        &Op::Azure(AzureOp::PutRuleGroup { ref group, .. }) => group.as_str(),
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
