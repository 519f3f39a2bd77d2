//! Health checks as they are: what Azure refuses answers none. A region that is fenced or closed has no healthy target in
//! Azure until it is opened, and a failover must not wait for what it alone can bring.

use std::future::Future;
use std::net::Ipv4Addr;

use xcloud_core::model::{Desired, Spec};
use xcloud_core::plan::PlanOptions;
use xcloud_sim::traffic::{Direction, Packet, admitted};

use super::continuity::path;
use super::{NORTH, Scene, WEST};
use crate::bed::OPEN_API;

/// How often load balancers look.
const INTERVAL_SECS: f64 = 10.0;

/// The ways from load balancer nodes to targets in Azure: environment, region, packet.
fn ways(desired: &Desired) -> Vec<(String, String, Packet)> {
    let mut ways = Vec::new();
    for resource in desired.resources.values() {
        let Spec::LoadBalancer(spec) = &resource.spec else { continue };
        let (env, region) = (resource.addr.env().to_owned(), resource.addr.region().to_owned());
        for target in spec.listeners.iter().flat_map(|listener| &listener.targets) {
            let packet = |from: &Ipv4Addr| Packet { from: *from, to: target.ip, port: target.port };
            ways.extend(spec.service_ips.iter().map(|from| (env.clone(), region.clone(), packet(from))));
        }
    }
    ways
}

/// Lets every target be as healthy as Azure's rules allow.
fn check(scene: &Scene) {
    let ways = ways(&scene.desired);
    scene.bed.cloud().change(|world, now| {
        for (_, region, packet) in &ways {
            let answers =
                ways.iter().filter(|(_, of, one)| of == region && one.to == packet.to).any(|(env, _, one)| {
                    admitted(world, now, &path(&scene.desired, env), *one, Direction::Inbound).passes()
                });
            world.aws.set_target_health(region, packet.to, answers);
        }
    });
}

/// Does the work while load balancers look at their targets.
async fn checked(scene: &Scene, work: impl Future<Output = u8>) -> u8 {
    let looking = async {
        loop {
            check(scene);
            scene.bed.cloud().clock().sleep(INTERVAL_SECS).await;
        }
    };
    tokio::select! {
        exit = work => exit,
        () = looking => unreachable!("it does not end"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_fenced_region_takes_over_again_without_an_override() {
    let scene = Scene::new().await;
    let operator = scene.operator();
    assert_eq!(checked(&scene, operator.failover(WEST, Some("INC-1"), &[])).await, 0, "{}", operator.heard());
    check(&scene);
    let operator = scene.operator();
    operator.readiness(NORTH).await;
    let said = operator.heard();
    assert!(said.contains("2/3 targets healthy in eu-north-1"), "the fence drops health checks: {said}");
    let operator = scene.operator();
    assert_eq!(checked(&scene, operator.failback()).await, 0, "{}", operator.heard());
    scene.assert_agrees("back").await;
}

#[tokio::test(start_paused = true)]
async fn a_closed_standby_takes_over_without_an_override() {
    let text = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    check(&scene);
    let operator = scene.operator();
    operator.readiness(WEST).await;
    let said = operator.heard();
    assert!(said.contains("2/3 targets healthy in eu-west-1"), "the standby is closed: {said}");
    let operator = scene.operator();
    assert_eq!(checked(&scene, operator.failover(WEST, Some("INC-1"), &[])).await, 0, "{}", operator.heard());
    scene.assert_agrees("open on failover").await;
}

#[tokio::test(start_paused = true)]
async fn a_standby_that_stays_silent_once_it_is_open_turns_the_failover_back() {
    let text = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    let ill = || {
        for (_, region, packet) in ways(&scene.desired) {
            scene.bed.cloud().change(|world, _| world.aws.set_target_health(&region, packet.to, region != WEST));
        }
    };
    ill();
    let operator = scene.operator();
    let exit = operator.failover(WEST, Some("INC-1"), &[]).await;
    let said = operator.heard();
    assert_eq!(exit, 4, "{said}");
    assert!(said.contains("unhealthy"), "{said}");
    for env in ["int", "prod"] {
        assert_eq!(scene.pointed_at(env), NORTH);
    }
    scene.assert_agrees("turned back").await;
}
