//! What must be seen in the target region before the names point there.

use std::collections::BTreeSet;

use crate::active::Failover;
use crate::failover::gate::GateName;
use crate::kinds::Role;
use crate::kinds::shared::aws::health::HEALTHY_SECS;
use crate::live::AwsLive;
use crate::marks;
use crate::model::{Endpoint, EndpointService, LoadBalancerRef, Resource};
use crate::op::{Handle, Object};
use crate::plan::draft::Draft;
use crate::plan::{Await, Condition, Patience};

/// How long an endpoint is waited for (facts/aws 2.2: minutes).
const ENDPOINT_SECS: u64 = 900;

/// How long they are waited for where the operator passes them.
const PASSED_SECS: u64 = 10;

/// Returns what must be seen of an environment: its endpoints are available, which includes that their connections are
/// accepted, and a target behind each of its load balancers' listeners is healthy, which shows that the way to Azure is open.
pub(super) fn of(draft: &Draft<'_>, env: &str, request: &Failover) -> Vec<Await> {
    let here = |resource: &&Resource| resource.addr.env() == env && resource.addr.region() == request.to;
    let mut proofs = Vec::new();
    for resource in draft.desired.resources.values().filter(here) {
        match resource.spec.declared().role() {
            Role::Endpoint(spec) => proofs.extend(endpoint(draft, resource, spec, request)),
            Role::Balancer(_) => proofs.extend(targets(draft, resource, request)),
            Role::Service(spec) => proofs.extend(found_targets(draft, resource, spec, request)),
            Role::Group(_) | Role::Filter(_) | Role::Wall(_) | Role::Switched(..) | Role::Beside => {}
        }
    }
    proofs
}

fn seen(resource: &Resource, condition: Condition, gate: GateName, secs: u64, request: &Failover) -> Await {
    let passed = request.passed.contains(gate.word());
    let patience = if passed { Patience::Warn(PASSED_SECS) } else { Patience::Fail(secs) };
    Await { place: resource.place.key(), condition, binds: None, patience }
}

fn live<'a>(draft: &Draft<'a>, resource: &Resource) -> Option<&'a AwsLive> {
    draft.observed.aws(&resource.place.key())
}

fn endpoint(draft: &Draft<'_>, resource: &Resource, _spec: &Endpoint, request: &Failover) -> Option<Await> {
    let made = Object::of(&resource.addr, "");
    let handle = if draft.steps.iter().any(|step| step.makes.as_ref() == Some(&made)) {
        Handle::Made(made)
    } else {
        let ours = |tags| marks::marked_address(tags, &draft.desired.product).as_ref() == Some(&resource.addr);
        Handle::Known(live(draft, resource)?.endpoints.iter().find(|live| ours(&live.tags))?.id.clone())
    };
    Some(seen(resource, Condition::EndpointAvailable { endpoint: handle }, GateName::Endpoints, ENDPOINT_SECS, request))
}

/// The target groups of a load balancer of ours: those that are live, and those that the plan makes.
fn targets(draft: &Draft<'_>, resource: &Resource, request: &Failover) -> Vec<Await> {
    let ours = |tags| marks::marked_address(tags, &draft.desired.product).as_ref() == Some(&resource.addr);
    let there = live(draft, resource).into_iter().flat_map(|live| &live.target_groups);
    let there = there.filter(|group| ours(&group.tags) && !group.load_balancers.is_empty());
    let made = draft.steps.iter().filter(|step| step.addr == resource.addr && step.op.writes().target_group());
    let made = made.filter_map(|step| step.makes.clone());
    let handles = there.map(|group| Handle::Known(group.arn.clone())).chain(made.map(Handle::Made));
    handles.map(|group| serving(resource, group, request)).collect()
}

/// The target groups of the found load balancer of a service that exists already.
fn found_targets(draft: &Draft<'_>, resource: &Resource, spec: &EndpointService, request: &Failover) -> Vec<Await> {
    let finds = spec.load_balancers.iter().any(|balancer| matches!(balancer, LoadBalancerRef::Found(_)));
    let (Some(found), Some(live), true) = (&spec.found, live(draft, resource), finds) else { return Vec::new() };
    let ours = |tags| marks::marked_address(tags, &draft.desired.product).as_ref() == Some(&resource.addr);
    let services = live.services.iter().filter(|service| ours(&service.tags));
    let arns: BTreeSet<&String> = services.flat_map(|service| &service.load_balancers).collect();
    let balancers = live.load_balancers.iter().filter(|balancer| arns.contains(&balancer.arn));
    let listeners = balancers.flat_map(|balancer| balancer.listeners.iter().flatten());
    let groups = listeners.filter(|listener| listener.port == found.port).filter_map(|one| one.target_group.clone());
    groups.map(|group| serving(resource, Handle::Known(group), request)).collect()
}

/// One healthy target is enough, as for the gate: a zone that is gone must not keep a region from taking over.
fn serving(resource: &Resource, group: Handle, request: &Failover) -> Await {
    let condition = Condition::TargetsServe { target_group: group, targets: BTreeSet::new() };
    seen(resource, condition, GateName::Targets, HEALTHY_SECS, request)
}
