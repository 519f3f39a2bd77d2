//! Somebody changes what is live: the plan shows exactly that, and the run removes it.

use std::collections::BTreeMap;

use super::cloud::{Cloud, Tables};
use super::fixture::{REGION, addr, cloud, estate, hub, spoke};
use super::{TestResult, calls, differences, edit, notes, plan, settle};
use crate::drift::{self, Severity};
use crate::live::{EndpointState, LiveConnection, LiveListener, LiveRule, TargetHealth};
use crate::model::{Acceptance, Kind, Ownership, Protocol};
use crate::plan::{Filter, PlanOptions, compare};

fn ours(tables: &mut Tables) -> &mut crate::live::LiveGroup {
    tables.groups.values_mut().find(|group| group.name == "xc-shop-edge").expect("the edge group")
}

/// Changes the live hub, and checks what the plan shows; the run then removes the difference.
fn tampered(change: impl Fn(&mut Tables), expected: &[&str]) -> TestResult<Cloud> {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    change(cloud.tables(&hub(REGION).key()));
    cloud.join(&hub(REGION).key())?;
    let there = plan(&desired, &cloud)?;
    let paths: Vec<String> = differences(&there);
    let expected: Vec<String> = expected.iter().map(|path| format!("prod/{REGION}/{path}")).collect();
    assert_eq!(paths, expected);
    settle(&desired, &mut cloud)?;
    Ok(cloud)
}

fn open_to_all(egress: bool) -> LiveRule {
    LiveRule {
        id: "sgr-stranger".to_owned(),
        egress,
        protocol: Protocol::All,
        ports: None,
        cidr: "0.0.0.0/0".parse().ok(),
        prefix_list: None,
        group: None,
        description: None,
        tags: Default::default(),
        raw: None,
    }
}

#[test]
fn rules() -> TestResult {
    let edge = "security-group/edge";
    tampered(|hub| ours(hub).rules.push(open_to_all(false)), &[&format!("{edge} ingress[all from 0.0.0.0/0]")])?;
    tampered(|hub| ours(hub).rules.push(open_to_all(true)), &[&format!("{edge} egress[all to 0.0.0.0/0]")])?;
    tampered(
        |hub| ours(hub).rules.retain(|rule| rule.egress),
        &[&format!("{edge} ingress[tcp 443 from 10.20.0.0/16]")],
    )?;
    let strange = LiveRule { raw: Some("icmp type 3".to_owned()), ..open_to_all(false) };
    tampered(|hub| ours(hub).rules.push(strange.clone()), &[&format!("{edge} ingress[icmp type 3]")])?;
    tampered(
        |hub| drop(ours(hub).tags.insert("xcloud:owner".to_owned(), "x".to_owned())),
        &[&format!("{edge} tags.xcloud:owner")],
    )?;
    Ok(())
}

