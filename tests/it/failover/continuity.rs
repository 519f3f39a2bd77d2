//! A stream of connections on every flow, once a second from both sides, through a failover and back.

use std::future::Future;
use std::net::Ipv4Addr;

use xcloud_core::model::{Desired, DnsAddresses, Place, Spec};
use xcloud_core::plan::PlanOptions;
use xcloud_sim::traffic::{AzurePath, Direction, Packet};

use super::{NORTH, Scene, WEST};
use crate::bed::OPEN_API;
use crate::traffic::{self, Flow, From, Seen, Stranger, interruptions};

pub(super) fn path(desired: &Desired, env: &str) -> AzurePath {
    let (subscription, firewall_policy, network_security_group) = (String::new(), None, None);
    let mut path = AzurePath { subscription, firewall_policy, network_security_group };
    for resource in desired.resources.values() {
        if let Place::Azure { subscription, .. } = &resource.place {
            path.subscription.clone_from(subscription);
        }
        match &resource.spec {
            Spec::FirewallRules(group) => path.firewall_policy = Some(group.policy.0.clone()),
            Spec::NetworkSecurityGroup(group) if resource.addr.env() == env => {
                path.network_security_group = Some(group.group.0.clone());
            }
            _ => {}
        }
    }
    path
}

/// Every flow of both environments from both sides, and from both regions.
pub(super) fn flows(desired: &Desired) -> Vec<Flow> {
    let mut flows = Vec::new();
    let clients = [("int", "10.11.0.5", "10.14.0.5", "10.121.16.7"), ("prod", "10.12.0.5", "10.13.0.5", "10.122.16.7")];
    for (env, north, west, azure) in clients {
        let ip = |text: &str| -> Ipv4Addr { text.parse().expect("an address") };
        let account = if env == "int" { "200000000002" } else { "200000000003" }.to_owned();
        let path = path(desired, env);
        for (region, client) in [(NORTH, north), (WEST, west)] {
            let (account, name) = (account.clone(), "core.azure.bank.example".to_owned());
            flows.push(Flow {
                name: format!("{env}: {region} -> Azure"),
                client: ip(client),
                port: 443,
                path: path.clone(),
                from: From::Aws { account, region: region.to_owned(), name },
            });
        }
        for resource in desired.resources.values().filter(|resource| resource.addr.env() == env) {
            let Spec::PrivateDnsRecord(spec) = &resource.spec else { continue };
            assert!(matches!(spec.addresses, DnsAddresses::Active(_)));
            flows.push(Flow {
                name: format!("{env}: Azure -> {}", spec.record),
                client: ip(azure),
                port: 9443,
                path: path.clone(),
                from: From::Azure { zone: spec.zone.0.clone(), record: spec.record.clone() },
            });
        }
    }
    flows
}

/// Connections that nobody declared: neighbours of declared clients and addresses, and other ports.
fn undeclared() -> Vec<(Packet, Direction)> {
    let packet = |from: &str, to: &str, port: u16| Packet {
        from: from.parse().expect("an address"),
        to: to.parse().expect("an address"),
        port,
    };
    let mut packets = Vec::new();
    for hub in ["10.60.2", "10.61.2"] {
        for from in ["6", "19", "35", "200"] {
            packets.push((packet(&format!("{hub}.{from}"), "10.122.8.10", 443), Direction::Inbound));
        }
        packets.push((packet(&format!("{hub}.4"), "10.122.8.10", 22), Direction::Inbound));
        packets.push((packet(&format!("{hub}.4"), "10.122.8.11", 443), Direction::Inbound));
        packets.push((packet("10.122.16.64", &format!("{hub}.5"), 9443), Direction::Outbound));
        packets.push((packet("10.122.16.7", &format!("{hub}.6"), 9443), Direction::Outbound));
        packets.push((packet("10.122.16.7", &format!("{hub}.5"), 443), Direction::Outbound));
        packets.push((packet("10.121.16.7", &format!("{hub}.5"), 9443), Direction::Outbound));
    }
    packets
}

async fn watched(scene: &Scene, work: impl Future<Output = u8>, what: &str) -> Seen {
    let path = path(&scene.desired, "prod");
    let stranger = |(packet, direction)| Stranger { path: path.clone(), packet, direction };
    let strangers: Vec<Stranger> = undeclared().into_iter().map(stranger).collect();
    let (exit, seen) = traffic::watched(scene.bed.cloud(), &flows(&scene.desired), &strangers, work).await;
    assert_eq!(exit, 0, "{what}");
    for (packet, seen) in &seen.strangers {
        assert!(!seen.contains(&true), "{what}: {packet} was admitted, and nobody declared it");
    }
    seen
}

