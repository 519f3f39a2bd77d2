//! Priorities: kept, lowest free, never two rules at one number, also while they change places.

use super::cloud::{Cloud, content, priorities};
use super::fixture::*;
use crate::drift::{self, Severity};
use crate::kinds::azure_network_security_group::priority::{Mover, parked};
use crate::live::{AzureLive, LiveNsgRule};
use crate::model::{Access, Direction, NsgRule, Priority};
use crate::plan::{Filter, Phase, PlanOptions, compare};

fn fixed(name: &str, priority: u16) -> NsgRule {
    nsg_rule(name, Priority::Fixed(priority))
}

fn round_trip(rules: Vec<NsgRule>, live: Vec<LiveNsgRule>) -> (usize, AzureLive) {
    let (desired, live) = (desired(vec![nsg(rules)]), live_nsg(live));
    let first = plan(&desired, &live).expect("a plan");
    let mut cloud = Cloud::new(&live);
    cloud.apply(&first, None).expect("no conflict on the way");
    assert!(plan(&desired, &cloud.live).expect("a plan").is_empty());
    let after = cloud.live.clone();
    cloud.unwind().expect("no conflict on the way back");
    assert_eq!(content(&cloud.live), content(&live));
    (first.steps.len(), after)
}

#[test]
fn two_rules_swap_through_a_temporary_priority() {
    let (steps, after) = round_trip(
        vec![fixed("xc-pay-a", 2002), fixed("xc-pay-b", 2001)],
        vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-b", 2002)],
    );
    assert_eq!(steps, 3);
    assert_eq!(priorities(&after), [("xc-pay-a", 2002), ("xc-pay-b", 2001)].into());
}

#[test]
fn three_rules_turn_round_with_one_temporary_priority() {
    let (steps, _) = round_trip(
        vec![fixed("xc-pay-a", 2002), fixed("xc-pay-b", 2003), fixed("xc-pay-c", 2001)],
        vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-b", 2002), live_rule("xc-pay-c", 2003)],
    );
    assert_eq!(steps, 4);
}

#[test]
fn a_chain_moves_from_its_free_end() {
    let (steps, _) = round_trip(
        vec![fixed("xc-pay-a", 2002), fixed("xc-pay-b", 2003)],
        vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-b", 2002)],
    );
    assert_eq!(steps, 2);
}

#[test]
fn a_rule_that_goes_later_makes_room_at_once() {
    let (steps, after) = round_trip(vec![fixed("xc-pay-new", 2001)], vec![live_rule("xc-pay-old", 2001)]);
    assert_eq!(steps, 3, "old to a temporary priority, new, old deleted");
    assert_eq!(priorities(&after), [("xc-pay-new", 2001)].into());
    let plan =
        plan(&desired(vec![nsg(vec![fixed("xc-pay-new", 2001)])]), &live_nsg(vec![live_rule("xc-pay-old", 2001)]));
    let phases: Vec<Phase> = plan.expect("a plan").steps.iter().map(|step| step.phase).collect();
    assert_eq!(phases, [Phase::Build, Phase::Build, Phase::Commit]);
}

#[test]
fn a_swap_with_narrowing_and_both_ways_changes_converges() {
    let (mut a, mut b) = (fixed("xc-pay-a", 2002), fixed("xc-pay-b", 2001));
    a.from = listed(&["10.0.0.9/32"]);
    b.to = listed(&["10.1.0.0/25"]);
    round_trip(vec![a, b], vec![live_rule("xc-pay-a", 2001), live_rule("xc-pay-b", 2002)]);
}

#[test]
fn the_live_priority_is_kept_and_nothing_is_renumbered() {
    let within = |name: &str| nsg_rule(name, Priority::Within(2000, 2099));
    let (steps, after) = round_trip(
        vec![within("xc-pay-a"), within("xc-pay-b"), within("xc-pay-c")],
        vec![live_rule("xc-pay-b", 2000), live_rule("xc-pay-c", 2011)],
    );
    assert_eq!(steps, 1);
    assert_eq!(priorities(&after), [("xc-pay-a", 2010), ("xc-pay-b", 2000), ("xc-pay-c", 2011)].into());
}

#[test]
fn fixed_numbers_are_not_given_away() {
    let rules = vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2099)), fixed("xc-pay-b", 2010)];
    let (_, after) = round_trip(rules, Vec::new());
    assert_eq!(priorities(&after), [("xc-pay-a", 2011), ("xc-pay-b", 2010)].into());
}

