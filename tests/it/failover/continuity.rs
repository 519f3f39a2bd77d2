//! A stream of connections on every flow, once a second from both sides, through a failover and back.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use std::future::Future;

use xcloud_core::model::{Desired, DnsAddresses, Place, Spec};
use xcloud_sim::traffic::{
    AzurePath, Direction, FromAws, FromAzure, Judgement, Packet, admitted, from_aws, from_azure,
};

use super::{NORTH, Scene, WEST};

/// A flow from one side.
#[derive(Debug, Clone)]
pub(super) enum Flow {
    Aws { env: String, account: String, region: String, client: Ipv4Addr, path: AzurePath },
    Azure { env: String, client: Ipv4Addr, zone: String, record: String, path: AzurePath },
}

impl Flow {
    pub(super) fn name(&self) -> String {
        match self {
            Self::Aws { env, region, .. } => format!("{env}: {region} -> Azure"),
            Self::Azure { env, record, .. } => format!("{env}: Azure -> {record}"),
        }
    }

    /// Tries one connection now; `Err`: which hop refused it.
    fn attempt(&self, scene: &Scene) -> Result<(), String> {
        let judgement = self.judge(scene);
        if judgement.passes() { Ok(()) } else { Err(judgement.to_string()) }
    }

    /// Judges every way that connections of the flow take now.
    pub(super) fn judge(&self, scene: &Scene) -> Judgement {
        scene.bed.cloud().change(|world, now| match self {
            Self::Aws { account, region, client, path, .. } => {
                let name = "core.azure.bank.example";
                from_aws(world, now, &FromAws { account, region, vpc: None, client: *client, name, port: 443, path })
            }
            Self::Azure { client, zone, record, path, .. } => {
                from_azure(world, now, &FromAzure { client: *client, zone, record, port: 9443, path })
            }
        })
    }
}

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
        let ip = |text: &str| text.parse().expect("an address");
        let account = if env == "int" { "200000000002" } else { "200000000003" }.to_owned();
        for (region, client) in [(NORTH, north), (WEST, west)] {
            let (env, region) = (env.to_owned(), region.to_owned());
            flows.push(Flow::Aws {
                path: path(desired, &env),
                env,
                account: account.clone(),
                region,
                client: ip(client),
            });
        }
        for resource in desired.resources.values().filter(|resource| resource.addr.env() == env) {
            let Spec::PrivateDnsRecord(spec) = &resource.spec else { continue };
            assert!(matches!(spec.addresses, DnsAddresses::Active(_)));
            flows.push(Flow::Azure {
                env: env.to_owned(),
                client: ip(azure),
                zone: spec.zone.0.clone(),
                record: spec.record.clone(),
                path: path(desired, env),
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

/// What the stream saw of each flow, second by second: the refusals.
type Seen = BTreeMap<String, Vec<(i64, Result<(), String>)>>;

async fn watched(scene: &Scene, work: impl Future<Output = u8>, what: &str) -> Seen {
    let flows = flows(&scene.desired);
    let seen: RefCell<Seen> = RefCell::default();
    let look = || {
        let now = scene.bed.cloud().clock().now().0;
        for flow in &flows {
            seen.borrow_mut().entry(flow.name()).or_default().push((now, flow.attempt(scene)));
        }
        let path = path(&scene.desired, "prod");
        for (packet, direction) in undeclared() {
            let text = packet.to_string();
            let verdict = scene.bed.cloud().change(|world, now| admitted(world, now, &path, packet, direction));
            assert!(!verdict.passes(), "{what}: {text} was admitted, and nobody declared it");
        }
    };
    look();
    let stream = async {
        loop {
            scene.bed.cloud().clock().sleep(1.0).await;
            look();
        }
    };
    let exit = tokio::select! {
        exit = work => exit,
        () = stream => unreachable!("the stream does not end"),
    };
    assert_eq!(exit, 0, "{what}");
    look();
    seen.into_inner()
}

/// What passed before and after, passed all the time.
fn assert_continuous(seen: &Seen, what: &str) {
    for (flow, seen) in seen {
        assert!(seen.len() > 20, "{what}: {flow}: the stream was watched {} times", seen.len());
        let (first, last) = (&seen[0].1, &seen[seen.len() - 1].1);
        if first.is_ok() && last.is_ok() {
            let refused: Vec<_> = seen.iter().filter_map(|(at, seen)| Some((at, seen.as_ref().err()?))).collect();
            assert!(refused.is_empty(), "{what}: {flow} was refused {} times: {}", refused.len(), refused[0].1);
        }
    }
}

fn passes(seen: &Seen, flow: &str) -> bool {
    seen[flow].last().is_some_and(|(_, seen)| seen.is_ok())
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
    assert!(before.keys().all(|flow| passes(&before, flow)), "everything passes before: {before:#?}");
    let operator = scene.operator();
    let there = watched(&scene, operator.failover(WEST, Some("INC-1"), &[]), "failover").await;
    assert_continuous(&there, "failover");
    for env in ["int", "prod"] {
        assert!(passes(&there, &format!("{env}: {WEST} -> Azure")), "{env}: the new region works");
        assert!(!passes(&there, &format!("{env}: {NORTH} -> Azure")), "{env}: the old region is fenced");
    }
    assert!(
        there
            .iter()
            .filter(|(flow, _)| flow.contains("Azure -> "))
            .all(|(_, seen)| seen.iter().all(|(_, one)| one.is_ok()))
    );
    scene.assert_agrees("failover").await;
    let operator = scene.operator();
    let back = watched(&scene, operator.failback(), "failback").await;
    assert_continuous(&back, "failback");
    assert!(back.keys().all(|flow| passes(&back, flow)), "everything passes afterwards");
    scene.assert_agrees("failback").await;
}

#[tokio::test(start_paused = true)]
async fn a_planned_failover_lets_connections_of_the_old_region_end_first() {
    let scene = Scene::new().await;
    let operator = scene.operator();
    let there = watched(&scene, operator.failover(WEST, None, &[]), "planned").await;
    assert_continuous(&there, "planned");
    let north = &there[&format!("prod: {NORTH} -> Azure")];
    let fenced = north.iter().find(|(_, seen)| seen.is_err()).expect("the old region is fenced in the end").0;
    assert!(fenced - north[0].0 >= 350_000, "it was fenced after {} ms", fenced - north[0].0);
    scene.assert_agrees("planned").await;
}
