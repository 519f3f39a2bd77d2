//! Rules of others decide too: other groups of the policy, and its parents.

use super::fixture::*;
use crate::active::fence_name;
use crate::drift::{self, Severity};
use crate::live::{AzureLive, LiveFirewallRule, LivePolicy, LiveRuleGroup};
use crate::model::{Access, FirewallRule};
use crate::plan::{Filter, PlanOptions, compare};

const NORTH: &str = "xc-pay-prod-billing-eu-north-1";
const PARENT: &str = "/subscriptions/sub-2/resourceGroups/central/providers/Microsoft.Network/firewallPolicies/base";

/// A network rule of the firewall team.
fn theirs(action: &str, from: &str) -> LiveFirewallRule {
    LiveFirewallRule {
        collection: "central".to_owned(),
        collection_priority: 500,
        action: action.to_owned(),
        from: texts(&[from]),
        to: texts(&["*"]),
        description: String::new(),
        ..live_firewall_rule("their rule")
    }
}

/// Our group as declared, beside another one.
fn beside(policy: &str, priority: u16, rules: Vec<LiveFirewallRule>) -> AzureLive {
    let mut live = live_group(vec![live_firewall_rule(NORTH)]);
    let (policy, name) = (arm(policy), "rcg-central".to_owned());
    live.rule_groups.push(LiveRuleGroup { policy, name, priority, rules, ..live.rule_groups[0].clone() });
    live
}

/// The codes and texts of the notes of a plan, and the severities of what drift says.
fn told(rules: Vec<FirewallRule>, live: &AzureLive) -> (Vec<String>, Vec<Severity>) {
    let wanted = desired(vec![firewall(rules)]);
    let planned = plan(&wanted, live).expect("a plan");
    let notes = planned.notes.iter().map(|note| format!("{}: {}", note.code.as_str(), note.text));
    let seen = observed(live);
    let compared = compare(&wanted, &seen, &PlanOptions::default());
    let report = drift::report(&wanted, &seen, &compared, &Filter::default(), "2026-11-22");
    (notes.collect(), report.findings.iter().map(|finding| finding.severity).collect())
}

fn north() -> FirewallRule {
    firewall_rule("prod", "eu-north-1")
}

fn nothing() -> (Vec<String>, Vec<Severity>) {
    (Vec::new(), Vec::new())
}

#[test]
fn a_group_that_comes_first_and_denies_is_told() {
    let text = format!(
        "shadowed: the rule their rule in rcg-central/central (priority 200, collection 500) is not ours and decides \
         before {NORTH}"
    );
    let live = beside(POLICY, 200, vec![theirs("Deny", "10.0.0.0/8")]);
    assert_eq!(told(vec![north()], &live), (vec![text], vec![Severity::High]));
    for harmless in [
        beside(POLICY, 2200, vec![theirs("Deny", "10.0.0.0/8")]),
        beside(POLICY, 200, vec![theirs("Allow", "10.0.0.0/8")]),
        beside(POLICY, 200, vec![theirs("Deny", "10.9.0.0/16")]),
        beside(POLICY, 200, vec![theirs("Allow", "10.0.0.0/24"), theirs("Deny", "10.0.0.0/8")]),
        beside(POLICY, 200, vec![theirs("Deny", "Internet"), theirs("Deny", "AzureCloud.norwayeast")]),
        beside(
            POLICY,
            200,
            vec![LiveFirewallRule { rule_type: "ApplicationRule".to_owned(), ..theirs("Deny", "10.0.0.0/8") }],
        ),
        beside(PARENT, 200, vec![theirs("Deny", "10.0.0.0/8")]),
    ] {
        assert_eq!(told(vec![north()], &harmless), nothing(), "{harmless:#?}");
    }
}

#[test]
fn a_parent_decides_first_whatever_its_priorities() {
    let mut live = beside(PARENT, 60_000, vec![theirs("Deny", "10.0.0.0/8")]);
    let parent = LivePolicy { id: arm(PARENT), ..live.policies[0].clone() };
    live.policies[0].base = Some(arm(PARENT));
    live.policies.push(parent);
    let (notes, severities) = told(vec![north()], &live);
    assert!(notes[0].contains("their rule in base/rcg-central/central (priority 60000"), "{notes:?}");
    assert_eq!(severities, [Severity::High]);
    live.rule_groups.pop();
    live.policies[1].unread = Some("HTTP 403".to_owned());
    let (notes, severities) = told(vec![north()], &live);
    assert!(notes[0].starts_with("policy-unread: rules of /subscriptions/sub-2"), "{notes:?}");
    assert_eq!((notes.len(), severities.len()), (1, 0));
}

#[test]
fn a_fence_that_an_earlier_rule_passes_is_no_fence() {
    let fence = FirewallRule { name: fence_name(NORTH), region: None, access: Access::Deny, ..north() };
    let live = beside(POLICY, 200, vec![theirs("Allow", "10.0.0.0/8")]);
    let (notes, severities) = told(vec![north(), fence.clone()], &live);
    let text = format!(
        "fence-passed: the rule their rule in rcg-central/central (priority 200, collection 500) is not ours and allows \
         what {NORTH}-fence should refuse"
    );
    assert_eq!(notes, [text]);
    assert!(severities.contains(&Severity::Critical), "{severities:?}");
    let later = beside(POLICY, 2200, vec![theirs("Allow", "10.0.0.0/8")]);
    assert_eq!(told(vec![north(), fence], &later).0, Vec::<String>::new());
}

#[test]
fn what_cannot_be_resolved_is_told_and_pages_nobody() {
    let partners = "/subscriptions/1/resourceGroups/hub/providers/Microsoft.Network/ipGroups/partners";
    let odd = LiveFirewallRule { from: texts(&[]), from_groups: texts(&[partners]), ..theirs("Deny", "*") };
    let (notes, severities) = told(vec![north()], &beside(POLICY, 200, vec![odd]));
    assert!(notes[0].starts_with("may-shadow: the rule their rule in rcg-central/central"), "{notes:?}");
    assert_eq!((notes.len(), severities.len()), (1, 0));
}

#[test]
fn a_policy_without_firewall_or_failed_is_told() {
    let with = |about: fn(&mut LivePolicy)| {
        let mut live = live_group(vec![live_firewall_rule(NORTH)]);
        live.policies.iter_mut().for_each(about);
        told(vec![north()], &live)
    };
    let text = format!("policy-unattached: {POLICY} is attached to no firewall: its rules decide about nothing");
    assert_eq!(with(|policy| policy.firewalls.clear()), (vec![text], vec![Severity::High]));
    let text = format!("policy-failed: {POLICY} is Failed: what its firewalls do is not certain");
    assert_eq!(with(|policy| policy.state = "Failed".into()), (vec![text], vec![Severity::High]));
    assert_eq!(with(|_| ()), nothing());
}
