//! Rules of a network security group: exactly what differs, and nothing of others.

use std::collections::BTreeSet;

use super::cloud::{Cloud, content};
use super::converges::converges_and_unwinds;
use super::fixture::*;
use crate::live::LiveNsgRule;
use crate::model::{Access, AddressKind, Addresses, Direction, NsgRule, PortRange, Priority, Protocol};
use crate::op::{AzureOp, NetworkSecurityGroupOp, Op};
use crate::plan::{Action, Filter, Phase, PlanOptions, Undo};

const FIXED: Priority = Priority::Fixed(2001);

fn rule() -> NsgRule {
    nsg_rule("xc-pay-a", FIXED)
}

#[test]
fn a_group_as_declared_has_nothing_to_do() {
    let plan = plan(&desired(vec![nsg(vec![rule()])]), &live_nsg(vec![live_rule("xc-pay-a", 2001)])).expect("a plan");
    let (change, fields) = only(&plan);
    assert_eq!((change.action, fields.len(), plan.steps.len()), (Action::Same, 0, 0));
    assert_eq!(plan.rules.len(), 1);
    assert_eq!(plan.rules[0].action, Action::Same);
    assert!(plan.depends.is_empty());
}

#[test]
fn each_field_that_differs_is_the_only_one_shown() {
    type Edit = fn(&mut NsgRule);
    let edits: [(&str, Edit); 9] = [
        ("protocol", |rule| rule.protocol = Protocol::Udp),
        ("from", |rule| rule.from = listed(&["10.0.0.4/32", "10.0.0.5/32"])),
        ("to", |rule| rule.to = listed(&["10.9.0.0/24"])),
        ("ports", |rule| rule.ports = vec![PortRange::single(443), PortRange { from: 8000, to: 8100 }]),
        ("ports", |rule| rule.ports = Vec::new()),
        ("protocol", |rule| rule.protocol = Protocol::All),
        ("priority", |rule| rule.priority = Priority::Fixed(2005)),
        ("direction", |rule| rule.direction = Direction::Outbound),
        ("access", |rule| rule.access = Access::Deny),
    ];
    for (field, edit) in edits {
        let mut changed = rule();
        edit(&mut changed);
        let desired = desired(vec![nsg(vec![changed])]);
        let live = live_nsg(vec![live_rule("xc-pay-a", 2001)]);
        let plan = plan(&desired, &live).expect(field);
        let (change, fields) = only(&plan);
        assert_eq!(change.action, Action::Update, "{field}");
        assert_eq!(fields, vec![format!("rules[xc-pay-a].{field}")], "{field}");
        converges_and_unwinds(&desired, &live, field);
    }
}

#[test]
fn live_edits_are_shown_exactly() {
    let desired = desired(vec![nsg(vec![rule()])]);
    let mut edited = live_rule("xc-pay-a", 2001);
    edited.from = texts(&["*"]);
    let plan = plan(&desired, &live_nsg(vec![edited])).expect("a plan");
    let (_, fields) = only(&plan);
    assert_eq!(fields, ["rules[xc-pay-a].from"]);
    assert_eq!(plan.steps.len(), 1);
    assert_eq!(plan.steps[0].phase, Phase::Commit);
    assert!(matches!(&plan.steps[0].undo, Undo::Impossible(why) if why.contains('*')));
}

