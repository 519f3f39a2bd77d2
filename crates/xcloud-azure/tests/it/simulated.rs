//! The adapter against the simulated Resource Manager: whole operations to their end, under a paused clock.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use xcloud_azure::{ArmTransport, AzureClouds, AzureSettings, TransportError};
use xcloud_core::live::{Answer, AzureLive, AzureQuery, Query};
use xcloud_core::model::Place;
use xcloud_core::op::{
    AzureOp, Handle, NetworkSecurityGroupOp, Op, PrivateDnsRecordOp, PrivateEndpointOp, PrivateLinkServiceOp,
    WriteGuard,
};
use xcloud_core::plan::Condition;
use xcloud_core::provider::{
    BoxFuture, Clouds as _, Effect, ErrorKind, Gate, Operation, Performed, Polled, Progress, Provider, ProviderError,
};
use xcloud_engine::{PaceSettings, Pacer};
use xcloud_sim::azure::{AzureWorld, PlannedFailure, RuleSeed, SeedError, SubnetSeed};
use xcloud_sim::{Cloud, Fault, FaultKind, Lost, World};

use crate::fake::{Fake, HOST, SUB, id, refused};
use crate::writing::{
    delete_endpoint, delete_group, delete_service, put_endpoint, put_group, put_record, put_rule, put_service,
};

/// The simulator as a transport.
struct Simulated(Cloud);

impl ArmTransport for Simulated {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            match self.0.handle(request, HOST).await {
                Ok(response) => Ok(response),
                Err(Lost::Refused) => Err(TransportError::Refused("nobody listens".to_owned())),
                Err(Lost::Silent) => std::future::pending().await,
                Err(Lost::Reset) => Err(TransportError::Reset("gone".to_owned())),
            }
        })
    }
}

struct Azure {
    cloud: Cloud,
    provider: Arc<dyn Provider>,
}

fn seeded(world: &mut AzureWorld) -> Result<(), SeedError> {
    let subnets = [SubnetSeed::new("pe", "10.9.0.0/26"), SubnetSeed::new("nat", "10.9.1.0/26").for_link_services()];
    world.add_security_group(&id("networkSecurityGroups/n").0, "norwayeast", &[])?;
    world.add_firewall_policy(&id("firewallPolicies/pol").0, "norwayeast", true)?;
    world.add_network(&id("virtualNetworks/v").0, "norwayeast", &["10.9.0.0/16"], &subnets)?;
    let subnet = id("virtualNetworks/v/subnets/pe").0;
    world.add_load_balancer(&id("loadBalancers/lb").0, "norwayeast", "fe", &subnet, None)?;
    world.add_zone(&id("privateDnsZones/aws.bank.example").0)
}

impl Azure {
    fn start() -> Self {
        Self::behind(Fake::new([]))
    }

    fn behind(gate: Arc<dyn Gate>) -> Self {
        let cloud = Cloud::start(World::default(), 1.0);
        cloud.change(|world, _| seeded(&mut world.azure)).expect("the seeds are valid");
        let settings = AzureSettings {
            arm_endpoint: HOST.parse().ok(),
            transport: Some(Arc::new(Simulated(cloud.clone()))),
            ..AzureSettings::default()
        };
        let clouds = AzureClouds::new(&settings, gate).expect("the settings are valid");
        let provider = clouds.provider(&Place::Azure { subscription: SUB.to_owned(), location: None });
        Self { cloud, provider }
    }

    async fn perform(&self, op: impl Into<Op>) -> Result<Performed, ProviderError> {
        self.provider.perform(&op.into(), "token").await
    }

    /// Performs and polls to the end, waiting as told.
    async fn done(&self, op: impl Into<Op>) -> Result<BTreeMap<String, String>, ProviderError> {
        let op = op.into();
        let performed = self.perform(op.clone()).await?;
        match performed.pending {
            None => Ok(performed.made),
            Some(operation) => self.ended(&op, &operation).await,
        }
    }

