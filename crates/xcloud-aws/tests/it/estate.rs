//! A small estate, made and removed through the adapter: the calls that a plan would make, in its order.

use std::collections::BTreeMap;
use std::hash::{Hash as _, Hasher as _};
use std::time::Duration;

use xcloud_core::live::{Answer, AwsLive, AwsQuery, Query};
use xcloud_core::marks::{TAG_ADDRESS, TAG_PRODUCT};
use xcloud_core::model::{Health, PortRange, Protocol, Selector, SubnetSelector, Target};
use xcloud_core::op::{
    EndpointOp, EndpointServiceOp, GroupRule, Handle, LoadBalancerOp, Op, PeerHandle, SecurityGroupOp, SubnetPin,
};
use xcloud_core::plan::Condition;
use xcloud_core::provider::{Disposition, ErrorKind, Facts, Performed, Progress, Provider};

/// Every error of a test.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Where the estate is made.
pub(crate) struct Ground<'a> {
    pub(crate) adapter: &'a dyn Provider,
    pub(crate) vpc: &'a str,
    pub(crate) subnets: &'a [String],
    pub(crate) acceptance: bool,
}

/// The ids of what was made.
#[derive(Debug, Clone)]
pub(crate) struct Estate {
    pub(crate) lb_group: String,
    pub(crate) endpoint_group: String,
    pub(crate) balancer: String,
    pub(crate) target_group: String,
    pub(crate) listener: String,
    pub(crate) service: String,
    pub(crate) endpoint: String,
}

pub(crate) fn known(id: &str) -> Handle {
    Handle::Known(id.to_owned())
}

pub(crate) fn tags(kind: &str, copy: usize) -> BTreeMap<String, String> {
    BTreeMap::from([
        (TAG_PRODUCT.to_owned(), "bank".to_owned()),
        (TAG_ADDRESS.to_owned(), format!("dev/eu-north-1/{kind}/copy-{copy}")),
    ])
}

/// Makes a call, again while the cloud says that it will work later.
pub(crate) async fn perform(adapter: &dyn Provider, op: impl Into<Op>) -> Result<Performed, Failure> {
    let op = op.into();
    let mut hasher = std::hash::DefaultHasher::new();
    serde_json::to_string(&op)?.hash(&mut hasher);
    let token = format!("token-{:x}", hasher.finish());
    let mut last = None;
    for _ in 0..60 {
        match adapter.perform(&op, &token).await {
            Ok(performed) => return Ok(performed),
            Err(error) => {
                let again = error.kind.disposition() == Disposition::Retry || error.kind == ErrorKind::NotFound;
                if !again {
                    return Err(error.into());
                }
                last = Some(error);
                tokio::time::sleep(Duration::from_secs(5)).await;
            }
        }
    }
    Err(last.map_or_else(|| "never tried".into(), Into::into))
}

async fn make(adapter: &dyn Provider, op: impl Into<Op>) -> Result<String, Failure> {
    let op = op.into();
    let name = op.name();
    let made = perform(adapter, op).await?.made;
    made.get("").cloned().ok_or_else(|| format!("{name} made nothing").into())
}

