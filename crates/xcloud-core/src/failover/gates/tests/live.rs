//! Both clouds as they are when a desired state stands.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::IpNet;
use serde_json::Value;

use super::fixture::{is_aws, state};
use crate::live::{
    Answer, AwsLive, AzureLive, Interface, LiveConnection, LiveEndpoint, LiveFirewallRule, LiveHealth, LiveListener,
    LiveLoadBalancer, LiveNsg, LiveNsgRule, LivePolicy, LiveRecordSet, LiveRuleGroup, LiveService, LiveSubnet,
    LiveTargetGroup, LiveVpc, Observed, TargetHealth,
};
use crate::marks;
use crate::model::{
    AddressSource, ArmName, Desired, DnsAddresses, Endpoint, FirewallRule, LoadBalancer, LoadBalancerRef, NsgRule,
    Place, PrivateDnsRecord, Resource, Selector, ServiceRef, Spec,
};
use crate::plan::queries;
use crate::tests::texts;

pub(crate) fn observed(desired: &Desired) -> Observed {
    let places = queries(desired).into_iter().map(|(key, (place, query))| {
        let here = desired.resources.values().filter(|one| one.place.key() == key);
        let answer = if is_aws(&key) {
            let mut live = ground(&place);
            here.for_each(|resource| add_aws(desired, resource, &mut live));
            Answer::Aws(Box::new(live))
        } else {
            let mut live = AzureLive::default();
            here.for_each(|resource| add_azure(desired, resource, &mut live));
            Answer::Azure(Box::new(live))
        };
        (key, state(&place, query, answer))
    });
    Observed { places: places.collect() }
}

/// A VPC with every tag that the example selects by, and a subnet in each of three zones.
fn ground(place: &Place) -> AwsLive {
    let region = place.key().region;
    let zone = if region == "eu-north-1" { "eun1" } else { "euw1" };
    let subnet = |number: u8| LiveSubnet {
        id: format!("subnet-{number}"),
        vpc: format!("vpc-{region}"),
        az_id: format!("{zone}-az{number}"),
        cidr: format!("10.99.{number}.0/24").parse().expect("a network"),
        tags: BTreeMap::new(),
    };
    let vpc = |role: &str| LiveVpc {
        id: format!("vpc-{region}"),
        cidrs: BTreeSet::new(),
        tags: BTreeMap::from([("net:role".to_owned(), role.to_owned())]),
    };
    let subnets = (1..=3).map(subnet).collect();
    AwsLive { vpcs: vec![vpc("connectivity-hub"), vpc("workload")], subnets, ..AwsLive::default() }
}

fn interfaces(ips: &[Ipv4Addr]) -> Vec<Interface> {
    let own = (1..=3).map(|number| Ipv4Addr::new(10, 99, number, 9)).collect::<Vec<_>>();
    let ips = if ips.is_empty() { &own } else { ips };
    let interface = |(at, ip): (usize, &Ipv4Addr)| Interface {
        id: format!("eni-{ip}"),
        subnet: format!("subnet-{}", at + 1),
        ips: BTreeSet::from([*ip]),
    };
    ips.iter().enumerate().map(interface).collect()
}

fn add_aws(desired: &Desired, resource: &Resource, live: &mut AwsLive) {
    let (region, name) = (resource.addr.region(), resource.addr.name());
    let id = format!("{}-{region}-{name}", resource.addr.env());
    let tags = marks::tags(desired, &resource.addr);
    match &resource.spec {
        Spec::LoadBalancer(spec) => {
            live.target_groups.extend(target_groups(&id, spec));
            live.load_balancers.push(balancer(&id, tags, spec));
        }
        Spec::EndpointService(spec) => {
            for one in &spec.load_balancers {
                let LoadBalancerRef::Found(Selector::Tag(tags)) = one else { continue };
                live.load_balancers.push(found(&format!("{id}-theirs"), tags.clone()));
                let targets = vec![([10, 13, 0, 8].into(), 9443, "healthy".into())];
                live.target_groups.push(target_group(format!("arn:tg/{id}-theirs/9443"), 9443, targets));
            }
            let connects = |one: &&Resource| match &one.spec {
                Spec::Endpoint(spec) => spec.service == ServiceRef::Declared(resource.addr.clone()),
                _ => false,
            };
            let connections = desired.resources.values().filter(connects).map(|one| LiveConnection {
                endpoint: format!("vpce-{}-{}-{}", one.addr.env(), one.addr.region(), one.addr.name()),
                owner: one.place.key().account,
                state: "available".into(),
            });
            live.services.push(LiveService {
                zones: Default::default(),
                beyond: Vec::new(),
                id: format!("vpce-svc-{id}"),
                service_name: format!("com.amazonaws.vpce.{region}.vpce-svc-{id}"),
                state: "Available".into(),
                acceptance_required: true,
                load_balancers: BTreeSet::new(),
                tags,
                principals: Some(spec.principals.clone()),
                connections: Some(connections.collect()),
            });
        }
        Spec::Endpoint(spec) => live.endpoints.push(endpoint(&id, region, tags, spec)),
        _ => {}
    }
}

