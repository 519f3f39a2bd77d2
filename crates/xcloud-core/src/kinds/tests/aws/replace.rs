//! What AWS cannot change in place: the new one serves before the old one goes.

use crate::live::EndpointState;
use std::net::Ipv4Addr;

use super::cloud::Cloud;
use super::fixture::{REGION, cidr, cloud, estate, hub, ids, rule, spoke};
use super::{TestResult, calls, edit, notes, plan, plan_with, problems, settle};
use crate::model::{Desired, GroupRef, Selector};
use crate::op::{AwsOp, EndpointOp, Op};
use crate::plan::{Action, Filter, PlanOptions};

fn made() -> TestResult<(Desired, Cloud)> {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    Ok((desired, cloud))
}

/// Carries out the change; also when it is cut off after any number of steps.
fn replaces(before: &Desired, after: &Desired, cloud: &Cloud) -> TestResult<Vec<&'static str>> {
    let there = plan(after, cloud)?;
    assert!(there.changes.iter().any(|change| change.action == Action::Replace && !change.reasons.is_empty()));
    for limit in 0..=there.steps.len() {
        let mut cloud = cloud.clone();
        let ran = cloud.run(&there, limit)?;
        if ran.iter().all(|step| step.phase == crate::plan::Phase::Build) {
            let mut undone = cloud.clone();
            undone.unwind(&ran).map_err(|error| format!("undo after {limit}: {error}"))?;
            super::assert_still(before, &undone).map_err(|error| format!("undone after {limit}: {error}"))?;
        }
        settle(after, &mut cloud).map_err(|error| format!("finished after {limit}: {error}"))?;
    }
    Ok(calls(&there))
}

fn pins(list: [&str; 2]) -> Vec<Ipv4Addr> {
    list.iter().filter_map(|ip| ip.parse().ok()).collect()
}

/// A replacement shows what differs from the old one, its id and why, and not every field of the new one.
fn shows(after: &Desired, cloud: &Cloud, name: &str, fields: &[&str]) -> TestResult {
    let there = plan(after, cloud)?;
    let change = there.changes.iter().find(|change| change.addr.as_str().ends_with(name)).ok_or("a change")?;
    let paths: Vec<String> = change.fields.iter().map(|field| field.path.to_string()).collect();
    assert_eq!((change.action, change.id.is_some(), change.reasons.len()), (Action::Replace, true, 1), "{name}");
    assert_eq!(paths, fields, "{name}");
    Ok(())
}

#[test]
fn only_what_differs_is_shown() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    shows(&after, &cloud, "security-group/clients", &["description"])?;
    edit!(&mut after, SecurityGroup, "clients", |group| group.ingress[0] = rule(444, cidr("10.20.0.0/16")));
    let ports = ["description", "ingress[tcp 444 from 10.20.0.0/16]", "ingress[tcp 443 from 10.20.0.0/16]"];
    shows(&after, &cloud, "security-group/clients", &ports)?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.service_ips = pins(["10.60.97.60", "10.60.98.60"]));
    shows(&after, &cloud, "load-balancer/edge", &["subnets[hub-a]", "subnets[hub-b]"])?;
    let mut after = before.clone();
    edit!(&mut after, Endpoint, "payments", |live| live.endpoint_ips = pins(["10.20.97.60", "10.20.98.60"]));
    shows(&after, &cloud, "endpoint/payments", &["subnets[spoke-a]", "subnets[spoke-b]"])?;
    let mut dead = cloud.clone();
    for live in dead.tables(&spoke(REGION).key()).endpoints.values_mut() {
        live.state = "rejected".into();
    }
    shows(&before, &dead, "endpoint/payments", &["state"])
}

