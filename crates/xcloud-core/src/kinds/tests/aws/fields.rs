//! A field of the config changes: the plan shows that field and no other, and after the run nothing differs.

use super::fixture::{REGION, cidr, cloud, estate, ids, listener, rule};
use super::{TestResult, assert_still, differences, edit, plan, settle};
use crate::model::{Acceptance, Desired, Health, PrivateLinkIngress, Selector};

/// Changes the estate, and checks which fields the plan shows; then back again.
fn changes(edit: impl Fn(&mut Desired), expected: &[&str]) -> TestResult {
    let (before, mut cloud) = (estate(REGION), super::fixture::cloud(&[REGION]));
    settle(&before, &mut cloud)?;
    let mut after = before.clone();
    edit(&mut after);
    let there = plan(&after, &cloud)?;
    let expected: Vec<String> = expected.iter().map(|path| format!("prod/{REGION}/{path}")).collect();
    assert_eq!(differences(&there), expected);
    let ran = cloud.run(&there, usize::MAX)?;
    assert_still(&after, &cloud)?;
    for limit in 0..ran.len() {
        cut_off(&before, &after, limit)?;
    }
    settle(&before, &mut cloud)?;
    Ok(())
}

/// The run is cut off: before the commit point the undo restores the start, and always the next run finishes.
fn cut_off(before: &Desired, after: &Desired, limit: usize) -> TestResult {
    let mut cloud = cloud(&[REGION]);
    settle(before, &mut cloud)?;
    let plan = plan(after, &cloud)?;
    let ran = cloud.run(&plan, limit)?;
    let mut undone = cloud.clone();
    if ran.iter().all(|step| step.phase == crate::plan::Phase::Build) {
        undone.unwind(&ran)?;
        assert_still(before, &undone).map_err(|error| format!("undone after {limit}: {error}"))?;
    }
    settle(after, &mut cloud).map_err(|error| format!("finished after {limit}: {error}"))?;
    Ok(())
}

#[test]
fn security_group_rules() -> TestResult {
    let edge = "security-group/edge";
    changes(
        |desired| edit!(desired, SecurityGroup, "edge", |group| group.ingress.push(rule(80, cidr("10.20.0.0/16")))),
        &[&format!("{edge} ingress[tcp 80 from 10.20.0.0/16]")],
    )?;
    changes(
        |desired| edit!(desired, SecurityGroup, "edge", |group| group.egress.clear()),
        &[&format!("{edge} egress[tcp 443 to 10.122.8.0/24]")],
    )?;
    changes(
        |desired| edit!(desired, SecurityGroup, "edge", |group| group.ingress[0].description = Some("why".to_owned())),
        &[&format!("{edge} ingress[tcp 443 from 10.20.0.0/16].description")],
    )?;
    changes(
        |desired| edit!(desired, SecurityGroup, "edge", |group| group.ingress[0] = rule(444, cidr("10.20.0.0/16"))),
        &[&format!("{edge} ingress[tcp 444 from 10.20.0.0/16]"), &format!("{edge} ingress[tcp 443 from 10.20.0.0/16]")],
    )
}

#[test]
fn load_balancer_listeners() -> TestResult {
    let edge = "load-balancer/edge";
    let edit_listeners = |change: fn(&mut Vec<crate::model::Listener>)| {
        move |desired: &mut Desired| edit!(desired, LoadBalancer, "edge", |live| change(&mut live.listeners))
    };
    changes(edit_listeners(|list| list.push(listener(9000, &[1], 9000))), &[&format!("{edge} listeners[9000]")])?;
    changes(edit_listeners(|list| drop(list.pop())), &[&format!("{edge} listeners[8443]")])?;
    changes(
        edit_listeners(|list| list[0] = listener(443, &[10], 443)),
        &[&format!("{edge} listeners[443].targets[10.122.8.11:443]")],
    )?;
    changes(
        edit_listeners(|list| list[1] = listener(8443, &[12], 9443)),
        &[
            &format!("{edge} listeners[8443].target_port"),
            &format!("{edge} listeners[8443].targets[10.122.8.12:9443]"),
            &format!("{edge} listeners[8443].targets[10.122.8.12:8443]"),
        ],
    )?;
    changes(
        edit_listeners(|list| list[0].health = Some(Health { interval_secs: 30, threshold: 3 })),
        &[&format!("{edge} listeners[443].health.interval")],
    )?;
    changes(
        edit_listeners(|list| list[0].health = Some(Health { interval_secs: 10, threshold: 5 })),
        &[&format!("{edge} listeners[443].health.threshold")],
    )
}

