//! The order in which a path moves: what takes over is there before what served goes.

use super::cloud::Cloud;
use super::fixture::{REGION, addr, cidr, cloud, estate, group as fixture_group, hub, listener, rule, spoke};
use super::{TestResult, edit, notes, plan, plan_with, problems, settle};
use crate::live::{EndpointState, LiveRecord, TargetHealth};
use crate::model::{
    Acceptance, AddressKind, Addresses, Desired, Drains, GroupRef, Kind, LoadBalancerRef, Resource, Selector,
};
use crate::op::{AwsOp, EndpointOp, Handle, LoadBalancerOp, Object, Op};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Await, Condition, Patience, Phase, Plan, PlanOptions, Step, converge};

pub(super) fn made() -> TestResult<(Desired, Cloud)> {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    Ok((desired, cloud))
}

/// Returns the only step with this call.
fn only<'p>(plan: &'p Plan, call: &str) -> TestResult<&'p Step> {
    let mut steps = plan.steps.iter().filter(|step| step.op.name() == call);
    match (steps.next(), steps.next()) {
        (Some(step), None) => Ok(step),
        _ => Err(format!("not one {call}: {:?}", super::calls(plan)).into()),
    }
}

/// Returns the only drafted step with this operation, before anything is ordered.
fn drafted(desired: &Desired, cloud: &Cloud, is: impl Fn(&AwsOp) -> bool) -> TestResult<DraftStep> {
    let (observed, options) = (cloud.observe(desired), PlanOptions::default());
    let mut draft = Draft::new(desired, &observed, &options);
    crate::kinds::plan(&mut draft);
    let mut steps = draft.steps.into_iter().filter(|step| matches!(&step.op, Op::Aws(op) if is(op)));
    Ok(steps.next().ok_or("no such step")?)
}

/// Returns true if one of the waits is for health, without which the run fails.
fn wait_for_health(awaits: &[Await]) -> bool {
    let health = |one: &Await| {
        matches!(one.condition, Condition::TargetsHealthy { .. } | Condition::TargetsServe { .. })
            && matches!(one.patience, Patience::Fail(_))
    };
    awaits.iter().any(health)
}

#[test]
fn a_listener_moves_after_its_new_targets_are_registered() -> TestResult {
    let (before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[1] = listener(8443, &[12], 9443));
    let there = plan(&after, &cloud)?;
    let (register, moves) = (only(&there, "RegisterTargets")?, only(&there, "ModifyListener")?);
    assert!(moves.needs.contains(&register.id), "{moves:?}");
    // Targets of a group without a listener are never checked: one that nobody calls has them checked before.
    let (tried, gone) = (only(&there, "CreateListener")?, only(&there, "DeleteListener")?);
    assert!(
        tried.makes == Some(Object("prod/eu-north-1/load-balancer/edge#listener/65535".to_owned()))
            && moves.needs.contains(&tried.id)
            && wait_for_health(&moves.awaits)
    );
    assert!(gone.phase == Phase::Commit && gone.needs.contains(&moves.id), "{gone:?}");
    let old = only(&there, "DeleteTargetGroup")?;
    assert!(old.needs.contains(&moves.id) && drains(old) == ["350 s"], "{old:?}");
    // Where the old targets are ill, nothing is lost.
    for group in cloud.tables(&hub(REGION).key()).target_groups.values_mut() {
        group.targets.iter_mut().for_each(|(_, _, state)| *state = TargetHealth::Unhealthy);
    }
    let there = plan(&after, &cloud)?;
    assert!(!wait_for_health(&only(&there, "ModifyListener")?.awaits) && only(&there, "CreateListener").is_err());
    assert_eq!(drains(only(&there, "DeleteTargetGroup")?), [""; 0]);
    Ok(())
}

