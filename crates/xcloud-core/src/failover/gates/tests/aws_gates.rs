//! Endpoints, connections, targets, and room in AWS.

use super::fixture::{FROM, HUB, PRODUCT, TO, World, addr};
use crate::failover::gates::Light;
use crate::failover::gates::Light::{Ok, Red, Warn};
use crate::failover::verdict;
use crate::model::{Kind, Spec};

#[track_caller]
fn says(world: &World, gate: &str, light: Light, text: &str) {
    assert_eq!(world.says(gate), (light, text.to_owned()), "{:#?}", world.gate(gate).details);
}

#[test]
fn an_estate_that_stands_is_ready() {
    let world = World::good();
    let gates = world.gates();
    let lines: Vec<String> = gates.iter().map(|gate| format!("{}: {}", gate.name.word(), gate.text)).collect();
    let expected = [
        "parity: 9/9 objects match",
        "endpoints: 2/2 endpoints available in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)",
        "connections: 2/2 connections accepted in eu-west-1",
        "targets: 2/2 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)",
        "rules: 4/4 rules exist, none shadowed",
        "names: 1/1 names can be switched (ttl 30 s)",
        "quotas: room for everything declared",
        "helps: 2/2 targets healthy in eu-north-1: it still serves",
    ];
    assert_eq!(lines, expected);
    assert_eq!(verdict(&gates), Ok);
    assert_eq!(verdict(&[]), Red, "nothing was proven");
    let json = serde_json::to_value(&gates).expect("gates are values");
    assert_eq!(json[0]["light"], "ok");
}

#[test]
fn the_verdict_is_the_worst() {
    let mut world = World::good();
    world.product().endpoints[0].interfaces.truncate(1);
    assert_eq!(verdict(&world.gates()), Warn);
    world.hub().endpoints.clear();
    assert_eq!(verdict(&world.gates()), Red);
}

#[test]
fn an_endpoint_in_one_zone_is_a_warning() {
    let mut world = World::good();
    world.hub().endpoints.iter_mut().for_each(|one| one.interfaces.truncate(1));
    let name = "prod/eu-west-1/endpoint/payment-events (vpce-prod-eu-west-1-payment-events)";
    says(&world, "endpoints", Warn, &format!("{name} has addresses in one availability zone only, euw1-az1"));
    world.hub().endpoints.iter_mut().for_each(|one| one.interfaces.clear());
    let text = format!("the availability zones of the addresses of {name} could not be read");
    says(&world, "endpoints", Warn, &text);
}

#[test]
fn two_addresses_in_one_zone_are_one_zone() {
    let mut world = World::good();
    world.hub().subnets.iter_mut().for_each(|one| one.az_id = "euw1-az7".to_owned());
    assert_eq!(world.says("endpoints").0, Warn);
}

#[test]
fn an_endpoint_that_is_missing_or_not_available_is_red() {
    let mut world = World::good();
    world.product().endpoints[0].state = "pending".into();
    let text = "prod/eu-west-1/endpoint/to-azure (vpce-prod-eu-west-1-to-azure) is pending";
    says(&world, "endpoints", Red, text);
    world.product().endpoints[0].state = "deleting".into();
    says(&world, "endpoints", Red, "prod/eu-west-1/endpoint/to-azure does not exist");
    world.hub().endpoints.clear();
    let gate = world.gate("endpoints");
    assert_eq!(gate.text, "prod/eu-west-1/endpoint/payment-events does not exist (and 1 more)");
    assert_eq!(gate.details[1], "prod/eu-west-1/endpoint/to-azure does not exist: apply it");
}

#[test]
fn an_endpoint_with_another_mark_does_not_count() {
    let mut world = World::good();
    world.product().endpoints[0].tags.insert("xcloud:product".to_owned(), "other".to_owned());
    assert_eq!(world.says("endpoints").0, Red);
}