#[test]
fn load_balancer_itself() -> TestResult {
    let edge = "load-balancer/edge";
    changes(
        |desired| {
            edit!(desired, LoadBalancer, "edge", |live| live.private_link_ingress_rules =
                Some(PrivateLinkIngress::Off));
        },
        &[&format!("{edge} private_link_ingress_rules")],
    )?;
    changes(
        |desired| edit!(desired, LoadBalancer, "edge", |live| live.subnets = ids(&["hub-a", "hub-b", "hub-c"])),
        &["endpoint-service/payments zones", &format!("{edge} subnets[hub-c]")],
    )?;
    changes(
        |desired| {
            edit!(desired, LoadBalancer, "edge", |live| live.subnets = ids(&["hub-a", "hub-b", "hub-c"]));
            edit!(desired, LoadBalancer, "edge", |live| live.subnets = ids(&["hub-b", "hub-c"]));
            edit!(desired, Endpoint, "payments", |live| live.subnets = ids(&["spoke-b"]));
        },
        &[
            "endpoint-service/payments load_balancers",
            "endpoint/payments subnets[spoke-a]",
            &format!("{edge} subnets[hub-c]"),
            &format!("{edge} subnets[hub-a]"),
        ],
    )?;
    changes(
        |desired| {
            let peers = super::fixture::addr(REGION, crate::model::Kind::SecurityGroup, "peers");
            edit!(desired, LoadBalancer, "edge", |live| {
                live.security_groups.push(crate::model::GroupRef::Declared(peers.clone()));
            });
        },
        &[&format!("{edge} security_groups")],
    )
}

#[test]
fn endpoint_service() -> TestResult {
    let payments = "endpoint-service/payments";
    changes(
        |desired| edit!(desired, EndpointService, "payments", |live| live.acceptance = Acceptance::Automatic),
        &[&format!("{payments} acceptance")],
    )?;
    let arn = "arn:aws:iam::300000000004:root";
    changes(
        |desired| edit!(desired, EndpointService, "payments", |live| live.principals.extend([arn.to_owned()])),
        &[&format!("{payments} principals[{arn}]")],
    )
}

#[test]
fn endpoint() -> TestResult {
    let payments = "endpoint/payments";
    changes(
        |desired| edit!(desired, Endpoint, "payments", |live| live.private_dns = true),
        &[&format!("{payments} private_dns")],
    )?;
    changes(
        |desired| edit!(desired, Endpoint, "payments", |live| live.subnets = ids(&["spoke-a"])),
        &[&format!("{payments} subnets[spoke-b]")],
    )?;
    changes(|desired| edit!(desired, Endpoint, "payments", |live| live.vpc = Selector::Id("vpc-spoke".to_owned())), &[])
}

#[test]
fn record() -> TestResult {
    let back = super::fixture::addr(REGION, crate::model::Kind::Endpoint, "back");
    changes(
        |desired| edit!(desired, PrivateZoneRecord, "core", |record| record.endpoint = back.clone()),
        &["private-zone-record/core alias"],
    )?;
    let (before, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&before, &mut cloud)?;
    let mut after = before.clone();
    edit!(&mut after, PrivateZoneRecord, "core", |record| record.record = "new.bank.example".to_owned());
    settle(&after, &mut cloud)?;
    let zone = &cloud.places[&super::fixture::spoke(REGION).key()].zones[0];
    assert!(zone.records.iter().all(|record| record.name.ends_with("new.bank.example")), "{:?}", zone.records);
    Ok(())
}