/// How long a step waits for what was left.
fn drains(step: &Step) -> Vec<String> {
    let drain = |one: &Await| match (&one.condition, one.patience) {
        (Condition::Elapsed { secs, .. }, _) => Some(format!("{secs} s")),
        (Condition::TargetsGone { .. }, Patience::Warn(secs)) => Some(format!("gone, or {secs} s")),
        _ => None,
    };
    step.awaits.iter().filter_map(drain).collect()
}

#[test]
fn a_listener_moves_to_a_group_in_use_when_that_is_healthy() -> TestResult {
    let (desired, mut cloud) = made()?;
    let place = hub(REGION).key();
    // A stranger's listener took the group, and ours forwards elsewhere.
    let arn =
        cloud.tables(&place).target_groups.values().find(|group| group.port == 8443).ok_or("a group")?.arn.clone();
    let mut listeners = cloud.tables(&place).balancers.values_mut().filter_map(|live| live.listeners.as_mut());
    let ours = listeners.find(|list| list.len() == 2).ok_or("our load balancer")?;
    let mut other = ours.iter().find(|one| one.port == 8443).ok_or("our listener")?.clone();
    let elsewhere = ours.iter().find(|one| one.port == 443).and_then(|one| one.target_group.clone());
    ours.iter_mut().filter(|one| one.port == 8443).for_each(|one| one.target_group.clone_from(&elsewhere));
    (other.arn, other.port) = ("listener-stranger".to_owned(), 9);
    assert_eq!(other.target_group.as_ref(), Some(&arn));
    ours.push(other);
    let there = plan(&desired, &cloud)?;
    assert!(wait_for_health(&only(&there, "ModifyListener")?.awaits) && only(&there, "CreateListener").is_err());
    Ok(())
}

#[test]
fn old_targets_go_when_the_new_ones_are_healthy() -> TestResult {
    let (before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10, 20], 443));
    let there = plan(&after, &cloud)?;
    let (register, leaves) = (only(&there, "RegisterTargets")?, only(&there, "DeregisterTargets")?);
    assert!(leaves.phase == Phase::Commit && leaves.needs.contains(&register.id));
    let [Await { condition: Condition::TargetsHealthy { targets, .. }, patience: Patience::Fail(900), .. }] =
        &there.before_commit[..]
    else {
        return Err(format!("{:?}", there.before_commit).into());
    };
    assert_eq!(targets.iter().map(|target| target.ip.octets()[3]).collect::<Vec<_>>(), [20], "the new one alone");
    let mut fewer = before.clone();
    edit!(&mut fewer, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10], 443));
    let there = plan(&fewer, &cloud)?;
    assert!(
        matches!(&there.before_commit[..], [Await { condition: Condition::TargetsServe { .. }, .. }]),
        "those that stay"
    );
    for group in cloud.tables(&hub(REGION).key()).target_groups.values_mut() {
        let gone = group.targets.iter_mut().filter(|(ip, _, _)| ip.octets()[3] == 11);
        gone.for_each(|(_, _, state)| *state = TargetHealth::Unhealthy);
    }
    assert_eq!(plan(&after, &cloud)?.before_commit, [], "an ill one carries nothing");
    Ok(())
}

