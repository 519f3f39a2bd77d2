//! How long the planner takes for n copies of {2 groups with 4 rules, load balancer with a listener, service with a
//! principal, endpoint}: from nothing, and where nothing differs.
//!
//! `cargo run --release -p xcloud-core --example planner_scale [RESOURCES...]`

#![expect(clippy::disallowed_methods, reason = "an example measures time; the library reads no clock")]

use std::collections::BTreeSet;
use std::error::Error;
use std::io::Write as _;
use std::time::Instant;

use xcloud_core::model::{
    Acceptance, Addr, Desired, Endpoint, EndpointService, GroupRef, Kind, Listener, LoadBalancer, LoadBalancerRef,
    Ownership, Peer, Place, PortRange, Protocol, Resource, Rule, SecurityGroup, Selector, ServiceRef, Spec,
    SubnetSelector, Target,
};
use xcloud_core::plan::{Plan, PlanOptions, converge};
use xcloud_core::{live, model, op, plan};

#[path = "../src/kinds/tests/aws/cloud.rs"]
mod cloud;
#[path = "../src/kinds/tests/aws/cloud_balancers.rs"]
mod cloud_balancers;
#[path = "../src/kinds/tests/aws/cloud_groups.rs"]
mod cloud_groups;
#[path = "../src/kinds/tests/aws/cloud_paths.rs"]
mod cloud_paths;

use cloud::{Cloud, Tables};
use xcloud_core::provider;

/// As in the command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Resources of one copy: two groups, load balancer, service, endpoint.
const PER_COPY: usize = 5;

const REGION: &str = "eu-north-1";

fn hub() -> Place {
    Place::Aws { account: "100000000001".to_owned(), region: REGION.to_owned(), role: None, read_role: None }
}

fn addr(kind: Kind, name: &str) -> Addr {
    Addr::new("prod", REGION, kind, name)
}

fn group(name: &str) -> Result<Spec, Box<dyn Error>> {
    let mut ingress = Vec::new();
    for port in 443..446 {
        let (ports, peer) = (Some(PortRange::single(port)), Peer::Cidr("10.20.0.0/16".parse()?));
        ingress.push(Rule { protocol: Protocol::Tcp, ports, peer, description: None });
    }
    let egress = ingress.iter().take(1).cloned().collect();
    Ok(Spec::SecurityGroup(SecurityGroup {
        name: format!("xc-scale-{name}"),
        vpc: Selector::Id("vpc-hub".to_owned()),
        description: "scale".to_owned(),
        ingress,
        egress,
        ownership: Ownership::Exclusive,
    }))
}

fn copy(name: &str) -> Result<Vec<(String, Spec)>, Box<dyn Error>> {
    let subnets = || SubnetSelector::Tag([("tier".to_owned(), "private".to_owned())].into());
    let (edge, clients) = (format!("{name}-lb"), format!("{name}-endpoint"));
    let groups = |name: &str| vec![GroupRef::Declared(addr(Kind::SecurityGroup, name))];
    let target = Target { ip: "10.122.8.10".parse()?, port: 443 };
    let balancer = LoadBalancer {
        name: format!("xc-scale-{name}"),
        vpc: Some(Selector::Id("vpc-hub".to_owned())),
        subnets: subnets(),
        service_ips: Vec::new(),
        security_groups: groups(&edge),
        private_link_ingress_rules: None,
        listeners: vec![Listener { port: 443, targets: vec![target], target_port: 443, health: None }],
    };
    let service = EndpointService {
        name: format!("xc-scale-{name}"),
        load_balancers: vec![LoadBalancerRef::Declared(addr(Kind::LoadBalancer, name))],
        acceptance: Acceptance::Managed,
        principals: BTreeSet::from(["arn:aws:iam::100000000001:root".to_owned()]),
        found: None,
    };
    let endpoint = Endpoint {
        name: format!("xc-scale-{name}"),
        vpc: Selector::Id("vpc-hub".to_owned()),
        subnets: subnets(),
        endpoint_ips: Vec::new(),
        service: ServiceRef::Declared(addr(Kind::EndpointService, name)),
        security_groups: groups(&clients),
        private_dns: false,
    };
    let (first, second) = (group(&edge)?, group(&clients)?);
    Ok(vec![
        (edge, first),
        (clients, second),
        (name.to_owned(), Spec::LoadBalancer(balancer)),
        (name.to_owned(), Spec::EndpointService(service)),
        (name.to_owned(), Spec::Endpoint(endpoint)),
    ])
}