#[test]
fn an_extra_rule_of_ours_goes_and_a_removed_one_comes_back() {
    let wanted = desired(vec![nsg(vec![rule()])]);
    let extra = live_nsg(vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-z", 2002)]);
    let first = plan(&wanted, &extra).expect("a plan");
    let (change, fields) = only(&first);
    assert_eq!((change.action, fields), (Action::Update, vec!["rules[xc-pay-z]".to_owned()]));
    assert!(matches!(&first.steps[0].undo, Undo::Recreate(_)));
    converges_and_unwinds(&wanted, &extra, "extra");
    let none = live_nsg(Vec::new());
    let plan = plan(&wanted, &none).expect("a plan");
    let (change, fields) = only(&plan);
    assert_eq!((change.action, fields), (Action::Create, vec!["rules[xc-pay-a]".to_owned()]));
    assert!(matches!(&plan.steps[0].undo, Undo::Delete(_)));
    converges_and_unwinds(&wanted, &none, "removed");
}

#[test]
fn source_ports_and_groups_of_a_tampered_rule_count() {
    let mut tampered = live_rule("xc-pay-a", 2001);
    tampered.source_ports = texts(&["1024"]);
    let plan = plan(&desired(vec![nsg(vec![rule()])]), &live_nsg(vec![tampered])).expect("a plan");
    let (_, fields) = only(&plan);
    assert_eq!(fields, ["rules[xc-pay-a].odd"]);
}

#[test]
fn strangers_are_notes_and_stay() {
    let mut stranger = live_rule("deny-lab", 1999);
    stranger.description = "lab".to_owned();
    stranger.access = Access::Deny;
    let mut inside = live_rule("allow-lab", 2050);
    inside.description = String::new();
    let live = live_nsg(vec![stranger, inside]);
    let desired = desired(vec![nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099))])]);
    let plan = plan(&desired, &live).expect("a plan");
    assert_eq!(notes(&plan), ["stranger", "shadowed"]);
    assert!(plan.notes[1].text.contains("deny-lab"));
    assert_eq!(plan.steps.len(), 1);
}

#[test]
fn a_stranger_that_matches_something_else_shadows_nothing() {
    let mut stranger = live_rule("deny-lab", 1999);
    stranger.description = "lab".to_owned();
    stranger.access = Access::Deny;
    stranger.ports = texts(&["22"]);
    let plan = plan(&desired(vec![nsg(vec![rule()])]), &live_nsg(vec![stranger])).expect("a plan");
    assert!(plan.notes.is_empty(), "{:?}", plan.notes);
}

#[test]
fn an_unmarked_rule_of_the_same_name_is_a_clash() {
    let mut other = live_rule("XC-pay-a", 2001);
    other.description = "by hand".to_owned();
    let problems = plan(&desired(vec![nsg(vec![rule()])]), &live_nsg(vec![other])).expect_err("a clash");
    assert_eq!(codes(&problems), ["clash"]);
    assert!(problems.0[0].message.contains("/securityRules/XC-pay-a"));
}

#[test]
fn a_change_both_ways_is_written_twice() {
    let mut changed = rule();
    changed.from = listed(&["10.0.0.9/32"]);
    let desired = desired(vec![nsg(vec![changed])]);
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001)]);
    let plan = plan(&desired, &live).expect("a plan");
    let phases: Vec<Phase> = plan.steps.iter().map(|step| step.phase).collect();
    assert_eq!(phases, [Phase::Build, Phase::Commit]);
    assert_eq!(plan.steps[1].needs, [plan.steps[0].id.clone()]);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, Some(Phase::Build)).expect("the first write");
    assert_eq!(cloud.live.nsgs[0].rules[0].from, texts(&["10.0.0.4/32", "10.0.0.9/32"]));
    converges_and_unwinds(&desired, &live, "both ways");
}

#[test]
fn parts_that_change_together_never_open_what_neither_names() {
    let mut changed = rule();
    changed.from = listed(&["10.0.0.9/32"]);
    changed.ports = vec![PortRange::single(8443)];
    let (desired, live) = (desired(vec![nsg(vec![changed])]), live_nsg(vec![live_rule("xc-pay-a", 2001)]));
    let plan = plan(&desired, &live).expect("a plan");
    let phases: Vec<Phase> = plan.steps.iter().map(|step| step.phase).collect();
    assert_eq!(phases, [Phase::Build, Phase::Commit, Phase::Commit]);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&plan, Some(Phase::Build)).expect("the first half");
    let shown = |rule: &LiveNsgRule| {
        let words = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(",");
        format!("{} {} {} {}", rule.name, rule.priority, words(&rule.from), words(&rule.ports))
    };
    let between: Vec<String> = cloud.live.nsgs[0].rules.iter().map(shown).collect();
    assert_eq!(between, ["xc-pay-a 2001 10.0.0.4/32 443", "xc-pay-a-next 2002 10.0.0.9/32 8443"]);
    converges_and_unwinds(&desired, &live, "apart");
}