#[test]
fn a_group_lets_out_to_a_target_until_that_has_drained() -> TestResult {
    let (mut before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10, 20], 443));
    edit!(&mut after, SecurityGroup, "edge", |live| live.egress[0] = rule(443, cidr("10.122.8.0/25")));
    let waits = |desired: &Desired, cloud: &Cloud| -> TestResult<Vec<String>> {
        let there = plan(desired, cloud)?;
        let (leaves, revoke) = (only(&there, "DeregisterTargets")?, only(&there, "RevokeSecurityGroupEgress")?);
        assert!(revoke.needs.contains(&leaves.id), "{revoke:?}");
        assert!(revoke.awaits.iter().all(|one| match &one.condition {
            Condition::Elapsed { since, .. } => *since == [leaves.id.clone()].into(),
            _ => true,
        }));
        Ok(drains(revoke))
    };
    assert_eq!(waits(&after, &cloud)?, ["120 s", "gone, or 600 s"]);
    after.drains.environments.insert("prod".to_owned(), 0);
    assert_eq!(waits(&after, &cloud)?, [""; 0]);
    let edge = addr(REGION, Kind::LoadBalancer, "edge");
    after.drains.resources.insert(edge, 300);
    assert_eq!(waits(&after, &cloud)?, ["300 s"], "what is said of a resource comes before its environment");
    after.drains = Drains::default();
    // Nobody is connected: nothing drains, and nothing must be healthy first.
    for live in cloud.tables(&hub(REGION).key()).services.values_mut() {
        live.connections.get_or_insert_default().clear();
    }
    assert_eq!(waits(&after, &cloud)?, [""; 0]);
    assert_eq!(plan(&after, &cloud)?.before_commit, []);
    // The whole way goes.
    before.resources.clear();
    let gone = plan_with(&before, &cloud, &PlanOptions { destroy: true, ..PlanOptions::default() })?;
    assert!(gone.steps.len() > 5 && gone.steps.iter().all(|step| drains(step).is_empty()), "{:?}", gone.steps);
    Ok(())
}

#[test]
fn ways_to_a_target_close_after_it_was_left() -> TestResult {
    let (mut desired, cloud) = made()?;
    edit!(&mut desired, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10], 443));
    edit!(&mut desired, LoadBalancer, "edge", |live| drop(live.listeners.pop()));
    let step =
        drafted(&desired, &cloud, |op| matches!(op, AwsOp::LoadBalancer(LoadBalancerOp::DeregisterTargets { .. })))?;
    assert_eq!(step.drains, ["10.122.8.11/32".parse()?].into());
    let step =
        drafted(&desired, &cloud, |op| matches!(op, AwsOp::LoadBalancer(LoadBalancerOp::DeleteListener { .. })))?;
    assert_eq!(step.drains, ["10.122.8.12/32".parse()?].into());
    Ok(())
}

#[test]
fn a_service_accepts_by_itself_only_when_undeclared_principals_are_gone() -> TestResult {
    let (before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, EndpointService, "payments", |live| live.acceptance = Acceptance::Automatic);
    let early = plan(&after, &cloud)?;
    assert_eq!(only(&early, "ModifyVpcEndpointServiceConfiguration")?.phase, Phase::Build);
    let services = cloud.tables(&hub(REGION).key()).services.values_mut();
    let ours = services.filter(|live| live.tags.contains_key("xcloud:address"));
    ours.for_each(|live| live.principals.get_or_insert_default().extend(["arn:aws:iam::300000000004:root".to_owned()]));
    // A new endpoint in the same run: the service still asks when it comes.
    let endpoints = &mut cloud.tables(&spoke(REGION).key()).endpoints;
    let payments = endpoints.values_mut().find(|live| live.tags["xcloud:address"].ends_with("/payments"));
    payments.ok_or("the endpoint")?.state = EndpointState::Rejected;
    let there = plan(&after, &cloud)?;
    let opens = only(&there, "ModifyVpcEndpointServiceConfiguration")?;
    let removals = there.steps.iter().filter(|step| step.op.name() == "ModifyVpcEndpointServicePermissions");
    assert!(opens.phase == Phase::Commit && removals.into_iter().any(|step| opens.needs.contains(&step.id)));
    only(&there, "AcceptVpcEndpointConnections")?;
    settle(&after, &mut cloud)?;
    Ok(())
}