    async fn ended(&self, op: &Op, operation: &Operation) -> Result<BTreeMap<String, String>, ProviderError> {
        let mut wait = operation.retry_after_secs;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_secs(wait.max(1))).await;
            match self.provider.poll(op, operation).await? {
                Polled::Wait(secs) => wait = secs,
                Polled::Done(made) => return Ok(made),
                Polled::Failed(error) | Polled::Unseen(error) => return Err(error),
            }
        }
        panic!("{operation:?} never ends")
    }

    async fn live(&self) -> AzureLive {
        let group = || ["rg".to_owned()].into();
        let query = AzureQuery {
            product: "p".to_owned(),
            nsgs: [id("networkSecurityGroups/n")].into(),
            rule_groups: [(id("firewallPolicies/pol"), "g".to_owned())].into(),
            link_service_groups: group(),
            private_endpoint_groups: group(),
            zones: [id("privateDnsZones/aws.bank.example")].into(),
            subnets: [id("virtualNetworks/v/subnets/nat")].into(),
            frontends: [id("loadBalancers/lb/frontendIPConfigurations/fe")].into(),
            ..AzureQuery::default()
        };
        match self.provider.observe(&Query::Azure(query)).await {
            Ok(Answer::Azure(live)) => *live,
            other => panic!("{other:?}"),
        }
    }

    async fn check(&self, condition: Condition) -> Progress {
        self.provider.check(&condition).await.expect("the look is answered")
    }

    fn fault(&self, operation: &str, kind: FaultKind) {
        let operation = Some(operation.to_owned());
        self.cloud.set_faults(vec![Fault { operation, region: None, skip: 0, times: 1, kind }]);
    }

    fn fails_later(&self, operation: &str, code: &str) {
        let failure = PlannedFailure {
            operation: operation.to_owned(),
            code: code.to_owned(),
            message: "it failed".to_owned(),
            times: 1,
        };
        self.cloud.change(|world, _| world.azure.planned_failures.push(failure));
    }
}

fn made<C>(facts: &BTreeMap<String, String>) -> WriteGuard<C> {
    WriteGuard::Unchanged(facts["etag"].clone())
}

#[tokio::test(start_paused = true)]
async fn a_rule_comes_and_goes() {
    let azure = Azure::start();
    let facts = azure.done(put_rule()).await.expect("the rule is written");
    assert!(facts["etag"].starts_with("W/"));
    let rules = azure.live().await.nsgs.remove(0).rules;
    assert_eq!(rules.len(), 1);
    assert_eq!((rules[0].name.as_str(), rules[0].state.as_str()), ("xc-p-prod-a", "Succeeded"));
    assert_eq!(rules[0].ports, ["443".to_owned()].into());
    let AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, name, rule }) = put_rule() else {
        return;
    };
    let delete = NetworkSecurityGroupOp::DeleteRule { group: group.clone(), name };
    assert!(azure.done(delete.clone()).await.is_ok());
    assert!(azure.live().await.nsgs[0].rules.is_empty());
    assert!(azure.done(delete).await.is_ok(), "what is absent counts as deleted");

    let stranger = RuleSeed {
        name: "stranger".to_owned(),
        priority: 2000,
        direction: "Inbound".to_owned(),
        access: "Deny".to_owned(),
        protocol: "*".to_owned(),
        source: "*".to_owned(),
        destination: "*".to_owned(),
        port: "*".to_owned(),
    };
    let added = azure.cloud.change(|world, _| world.azure.add_security_rule(&group.0, &stranger));
    assert_eq!(added, Ok(()));
    let error = refused(azure.done(NetworkSecurityGroupOp::PutRule { group, name: "xc-p-b".to_owned(), rule }).await);
    assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Conflict, Some("SecurityRuleConflict")));
    assert!(error.request_id.is_some());
}