#[test]
fn a_connection_that_waits_is_red_and_one_not_read_a_warning() {
    let ours = |world: &mut World, state: &str| {
        for service in &mut world.hub().services {
            for one in service.connections.iter_mut().flatten() {
                one.state = state.into();
            }
        }
    };
    let mut world = World::good();
    ours(&mut world, "pendingAcceptance");
    let text = "the connection of vpce-prod-eu-west-1-to-azure to prod/eu-west-1/endpoint-service/to-azure \
                (vpce-svc-prod-eu-west-1-to-azure) is pendingAcceptance";
    says(&world, "connections", Red, text);
    ours(&mut world, "AVAILABLE");
    assert_eq!(world.says("connections").0, Ok, "the case does not matter");
    for service in &mut world.hub().services {
        service.connections = Some(Vec::new());
    }
    assert_eq!(world.says("connections").0, Red);
    for service in &mut world.hub().services {
        service.connections = None;
    }
    let text = "the connections of prod/eu-west-1/endpoint-service/to-azure (vpce-svc-prod-eu-west-1-to-azure) \
                were not read";
    says(&world, "connections", Warn, text);
    world.hub().services.clear();
    says(&world, "connections", Red, "prod/eu-west-1/endpoint-service/to-azure does not exist");
}

#[test]
fn a_connection_of_a_stranger_is_not_ours() {
    let mut world = World::good();
    for one in world.product().services.iter_mut().flat_map(|one| one.connections.iter_mut().flatten()) {
        one.endpoint = "vpce-stranger".to_owned();
    }
    assert_eq!(world.says("connections").0, Red);
}

#[test]
fn targets_are_all_some_or_none_healthy() {
    let mut world = World::good();
    let more = |world: &mut World, state: &str| {
        for group in &mut world.hub().target_groups {
            let (ip, port, _) = group.targets[0];
            group.targets.push((ip, port + 1, state.into()));
        }
    };
    more(&mut world, "initial");
    says(&world, "targets", Warn, "2/3 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)");
    assert!(world.gate("targets").details[0].contains("10.122.8.10:444 initial"));
    world.health(TO, "unhealthy");
    says(&world, "targets", Red, "0/3 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)");
    world.health(TO, "healthy");
    world.hub().target_groups.iter_mut().for_each(|group| group.targets.clear());
    let text = "prod/eu-west-1/load-balancer/to-azure port 443: no target is registered \
                (arn:tg/prod-eu-west-1-to-azure/443)";
    says(&world, "targets", Red, text);
    world.hub().load_balancers.clear();
    says(&world, "targets", Red, "prod/eu-west-1/load-balancer/to-azure does not exist");
}

#[test]
fn a_load_balancer_without_listeners_is_red_and_one_that_is_not_active_a_warning() {
    let mut world = World::good();
    world.hub().load_balancers[0].state = "provisioning".into();
    world.hub().load_balancers[1].state = "provisioning".into();
    assert_eq!(world.says("targets").0, Warn);
    world.hub().load_balancers.iter_mut().for_each(|one| one.state = "active".into());
    for one in &mut world.hub().load_balancers {
        one.listeners = Some(Vec::new());
    }
    says(&world, "targets", Red, "no listener of prod leads to a target group");
}

#[test]
fn targets_of_others_behind_our_services_count_too() {
    const ZONES: &str = "(euw1-az1, euw1-az2, euw1-az3)";
    let mut world = World::good();
    let group = &mut world.product().target_groups[0];
    group.targets.push(([10, 13, 0, 9].into(), 9443, "unhealthy".into()));
    group.by_id.push(("i-1".to_owned(), "healthy".into()));
    says(&world, "targets", Warn, &format!("3/4 targets healthy in eu-west-1 {ZONES}"));
    let group = &mut world.product().target_groups[0];
    group.targets.clear();
    group.by_id[0].1 = "unhealthy".into();
    let ill = "prod/eu-west-1/endpoint-service/payment-events port 9443: 0/1 healthy \
               (arn:tg/prod-eu-west-1-payment-events-theirs/9443), i-1 unhealthy";
    says(&world, "targets", Red, ill);
    assert_eq!(world.says("helps").0, Ok, "they stand in AWS: Azure may be well");
    world.product().target_groups[0].by_id.clear();
    let none = "prod/eu-west-1/endpoint-service/payment-events port 9443: no target is registered \
                (arn:tg/prod-eu-west-1-payment-events-theirs/9443)";
    says(&world, "targets", Red, none);
    assert_eq!(world.gate("targets").details[0], format!("{none}: start the application there"));
    world.product().target_groups.clear();
    let text = "prod/eu-west-1/endpoint-service/payment-events: the targets behind \
                arn:lb/prod-eu-west-1-payment-events-theirs are not known";
    says(&world, "targets", Warn, text);
}