/// Returns the estate whose endpoint `payments` is pinned to the first address of a dead one, and a second dead one.
fn dead_with_pins() -> TestResult<(Desired, Cloud)> {
    let (mut desired, mut cloud) = made()?;
    edit!(&mut desired, Endpoint, "payments", |live| {
        live.endpoint_ips = ["10.20.97.50", "10.20.98.50"].iter().filter_map(|ip| ip.parse().ok()).collect();
    });
    settle(&desired, &mut cloud)?;
    let endpoints = &mut cloud.tables(&spoke(REGION).key()).endpoints;
    let live = endpoints.values_mut().find(|live| live.tags["xcloud:address"].ends_with("/payments"));
    let live = live.ok_or("the endpoint")?;
    live.state = EndpointState::Rejected;
    let mut other = live.clone();
    other.id = "vpce-other".to_owned();
    other.dns = None;
    for interface in &mut other.interfaces {
        interface.ips = interface.ips.iter().map(|ip| (u32::from(*ip) + 1).into()).collect();
    }
    endpoints.insert(other.id.clone(), other);
    Ok((desired, cloud))
}

#[test]
fn only_the_dead_endpoint_that_has_the_pins_goes_first() -> TestResult {
    let (desired, mut cloud) = dead_with_pins()?;
    let there = plan(&desired, &cloud)?;
    let deletes: Vec<_> = there.steps.iter().filter(|step| step.op.name() == "DeleteVpcEndpoints").collect();
    let phases: Vec<Phase> = deletes.iter().map(|step| step.phase).collect();
    assert_eq!(phases, [Phase::Build, Phase::Commit]);
    let late = drafted(
        &desired,
        &cloud,
        |op| matches!(op, AwsOp::Endpoint(EndpointOp::Delete { endpoints }) if endpoints.iter().any(|one| one.id() == "vpce-other")),
    )?;
    assert_eq!(late.releases.len(), 2, "its addresses are given back after the rules that name them");
    settle(&desired, &mut cloud)?;
    Ok(())
}

#[test]
fn what_a_dead_endpoint_has_beside_the_pins_is_given_back_with_care() -> TestResult {
    let (mut desired, cloud) = dead_with_pins()?;
    edit!(&mut desired, Endpoint, "payments", |live| {
        live.endpoint_ips = ["10.20.97.50", "10.20.98.60"].iter().filter_map(|ip| ip.parse().ok()).collect();
    });
    let early = drafted(&desired, &cloud, |op| matches!(op, AwsOp::Endpoint(EndpointOp::Delete { .. })))?;
    assert_eq!(early.releases, ["10.20.98.50/32".parse()?].into());
    Ok(())
}

#[test]
fn a_dead_endpoint_keeps_its_pins_while_azure_is_silent() -> TestResult {
    let (mut desired, mut cloud) = dead_with_pins()?;
    desired.places.push(crate::tests::subscription("sub-1"));
    let there = plan(&desired, &cloud)?;
    assert!(there.is_empty(), "{:?}", super::calls(&there));
    assert_eq!(notes(&there, "waits-for-place").len(), 1, "{:?}", there.notes);
    desired.places.pop();
    settle(&desired, &mut cloud)?;
    Ok(())
}

#[test]
fn a_service_outside_the_run_has_its_live_addresses() -> TestResult {
    let (mut desired, cloud) = made()?;
    // Declared in front of another load balancer, but not in this run.
    edit!(&mut desired, EndpointService, "payments", |live| {
        live.load_balancers = vec![LoadBalancerRef::Found(Selector::Id("arn:none".to_owned()))];
    });
    let mut options = PlanOptions::default();
    options.filter.excludes.insert("*/endpoint-service/*".to_owned());
    let observed = cloud.observe(&desired);
    let mut draft = Draft::new(&desired, &observed, &options);
    crate::kinds::plan(&mut draft);
    let key = (addr(REGION, Kind::EndpointService, "payments"), AddressKind::ServiceIps);
    let entry = draft.book.get(&key).ok_or("an entry")?;
    let tables = &cloud.places[&hub(REGION).key()];
    let live = tables.balancers.values().find(|live| live.tags.contains_key("xcloud:address")).ok_or("ours")?;
    let ips = live.interfaces.iter().flat_map(|one| one.ips.iter().map(|ip| ipnet::Ipv4Net::from(*ip).into()));
    assert_eq!(entry.addresses, Addresses::Known(ips.collect()));
    assert_eq!(entry.holders, [Handle::Known(live.arn.clone())]);
    Ok(())
}

