//! The rule collection group: wholly ours, at most two writes, and what is left out stays.

use super::cloud::{Cloud, content};
use super::converges::converges_and_unwinds_before_commit;
use super::fixture::*;
use crate::live::{AzureLive, LiveFirewallRule, LiveRuleGroup};
use crate::model::{AddressKind, Desired, FirewallRule, PortRange, Protocol};
use crate::op::{AzureOp, FirewallRulesOp, Op, WriteGuard};
use crate::plan::{Action, Filter, Phase, PlanOptions, Undo};

const NORTH: &str = "xc-pay-prod-billing-eu-north-1";

fn north() -> FirewallRule {
    firewall_rule("prod", "eu-north-1")
}

#[test]
fn the_group_is_made_only_if_it_is_absent() {
    let desired = desired(vec![firewall(vec![north()])]);
    let plan = plan(&desired, &live_policy()).expect("a plan");
    let (change, fields) = only(&plan);
    assert_eq!(change.action, Action::Create);
    assert_eq!(fields, ["priority", &format!("rules[{NORTH}]")]);
    assert!(matches!(
        &plan.steps[0].op,
        Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { guard: WriteGuard::Absent, .. }))
    ));
    assert!(matches!(&plan.steps[0].undo, Undo::Delete(_)));
    converges_and_unwinds_before_commit(&desired, &live_policy(), "create");
}

#[test]
fn each_field_that_differs_is_the_only_one_shown() {
    type Edit = fn(&mut FirewallRule);
    let edits: [(&str, Edit, usize); 6] = [
        ("protocol", |rule| rule.protocol = Protocol::Udp, 2),
        ("from", |rule| rule.from = listed(&["10.0.0.4/32", "10.0.0.5/32"]), 1),
        ("to", |rule| rule.to = listed(&["10.1.2.4/32"]), 2),
        ("ports", |rule| rule.ports = vec![PortRange::single(8443)], 2),
        ("ports", |rule| rule.ports = Vec::new(), 1),
        ("protocol", |rule| rule.protocol = Protocol::All, 1),
    ];
    for (field, edit, writes) in edits {
        let mut changed = north();
        edit(&mut changed);
        let desired = desired(vec![firewall(vec![changed])]);
        let live = live_group(vec![live_firewall_rule(NORTH)]);
        let plan = plan(&desired, &live).expect(field);
        let (change, fields) = only(&plan);
        assert_eq!((change.action, fields), (Action::Update, vec![format!("rules[{NORTH}].{field}")]));
        assert_eq!(converges_and_unwinds_before_commit(&desired, &live, field), writes, "{field}");
    }
    let live = live_group(vec![LiveFirewallRule { collection_priority: 5, ..live_firewall_rule(NORTH) }]);
    let plan_of = plan(&desired(vec![firewall(vec![north()])]), &live).expect("a plan");
    assert_eq!((only(&plan_of).1, plan_of.steps.len()), (vec!["collection".to_owned()], 1));
    let mut moved = live_group(vec![live_firewall_rule(NORTH)]);
    moved.rule_groups[0].priority = 300;
    let desired = desired(vec![firewall(vec![north()])]);
    let plan = plan(&desired, &moved).expect("a plan");
    assert_eq!(only(&plan).1, ["priority"]);
    assert_eq!(converges_and_unwinds_before_commit(&desired, &moved, "priority"), 1);
}

#[test]
fn extra_edited_and_foreign_rules_are_shown_exactly() {
    let desired = desired(vec![firewall(vec![north()])]);
    let open = LiveFirewallRule {
        from: texts(&["0.0.0.0/0"]),
        to: texts(&["0.0.0.0/0"]),
        ports: texts(&["*"]),
        description: String::new(),
        ..live_firewall_rule("lab")
    };
    let live = live_group(vec![live_firewall_rule(NORTH), open]);
    let extra = plan(&desired, &live).expect("a plan");
    assert_eq!(only(&extra).1, ["rules[lab]"]);
    assert_eq!(extra.steps.len(), 1);
    assert_eq!(extra.steps[0].phase, Phase::Commit);
    converges_and_unwinds_before_commit(&desired, &live, "extra");
    let foreign = LiveFirewallRule {
        collection: "web".to_owned(),
        rule_type: "ApplicationRule".to_owned(),
        to: texts(&["example.com"]),
        ..live_firewall_rule("web")
    };
    let live = live_group(vec![live_firewall_rule(NORTH), foreign]);
    let plan = plan(&desired, &live).expect("a plan");
    assert_eq!(only(&plan).1, ["rules[web]"]);
    assert!(matches!(&plan.steps[0].undo, Undo::Impossible(_)), "an application rule cannot be put back");
}

