//! Rules of others decide too: other groups of the policy, and its parents.

use super::fixture::*;
use crate::active::fence_name;
use crate::code::NoteCode;
use crate::drift::{self, Severity};
use crate::live::{AzureLive, LiveFirewallRule, LivePolicy, LiveRuleGroup};
use crate::model::{Access, FirewallRule, Priority, Resource};
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

/// A deny of the firewall team whose sources are an IP group.
fn of_partners() -> (String, AzureLive) {
    let partners = "/subscriptions/1/resourceGroups/hub/providers/Microsoft.Network/ipGroups/partners";
    let odd = LiveFirewallRule { from: texts(&[]), from_groups: texts(&[partners]), ..theirs("Deny", "*") };
    (partners.to_owned(), beside(POLICY, 200, vec![odd]))
}

#[test]
fn what_cannot_be_resolved_is_told_and_pages_nobody() {
    let (_, live) = of_partners();
    let (notes, severities) = told(vec![north()], &live);
    assert!(notes[0].starts_with("may-shadow: the rule their rule in rcg-central/central"), "{notes:?}");
    assert_eq!((notes.len(), severities.len()), (1, 0));
}

#[test]
fn an_ip_group_that_is_known_is_judged_by_its_addresses() {
    let (partners, mut live) = of_partners();
    for (addresses, code) in [(&["10.0.0.0/24", "10.7.0.1-10.7.0.9"][..], Some("shadowed")), (&["10.9.0.0/24"], None)] {
        live.ip_groups = [(arm(&partners.to_uppercase()), texts(addresses))].into();
        let (notes, _) = told(vec![north()], &live);
        assert_eq!(notes.first().and_then(|note| note.split(':').next()), code, "{notes:?}");
        assert_eq!(notes.len(), usize::from(code.is_some()));
    }
}

#[test]
fn a_translation_that_may_take_our_traffic_is_told_wherever_it_stands() {
    let to = |address: &str| LiveFirewallRule {
        rule_type: "NatRule".to_owned(),
        action: "DNAT".to_owned(),
        to: texts(&[address]),
        ..theirs("DNAT", "*")
    };
    let fence = FirewallRule { name: fence_name(NORTH), region: None, access: Access::Deny, ..north() };
    let (notes, severities) = told(vec![north()], &beside(POLICY, 60_000, vec![to("10.1.2.0/24")]));
    assert!(notes[0].starts_with("may-shadow: the rule their rule in rcg-central/central"), "{notes:?}");
    assert!(notes[0].contains("which translates"), "{notes:?}");
    assert_eq!((notes.len(), severities.len()), (1, 0));
    assert_eq!(told(vec![north()], &beside(POLICY, 60_000, vec![to("20.100.0.4")])), nothing(), "it is not ours");
    let (notes, _) = told(vec![fence], &beside(POLICY, 200, vec![to("10.1.2.0/24")]));
    assert_eq!(notes, Vec::<String>::new(), "a deny of a network rule holds against what was translated");
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

#[test]
fn what_others_put_into_our_group_counts_as_long_as_it_stays() {
    let fence = FirewallRule { name: fence_name(NORTH), region: None, access: Access::Deny, ..north() };
    let wanted = desired(vec![firewall(vec![north(), fence])]);
    let with = |priority: u16, envs: &[&str]| {
        let live = live_group(vec![
            live_firewall_rule(NORTH),
            LiveFirewallRule { collection_priority: priority, ..theirs("Allow", "10.0.0.0/8") },
        ]);
        let raw = serde_json::json!([{"name": "central", "priority": priority, "rules": [{"name": "their rule"}]}]);
        let groups = vec![LiveRuleGroup { raw, ..live.rule_groups[0].clone() }];
        let live = AzureLive { rule_groups: groups, ..live };
        let options =
            PlanOptions { filter: Filter { envs: texts(envs), ..Filter::default() }, ..PlanOptions::default() };
        let plan = plan_with(&wanted, &live, &options, &Book::new()).expect("a plan");
        notes(&plan).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(
        with(500, &["prod"]),
        ["fence-passed"],
        "a run of one environment leaves it, and it comes before the fence"
    );
    assert_eq!(with(950, &["prod"]), [""; 0], "it comes after the fence");
    assert_eq!(with(500, &[]), [""; 0], "a run of the whole removes it");
}

#[test]
fn a_firewall_that_translates_the_source_is_told_where_rules_after_it_serve() {
    let notes = |resources: Vec<Resource>, ranges: &[&str]| -> Vec<String> {
        let mut live = live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1")]);
        live.nsgs = live_nsg(vec![live_rule("xc-pay-prod-billing", 2000)]).nsgs;
        live.policies[0].snat_private_ranges = Some(texts(ranges));
        let plan = plan(&desired(resources), &live).expect("a plan");
        let of = plan.notes.into_iter().filter(|note| note.code == NoteCode::SourceTranslated);
        of.map(|note| note.text).collect()
    };
    let wall = || firewall(vec![firewall_rule("prod", "eu-north-1")]);
    let both = || vec![wall(), nsg(vec![nsg_rule("xc-pay-prod-billing", Priority::Fixed(2000))])];
    let told = notes(both(), &["192.168.0.0/16"]);
    assert!(told.len() == 1 && told[0].contains("10.1.2.3/32 (xc-pay-prod-billing-eu-north-1)"), "{told:?}");
    assert_eq!(notes(both(), &["IANAPrivateRanges"]), Vec::<String>::new());
    assert_eq!(notes(vec![wall()], &["192.168.0.0/16"]), Vec::<String>::new(), "no rule of ours comes after it");
}