#[test]
fn full_ranges_and_taken_numbers_are_problems() {
    let mut stranger = live_rule("lab", 2000);
    stranger.description = String::new();
    let live = live_nsg(vec![stranger]);
    let full = desired(vec![nsg(vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2000))])]);
    assert_eq!(codes(&plan(&full, &live).expect_err("full")), ["priorities-full"]);
    let taken = plan(&desired(vec![nsg(vec![fixed("xc-pay-a", 2000)])]), &live).expect_err("taken");
    assert_eq!(codes(&taken), ["priority-taken"]);
    assert!(taken.0[0].message.contains("lab"));
}

#[test]
fn a_thousand_rules_are_the_limit() {
    let strangers = |count: u16| {
        let rules =
            (0..count).map(|at| LiveNsgRule { description: String::new(), ..live_rule(&format!("s{at}"), 3000 + at) });
        live_nsg(rules.collect())
    };
    let desired = desired(vec![nsg(vec![fixed("xc-pay-a", 2000)])]);
    assert!(plan_with(&desired, &strangers(999), &PlanOptions::default(), &Book::new()).is_ok());
    let problems = plan(&desired, &strangers(1000)).expect_err("too many");
    assert_eq!(codes(&problems), ["too-many-rules"]);
}

#[test]
fn a_rule_that_turns_to_the_other_direction_leaves_its_number() {
    let mut turned = nsg_rule("xc-pay-b", Priority::Within(2001, 2099));
    turned.direction = Direction::Outbound;
    let (_, after) = round_trip(vec![fixed("xc-pay-a", 2001), turned], vec![live_rule("xc-pay-b", 2001)]);
    assert_eq!(priorities(&after), [("xc-pay-a", 2001), ("xc-pay-b", 2001)].into());
}

#[test]
fn rules_that_cannot_be_told_apart_end_all_the_same() {
    let mover = |from: u16, to: u16| Mover {
        from: Some((Direction::Inbound, from)),
        to: Some((Direction::Inbound, to)),
        phase: Phase::Build,
        parkable: true,
    };
    // Two rules for one place never come from `assign`; a circle behind a chain must not be followed for ever.
    let movers = [("a", mover(1, 2)), ("b", mover(2, 3)), ("c", mover(3, 2))].map(|(name, one)| (name.to_owned(), one));
    assert_eq!(parked(&movers.into()), ["b".to_owned()].into());
}

#[test]
fn a_rule_that_was_moved_out_of_its_range_goes_back() {
    let within = |name: &str| nsg_rule(name, Priority::Within(2000, 2009));
    let wanted = || vec![within("xc-pay-a"), within("xc-pay-b")];
    // As just-in-time access does it: our rule behind a deny of its own.
    let mut denies = LiveNsgRule { access: Access::Deny, ..live_rule("jit-deny", 3000) };
    denies.description = String::new();
    let live = vec![live_rule("xc-pay-a", 4000), live_rule("xc-pay-b", 2001), denies];
    let (steps, after) = round_trip(wanted(), live.clone());
    assert_eq!(steps, 1);
    assert_eq!(priorities(&after)["xc-pay-a"], 2002, "the lowest free one that is not left to a fence");
    let (wanted, live) = (desired(vec![nsg(wanted())]), live_nsg(live));
    let planned = plan(&wanted, &live).expect("a plan");
    assert_eq!((only(&planned).1, notes(&planned)), (vec!["rules[xc-pay-a].priority".to_owned()], Vec::new()));
    let seen = observed(&live);
    let compared = compare(&wanted, &seen, &PlanOptions::default());
    let report = drift::report(&wanted, &seen, &compared, &Filter::default(), "2026-11-22");
    let found = report.findings.iter().map(|finding| (finding.property.as_str(), finding.severity));
    let told = [("rules[jit-deny]", Severity::High), ("rules[xc-pay-a].priority", Severity::Medium)];
    assert_eq!(found.collect::<Vec<_>>(), told, "until then it does not pass");
}

#[test]
fn a_number_that_a_rule_must_leave_can_be_declared_for_another() {
    let rules = vec![nsg_rule("xc-pay-a", Priority::Within(2000, 2009)), fixed("xc-pay-b", 2100)];
    let (_, after) = round_trip(rules, vec![live_rule("xc-pay-a", 2100), live_rule("xc-pay-b", 2001)]);
    assert_eq!(priorities(&after)["xc-pay-b"], 2100);
    assert!((2000..=2009).contains(&priorities(&after)["xc-pay-a"]), "{:?}", priorities(&after));
}