#[test]
fn a_group_that_an_endpoint_uses() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    let there = plan(&after, &cloud)?;
    let merged = there.steps.iter().filter(|step| {
        matches!(&step.op, Op::Aws(AwsOp::Endpoint(EndpointOp::Modify { add_groups, remove_groups, .. }))
            if add_groups.len() == 1 && remove_groups.len() == 1)
    });
    assert_eq!(merged.count(), 2, "one for each endpoint");
    let calls = replaces(&before, &after, &cloud)?;
    assert_eq!(calls.iter().filter(|call| **call == "ModifyVpcEndpoint").count(), 2);
    assert_eq!(calls.last(), Some(&"DeleteSecurityGroup"));
    assert!(!calls.contains(&"RevokeSecurityGroupIngress"), "the old group stays whole: {calls:?}");
    let swap = calls.iter().position(|call| *call == "ModifyVpcEndpoint");
    let rules = calls.iter().position(|call| *call == "AuthorizeSecurityGroupIngress");
    assert!(rules < swap, "the new group has its rules before anything moves to it: {calls:?}");
    Ok(())
}

#[test]
fn a_group_that_a_load_balancer_and_rules_use() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "edge", |group| {
        group.description = "another".to_owned();
        group.ingress.push(rule(80, cidr("10.20.0.0/16")));
    });
    let calls = replaces(&before, &after, &cloud)?;
    assert_eq!(calls.last(), Some(&"DeleteSecurityGroup"));
    assert_eq!(calls.iter().filter(|call| **call == "SetSecurityGroups").count(), 2, "both, then the new one");
    Ok(())
}

#[test]
fn a_load_balancer_behind_a_service() -> TestResult {
    let (before, cloud) = made()?;
    for subnets in [["hub-b", "hub-d"], ["hub-c", "hub-d"]] {
        let mut after = before.clone();
        edit!(&mut after, LoadBalancer, "edge", |live| live.subnets = ids(&subnets));
        edit!(&mut after, Endpoint, "payments", |live| live.subnets = ids(&["spoke-a"]));
        let calls = replaces(&before, &after, &cloud)?;
        let at = |call: &str| calls.iter().position(|one| *one == call);
        assert!(at("CreateListener") < at("ModifyVpcEndpointServiceConfiguration"), "{calls:?}");
        assert!(at("ModifyVpcEndpointServiceConfiguration") < at("DeleteLoadBalancer"), "{calls:?}");
        assert!(at("DeleteLoadBalancer") < at("DeleteTargetGroup"), "{calls:?}");
        assert!(!calls.contains(&"DeleteVpcEndpointServiceConfigurations"), "{calls:?}");
    }
    Ok(())
}

#[test]
fn an_endpoint_with_its_private_name_and_record() -> TestResult {
    let (mut before, mut cloud) = made()?;
    edit!(&mut before, Endpoint, "payments", |live| {
        live.private_dns = true;
        live.endpoint_ips = pins(["10.20.97.50", "10.20.98.50"]);
    });
    settle(&before, &mut cloud)?;
    let mut after = before.clone();
    edit!(&mut after, Endpoint, "payments", |live| live.endpoint_ips = pins(["10.20.97.60", "10.20.98.60"]));
    let calls = replaces(&before, &after, &cloud)?;
    let at = |call: &str| calls.iter().position(|one| *one == call);
    assert!(at("AcceptVpcEndpointConnections") < at("ModifyVpcEndpoint"), "{calls:?}");
    assert!(at("ChangeResourceRecordSets") < at("DeleteVpcEndpoints"), "{calls:?}");
    edit!(&mut after, Endpoint, "payments", |live| live.endpoint_ips = pins(["10.20.97.60", "10.20.98.50"]));
    assert_eq!(problems(&after, &cloud, &PlanOptions::default()), ["replacement-keeps-pin"]);
    Ok(())
}

