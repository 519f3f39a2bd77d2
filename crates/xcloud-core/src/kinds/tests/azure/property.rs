//! Any declared rules against any live ones: applying converges without a conflict, undoing restores.

use proptest::prelude::*;

use super::cloud::{Cloud, content};
use super::fixture::*;
use crate::drift;
use crate::live::{AzureLive, LiveFirewallRule, LiveNsgRule};
use crate::model::{FirewallRule, NsgRule, PortRange, Priority, disjoint};
use crate::plan::{Action, Filter, Phase, PlanOptions, compare};

const ADDRESSES: [&str; 4] = ["10.0.0.4/32", "10.0.0.5/32", "10.0.0.0/24", "10.7.0.0/16"];

/// Name, sources, port, priority: of a rule that is declared, live, or both.
type Draw = (usize, Vec<usize>, u16);

fn draws() -> impl Strategy<Value = Vec<Draw>> {
    let draw = (0..5usize, proptest::collection::vec(0..ADDRESSES.len(), 1..3), 440..443u16);
    proptest::collection::vec(draw, 0..5)
}

fn unique(draws: Vec<Draw>) -> Vec<Draw> {
    let mut seen = std::collections::BTreeSet::new();
    draws.into_iter().filter(|(name, ..)| seen.insert(*name)).collect()
}

fn sources(draw: &Draw) -> Vec<&'static str> {
    draw.1.iter().map(|at| ADDRESSES[*at]).collect()
}

/// One side of a security rule: Azure refuses those with overlapping networks.
fn apart(draw: &Draw) -> Vec<&'static str> {
    let nets = disjoint(&sources(draw).iter().map(|net| net.parse().expect("a network")).collect());
    sources(draw).into_iter().filter(|net| nets.contains(&net.parse().expect("a network"))).collect()
}

fn wanted(draws: &[Draw], shift: usize) -> (Vec<NsgRule>, Vec<FirewallRule>) {
    let rules = draws.iter().map(|draw| {
        let mut rule = nsg_rule(&format!("xc-pay-{}", draw.0), Priority::Fixed(number(draw.0 + shift)));
        rule.from = listed(&apart(draw));
        rule.ports = vec![PortRange::single(draw.2)];
        rule
    });
    let firewall = draws.iter().map(|draw| {
        let mut rule = firewall_rule("prod", "eu-north-1");
        rule.name = format!("xc-pay-{}", draw.0);
        rule.from = listed(&sources(draw));
        rule.ports = vec![PortRange::single(draw.2)];
        rule
    });
    (rules.collect(), firewall.collect())
}

fn number(at: usize) -> u16 {
    2000 + u16::try_from(at % 5).unwrap_or_default()
}

fn there(draws: &[Draw]) -> AzureLive {
    let rules = draws.iter().map(|draw| LiveNsgRule {
        from: texts(&apart(draw)),
        ports: texts(&[&draw.2.to_string()]),
        ..live_rule(&format!("xc-pay-{}", draw.0), number(draw.0))
    });
    let firewall = draws.iter().map(|draw| LiveFirewallRule {
        from: texts(&sources(draw)),
        ports: texts(&[&draw.2.to_string()]),
        ..live_firewall_rule(&format!("xc-pay-{}", draw.0))
    });
    AzureLive { nsgs: live_nsg(rules.collect()).nsgs, ..live_group(firewall.collect()) }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn applying_converges_and_undoing_restores(declared in draws(), live in draws(), shift in 0..5usize) {
        let (declared, live) = (unique(declared), there(&unique(live)));
        let (rules, firewall_rules) = wanted(&declared, shift);
        let desired = desired(vec![nsg(rules), firewall(firewall_rules)]);
        let first = plan(&desired, &live).expect("a plan");
        let mut cloud = Cloud::new(&live);
        cloud.apply(&first, None).expect("no conflict");
        let again = plan(&desired, &cloud.live).expect("a plan");
        prop_assert!(again.is_empty() && again.changes.iter().all(|change| change.action == Action::Same));
        let seen = observed(&cloud.live);
        let compared = compare(&desired, &seen, &PlanOptions::default());
        let drifted = drift::report(&desired, &seen, &compared, &Filter::default(), "2026-11-22");
        prop_assert_eq!(drifted.findings, Vec::new());
        cloud.unwind().expect("undone");
        prop_assert_eq!(content(&cloud.live), content(&live));
        let mut cloud = Cloud::new(&live);
        cloud.apply(&first, Some(Phase::Build)).expect("the first half stands alone");
        cloud.unwind().expect("undone before the commit point");
        prop_assert_eq!(content(&cloud.live), content(&live));
    }
}