#[test]
fn late_addresses_join_the_live_ones_first() {
    let mut changed = rule();
    changed.from = service_ips();
    let desired = desired(vec![nsg(vec![changed])]);
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001)]);
    let expected = late(&service(), AddressKind::ServiceIps, nets(&["10.60.0.0/26"]));
    let plan = plan_with(&desired, &live, &PlanOptions::default(), &book(expected)).expect("a plan");
    assert_eq!(plan.steps.len(), 2);
    assert_eq!(plan.steps[0].awaits.len(), 1, "the addresses are waited for");
    let mut cloud = Cloud::new(&live).knows(&service(), AddressKind::ServiceIps, nets(&["10.60.0.7/32"]));
    cloud.apply(&plan, Some(Phase::Build)).expect("the first write");
    assert_eq!(cloud.live.nsgs[0].rules[0].from, texts(&["10.0.0.4/32", "10.60.0.7/32"]));
    cloud.apply(&plan, Some(Phase::Commit)).expect("the second write");
    assert_eq!(cloud.live.nsgs[0].rules[0].from, texts(&["10.60.0.7/32"]));
    cloud.unwind().expect("undone");
    assert_eq!(content(&cloud.live), content(&live));
    let known = book(Addresses::Known(nets(&["10.60.0.7/32"])));
    let mut cloud = Cloud::new(&live).knows(&service(), AddressKind::ServiceIps, nets(&["10.60.0.7/32"]));
    cloud.apply(&plan, None).expect("applied");
    assert!(plan_with(&desired, &cloud.live, &PlanOptions::default(), &known).expect("a plan").is_empty());
}

#[test]
fn unknown_addresses_keep_the_live_rule() {
    let mut changed = rule();
    changed.from = service_ips();
    changed.ports = vec![PortRange::single(1)];
    let plan = plan(&desired(vec![nsg(vec![changed])]), &live_nsg(vec![live_rule("xc-pay-a", 2001)])).expect("a plan");
    assert!(plan.is_empty());
    assert_eq!(notes(&plan), ["unknown-addresses"]);
}

#[test]
fn what_is_filtered_out_stays() {
    let mut other = nsg_rule("xc-pay-prod-b-eu-west-1", Priority::Fixed(2002));
    other.region = Some("eu-west-1".to_owned());
    other.ports = vec![PortRange::single(1)];
    let live = live_nsg(vec![
        live_rule("xc-pay-prod-b-eu-west-1", 2002),
        live_rule("xc-pay-prod-gone-eu-west-1", 2003),
        live_rule("xc-pay-prod-gone-eu-north-1", 2004),
        live_rule("xc-pay-what", 2005),
    ]);
    let filter = Filter { regions: texts(&["eu-north-1"]), ..Filter::default() };
    let options = PlanOptions { filter, ..PlanOptions::default() };
    let plan = plan_with(&desired(vec![nsg(vec![rule(), other])]), &live, &options, &Book::new()).expect("a plan");
    let (_, fields) = only(&plan);
    assert_eq!(fields, ["rules[xc-pay-a]", "rules[xc-pay-prod-gone-eu-north-1]"]);
}

#[test]
fn destroy_removes_ours_only() {
    let mut stranger = live_rule("lab", 300);
    stranger.description = String::new();
    let mut orphan = live_rule("xc-pay-o", 2009);
    orphan.description = "xcloud:pay prod/azure/network-security-group/old team-net".to_owned();
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001), orphan, stranger]);
    let desired = desired(vec![nsg(vec![rule()])]);
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let destroy = plan_with(&desired, &live, &options, &Book::new()).expect("a plan");
    assert!(destroy.changes.iter().all(|change| change.action == Action::Delete));
    let mut cloud = Cloud::new(&live);
    cloud.apply(&destroy, None).expect("destroyed");
    let left: Vec<&str> = cloud.live.nsgs[0].rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(left, ["lab"]);
    assert!(plan_with(&desired, &cloud.live, &options, &Book::new()).expect("a plan").changes.is_empty());
}