#[test]
fn load_balancer_pins() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.service_ips = pins(["10.60.97.100", "10.60.98.100"]));
    super::assert_still(&after, &cloud)?;
    edit!(&mut after, LoadBalancer, "edge", |live| live.service_ips = pins(["10.60.97.60", "10.60.98.60"]));
    replaces(&before, &after, &cloud)?;
    edit!(&mut after, LoadBalancer, "edge", |live| live.service_ips = pins(["10.60.97.60", "10.60.98.100"]));
    assert_eq!(problems(&after, &cloud, &PlanOptions::default()), ["replacement-keeps-pin"]);
    Ok(())
}

#[test]
fn dead_endpoints() -> TestResult {
    for (state, pinned) in [("rejected", false), ("failed", true), ("expired", true)] {
        let (mut desired, mut cloud) = made()?;
        if pinned {
            let live = cloud.tables(&spoke(REGION).key()).endpoints.values().next().cloned().ok_or("an endpoint")?;
            let name = live.tags["xcloud:address"].rsplit('/').next().unwrap_or_default().to_owned();
            let ips = live.interfaces.iter().flat_map(|one| one.ips.clone()).collect::<Vec<_>>();
            edit!(&mut desired, Endpoint, &name, |endpoint| endpoint.endpoint_ips.clone_from(&ips));
        }
        for live in cloud.tables(&spoke(REGION).key()).endpoints.values_mut() {
            live.state = state.into();
        }
        settle(&desired, &mut cloud)?;
        let endpoints = &cloud.places[&spoke(REGION).key()].endpoints;
        assert!(endpoints.len() == 2 && endpoints.values().all(|live| live.state == EndpointState::Available));
    }
    Ok(())
}

#[test]
fn a_partial_run_keeps_what_the_rest_still_uses() -> TestResult {
    let (before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    let only = |target: &str| PlanOptions {
        filter: Filter { targets: [target.to_owned()].into(), ..Filter::default() },
        ..PlanOptions::default()
    };
    let there = plan_with(&after, &cloud, &only("*/security-group/clients"))?;
    assert!(!calls(&there).contains(&"DeleteSecurityGroup"));
    assert_eq!(notes(&there, "still-used").len(), 1);
    cloud.run(&there, usize::MAX)?;
    settle(&after, &mut cloud)?;
    let missing = problems(&before, &super::fixture::cloud(&[REGION]), &only("*/endpoint/*"));
    assert!(missing.iter().all(|code| code == "reference-missing") && !missing.is_empty(), "{missing:?}");
    Ok(())
}

#[test]
fn clashes_are_refused() -> TestResult {
    let (desired, mut empty) = (estate(REGION), cloud(&[REGION]));
    let tables = empty.tables(&hub(REGION).key());
    if let Some(group) = tables.groups.get_mut("sg-foreign") {
        group.name = "XC-shop-edge".to_owned();
    }
    assert_eq!(problems(&desired, &empty, &PlanOptions::default()), ["name-clash"]);
    let mut taken = desired.clone();
    edit!(&mut taken, EndpointService, "back", |service| {
        let arn = format!("arn:lb/{REGION}/theirs");
        service.load_balancers = vec![crate::model::LoadBalancerRef::Found(Selector::Id(arn))];
    });
    assert_eq!(problems(&taken, &cloud(&[REGION]), &PlanOptions::default()), ["load-balancer-taken"]);
    Ok(())
}

#[test]
fn a_foreign_group_on_an_endpoint_goes_after_the_commit_point() -> TestResult {
    let (desired, mut cloud) = made()?;
    let tables = cloud.tables(&spoke(REGION).key());
    for live in tables.endpoints.values_mut() {
        live.groups.insert("sg-default".to_owned());
    }
    let there = plan(&desired, &cloud)?;
    assert_eq!(there.steps.len(), 2);
    assert!(there.steps.iter().all(|step| !step.undo.is_reversible()), "no undo puts it back");
    let mut none = desired.clone();
    edit!(&mut none, Endpoint, "back", |endpoint| endpoint.security_groups = Vec::<GroupRef>::new());
    assert_eq!(plan(&none, &cloud)?.steps.len(), 1, "without declared groups the cloud's choice is no difference");
    Ok(())
}