#[test]
fn old_and_new_stand_together_until_the_commit_point() {
    let mut changed = north();
    changed.from = listed(&["10.0.0.9/32"]);
    let live = live_group(vec![live_firewall_rule(NORTH), live_firewall_rule("xc-pay-prod-gone-eu-north-1")]);
    let desired = desired(vec![firewall(vec![changed, firewall_rule("prod", "eu-west-1")])]);
    let plan = plan(&desired, &live).expect("a plan");
    assert_eq!(plan.steps.len(), 2);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, Some(Phase::Build)).expect("the first write");
    assert_eq!(cloud.live.rule_groups[0].rules.len(), 3);
    let north = cloud.live.rule_groups[0].rules.iter().find(|rule| rule.name == NORTH).expect("the rule");
    assert_eq!(north.from, texts(&["10.0.0.4/32", "10.0.0.9/32"]));
    converges_and_unwinds_before_commit(&desired, &live, "two writes");
}

#[test]
fn filtered_out_and_unknown_rules_stay_as_they_are() {
    let mut west = firewall_rule("prod", "eu-west-1");
    west.ports = vec![PortRange::single(1)];
    let mut dev = firewall_rule("dev", "eu-north-1");
    dev.from = service_ips();
    let desired = desired(vec![firewall(vec![north(), west, dev])]);
    let edited = LiveFirewallRule { ports: texts(&["9999"]), ..live_firewall_rule("xc-pay-dev-billing-eu-north-1") };
    let live = live_group(vec![
        live_firewall_rule("xc-pay-prod-billing-eu-west-1"),
        live_firewall_rule("xc-pay-prod-gone-eu-west-1"),
        edited.clone(),
    ]);
    let filter = Filter { regions: texts(&["eu-north-1"]), ..Filter::default() };
    let options = PlanOptions { filter, ..PlanOptions::default() };
    let plan = plan_with(&desired, &live, &options, &Book::new()).expect("a plan");
    assert_eq!(only(&plan).1, [format!("rules[{NORTH}]")]);
    assert_eq!(notes(&plan), ["unknown-addresses"]);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, None).expect("applied");
    for before in &live.rule_groups[0].rules {
        let after = cloud.live.rule_groups[0].rules.iter().find(|rule| rule.name == before.name);
        assert_eq!(after, Some(before));
    }
}

#[test]
fn a_part_that_cannot_be_kept_refuses_a_partial_run() {
    let desired = desired(vec![firewall(vec![north()])]);
    let foreign =
        LiveFirewallRule { rule_type: "ApplicationRule".to_owned(), ..live_firewall_rule("xc-pay-dev-x-eu-west-1") };
    let live = live_group(vec![live_firewall_rule("xc-pay-dev-y-eu-west-1"), foreign]);
    let filter = Filter { regions: texts(&["eu-north-1"]), ..Filter::default() };
    let options = PlanOptions { filter, ..PlanOptions::default() };
    let problems = plan_with(&desired, &live, &options, &Book::new()).expect_err("refused");
    assert_eq!(codes(&problems), ["cannot-keep"]);
}

#[test]
fn a_group_of_others_is_refused_and_a_missing_policy_too() {
    let wanted = desired(vec![firewall(vec![north()])]);
    let theirs = LiveFirewallRule { description: "lab".to_owned(), ..live_firewall_rule("lab") };
    let problems = plan(&wanted, &live_group(vec![theirs])).expect_err("not ours");
    assert_eq!(codes(&problems), ["clash"]);
    assert!(problems.0[0].message.contains("rcg-pay"));
    assert_eq!(codes(&plan(&wanted, &AzureLive::default()).expect_err("no policy")), ["policy-missing"]);
    assert!(plan(&wanted, &live_group(Vec::new())).is_ok(), "an empty group is ours");
}

#[test]
fn late_addresses_are_waited_for_by_both_writes() {
    let mut changed = north();
    changed.from = service_ips();
    let desired = desired(vec![firewall(vec![changed])]);
    let live = live_group(vec![live_firewall_rule(NORTH)]);
    let expected = late(&service(), AddressKind::ServiceIps, nets(&["10.60.0.0/26"]));
    let plan = plan_with(&desired, &live, &PlanOptions::default(), &book(expected)).expect("a plan");
    assert_eq!(plan.steps.iter().map(|step| step.awaits.len()).collect::<Vec<_>>(), [1, 1]);
    let mut cloud = Cloud::new(&live).knows(&service(), AddressKind::ServiceIps, nets(&["10.60.0.7/32"]));
    cloud.apply(&plan, None).expect("applied");
    assert_eq!(cloud.live.rule_groups[0].rules[0].from, texts(&["10.60.0.7/32"]));
    cloud.unwind().expect("undone");
    assert_eq!(content(&cloud.live), content(&live));
}

#[test]
fn destroy_deletes_the_group_and_a_partial_destroy_keeps_the_rest() {
    let desired = desired(vec![firewall(vec![north(), firewall_rule("dev", "eu-north-1")])]);
    let live = live_group(vec![live_firewall_rule(NORTH), live_firewall_rule("xc-pay-dev-billing-eu-north-1")]);
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let whole = plan_with(&desired, &live, &options, &Book::new()).expect("a plan");
    assert_eq!((only(&whole).0.action, whole.steps.len()), (Action::Delete, 1));
    assert!(matches!(&whole.steps[0].undo, Undo::Recreate(_)));
    assert_eq!(whole.steps[0].phase, Phase::Commit);
    let filter = Filter { envs: texts(&["dev"]), ..Filter::default() };
    let options = PlanOptions { destroy: true, filter, ..PlanOptions::default() };
    let part = plan_with(&desired, &live, &options, &Book::new()).expect("a plan");
    let mut cloud = Cloud::new(&live);
    cloud.apply(&part, None).expect("applied");
    assert_eq!(cloud.live.rule_groups[0].rules, [live_firewall_rule(NORTH)]);
}

