//! The adapter on the simulated cloud, under a paused clock.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::live::{AwsLive, LiveRule};
use xcloud_core::model::{Addr, AddressKind, Health, Kind, PortRange, Target};
use xcloud_core::op::{
    EndpointOp, EndpointServiceOp, GroupRule, LoadBalancerOp, Op, PrivateZoneRecordOp, RecordAction, RecordChange,
    RecordValue, SecurityGroupOp, SubnetPin, TagOp,
};
use xcloud_core::plan::Condition;
use xcloud_core::provider::{Effect, ErrorKind, Left};
use xcloud_sim::{Fault, FaultKind};

use crate::doubt::Doubting;
use crate::estate::{Estate, Failure, Ground, build, known, observe, perform, remove, rule, tags, until};
use crate::simulated::{Region, region};
use crate::support::TestResult;

fn ground(region: &Region, acceptance: bool) -> Ground<'_> {
    Ground { adapter: &*region.adapter, vpc: &region.vpc, subnets: &region.subnets, acceptance }
}

#[tokio::test(start_paused = true)]
async fn an_estate_is_made_seen_and_removed() -> TestResult {
    let region = region()?;
    let before = region.cloud.world().aws.objects();
    let ground = ground(&region, true);
    let estate = build(&ground, 1).await?;
    let live = observe(&ground).await?;

    assert_eq!(live.vpcs.len(), 1);
    assert_eq!(live.subnets.len(), 3);
    let group = live.groups.iter().find(|group| group.id == estate.endpoint_group).ok_or("the group is there")?;
    let rules: BTreeSet<String> = group
        .rules
        .iter()
        .map(|rule| {
            let cidr = rule.cidr.map(|net| net.to_string()).unwrap_or_default();
            let port = rule.ports.map(|ports| ports.to_string()).unwrap_or_default();
            format!("{} {} {port} {cidr}", rule.egress, rule.protocol)
        })
        .collect();
    let wanted = [
        "false tcp 443 10.1.0.0/16",
        "false tcp 443 10.9.0.0/16",
        "true tcp 443 10.2.0.0/16",
        "true tcp 443 10.8.0.0/16",
    ];
    assert_eq!(rules, wanted.map(str::to_owned).into(), "the default egress rule is gone");
    let balancer = live.load_balancers.first().ok_or("the load balancer is there")?;
    assert_eq!((balancer.arn.as_str(), balancer.state.as_str()), (estate.balancer.as_str(), "active"));
    assert_eq!(balancer.interfaces.len(), 3);
    assert_eq!(balancer.listeners.as_ref().map(Vec::len), Some(1));
    assert_eq!(live.target_groups[0].targets.len(), 2);
    assert_eq!((live.target_groups[0].health.interval_secs, live.target_groups[0].health.healthy), (10, 3));
    let service = &live.services[0];
    assert_eq!(service.principals.as_ref().map(BTreeSet::len), Some(1));
    let connections = service.connections.as_deref().unwrap_or_default();
    assert_eq!(
        connections.iter().map(|c| (c.endpoint.as_str(), c.state.as_str())).collect::<Vec<_>>(),
        [(estate.endpoint.as_str(), "available")]
    );
    let endpoint = &live.endpoints[0];
    assert_eq!((endpoint.state.as_str(), endpoint.private_dns, endpoint.interfaces.len()), ("available", false, 3));
    assert!(endpoint.dns.is_some());

    remove(&*region.adapter, &estate).await?;
    let after = region.cloud.world().aws.objects();
    assert_eq!(after, before, "nothing is left, nothing foreign is touched");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_look_at_n_copies_costs_at_most_twelve_and_three_point_two_n_calls() -> TestResult {
    for acceptance in [false, true] {
        let region = region()?;
        let ground = ground(&region, acceptance);
        for copies in 1..=4 {
            build(&ground, copies).await?;
            let before = region.gate.calls().len();
            observe(&ground).await?;
            // A process begins with one AssumeRole, which this one has made long ago.
            let calls = 1 + region.gate.calls().len() - before;
            assert!(10 * calls <= 120 + 32 * copies, "{copies} copies: {calls} calls");
        }
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn addresses_come_out_of_the_subnets_and_are_told_when_all_are_there() -> TestResult {
    let region = region()?;
    let estate = build(&ground(&region, false), 1).await?;
    for (kind, holder) in [(AddressKind::ServiceIps, &estate.balancer), (AddressKind::EndpointIps, &estate.endpoint)] {
        let of = Addr::new("dev", "eu-north-1", Kind::EndpointService, "to-azure");
        let within = ["10.1.0.0/16".parse()?].into();
        let condition = Condition::AddressesKnown { of, kind, holders: vec![known(holder)], within, count: 3 };
        let facts = until(&*region.adapter, condition).await?;
        let inside: ipnet::IpNet = "10.1.0.0/16".parse()?;
        assert!(facts.addresses.len() == 3 && facts.addresses.iter().all(|ip| inside.contains(ip)));
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn whatever_happens_to_the_answer_a_repeated_create_makes_one_endpoint() -> TestResult {
    for kind in [FaultKind::SilentAfter, FaultKind::ResetAfter, FaultKind::Truncate] {
        let region = region()?;
        let ground = ground(&region, true);
        let estate = build(&ground, 1).await?;
        let live = observe(&ground).await?;
        let op = EndpointOp::Create {
            service_name: known(&live.services[0].service_name),
            vpc: region.vpc.clone(),
            subnets: vec![SubnetPin { subnet: region.subnets[0].clone(), ip: Some("10.1.1.200".parse()?) }],
            groups: [known(&estate.endpoint_group)].into(),
            tags: tags("endpoint", 9),
        };
        let op = Op::from(op);
        let fault = Fault {
            operation: Some("CreateVpcEndpoint".to_owned()),
            region: None,
            skip: 0,
            times: 1,
            kind: kind.clone(),
        };
        region.cloud.set_faults(vec![fault]);
        let error = region.adapter.perform(&op, "token-9").await.expect_err("the answer was lost");
        assert!(matches!(error.kind, ErrorKind::OutcomeUnknown | ErrorKind::Malformed), "{kind:?}: {error}");
        tokio::time::sleep(std::time::Duration::from_secs(30)).await;
        let Effect::Happened(found) = region.adapter.find(&op, "token-9").await? else {
            return Err(format!("{kind:?}: the endpoint was made and must be found").into());
        };
        let again = region.adapter.perform(&op, "token-9").await?;
        assert_eq!(again.made[""], found.made[""], "{kind:?}: the token makes it one");
        assert_eq!(observe(&ground).await?.endpoints.len(), 2);
    }
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_service_with_connections_is_in_use_until_they_are_rejected() -> TestResult {
    let region = region()?;
    let estate = build(&ground(&region, true), 1).await?;
    let adapter = &*region.adapter;
    let service = known(&estate.service);
    let delete = Op::from(EndpointServiceOp::Delete { service: service.clone() });
    let error = adapter.perform(&delete, "t").await.expect_err("it has a connection");
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::InUse, Some("ExistingVpcEndpointConnections")));
    perform(
        adapter,
        EndpointServiceOp::RejectConnections { service: service.clone(), endpoints: [known(&estate.endpoint)].into() },
    )
    .await?;
    until(adapter, Condition::ConnectionsGone { service }).await?;
    adapter.perform(&delete, "t").await?;
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_group_of_a_live_endpoint_is_held_by_name() -> TestResult {
    let region = region()?;
    let estate = build(&ground(&region, false), 1).await?;
    let delete = Op::from(SecurityGroupOp::Delete { group: known(&estate.endpoint_group) });
    let error = region.adapter.perform(&delete, "t").await.expect_err("the endpoint holds it");
    assert_eq!(error.kind, ErrorKind::InUse);
    assert!(error.message.contains("held by eni-") && error.message.contains(&estate.endpoint), "{error}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_record_and_its_mark_come_and_go_in_one_batch() -> TestResult {
    let region = region()?;
    let vpcs = [("eu-north-1".to_owned(), region.vpc.clone())];
    let zone = region.cloud.change(|world, _| world.aws.add_private_zone("111122223333", "bank.internal", &vpcs));
    let estate = build(&ground(&region, false), 1).await?;
    let facts = until(&*region.adapter, Condition::EndpointAvailable { endpoint: known(&estate.endpoint) }).await?;
    let changes = |action| {
        let alias =
            RecordValue::Alias { dns_name: known(&facts.facts["dns-name"]), zone: known(&facts.facts["dns-zone"]) };
        let mark = RecordValue::Txt { ttl_secs: 60, text: "xcloud:product=bank \"quoted\"".to_owned() };
        let one = |name: &str, value| RecordChange { action, name: name.to_owned(), value };
        let changes = vec![one("api.bank.internal", alias), one("_xcloud.api.bank.internal", mark)];
        PrivateZoneRecordOp::Change { zone: zone.clone(), changes }
    };
    let (create, delete) = (changes(RecordAction::Create), changes(RecordAction::Delete));
    perform(&*region.adapter, create.clone()).await?;
    perform(&*region.adapter, create.clone()).await?;
    assert!(matches!(region.adapter.find(&create.clone().into(), "t").await?, Effect::Happened(_)));
    assert_eq!(region.adapter.find(&delete.clone().into(), "t").await?, Effect::NotSeen);
    perform(&*region.adapter, delete.clone()).await?;
    perform(&*region.adapter, delete).await?;
    assert_eq!(region.adapter.find(&create.into(), "t").await?, Effect::NotSeen);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_record_beside_a_mark_that_stays_is_taken_back_alone() -> TestResult {
    let region = region()?;
    let vpcs = [("eu-north-1".to_owned(), region.vpc.clone())];
    let zone = region.cloud.change(|world, _| world.aws.add_private_zone("111122223333", "bank.internal", &vpcs));
    let text = |name: &str, text: &str, action| {
        let value = RecordValue::Txt { ttl_secs: 60, text: text.to_owned() };
        RecordChange { action, name: name.to_owned(), value }
    };
    let both = |action| {
        let changes = vec![text("api.bank.internal", "record", action), text("_x.api.bank.internal", "mark", action)];
        PrivateZoneRecordOp::Change { zone: zone.clone(), changes }
    };
    let create = both(RecordAction::Upsert);
    let alone = vec![text("api.bank.internal", "record", RecordAction::Delete)];
    let undo = PrivateZoneRecordOp::Change { zone: zone.clone(), changes: alone };
    perform(&*region.adapter, create.clone()).await?;
    let left = region.adapter.left(&create.clone().into(), &undo.clone().into(), "t").await?;
    assert_eq!(left, Left::AsLeft);
    perform(&*region.adapter, undo.clone()).await?;
    assert_eq!(region.adapter.left(&create.into(), &undo.into(), "t").await?, Left::Back);
    Ok(())
}

/// Every change that a live estate can undergo, one call each.
fn changes(region: &Region, estate: &Estate, live: &AwsLive) -> Result<Vec<Op>, Failure> {
    let groups = &live.groups;
    let group = groups.iter().find(|group| group.id == estate.lb_group).ok_or("the group is there")?;
    let ingress: Vec<&LiveRule> = group.rules.iter().filter(|rule| !rule.egress).collect();
    let other = GroupRule { ports: Some(PortRange { from: 8000, to: 8100 }), ..rule("10.7.0.0/16", 1)? };
    let kept = ingress[0].cidr.ok_or("a range")?;
    let target_group = known(&estate.target_group);
    let added: BTreeMap<String, String> = [("team".to_owned(), "blue".to_owned())].into();
    Ok(vec![
        SecurityGroupOp::ModifyRules {
            group: known(&group.id),
            rules: [(ingress[0].id.clone(), GroupRule { ports: other.ports, ..rule(&kept.to_string(), 1)? })].into(),
        }
        .into(),
        SecurityGroupOp::Revoke { group: known(&group.id), egress: false, rule_ids: [ingress[1].id.clone()].into() }
            .into(),
        SecurityGroupOp::RevokeByContent {
            group: known(&group.id),
            egress: true,
            rules: vec![rule("10.2.0.0/16", 443)?, rule("10.8.0.0/16", 443)?],
        }
        .into(),
        TagOp::CreateTags { resources: [group.id.clone(), estate.service.clone()].into(), tags: added.clone() }.into(),
        TagOp::AddTags { resources: [estate.balancer.clone()].into(), tags: added }.into(),
        LoadBalancerOp::SetGroups {
            load_balancer: known(&estate.balancer),
            groups: [known(&estate.lb_group), known(&estate.endpoint_group)].into(),
            enforce_private_link: Some(false),
        }
        .into(),
        LoadBalancerOp::ModifyTargetGroup {
            target_group: target_group.clone(),
            health: Health { interval_secs: 30, threshold: 5 },
        }
        .into(),
        LoadBalancerOp::DeregisterTargets {
            target_group,
            targets: [Target { ip: "10.1.1.77".parse()?, port: 443 }].into(),
        }
        .into(),
        EndpointServiceOp::Modify {
            service: known(&estate.service),
            acceptance_required: Some(false),
            add: [].into(),
            remove: [].into(),
        }
        .into(),
        EndpointServiceOp::ModifyPermissions {
            service: known(&estate.service),
            add: ["arn:aws:iam::444455556666:root".to_owned()].into(),
            remove: ["arn:aws:iam::111122223333:root".to_owned()].into(),
        }
        .into(),
        EndpointOp::Modify {
            endpoint: known(&estate.endpoint),
            add_subnets: Vec::new(),
            remove_subnets: [region.subnets[2].clone()].into(),
            add_groups: [known(&estate.lb_group)].into(),
            remove_groups: [known(&estate.endpoint_group)].into(),
            private_dns: None,
        }
        .into(),
    ])
}

/// Subnets leave only while no endpoint is connected.
fn last_changes(region: &Region, estate: &Estate) -> Vec<Op> {
    let (service, endpoint) = (known(&estate.service), known(&estate.endpoint));
    let pin = |subnet: &String| SubnetPin { subnet: subnet.clone(), ip: None };
    let subnets = region.subnets[..2].iter().map(pin).collect();
    vec![
        EndpointServiceOp::RejectConnections { service, endpoints: [endpoint].into() }.into(),
        LoadBalancerOp::SetSubnets { load_balancer: known(&estate.balancer), subnets }.into(),
    ]
}

#[tokio::test(start_paused = true)]
async fn no_call_is_found_before_it_was_made_all_are_afterwards_and_twice_is_once() -> TestResult {
    let region = region()?;
    let doubting = Doubting(&*region.adapter);
    let ground = Ground { adapter: &doubting, ..ground(&region, true) };
    let estate = build(&ground, 1).await?;
    let live = observe(&ground).await?;
    for op in changes(&region, &estate, &live)?.into_iter().chain(last_changes(&region, &estate)) {
        let name = op.name();
        perform(&doubting, op).await.map_err(|error| format!("{name}: {error}"))?;
    }
    remove(&doubting, &estate).await
}