fn endpoint(id: &str, region: &str, tags: BTreeMap<String, String>, spec: &Endpoint) -> LiveEndpoint {
    LiveEndpoint {
        beyond: Vec::new(),
        id: format!("vpce-{id}"),
        service_name: String::new(),
        vpc: format!("vpc-{region}"),
        state: "Available".into(),
        subnets: texts(&["subnet-1", "subnet-2", "subnet-3"]),
        groups: BTreeSet::new(),
        private_dns: spec.private_dns,
        tags,
        interfaces: interfaces(&spec.endpoint_ips),
        dns: None,
    }
}

fn balancer(id: &str, tags: BTreeMap<String, String>, spec: &LoadBalancer) -> LiveLoadBalancer {
    let listener = |port: u16| LiveListener {
        also: Default::default(),
        arn: format!("arn:listener/{id}/{port}"),
        port,
        protocol: "TCP".to_owned(),
        target_group: Some(format!("arn:tg/{id}/{port}")),
        tags: BTreeMap::new(),
    };
    LiveLoadBalancer {
        interfaces: interfaces(&spec.service_ips),
        listeners: Some(spec.listeners.iter().map(|one| listener(one.port)).collect()),
        ..found(id, tags)
    }
}

/// A load balancer of others.
fn found(id: &str, tags: BTreeMap<String, String>) -> LiveLoadBalancer {
    LiveLoadBalancer {
        beyond: Vec::new(),
        arn: format!("arn:lb/{id}"),
        name: id.to_owned(),
        state: "active".into(),
        lb_type: "network".to_owned(),
        scheme: "internal".to_owned(),
        vpc: String::new(),
        subnets: ["subnet-1", "subnet-2", "subnet-3"].map(|subnet| (subnet.to_owned(), None)).into(),
        groups: BTreeSet::new(),
        enforce_private_link: None,
        tags,
        listeners: Some(vec![LiveListener {
            also: Default::default(),
            arn: format!("arn:listener/{id}/9443"),
            port: 9443,
            protocol: "TCP".to_owned(),
            target_group: Some(format!("arn:tg/{id}/9443")),
            tags: BTreeMap::new(),
        }]),
        interfaces: Vec::new(),
    }
}

pub(super) fn target_group(arn: String, port: u16, targets: Vec<(Ipv4Addr, u16, TargetHealth)>) -> LiveTargetGroup {
    LiveTargetGroup {
        beyond: Vec::new(),
        arn,
        name: String::new(),
        port,
        protocol: "TCP".to_owned(),
        vpc: String::new(),
        health: LiveHealth {
            protocol: "TCP".to_owned(),
            interval_secs: 10,
            timeout_secs: 10,
            healthy: 3,
            unhealthy: 3,
        },
        load_balancers: BTreeSet::new(),
        tags: BTreeMap::new(),
        targets,
        by_id: Vec::new(),
    }
}

fn target_groups(id: &str, spec: &LoadBalancer) -> Vec<LiveTargetGroup> {
    let group = |listener: &crate::model::Listener| {
        let targets = listener.targets.iter().map(|target| (target.ip, target.port, "healthy".into()));
        target_group(format!("arn:tg/{id}/{}", listener.port), listener.target_port, targets.collect())
    };
    spec.listeners.iter().map(group).collect()
}