#[test]
fn additive_groups_keep_strangers() -> TestResult {
    let (mut desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    edit!(&mut desired, SecurityGroup, "edge", |group| group.ownership = Ownership::Additive);
    let default = settle(&desired, &mut cloud)?;
    assert!(!default.is_empty());
    ours(cloud.tables(&hub(REGION).key())).rules.push(open_to_all(false));
    let there = plan(&desired, &cloud)?;
    assert!(there.is_empty());
    assert_eq!(notes(&there, "stranger").len(), 1);
    Ok(())
}

#[test]
fn listeners_and_targets() -> TestResult {
    let edge = "load-balancer/edge";
    let balancer = |hub: &mut Tables| -> String {
        hub.balancers.values().find(|live| live.tags.contains_key("xcloud:address")).expect("ours").arn.clone()
    };
    let group = |port: u16| {
        move |hub: &mut Tables| {
            let mut groups = hub.target_groups.values_mut();
            let group = groups.find(|group| group.port == port).expect("a target group");
            group.targets.push((std::net::Ipv4Addr::new(10, 9, 9, 9), port, TargetHealth::Healthy));
        }
    };
    tampered(group(443), &[&format!("{edge} listeners[443].targets[10.9.9.9:443]")])?;
    tampered(
        |hub| hub.target_groups.values_mut().for_each(|group| drop(group.targets.pop())),
        &[
            &format!("{edge} listeners[443].targets[10.122.8.11:443]"),
            &format!("{edge} listeners[8443].targets[10.122.8.12:8443]"),
        ],
    )?;
    tampered(
        |hub| {
            let arn = balancer(hub);
            let target_group = hub.target_groups.keys().next().cloned();
            let listeners = hub.balancers.get_mut(&arn).and_then(|live| live.listeners.as_mut());
            let (arn, protocol) = ("listener-stranger".to_owned(), "TCP".to_owned());
            listeners.into_iter().for_each(|list| {
                list.push(LiveListener {
                    also: Default::default(),
                    arn: arn.clone(),
                    port: 22,
                    protocol: protocol.clone(),
                    target_group: target_group.clone(),
                    tags: BTreeMap::new(),
                });
            });
        },
        &[&format!("{edge} listeners[22]")],
    )?;
    tampered(
        |hub| {
            let arn = balancer(hub);
            let listeners = hub.balancers.get_mut(&arn).and_then(|live| live.listeners.as_mut());
            listeners.into_iter().flatten().for_each(|live| live.protocol = "UDP".to_owned());
        },
        &[&format!("{edge} listeners[443].protocol"), &format!("{edge} listeners[8443].protocol")],
    )?;
    Ok(())
}

#[test]
fn principals_and_load_balancers_of_a_service() -> TestResult {
    let payments = "endpoint-service/payments";
    let ours = |hub: &mut Tables, change: &dyn Fn(&mut crate::live::LiveService)| {
        let address = addr(REGION, Kind::EndpointService, "payments").to_string();
        hub.services.values_mut().filter(|live| live.tags.get("xcloud:address") == Some(&address)).for_each(change);
    };
    let arn = "arn:aws:iam::999999999999:root";
    let extra = |live: &mut crate::live::LiveService| live.principals.get_or_insert_default().extend([arn.into()]);
    tampered(|hub| ours(hub, &extra), &[&format!("{payments} principals[{arn}]")])?;
    let lost = |live: &mut crate::live::LiveService| live.principals = Some(Default::default());
    tampered(|hub| ours(hub, &lost), &[&format!("{payments} principals[arn:aws:iam::200000000003:root]")])?;
    let open = |live: &mut crate::live::LiveService| live.acceptance_required = false;
    tampered(|hub| ours(hub, &open), &[&format!("{payments} acceptance")])?;
    Ok(())
}

fn connect_stranger(cloud: &mut Cloud, state: &str) {
    let service = cloud
        .tables(&hub(REGION).key())
        .services
        .values_mut()
        .find(|live| live.acceptance_required && live.tags.contains_key("xcloud:address"));
    service.expect("the managed service").connections.get_or_insert_default().push(LiveConnection {
        endpoint: "vpce-stranger".to_owned(),
        owner: "300000000004".to_owned(),
        state: state.into(),
    });
}

#[test]
fn strangers_connections_are_told_and_never_accepted() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    connect_stranger(&mut cloud, "pendingAcceptance");
    let there = plan(&desired, &cloud)?;
    assert!(there.is_empty());
    assert_eq!(notes(&there, "stranger").len(), 1);
    Ok(())
}

#[test]
fn a_stranger_who_asks_pages_nobody_and_one_who_is_in_does() -> TestResult {
    for (state, severity) in [("pendingAcceptance", Severity::Medium), ("available", Severity::Critical)] {
        let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
        settle(&desired, &mut cloud)?;
        connect_stranger(&mut cloud, state);
        let seen = cloud.observe(&desired);
        let compared = compare(&desired, &seen, &PlanOptions::default());
        let report = drift::report(&desired, &seen, &compared, &Filter::default(), "2026-11-22");
        let found: Vec<_> = report.findings.iter().map(|one| (one.severity, one.widens_access)).collect();
        assert_eq!(found, [(severity, severity == Severity::Critical)], "{state}");
    }
    Ok(())
}

#[test]
fn a_removed_principal_loses_its_connection() -> TestResult {
    for acceptance in [Acceptance::Managed, Acceptance::Automatic] {
        let (mut desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
        let arn = "arn:aws:iam::300000000004:root".to_owned();
        let mut with = desired.clone();
        edit!(&mut with, EndpointService, "payments", |live| live.principals.extend([arn.clone()]));
        settle(&with, &mut cloud)?;
        connect_stranger(&mut cloud, "available");
        if acceptance == Acceptance::Automatic {
            edit!(&mut with, EndpointService, "payments", |live| live.acceptance = acceptance);
            settle(&with, &mut cloud)?;
            edit!(&mut desired, EndpointService, "payments", |live| live.acceptance = acceptance);
        }
        let there = plan(&desired, &cloud)?;
        let rejects = calls(&there).contains(&"RejectVpcEndpointConnections");
        assert_eq!(rejects, acceptance == Acceptance::Managed);
        assert_eq!(notes(&there, "connections-stay").len(), usize::from(!rejects));
        settle(&desired, &mut cloud)?;
        assert!(
            cloud.places[&spoke(REGION).key()].endpoints.values().all(|live| live.state == EndpointState::Available)
        );
    }
    Ok(())
}