#[test]
fn a_group_that_is_declared_empty_goes() {
    let desired = desired(vec![firewall(Vec::new())]);
    let live = live_group(vec![live_firewall_rule(NORTH)]);
    let plan = plan(&desired, &live).expect("a plan");
    assert_eq!(only(&plan).0.action, Action::Delete);
    converges_and_unwinds_before_commit(&desired, &live, "empty");
}

#[test]
fn an_address_is_closed_only_when_no_rule_of_the_group_names_it() {
    let live = live_group(vec![live_firewall_rule(NORTH), live_firewall_rule("xc-pay-gone")]);
    let observed = observed(&live);
    let options = PlanOptions::default();
    let closes = |desired: &Desired| {
        let mut draft = crate::plan::draft::Draft::new(desired, &observed, &options);
        crate::kinds::plan(&mut draft);
        draft.steps.iter().map(|step| step.closes.clone()).collect::<Vec<_>>()
    };
    assert_eq!(closes(&desired(vec![firewall(vec![north()])])), [nets(&[])], "the other rule still names it");
    let mut moved = north();
    moved.from = listed(&["10.0.0.9/32"]);
    let both = closes(&desired(vec![firewall(vec![moved])]));
    assert_eq!(both, [nets(&[]), nets(&["10.0.0.4/32"])]);
}

#[test]
fn a_priority_that_another_group_holds_is_refused() {
    let wanted = desired(vec![firewall(vec![north()])]);
    let with = |live: AzureLive, group: &str, priority: u16| {
        let name = group.to_owned();
        let other =
            LiveRuleGroup { name, priority, rules: Vec::new(), ..live_group(Vec::new()).rule_groups[0].clone() };
        let mut live = live;
        live.rule_groups.retain(|group| !group.name.eq_ignore_ascii_case(&other.name));
        live.rule_groups.push(other);
        live
    };
    let problems = plan(&wanted, &with(live_policy(), "rcg-other", 2100)).expect_err("taken");
    assert_eq!(codes(&problems), ["priority-taken"]);
    assert!(problems.0[0].message.contains("rcg-other"));
    assert!(plan(&wanted, &with(live_policy(), "rcg-other", 2101)).is_ok());
    assert!(plan(&wanted, &with(live_group(vec![live_firewall_rule(NORTH)]), "RCG-PAY", 2100)).is_ok(), "its own");
}

#[test]
fn a_group_that_azure_would_not_take_is_refused_and_a_large_one_is_told() {
    let group = |count: usize| {
        let rule = |at: usize| FirewallRule { name: format!("xc-pay-prod-billing-{at}"), ..north() };
        plan(&desired(vec![firewall((0..count).map(rule).collect())]), &live_policy())
    };
    assert_eq!(notes(&group(2000).expect("0.7 MB")), Vec::<&str>::new());
    assert_eq!(notes(&group(4000).expect("1.3 MB")), ["group-size"]);
    assert_eq!(codes(&group(8000).expect_err("2.6 MB")), ["group-too-large"]);
}

#[test]
fn a_group_that_lost_its_descriptions_is_known_by_its_names() {
    let desired = desired(vec![firewall(vec![north()])]);
    let bare = |name: &str| LiveFirewallRule { description: String::new(), ..live_firewall_rule(name) };
    let live = live_group(vec![bare(NORTH)]);
    let same = plan(&desired, &live).expect("no clash");
    assert_eq!((same.steps.len(), notes(&same)), (0, vec!["marks-lost"]));
    let live = live_group(vec![LiveFirewallRule { ports: texts(&["80"]), ..bare(NORTH) }]);
    let changed = plan(&desired, &live).expect("no clash");
    assert_eq!(only(&changed).1, [format!("rules[{NORTH}].ports")]);
    let written = serde_json::to_string(&changed.steps.last().expect("a write").op).expect("an op");
    assert!(written.contains("xcloud:pay "), "the mark is written again: {written}");
    for strange in [
        vec![bare(NORTH), bare("theirs")],
        vec![LiveFirewallRule { collection: "theirs".to_owned(), ..bare(NORTH) }],
        vec![LiveFirewallRule { description: "theirs".to_owned(), ..bare(NORTH) }],
    ] {
        let refused = plan(&desired, &live_group(strange)).expect_err("it may be somebody else's");
        assert_eq!(codes(&refused), ["clash"]);
    }
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let gone = plan_with(&desired, &live_group(vec![bare(NORTH)]), &options, &Book::new()).expect("a plan");
    assert_eq!((gone.steps.len(), notes(&gone)), (0, vec!["clash"]), "nothing without our mark is deleted");
}