/// Looks until the condition holds.
pub(crate) async fn until(adapter: &dyn Provider, condition: Condition) -> Result<Facts, Failure> {
    let mut last = String::new();
    for _ in 0..120 {
        match adapter.check(&condition).await? {
            Progress::Done(facts) => return Ok(facts),
            Progress::NotYet(what) => last = what,
            Progress::Never(error) => return Err(error.into()),
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
    }
    Err(format!("{condition:?} does not come: {last}").into())
}

/// A TCP rule.
pub(crate) fn rule(cidr: &str, port: u16) -> Result<GroupRule, Failure> {
    Ok(GroupRule {
        protocol: Protocol::Tcp,
        ports: Some(PortRange::single(port)),
        peer: PeerHandle::Cidr(cidr.parse()?),
        description: Some("made by a test".to_owned()),
    })
}

async fn group(ground: &Ground<'_>, name: &str, copy: usize) -> Result<String, Failure> {
    let tags = tags("security-group", copy);
    let op = SecurityGroupOp::Create {
        name: format!("xc-bank-{name}-{copy}"),
        description: "made by a test".to_owned(),
        vpc: ground.vpc.to_owned(),
        tags: tags.clone(),
    };
    let id = make(ground.adapter, op).await?;
    perform(ground.adapter, SecurityGroupOp::RevokeDefaultEgress { group: known(&id) }).await?;
    for (egress, cidrs) in [(false, ["10.1.0.0/16", "10.9.0.0/16"]), (true, ["10.2.0.0/16", "10.8.0.0/16"])] {
        let rules = vec![rule(cidrs[0], 443)?, rule(cidrs[1], 443)?];
        let op = SecurityGroupOp::Authorize { group: known(&id), egress, rules, tags: tags.clone() };
        perform(ground.adapter, op).await?;
    }
    Ok(id)
}

fn pins(ground: &Ground<'_>) -> Vec<SubnetPin> {
    ground.subnets.iter().map(|subnet| SubnetPin { subnet: subnet.clone(), ip: None }).collect()
}

/// Makes one copy of {2 groups with 4 rules, load balancer with a listener, service with a principal, endpoint}.
pub(crate) async fn build(ground: &Ground<'_>, copy: usize) -> Result<Estate, Failure> {
    let adapter = ground.adapter;
    let lb_group = group(ground, "lb", copy).await?;
    let endpoint_group = group(ground, "endpoint", copy).await?;
    let op = LoadBalancerOp::Create {
        name: format!("xc-{copy}"),
        subnets: pins(ground),
        groups: [known(&lb_group)].into(),
        tags: tags("load-balancer", copy),
    };
    let balancer = make(adapter, op).await?;
    let op = LoadBalancerOp::CreateTargetGroup {
        name: format!("xc-{copy}-443"),
        port: 443,
        vpc: ground.vpc.to_owned(),
        health: Some(Health { interval_secs: 10, threshold: 3 }),
        tags: tags("load-balancer", copy),
    };
    let target_group = make(adapter, op).await?;
    let targets = [Target { ip: "172.16.4.10".parse()?, port: 443 }, Target { ip: "10.1.1.77".parse()?, port: 443 }];
    let op = LoadBalancerOp::RegisterTargets {
        target_group: known(&target_group),
        targets: targets.into(),
        vpc_cidrs: ["10.1.0.0/16".parse()?].into(),
    };
    perform(adapter, op).await?;
    let op = LoadBalancerOp::CreateListener {
        load_balancer: known(&balancer),
        port: 443,
        target_group: known(&target_group),
        tags: tags("load-balancer", copy),
    };
    let listener = make(adapter, op).await?;
    until(adapter, Condition::LoadBalancerActive { load_balancer: known(&balancer) }).await?;
    let op = EndpointServiceOp::Create {
        load_balancers: [known(&balancer)].into(),
        acceptance_required: ground.acceptance,
        tags: tags("endpoint-service", copy),
    };
    let made = perform(adapter, op).await?.made;
    let (service, name) = (made[""].clone(), made["service-name"].clone());
    let op = EndpointServiceOp::ModifyPermissions {
        service: known(&service),
        add: ["arn:aws:iam::111122223333:root".to_owned()].into(),
        remove: [].into(),
    };
    perform(adapter, op).await?;
    until(adapter, Condition::ServiceAvailable { service: known(&service) }).await?;
    let op = EndpointOp::Create {
        service_name: known(&name),
        vpc: ground.vpc.to_owned(),
        subnets: pins(ground),
        groups: [known(&endpoint_group)].into(),
        tags: tags("endpoint", copy),
    };
    let endpoint = make(adapter, op).await?;
    if ground.acceptance {
        let listed = Condition::ConnectionListed { service: known(&service), endpoint: known(&endpoint) };
        until(adapter, listed).await?;
        let op =
            EndpointServiceOp::AcceptConnections { service: known(&service), endpoints: [known(&endpoint)].into() };
        perform(adapter, op).await?;
    }
    until(adapter, Condition::EndpointAvailable { endpoint: known(&endpoint) }).await?;
    Ok(Estate { lb_group, endpoint_group, balancer, target_group, listener, service, endpoint })
}

/// Removes a copy, in the order in which nothing hinders the next.
pub(crate) async fn remove(adapter: &dyn Provider, estate: &Estate) -> Result<(), Failure> {
    perform(adapter, EndpointOp::Delete { endpoints: [known(&estate.endpoint)].into() }).await?;
    until(adapter, Condition::EndpointGone { endpoint: known(&estate.endpoint) }).await?;
    perform(adapter, EndpointServiceOp::Delete { service: known(&estate.service) }).await?;
    perform(adapter, LoadBalancerOp::DeleteListener { listener: known(&estate.listener) }).await?;
    perform(adapter, LoadBalancerOp::Delete { load_balancer: known(&estate.balancer) }).await?;
    until(adapter, Condition::LoadBalancerGone { load_balancer: known(&estate.balancer) }).await?;
    perform(adapter, LoadBalancerOp::DeleteTargetGroup { target_group: known(&estate.target_group) }).await?;
    for group in [&estate.endpoint_group, &estate.lb_group] {
        until(adapter, Condition::GroupUnused { group: known(group) }).await?;
        perform(adapter, SecurityGroupOp::Delete { group: known(group) }).await?;
    }
    Ok(())
}

/// Reads everything of the estate, as a plan does.
pub(crate) async fn observe(ground: &Ground<'_>) -> Result<Box<AwsLive>, Failure> {
    let query = Query::Aws(AwsQuery {
        product: "bank".to_owned(),
        vpcs: [Selector::Id(ground.vpc.to_owned())].into(),
        subnets: [SubnetSelector::Ids(ground.subnets.iter().cloned().collect())].into(),
        groups: true,
        load_balancers: true,
        services: true,
        connections: ground.acceptance,
        endpoints: true,
        ..AwsQuery::default()
    });
    match ground.adapter.observe(&query).await? {
        Answer::Aws(live) => Ok(live),
        other => Err(format!("not AWS: {other:?}").into()),
    }
}