#[test]
fn connections_that_were_not_read_are_told_before_a_deletion() -> TestResult {
    let (desired, mut cloud) = made()?;
    let destroy = PlanOptions { destroy: true, ..PlanOptions::default() };
    assert!(notes(&plan_with(&desired, &cloud, &destroy)?, "may-have-connections").is_empty());
    for live in cloud.tables(&hub(REGION).key()).services.values_mut() {
        live.connections = None;
    }
    assert_eq!(notes(&plan_with(&desired, &cloud, &destroy)?, "may-have-connections").len(), 2);
    Ok(())
}

/// Returns what each `ModifyVpcEndpoint` adds and removes, with its side of the commit point.
fn group_calls(plan: &Plan) -> Vec<(Phase, usize, usize)> {
    let call = |step: &Step| match &step.op {
        Op::Aws(AwsOp::Endpoint(EndpointOp::Modify { add_groups, remove_groups, .. })) => {
            Some((step.phase, add_groups.len(), remove_groups.len()))
        }
        _ => None,
    };
    plan.steps.iter().filter_map(call).collect()
}

#[test]
fn a_group_that_lets_in_less_leaves_after_the_commit_point() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    let swap = (Phase::Build, 1, 1);
    assert_eq!(group_calls(&plan(&after, &cloud)?), [swap; 2]);
    edit!(&mut after, SecurityGroup, "clients", |group| group.ingress = vec![rule(443, cidr("10.0.0.0/8"))]);
    assert_eq!(group_calls(&plan(&after, &cloud)?), [swap; 2], "wider");
    for narrower in [rule(443, cidr("10.20.0.0/17")), rule(80, cidr("10.20.0.0/16"))] {
        edit!(&mut after, SecurityGroup, "clients", |group| group.ingress = vec![narrower]);
        let there = plan(&after, &cloud)?;
        let (add, remove) = ((Phase::Build, 1, 0), (Phase::Commit, 0, 1));
        assert_eq!(group_calls(&there), [add, add, remove, remove]);
        let delete = only(&there, "DeleteSecurityGroup")?;
        let removes = there.steps.iter().filter(|step| step.phase == Phase::Commit && step.id != delete.id);
        assert!(removes.into_iter().all(|step| delete.needs.contains(&step.id)), "{delete:?}");
        let mut cloud = cloud.clone();
        let ran = cloud.run(&there, 4)?;
        let mut undone = cloud.clone();
        undone.unwind(&ran)?;
        super::assert_still(&before, &undone)?;
        settle(&after, &mut cloud)?;
    }
    Ok(())
}

#[test]
fn a_strangers_rule_counts_only_where_its_group_is_not_followed() -> TestResult {
    let (before, mut cloud) = made()?;
    let groups = &mut cloud.tables(&spoke(REGION).key()).groups;
    let clients = groups.values_mut().find(|group| group.name == "xc-shop-clients").ok_or("the group")?;
    let mut stranger = clients.rules.first().ok_or("a rule")?.clone();
    (stranger.id, stranger.cidr) = ("sgr-stranger".to_owned(), "10.9.0.0/16".parse().ok());
    stranger.tags.clear();
    clients.rules.push(stranger);
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    assert_eq!(group_calls(&plan(&after, &cloud)?), [(Phase::Build, 1, 1); 2]);
    // Another declared group, with the same rules of ours: the old one stays, and so do its other users' rules.
    let mut other = before.clone();
    let new = addr(REGION, Kind::SecurityGroup, "new");
    let spec = fixture_group("new", "vpc-spoke", vec![rule(443, cidr("10.20.0.0/16"))], vec![]);
    other.resources.insert(new.clone(), Resource { addr: new.clone(), place: spoke(REGION), flow: None, spec });
    for name in ["payments", "back"] {
        edit!(&mut other, Endpoint, name, |live| live.security_groups = vec![GroupRef::Declared(new.clone())]);
    }
    let (add, remove) = ((Phase::Build, 1, 0), (Phase::Commit, 0, 1));
    assert_eq!(group_calls(&plan(&other, &cloud)?), [add, add, remove, remove]);
    Ok(())
}