#[tokio::test(start_paused = true)]
async fn a_rule_group_is_guarded_by_its_etag() {
    let azure = Azure::start();
    assert!(azure.live().await.rule_groups.is_empty());
    let started = tokio::time::Instant::now();
    let first = azure.done(put_group(WriteGuard::Absent)).await.expect("the group is made");
    assert!(started.elapsed() > Duration::from_secs(200), "the firewall behind the policy is reconfigured");
    assert_eq!(refused(azure.perform(put_group(WriteGuard::Absent)).await).kind, ErrorKind::Conflict);

    let pending = azure.perform(put_group(made(&first))).await.expect("the group is rewritten").pending;
    let error = refused(azure.perform(put_group(made(&first))).await);
    assert_eq!(error.kind, ErrorKind::Busy, "a running operation is not written over");
    let second = azure.ended(&put_group(made(&first)).into(), &pending.expect("it goes on")).await.expect("it ends");
    assert_eq!(first["etag"], second["etag"], "it holds the same");
    let group = id("firewallPolicies/pol/ruleCollectionGroups/g");
    let widened = |change: fn(&mut serde_json::Map<String, serde_json::Value>)| {
        assert!(azure.cloud.change(|world, _| world.azure.edit(&group.0, change)));
    };
    widened(|group| group["ruleCollections"][0]["rules"][0]["destinationPorts"] = serde_json::json!(["1-65535"]));
    assert_eq!(refused(azure.perform(put_group(made(&first))).await).kind, ErrorKind::Conflict);
    widened(|group| group["ruleCollections"][0]["rules"][0]["destinationPorts"] = serde_json::json!(["8000-8100"]));

    let live = azure.live().await;
    assert_eq!(live.rule_groups[0].etag, second["etag"]);
    assert_eq!(live.rule_groups[0].rules[0].collection, "xcloud");
    let delete = delete_group(WriteGuard::Unchanged(second["etag"].clone()));
    assert!(azure.done(delete).await.is_ok());
    assert!(azure.live().await.rule_groups.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_private_link_is_made_approved_and_taken_down() {
    let azure = Azure::start();
    let service = azure.done(put_service(WriteGuard::Absent)).await.expect("the service is made");
    assert!(service["alias"].ends_with(".azure.privatelinkservice"), "{service:?}");
    let endpoint = id("privateEndpoints/xc-p-e");
    let pending =
        azure.perform(put_endpoint(true, WriteGuard::Absent)).await.expect("the endpoint is accepted").pending;
    let succeeded = Condition::ArmSucceeded { id: endpoint.clone() };
    assert_eq!(azure.check(succeeded.clone()).await, Progress::NotYet("Updating".to_owned()));
    let op = put_endpoint(true, WriteGuard::Absent).into();
    assert!(azure.ended(&op, &pending.expect("it goes on")).await.is_ok());
    assert!(matches!(azure.check(succeeded).await, Progress::Done(_)));

    let service_id = Handle::Known(id("privateLinkServices/xc-p-s").0);
    let listed = Condition::LinkConnectionListed { service: service_id.clone(), endpoint: endpoint.clone() };
    assert!(matches!(azure.check(listed).await, Progress::Done(_)));
    let approved = Condition::LinkConnectionApproved { endpoint: endpoint.clone() };
    assert_eq!(azure.check(approved.clone()).await, Progress::NotYet("Pending".to_owned()));
    let approve = PrivateEndpointOp::SetConnection { service: service_id, endpoint: endpoint.clone(), approve: true };
    assert_eq!(azure.provider.find(&approve.clone().into(), "t").await, Ok(Effect::NotSeen));
    assert!(azure.done(approve.clone()).await.is_ok());
    assert!(matches!(azure.check(approved).await, Progress::Done(_)));
    assert!(matches!(azure.provider.find(&approve.into(), "t").await, Ok(Effect::Happened(_))));

    let live = azure.live().await;
    assert_eq!((live.private_endpoints[0].ips.len(), live.private_endpoints[0].status.as_str()), (1, "Approved"));
    assert!(live.private_endpoints[0].manual);
    assert_eq!(live.link_services[0].connections[0].status.as_str(), "Approved");
    assert_eq!(live.subnets[0].link_service_policies, "Disabled");
    assert_eq!(live.frontends.len(), 1);

    let delete = delete_service(WriteGuard::None);
    assert_eq!(refused(azure.done(delete.clone()).await).kind, ErrorKind::InUse);
    assert!(azure.done(delete_endpoint(WriteGuard::None)).await.is_ok());
    assert!(matches!(azure.check(Condition::ArmGone { id: endpoint }).await, Progress::Done(_)));
    assert!(azure.done(delete).await.is_ok());
    assert!(azure.live().await.link_services.is_empty());
}

#[tokio::test(start_paused = true)]
async fn services_and_endpoints_are_changed_in_place() {
    let azure = Azure::start();
    let service = azure.done(put_service(WriteGuard::Absent)).await.expect("the service is made");
    let AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put {
        id: name, location, frontend, nat_subnet, tags, ..
    }) = put_service(WriteGuard::None)
    else {
        return;
    };
    let visibility = [SUB.to_owned()].into();
    let wider = PrivateLinkServiceOp::Put {
        id: name.clone(),
        location,
        frontend,
        nat_subnet,
        visibility,
        auto_approval: [SUB.to_owned()].into(),
        tags,
        guard: made(&service),
    };
    let changed = azure.done(wider).await.expect("the service is changed");
    assert_eq!(azure.live().await.link_services[0].visibility, [SUB.to_owned()].into());
    assert_eq!(refused(azure.done(put_service(made(&service))).await).kind, ErrorKind::Conflict, "it was changed");
    assert!(azure.done(put_service(made(&changed))).await.is_ok());
    assert!(azure.live().await.link_services[0].visibility.is_empty(), "an empty list is sent as a list");

    let endpoint = azure.done(put_endpoint(false, WriteGuard::Absent)).await.expect("the endpoint is made");
    let before = azure.live().await.private_endpoints.remove(0);
    let AzureOp::PrivateEndpoint(PrivateEndpointOp::Put {
        id: name, location, subnet, service, manual, mut tags, ..
    }) = put_endpoint(false, made(&endpoint))
    else {
        return;
    };
    tags.insert("cost".to_owned(), "42".to_owned());
    let guard = made(&endpoint);
    let tagged = PrivateEndpointOp::Put { id: name, location, subnet, service, manual, tags, guard };
    assert!(azure.done(tagged).await.is_ok());
    let after = azure.live().await.private_endpoints.remove(0);
    assert_eq!(after.tags["cost"], "42");
    assert_eq!((after.ips, after.status), (before.ips, before.status), "address and approval stay");
}

#[tokio::test(start_paused = true)]
async fn a_record_set_is_guarded_by_azure() {
    let azure = Azure::start();
    let first = azure.done(put_record(WriteGuard::Absent)).await.expect("the record is made");
    assert_eq!(refused(azure.done(put_record(WriteGuard::Absent)).await).kind, ErrorKind::Conflict);
    let second = azure.done(put_record(made(&first))).await.expect("the record is rewritten");
    assert_eq!(refused(azure.done(put_record(made(&first))).await).kind, ErrorKind::Conflict);
    let live = azure.live().await;
    assert_eq!((live.record_sets.len(), live.record_sets[0].addresses.len()), (1, 2));
    let AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { zone, record, .. }) = put_record(WriteGuard::None) else {
        return;
    };
    let delete = |guard| PrivateDnsRecordOp::Delete { zone: zone.clone(), record: record.clone(), guard };
    assert_eq!(refused(azure.done(delete(made(&first))).await).kind, ErrorKind::Conflict);
    assert!(azure.done(delete(made(&second))).await.is_ok());
    assert!(azure.live().await.record_sets.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_failed_operation_can_be_repeated_as_it_was() {
    let azure = Azure::start();
    for (name, op) in [
        ("PUT privateLinkServices", put_service(WriteGuard::Absent)),
        ("PUT privateEndpoints", put_endpoint(false, WriteGuard::Absent)),
        ("PUT ruleCollectionGroups", put_group(WriteGuard::Absent)),
        ("PUT securityRules", put_rule()),
    ] {
        azure.fails_later(name, "RetryableError");
        let error = refused(azure.done(op.clone()).await);
        assert_eq!((error.kind, error.code.as_deref()), (ErrorKind::Busy, Some("RetryableError")), "{name}");
        assert_eq!(azure.provider.find(&Op::Azure(op.clone()), "t").await, Ok(Effect::NotSeen), "{name}");
        let again = azure.done(op).await;
        assert!(again.is_ok(), "{name}: {again:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_is_looked_up() {
    let azure = Azure::start();
    for (name, op) in [
        ("PUT securityRules", put_rule()),
        ("PUT ruleCollectionGroups", put_group(WriteGuard::Absent)),
        ("PUT privateLinkServices", put_service(WriteGuard::Absent)),
        ("PUT privateEndpoints", put_endpoint(true, WriteGuard::Absent)),
        ("PUT A", put_record(WriteGuard::Absent)),
    ] {
        azure.fault(name, FaultKind::SilentBefore);
        assert_eq!(refused(azure.perform(op.clone()).await).kind, ErrorKind::OutcomeUnknown, "{name}");
        assert_eq!(azure.provider.find(&Op::Azure(op.clone()), "t").await, Ok(Effect::NotSeen), "{name}");
        azure.fault(name, FaultKind::ResetAfter);
        assert_eq!(refused(azure.perform(op.clone()).await).kind, ErrorKind::OutcomeUnknown, "{name}");
        let op = Op::Azure(op);
        let found = azure.provider.find(&op, "t").await;
        let Ok(Effect::Happened(performed)) = found else { panic!("{name}: {found:?}") };
        if let Some(operation) = performed.pending {
            let ended = azure.ended(&op, &operation).await;
            assert!(ended.is_ok_and(|made| made.contains_key("etag")), "{name}");
        }
    }
    azure.fault("DELETE securityRules", FaultKind::ResetAfter);
    let AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, name, .. }) = put_rule() else { return };
    let delete = NetworkSecurityGroupOp::DeleteRule { group, name };
    assert_eq!(refused(azure.perform(delete.clone()).await).kind, ErrorKind::OutcomeUnknown);
    let delete = delete.into();
    let found = azure.provider.find(&delete, "t").await;
    let Ok(Effect::Happened(performed)) = found else { panic!("{found:?}") };
    assert!(azure.ended(&delete, &performed.pending.expect("it is being deleted")).await.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_cloud_that_fails_is_not_taken_for_an_empty_one() {
    let azure = Azure::start();
    let query = Query::Azure(AzureQuery { nsgs: [id("networkSecurityGroups/n")].into(), ..AzureQuery::default() });
    for (kind, expected) in [
        (FaultKind::Refuse, ErrorKind::Unreachable),
        (FaultKind::SilentBefore, ErrorKind::OutcomeUnknown),
        (FaultKind::Truncate, ErrorKind::Malformed),
        (FaultKind::Raw { status: 200, body: "[]".to_owned() }, ErrorKind::Malformed),
        (FaultKind::Raw { status: 404, body: String::new() }, ErrorKind::Malformed),
        (
            FaultKind::Error { status: 403, code: "AuthorizationFailed".to_owned(), message: "no".to_owned() },
            ErrorKind::Denied,
        ),
    ] {
        azure.fault("GET networkSecurityGroups", kind);
        assert_eq!(refused(azure.provider.observe(&query).await).kind, expected);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_writes_are_throttled_and_say_for_how_long() {
    let azure = Azure::start();
    let AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, rule, .. }) = put_rule() else { return };
    let writes = (0..205_u16).map(|number| {
        let mut rule = rule.clone();
        rule.priority = 1000 + number;
        azure.perform(NetworkSecurityGroupOp::PutRule { group: group.clone(), name: format!("xc-p-{number}"), rule })
    });
    let ends = futures_util::future::join_all(writes).await;
    let throttled: Vec<&ProviderError> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
    assert_eq!(throttled.len(), 5);
    assert!(throttled.iter().all(|error| error.kind == ErrorKind::Throttled && error.retry_after_secs == Some(1)));
}

#[tokio::test(start_paused = true)]
async fn a_paced_run_is_never_throttled_by_its_own_doing() {
    let pacer = Arc::new(Pacer::new(PaceSettings { enabled: true, limits: BTreeMap::new() }));
    let azure = Azure::behind(Arc::clone(&pacer) as Arc<dyn Gate>);
    let AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, rule, .. }) = put_rule() else { return };
    let writes = (0..300_u16).map(|number| {
        let mut rule = rule.clone();
        rule.priority = 1000 + number;
        azure.done(NetworkSecurityGroupOp::PutRule { group: group.clone(), name: format!("xc-p-{number}"), rule })
    });
    let ends = futures_util::future::join_all(writes).await;
    let failed: Vec<&ProviderError> = ends.iter().filter_map(|end| end.as_ref().err()).collect();
    assert_eq!(failed, Vec::<&ProviderError>::new());
    assert_eq!(azure.live().await.nsgs[0].rules.len(), 300);
    let calls = pacer.calls();
    assert_eq!((calls.throttled, calls.by_operation["PUT securityRules"]), (0, 300));
}