/// What passed before and after, passed all the time.
fn assert_continuous(seen: &Seen, what: &str) {
    for (flow, seen) in &seen.flows {
        assert!(seen.len() > 20, "{what}: {flow}: the stream was watched {} times", seen.len());
    }
    let interrupted = interruptions(seen);
    assert!(interrupted.is_empty(), "{what}: {interrupted:#?}");
}

fn passes(seen: &Seen, flow: &str) -> bool {
    seen.flows[flow].last().is_some_and(|(_, seen)| seen.is_ok())
}

#[tokio::test(start_paused = true)]
async fn no_connection_is_refused_by_our_doing_and_none_admitted_that_nobody_declared() {
    let scene = Scene::new().await;
    let before = watched(
        &scene,
        async {
            scene.bed.cloud().clock().sleep(60.0).await;
            0
        },
        "before",
    )
    .await;
    assert_continuous(&before, "before");
    assert!(before.flows.keys().all(|flow| passes(&before, flow)), "everything passes before: {before:#?}");
    let operator = scene.operator();
    let there = watched(&scene, operator.failover(WEST, Some("INC-1"), &[]), "failover").await;
    assert_continuous(&there, "failover");
    for env in ["int", "prod"] {
        assert!(passes(&there, &format!("{env}: {WEST} -> Azure")), "{env}: the new region works");
        assert!(!passes(&there, &format!("{env}: {NORTH} -> Azure")), "{env}: the old region is fenced");
    }
    assert!(
        there
            .flows
            .iter()
            .filter(|(flow, _)| flow.contains("Azure -> "))
            .all(|(_, seen)| seen.iter().all(|(_, one)| one.is_ok()))
    );
    scene.assert_agrees("failover").await;
    let operator = scene.operator();
    let back = watched(&scene, operator.failback(), "failback").await;
    assert_continuous(&back, "failback");
    assert!(back.flows.keys().all(|flow| passes(&back, flow)), "everything passes afterwards");
    scene.assert_agrees("failback").await;
}

/// Without a drain the old region is fenced at once, and who follows the name is not refused all the same.
#[tokio::test(start_paused = true)]
async fn a_failover_without_a_drain_refuses_nobody_who_follows_the_name() {
    let text = OPEN_API.replace("    azure: {clients:", "    drain: 0s\n    azure: {clients:");
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    let there = watched(&scene, scene.operator().failover(WEST, None, &[]), "without a drain").await;
    assert_continuous(&there, "without a drain");
    let north = &there.flows[&format!("prod: {NORTH} -> Azure")];
    let fenced = north.iter().find(|(_, seen)| seen.is_err()).expect("the old region is fenced in the end").0;
    assert!(fenced - north[0].0 < 350_000, "it was fenced after {} ms", fenced - north[0].0);
    let back = watched(&scene, scene.operator().failback(), "back without a drain").await;
    assert_continuous(&back, "back without a drain");
    scene.assert_agrees("back without a drain").await;
}

/// The rules of the region that was left are closed, and opened again by the failback.
#[tokio::test(start_paused = true)]
async fn closing_the_old_region_refuses_nobody_of_the_new_one() {
    let scene = Scene::new().await;
    assert_eq!(scene.operator().failover(WEST, Some("INC-1"), &[]).await, 0);
    let closed = watched(&scene, scene.operator().close(), "close").await;
    let interrupted = interruptions(&closed);
    assert!(interrupted.is_empty(), "close: {interrupted:#?}");
    for env in ["int", "prod"] {
        assert!(passes(&closed, &format!("{env}: {WEST} -> Azure")), "{env}: the new region works");
        assert!(!passes(&closed, &format!("{env}: {NORTH} -> Azure")), "{env}: the old region is closed");
    }
    scene.assert_agrees("close").await;
    let back = watched(&scene, scene.operator().failback(), "failback").await;
    assert_continuous(&back, "failback");
    assert!(back.flows.keys().all(|flow| passes(&back, flow)), "everything passes afterwards");
    scene.assert_agrees("failback").await;
}

#[tokio::test(start_paused = true)]
async fn a_planned_failover_lets_connections_of_the_old_region_end_first() {
    let scene = Scene::new().await;
    let operator = scene.operator();
    let there = watched(&scene, operator.failover(WEST, None, &[]), "planned").await;
    assert_continuous(&there, "planned");
    let north = &there.flows[&format!("prod: {NORTH} -> Azure")];
    let fenced = north.iter().find(|(_, seen)| seen.is_err()).expect("the old region is fenced in the end").0;
    assert!(fenced - north[0].0 >= 350_000, "it was fenced after {} ms", fenced - north[0].0);
    scene.assert_agrees("planned").await;
}
