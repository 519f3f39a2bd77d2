//! As many rules as the clouds take: the work is counted in boxes, not in seconds.

use std::net::Ipv4Addr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;

use super::fixture::rule;
use crate::model::Access;
use crate::reach::outside::outside;
use crate::reach::{Allowed, Traffic};

const RULES: usize = 1000;
const PORTS: [&str; 8] = ["22", "80,443", "443", "1433", "5432", "8000-8100", "8080", "0-65535"];

/// Networks of all sizes: most are single hosts and subnets, some hold many of the others.
fn nets() -> impl Strategy<Value = String> {
    let length = prop::sample::select(vec![32u8, 32, 32, 32, 32, 32, 28, 26, 24, 16]);
    (0..1u32 << 18, length).prop_map(|(at, length)| format!("{}/{length}", Ipv4Addr::from_bits(10 << 24 | at << 6)))
}

/// Networks that are crowded: nearly every two rules meet somewhere.
fn crowd() -> impl Strategy<Value = String> {
    (0..30u8, 20..32u8).prop_map(|(at, length)| format!("10.0.{at}.0/{length}"))
}

/// Joins a few into the list of a rule.
fn lists(net: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    vec(net, 1..4).prop_map(|nets| nets.join(","))
}

fn lines(from: impl Strategy<Value = String>, to: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let protocol = prop::sample::select(vec!["tcp", "tcp", "tcp", "tcp", "tcp", "tcp", "udp", "udp", "all"]);
    let others = ["VirtualNetwork", "AzureLoadBalancer", "*", "fd00::/48"].map(str::to_owned);
    let from = prop_oneof![9 => from, 1 => prop::sample::select(others.to_vec())];
    (protocol, from, to, prop::sample::select(PORTS.to_vec()))
        .prop_map(|(protocol, from, to, ports)| format!("{protocol} {from} -> {to} {ports}"))
}

/// Draws a thousand rules, the same in every run.
fn thousand(line: impl Strategy<Value = String>) -> Vec<Traffic> {
    let lines = vec(line, RULES).new_tree(&mut TestRunner::deterministic()).expect("rules").current();
    lines.iter().map(|line| rule(line)).collect()
}

/// Returns what ordered rules let through of which every fifth refuses.
fn with_denies(rules: &[Traffic]) -> Allowed {
    let access = |at| if at % 5 == 1 { Access::Deny } else { Access::Allow };
    Allowed::of_ordered(rules.iter().enumerate().map(|(at, rule)| (at, access(at), rule.clone())))
}

/// Returns how many boxes are looked at to search for all that the one lets through and the other does not.
fn looked_at(allowed: &Allowed, other: &Allowed) -> usize {
    allowed.boxes.iter().map(|part| outside(part.clone(), other.boxes.iter()).count()).sum()
}

/// Asserts that the same rules in another order, and one more or less, are told apart in few steps.
#[track_caller]
fn are_told_apart(rules: &[Traffic], read: fn(&[Traffic]) -> Allowed) {
    let stranger = rule("tcp 203.0.113.7 -> 198.51.100.9 22");
    let declared = read(rules);
    assert!(declared.boxes.len() < 3 * RULES, "{} boxes", declared.boxes.len());
    assert!(looked_at(&declared, &declared) < 3 * RULES, "{} boxes", looked_at(&declared, &declared));
    let mut more = rules.to_vec();
    more.push(stranger);
    let more = read(&more);
    let packet = more.beyond(&declared).map(|packet| packet.to_string());
    assert_eq!(packet.as_deref(), Some("tcp 203.0.113.7 -> 198.51.100.9 port 22"));
    assert!(looked_at(&more, &declared) < 3 * RULES, "{} boxes", looked_at(&more, &declared));
    assert!(more.covers(&declared));
}

#[test]
fn rules_of_a_group_become_a_few_boxes() {
    let rules = thousand(lines(lists(nets()), Just("sg-1".to_owned())));
    let (allowed, reversed) = (Allowed::of(rules.clone()), Allowed::of(rules.into_iter().rev()));
    assert!(allowed.boxes.len() < 50, "{} boxes", allowed.boxes.len());
    assert_eq!(allowed.boxes, reversed.boxes);
}

#[test]
fn rules_between_networks_are_told_apart() {
    let rules = thousand(lines(lists(nets()), lists(nets())));
    are_told_apart(&rules, |rules| Allowed::of(rules.to_vec()));
    are_told_apart(&rules, with_denies);
}

#[test]
fn crowded_rules_are_told_apart() {
    let rules = thousand(lines(lists(crowd()), lists(crowd())));
    are_told_apart(&rules, |rules| Allowed::of(rules.to_vec()));
    are_told_apart(&rules, with_denies);
}

#[test]
fn all_that_a_thousand_rules_leave_out_is_found() {
    let everything = Allowed::of([rule("all * -> *")]);
    for rules in [thousand(lines(lists(nets()), lists(nets()))), thousand(lines(lists(crowd()), lists(crowd())))] {
        let boxes = looked_at(&everything, &Allowed::of(rules));
        assert!(boxes < 10 * RULES, "{boxes} boxes");
    }
}