#[test]
fn no_undo_gives_traffic_back_to_a_target_group_without_our_mark() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let place = hub(REGION).key();
    let ours = cloud.tables(&place).target_groups.keys().next().cloned().ok_or("a target group")?;
    let mut theirs = cloud.tables(&place).target_groups[&ours].clone();
    theirs.arn = "arn:tg/theirs".to_owned();
    theirs.tags.clear();
    cloud.tables(&place).target_groups.insert(theirs.arn.clone(), theirs);
    let listeners = cloud.tables(&place).balancers.values_mut().filter_map(|live| live.listeners.as_mut());
    for listener in listeners.flatten().filter(|one| one.target_group.as_ref() == Some(&ours)) {
        listener.target_group = Some("arn:tg/theirs".to_owned());
    }
    let there = plan(&desired, &cloud)?;
    let moves = there.steps.iter().find(|step| step.op.name() == "ModifyListener").ok_or("a move")?;
    assert!(!moves.undo.is_reversible(), "{:?}", moves.undo);
    Ok(())
}

#[test]
fn a_mark_that_was_there_before_the_record_stays_when_the_record_is_undone() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let zones = &mut cloud.tables(&spoke(REGION).key()).zones;
    zones.iter_mut().for_each(|zone| zone.records.retain(|record| record.record_type == "TXT"));
    let before = cloud.tables(&spoke(REGION).key()).zones.clone();
    let there = plan(&desired, &cloud)?;
    let ran = cloud.run(&there, usize::MAX)?;
    cloud.unwind(&ran)?;
    assert_eq!(cloud.tables(&spoke(REGION).key()).zones, before);
    Ok(())
}

#[test]
fn a_record_that_lost_only_its_mark_is_told_from_one_of_others() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let place = spoke(REGION).key();
    let hints = |cloud: &Cloud| -> Vec<String> {
        let (_, problems) = converge(&desired, &cloud.observe(&desired), &PlanOptions::default());
        problems.0.into_iter().filter_map(|problem| problem.hint).collect()
    };
    let zones = |cloud: &mut Cloud, change: &dyn Fn(&mut Vec<LiveRecord>)| {
        cloud.tables(&place).zones.iter_mut().for_each(|zone| change(&mut zone.records));
    };
    zones(&mut cloud, &|records| records.retain(|record| record.record_type != "TXT"));
    let told = hints(&cloud);
    assert!(told.len() == 1 && told[0].contains("add the TXT record _xcloud."), "{told:?}");
    zones(&mut cloud, &|records| records.iter_mut().for_each(|record| record.alias = None));
    assert_eq!(hints(&cloud), ["choose another name, or delete the other record"]);
    Ok(())
}

/// The estate with a private name on the endpoint of the payments, and without the record that leads to it.
fn with_private_name() -> TestResult<(Desired, Cloud)> {
    let (mut desired, mut cloud) = made()?;
    edit!(&mut desired, Endpoint, "payments", |live| live.private_dns = true);
    desired.resources.remove(&addr(REGION, Kind::PrivateZoneRecord, "core"));
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    cloud.run(&plan_with(&desired, &cloud, &options)?, usize::MAX)?;
    Ok((desired, cloud))
}