/// The pins that a source stands for.
fn pins(desired: &Desired, source: &AddressSource) -> BTreeSet<String> {
    let ips = |ips: &[Ipv4Addr]| ips.iter().map(|ip| format!("{ip}/32")).collect();
    let AddressSource::Of { addr, .. } = source else {
        let AddressSource::Listed(nets) = source else { return BTreeSet::new() };
        return nets.iter().map(IpNet::to_string).collect();
    };
    match &desired.resources[addr].spec {
        Spec::Endpoint(spec) => ips(&spec.endpoint_ips),
        Spec::EndpointService(spec) => {
            let balancers = spec.load_balancers.iter().map(|one| match one {
                LoadBalancerRef::Declared(addr) => match &desired.resources[addr].spec {
                    Spec::LoadBalancer(spec) => ips(&spec.service_ips),
                    _ => BTreeSet::new(),
                },
                LoadBalancerRef::Found(_) => BTreeSet::new(),
            });
            balancers.flatten().collect()
        }
        _ => BTreeSet::new(),
    }
}

fn add_azure(desired: &Desired, resource: &Resource, live: &mut AzureLive) {
    let description = marks::rule_description(desired, &resource.addr);
    match &resource.spec {
        Spec::NetworkSecurityGroup(spec) => {
            let rules = spec.rules.iter().zip(2000..).map(|(rule, at)| nsg_rule(desired, rule, at, &description));
            live.nsgs.push(LiveNsg { id: spec.group.clone(), rules: rules.collect() });
        }
        Spec::FirewallRules(spec) => {
            let firewalls = BTreeSet::from([ArmName("/subscriptions/1/firewall".to_owned())]);
            let (id, state) = (spec.policy.clone(), "Succeeded".into());
            live.policies.push(LivePolicy {
                id,
                state,
                base: None,
                firewalls,
                snat_private_ranges: None,
                unread: None,
            });
            live.rule_groups.push(LiveRuleGroup {
                policy: spec.policy.clone(),
                name: spec.group.clone(),
                priority: spec.priority,
                etag: "e1".to_owned(),
                state: "Succeeded".into(),
                rules: spec.rules.iter().map(|rule| firewall_rule(desired, rule, &description)).collect(),
                raw: Value::Null,
            });
        }
        Spec::PrivateDnsRecord(spec) => live.record_sets.push(record(desired, resource, spec)),
        _ => {}
    }
}

fn nsg_rule(desired: &Desired, rule: &NsgRule, priority: u16, description: &str) -> LiveNsgRule {
    LiveNsgRule {
        name: rule.name.clone(),
        priority,
        direction: rule.direction,
        access: rule.access,
        protocol: "TCP".to_owned(),
        from: pins(desired, &rule.from),
        to: pins(desired, &rule.to),
        ports: rule.ports.iter().map(ToString::to_string).collect(),
        source_ports: texts(&["*"]),
        security_groups: BTreeSet::new(),
        description: description.to_owned(),
        state: "Succeeded".into(),
    }
}

fn firewall_rule(desired: &Desired, rule: &FirewallRule, description: &str) -> LiveFirewallRule {
    LiveFirewallRule {
        collection: "xcloud".to_owned(),
        collection_priority: 1000,
        action: "Allow".to_owned(),
        rule_type: "NetworkRule".to_owned(),
        name: rule.name.clone(),
        protocols: texts(&["TCP"]),
        from: pins(desired, &rule.from),
        to: pins(desired, &rule.to),
        ports: rule.ports.iter().map(ToString::to_string).collect(),
        from_groups: BTreeSet::new(),
        to_groups: BTreeSet::new(),
        to_names: BTreeSet::new(),
        description: description.to_owned(),
    }
}

fn record(desired: &Desired, resource: &Resource, spec: &PrivateDnsRecord) -> LiveRecordSet {
    let source = match &spec.addresses {
        DnsAddresses::Fixed(source) => source,
        DnsAddresses::Active(regions) => &regions["eu-north-1"],
    };
    let net = |text: &String| text.parse::<ipnet::Ipv4Net>().expect("a network").addr();
    LiveRecordSet {
        zone: spec.zone.clone(),
        name: spec.record.clone(),
        record_type: "A".to_owned(),
        ttl_secs: spec.ttl_secs,
        etag: "e1".to_owned(),
        metadata: marks::metadata(desired, &resource.addr),
        addresses: pins(desired, source).iter().map(net).collect(),
        texts: Vec::new(),
    }
}
