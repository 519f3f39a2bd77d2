//! Random small estates: what holds for the estate by hand holds for them.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

use super::fixture::{REGION, cidr, cloud, estate, ids, listener, rule};
use super::{edit, plan, settle};
use crate::drift;
use crate::model::{Acceptance, Desired};
use crate::plan::{Filter, PlanOptions, compare};

/// A change of the estate: what to leave out, and what to set.
#[derive(Debug, Clone)]
struct Edits {
    ports: Vec<u16>,
    listeners: Vec<(u16, u16)>,
    hub: usize,
    spoke: usize,
    managed: bool,
    private_dns: bool,
    described: [bool; 2],
}

const HUB: [&[&str]; 5] =
    [&["hub-a", "hub-b"], &["hub-a", "hub-b", "hub-c"], &["hub-b", "hub-d"], &["hub-a", "hub-c"], &["hub-a"]];
const SPOKE: [&[&str]; 3] = [&["spoke-a"], &["spoke-d"], &["spoke-a"]];

fn edits() -> impl Strategy<Value = Edits> {
    let ports = proptest::collection::btree_set(1u16..6, 0..4).prop_map(|ports| ports.into_iter().collect());
    let listeners = proptest::collection::btree_map(440u16..444, 8000u16..8002, 1..4);
    let listeners = listeners.prop_map(|list| list.into_iter().collect());
    let flags = (any::<bool>(), any::<bool>(), any::<[bool; 2]>());
    (ports, listeners, 0..HUB.len(), 0..SPOKE.len(), flags).prop_map(
        |(ports, listeners, hub, spoke, (managed, private_dns, described))| Edits {
            ports,
            listeners,
            hub,
            spoke,
            managed,
            private_dns,
            described,
        },
    )
}

fn edited(edits: &Edits) -> Desired {
    let mut desired = estate(REGION);
    let text = |second: bool| if second { "another" } else { "one" }.to_owned();
    edit!(&mut desired, SecurityGroup, "edge", |group| {
        group.description = text(edits.described[0]);
        group.ingress = edits.ports.iter().map(|port| rule(*port, cidr("10.20.0.0/16"))).collect();
    });
    edit!(&mut desired, SecurityGroup, "clients", |group| group.description = text(edits.described[1]));
    edit!(&mut desired, LoadBalancer, "edge", |live| {
        live.subnets = ids(HUB[edits.hub]);
        live.listeners = edits.listeners.iter().map(|(port, target)| listener(*port, &[10], *target)).collect();
    });
    let acceptance = if edits.managed { Acceptance::Managed } else { Acceptance::Automatic };
    edit!(&mut desired, EndpointService, "payments", |service| service.acceptance = acceptance);
    edit!(&mut desired, Endpoint, "payments", |endpoint| {
        // In a zone that every choice for the hub offers, or not planned again.
        endpoint.subnets = ids(SPOKE[edits.spoke]);
        endpoint.private_dns = edits.private_dns;
    });
    desired.resources.retain(|addr, _| addr.name() != "back");
    desired
}

fn wrong(error: Box<dyn std::error::Error>) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn any_estate_becomes_any_other_also_when_cut_off(from in edits(), to in edits(), cut in 0usize..40) {
        let (from, to) = (edited(&from), edited(&to));
        let mut cloud = cloud(&[REGION]);
        settle(&from, &mut cloud).map_err(wrong)?;
        let there = plan(&to, &cloud).map_err(wrong)?;
        let ran = cloud.run(&there, cut).map_err(TestCaseError::fail)?;
        if ran.iter().all(|step| step.phase == crate::plan::Phase::Build) {
            let mut undone = cloud.clone();
            undone.unwind(&ran).map_err(TestCaseError::fail)?;
            super::assert_still(&from, &undone).map_err(wrong)?;
        }
        settle(&to, &mut cloud).map_err(wrong)?;
        let seen = cloud.observe(&to);
        let compared = compare(&to, &seen, &PlanOptions::default());
        let drifted = drift::report(&to, &seen, &compared, &Filter::default(), "2026-11-22");
        prop_assert_eq!(drifted.findings, Vec::new());
    }
}