#[test]
fn a_private_name_moves_to_what_carries_and_what_it_left_drains() -> TestResult {
    let (desired, mut cloud) = with_private_name()?;
    let payments = addr(REGION, Kind::Endpoint, "payments").to_string();
    let tables = cloud.tables(&spoke(REGION).key());
    let old = tables.endpoints.values_mut().find(|live| live.tags["xcloud:address"] == payments);
    old.ok_or("an endpoint")?.service_name = "com.amazonaws.vpce.eu-north-1.vpce-svc-elsewhere".to_owned();
    let there = plan(&desired, &cloud)?;
    let names: Vec<&Step> = there.steps.iter().filter(|step| step.op.name() == "ModifyVpcEndpoint").collect();
    let [off, on] = names[..] else { return Err(format!("{names:?}").into()) };
    assert!(wait_for_health(&off.awaits) && on.needs.contains(&off.id), "{names:?}");
    let delete = only(&there, "DeleteVpcEndpoints")?;
    assert!(delete.needs.contains(&off.id), "{delete:?}");
    assert_eq!(drains(delete), ["350 s"]);
    Ok(())
}

#[test]
fn an_alias_in_another_spelling_is_left_before_its_endpoint_goes() -> TestResult {
    let (before, mut cloud) = made()?;
    let records = cloud.tables(&spoke(REGION).key()).zones.iter_mut().flat_map(|zone| &mut zone.records);
    for (name, _) in records.filter_map(|record| record.alias.as_mut()) {
        *name = format!("dualstack.{name}");
    }
    super::assert_still(&before, &cloud)?;
    let mut after = before.clone();
    edit!(&mut after, Endpoint, "payments", |live| {
        live.endpoint_ips = vec!["10.20.97.60".parse()?, "10.20.98.60".parse()?];
    });
    let there = plan(&after, &cloud)?;
    let (moves, delete) = (only(&there, "ChangeResourceRecordSets")?, only(&there, "DeleteVpcEndpoints")?);
    assert!(delete.needs.contains(&moves.id), "{delete:?}");
    assert_eq!(drains(delete), ["350 s"]);
    Ok(())
}

#[test]
fn a_record_goes_only_into_a_zone_of_the_place_and_once_into_one_zone() -> TestResult {
    let (desired, mut of_others) = (estate(REGION), cloud(&[REGION]));
    let zones = |cloud: &mut Cloud, owner: Option<&str>| {
        let zones = &mut cloud.tables(&spoke(REGION).key()).zones;
        zones.iter_mut().for_each(|zone| zone.owned_by = owner.map(str::to_owned));
    };
    zones(&mut of_others, Some("account 555555555555"));
    let options = PlanOptions::default();
    assert_eq!(problems(&desired, &of_others, &options), ["zone-owned-elsewhere"]);
    zones(&mut of_others, None);
    assert_eq!(problems(&desired, &of_others, &options), [""; 0]);
    let mut twice = desired.clone();
    let mut resources = desired.resources.values();
    let record = resources.find(|one| one.spec.kind() == Kind::PrivateZoneRecord).ok_or("a record")?.clone();
    let other = Resource { addr: addr(REGION, Kind::PrivateZoneRecord, "twin"), ..record };
    twice.resources.insert(other.addr.clone(), other);
    assert_eq!(problems(&twice, &cloud(&[REGION]), &options), ["record-claimed-twice"]);
    Ok(())
}

#[test]
fn a_saved_plan_stands_on_what_an_object_holds_and_not_on_its_state() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[1] = listener(8443, &[12], 9443));
    let there = plan(&after, &cloud)?;
    let key = there.depends.keys().find(|key| key.ends_with(" load-balancer")).ok_or("it depends on the balancer")?;
    let held = &there.depends[key];
    let held = held.as_array().and_then(|all| all.first()).unwrap_or(held);
    assert!(held.get("name").is_some() && held.get("listeners").is_some(), "{held}");
    assert!(held.get("state").is_none() && held.get("interfaces").is_none(), "{held}");
    Ok(())
}