fn estate(copies: std::ops::Range<usize>) -> Result<Desired, Box<dyn Error>> {
    let mut desired: Desired = serde_json::from_value(serde_json::json!({
        "product": "scale", "owner": "scale@bank.example", "regions": {"primary": REGION, "dr": null},
        "environments": {}, "failover": null, "record_zone": null, "resources": {}, "places": [hub()], "auth": null,
        "ledger": null, "limits": {}, "require_reversible": [], "ignore": [], "notify": [],
    }))?;
    for number in copies {
        for (name, spec) in copy(&format!("copy-{number:05}"))? {
            let addr = addr(spec.kind(), &name);
            desired.resources.insert(addr.clone(), Resource { addr, place: hub(), flow: None, spec });
        }
    }
    Ok(desired)
}

fn network() -> Result<Tables, Box<dyn Error>> {
    let tags = [("tier".to_owned(), "private".to_owned())];
    let mut tables = Tables::default();
    for (id, cidr, zone) in [("subnet-a", "10.0.0.0/12", 1), ("subnet-b", "10.16.0.0/12", 2)] {
        let (vpc, az_id) = ("vpc-hub".to_owned(), format!("eun1-az{zone}"));
        let subnet = live::LiveSubnet { id: id.to_owned(), vpc, az_id, cidr: cidr.parse()?, tags: tags.clone().into() };
        tables.subnets.insert(id.to_owned(), subnet);
    }
    let cidrs = BTreeSet::from(["10.0.0.0/8".parse()?]);
    tables.vpcs.push(live::LiveVpc { id: "vpc-hub".to_owned(), cidrs, tags: Default::default() });
    Ok(tables)
}

/// Makes the copies one by one, each in the network that the others left: the tiny AWS looks through all that it has.
fn made(copies: usize) -> Result<Cloud, Box<dyn Error>> {
    let (mut all, mut next) = (network()?, 0);
    for number in 0..copies {
        let desired = estate(number..number + 1)?;
        let tables = Tables { taken: std::mem::take(&mut all.taken), ..network()? };
        let mut cloud = Cloud { next, ..Cloud::default() };
        cloud.places.insert(hub().key(), tables);
        let (plan, problems) = converge(&desired, &cloud.observe(&desired), &PlanOptions::default());
        cloud.run(&plan.ok_or_else(|| format!("{problems:?}"))?, usize::MAX)?;
        next = cloud.next;
        let tables = cloud.places.remove(&hub().key()).ok_or("the hub")?;
        all.taken = tables.taken;
        // `append` would build the whole map anew for each copy.
        all.groups.extend(tables.groups);
        all.balancers.extend(tables.balancers);
        all.target_groups.extend(tables.target_groups);
        all.services.extend(tables.services);
        all.endpoints.extend(tables.endpoints);
    }
    let mut cloud = Cloud::default();
    cloud.places.insert(hub().key(), all);
    Ok(cloud)
}

/// Plans three times and returns the best time in milliseconds.
fn timed(desired: &Desired, cloud: &Cloud) -> Result<(Plan, f64), Box<dyn Error>> {
    let observed = cloud.observe(desired);
    let mut best = f64::MAX;
    let mut answer = None;
    for _ in 0..3 {
        let start = Instant::now();
        let (plan, problems) = converge(desired, &observed, &PlanOptions::default());
        best = best.min(start.elapsed().as_secs_f64() * 1000.0);
        answer = Some(plan.ok_or_else(|| format!("{problems:?}"))?);
    }
    Ok((answer.ok_or("no plan")?, best))
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut out = std::io::stdout();
    let wanted = std::env::args().skip(1).map(|text| text.parse()).collect::<Result<Vec<usize>, _>>()?;
    let sizes = if wanted.is_empty() { vec![1_000, 10_000, 50_000] } else { wanted };
    for resources in sizes {
        let desired = estate(0..resources / PER_COPY)?;
        let mut nothing = Cloud::default();
        nothing.places.insert(hub().key(), network()?);
        let (plan, create) = timed(&desired, &nothing)?;
        let cloud = made(resources / PER_COPY)?;
        let (still, same) = timed(&desired, &cloud)?;
        let differs = still.changes.iter().filter(|change| change.action != plan::Action::Same).count();
        writeln!(
            out,
            "{resources} resources: create {create:.0} ms ({} steps), no-op {same:.0} ms ({} steps, {differs} differ)",
            plan.steps.len(),
            still.steps.len()
        )?;
    }
    Ok(())
}