#[test]
fn a_region_that_azure_refuses_until_the_failover_opens_it_cannot_have_healthy_targets_there() {
    let mut world = World::good();
    world.shut = true;
    world.health(FROM, "unhealthy");
    world.health(TO, "unhealthy");
    world.product().target_groups[0].targets[0].2 = "healthy".into();
    says(&world, "targets", Warn, "1/2 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)");
    let why = "10.122.8.10:443 unhealthy: Azure refuses the region until the failover opens it, and proves them then";
    assert!(world.gate("targets").details[0].ends_with(why), "{:#?}", world.gate("targets"));
    assert_eq!(world.says("helps").0, Ok, "nobody knows yet");
    world.product().target_groups[0].targets[0].2 = "unhealthy".into();
    assert_eq!(world.says("targets").0, Red, "those of others stand in AWS");
}

#[test]
fn where_no_target_stands_in_azure_those_of_others_tell_whether_a_failover_helps() {
    let mut world = World::good();
    for region in [FROM, TO] {
        world.aws(HUB, region).target_groups.clear();
        world.aws(PRODUCT, region).target_groups[0].targets[0].2 = "unhealthy".into();
    }
    assert_eq!(world.says("helps").0, Red);
    world.product().target_groups[0].targets[0].2 = "healthy".into();
    assert_eq!(world.says("helps").0, Ok);
}

#[test]
fn without_way_one_there_is_no_load_balancer_of_ours() {
    let mut world = World::good();
    world.desired.resources.remove(&addr(TO, Kind::LoadBalancer, "to-azure"));
    says(&world, "targets", Ok, "1/1 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)");
    let found = addr(TO, Kind::EndpointService, "payment-events");
    let Spec::EndpointService(spec) = &mut world.desired.resources.get_mut(&found).expect("the service").spec else {
        panic!("a service");
    };
    spec.load_balancers.clear();
    says(&world, "targets", Ok, "no load balancer of ours");
}

#[test]
fn room_for_endpoints_is_counted_in_each_vpc() {
    let mut world = World::good();
    let endpoint = world.hub().endpoints[0].clone();
    let others = |count: usize| {
        let other =
            |at: usize| crate::live::LiveEndpoint { id: format!("vpce-{at}"), tags: [].into(), ..endpoint.clone() };
        (0..count).map(other).collect::<Vec<_>>()
    };
    let there = world.hub().endpoints.len();
    world.hub().endpoints.extend(others(50 - there));
    assert_eq!(world.says("quotas").0, Ok, "50 is not more than 50");
    world.hub().endpoints.retain(|one| one.id != "vpce-prod-eu-west-1-payment-events");
    world.hub().endpoints.extend(others(1));
    let text = "vpc-eu-west-1 in aws/100000000001/eu-west-1 has 50 endpoints known here, 1 more to be made, and room \
                for 50";
    says(&world, "quotas", Warn, text);
}

#[test]
fn a_failover_does_not_help_against_a_fault_behind_both_regions() {
    let mut world = World::good();
    world.health(FROM, "unhealthy");
    says(&world, "helps", Ok, "0/2 targets healthy in eu-north-1");
    world.aws(PRODUCT, FROM).target_groups[0].targets[0].2 = "healthy".into();
    says(&world, "helps", Ok, "1/2 targets healthy in eu-north-1: a part still serves");
    world.health(TO, "unhealthy");
    let text =
        "both regions' targets are unhealthy: the fault is in Azure or the underlay, and a failover does not help";
    says(&world, "helps", Red, text);
    world.aws(HUB, FROM).target_groups.clear();
    world.aws(PRODUCT, FROM).target_groups.clear();
    says(&world, "helps", Ok, "the health of eu-north-1 is not known");
}