#[test]
fn orphans_are_noted_and_pruned_on_request() {
    let mut orphan = live_rule("xc-pay-o", 2009);
    orphan.description = "xcloud:pay prod/azure/network-security-group/old team-net".to_owned();
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001), orphan]);
    let desired = desired(vec![nsg(vec![rule()])]);
    let kept = plan(&desired, &live).expect("a plan");
    assert_eq!((kept.steps.len(), notes(&kept)), (0, vec!["orphan"]));
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    let pruned = plan_with(&desired, &live, &options, &Book::new()).expect("a plan");
    assert_eq!(pruned.steps.len(), 1);
    assert_eq!(pruned.changes.iter().filter(|change| change.action == Action::Delete).count(), 1);
}

#[test]
fn a_missing_group_and_an_empty_set_are_problems() {
    let wanted = desired(vec![nsg(vec![rule()])]);
    let problems = plan(&wanted, &crate::live::AzureLive::default()).expect_err("no group");
    assert_eq!(codes(&problems), ["nsg-missing"]);
    let mut empty = rule();
    empty.from = listed(&[]);
    let problems = plan(&desired(vec![nsg(vec![empty])]), &live_nsg(Vec::new())).expect_err("an empty set");
    assert_eq!(codes(&problems), ["empty-addresses"]);
}

#[test]
fn steps_say_which_addresses_they_close() {
    let mut changed = rule();
    changed.from = listed(&["10.0.0.9/32"]);
    let live = live_nsg(vec![live_rule("xc-pay-a", 2001)]);
    let observed = observed(&live);
    let (desired, options) = (desired(vec![nsg(vec![changed])]), PlanOptions::default());
    let mut draft = crate::plan::draft::Draft::new(&desired, &observed, &options);
    crate::kinds::plan(&mut draft);
    let closes: Vec<BTreeSet<_>> = draft.steps.iter().map(|step| step.closes.clone()).collect();
    assert_eq!(closes, [nets(&[]), nets(&["10.0.0.4/32"])]);
}

#[test]
fn the_same_input_gives_the_same_plan() {
    let rules =
        vec![nsg_rule("xc-pay-b", Priority::Within(2000, 2099)), nsg_rule("xc-pay-a", Priority::Within(2000, 2099))];
    let desired = desired(vec![nsg(rules)]);
    let plans: Vec<String> = (0..2)
        .map(|_| serde_json::to_string(&plan(&desired, &live_nsg(Vec::new())).expect("a plan")).expect("JSON"))
        .collect();
    assert_eq!(plans[0], plans[1]);
    let Op::Azure(AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { name, rule, .. })) =
        &plan(&desired, &live_nsg(Vec::new())).expect("a plan").steps[0].op
    else {
        panic!("a rule is put first")
    };
    assert_eq!(
        (name.as_str(), rule.priority),
        ("xc-pay-a", 2010),
        "the lowest number behind the reserved tenth goes to the first name"
    );
}

#[test]
fn calls_that_nothing_takes_back_are_refused_where_the_config_asks() {
    let mut edited = live_rule("xc-pay-a", 2001);
    edited.from = texts(&["*"]);
    let irreversible = live_nsg(vec![edited]);
    let mut desired = desired(vec![nsg(vec![rule()])]);
    let plan = |desired: &crate::model::Desired, live: &crate::live::AzureLive| {
        let (plan, problems) = crate::plan::converge(desired, &observed(live), &PlanOptions::default());
        plan.ok_or(problems)
    };
    desired.require_reversible = ["dev".to_owned()].into();
    assert!(plan(&desired, &irreversible).is_ok(), "it is asked for another environment");
    desired.require_reversible.insert("prod".to_owned());
    let problems = plan(&desired, &irreversible).expect_err("it is refused");
    assert_eq!(problems.0.iter().map(|problem| problem.code.as_str()).collect::<Vec<_>>(), ["irreversible"]);
    assert!(plan(&desired, &live_nsg(Vec::new())).is_ok(), "a creation can be undone");
}
