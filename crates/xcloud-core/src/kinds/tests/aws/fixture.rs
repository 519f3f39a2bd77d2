//! A small estate with every AWS kind, and the empty cloud in which it is made.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::cloud::{Cloud, Tables};
use crate::live::{LiveGroup, LiveListener, LiveLoadBalancer, LiveService, LiveSubnet, LiveVpc, LiveZone};
use crate::model::{
    Acceptance, Addr, Desired, Endpoint, EndpointService, GroupRef, Health, Kind, Listener, LoadBalancer,
    LoadBalancerRef, Ownership, Peer, Place, PortRange, PrivateZoneRecord, Protocol, Resource, Rule, SecurityGroup,
    Selector, ServiceRef, Spec, SubnetSelector, Target,
};
use crate::tests::{account, desired};

pub(crate) const REGION: &str = "eu-north-1";

pub(crate) fn hub(region: &str) -> Place {
    account("100000000001", region)
}

pub(crate) fn spoke(region: &str) -> Place {
    account("200000000003", region)
}

pub(crate) fn addr(region: &str, kind: Kind, name: &str) -> Addr {
    Addr::new("prod", region, kind, name)
}

pub(crate) fn tag(key: &str, value: &str) -> BTreeMap<String, String> {
    BTreeMap::from([(key.to_owned(), value.to_owned())])
}

pub(crate) fn rule(ports: u16, peer: Peer) -> Rule {
    Rule { protocol: Protocol::Tcp, ports: Some(PortRange::single(ports)), peer, description: None }
}

pub(crate) fn cidr(text: &str) -> Peer {
    Peer::Cidr(text.parse().expect("a network"))
}

pub(crate) fn group(name: &str, vpc: &str, ingress: Vec<Rule>, egress: Vec<Rule>) -> Spec {
    Spec::SecurityGroup(SecurityGroup {
        name: format!("xc-shop-{name}"),
        vpc: Selector::Id(vpc.to_owned()),
        description: format!("group {name}"),
        ingress,
        egress,
        ownership: Ownership::Exclusive,
    })
}

pub(crate) fn listener(port: u16, hosts: &[u8], target_port: u16) -> Listener {
    let target = |host: &u8| Target { ip: Ipv4Addr::new(10, 122, 8, *host), port: target_port };
    let health = Some(Health { interval_secs: 10, threshold: 3 });
    Listener { port, targets: hosts.iter().map(target).collect(), target_port, health }
}

pub(crate) fn ids(list: &[&str]) -> SubnetSelector {
    SubnetSelector::Ids(list.iter().map(|id| (*id).to_owned()).collect())
}

fn principal(account: &str) -> BTreeSet<String> {
    BTreeSet::from([format!("arn:aws:iam::{account}:root")])
}

/// Every kind: the way from the spoke to the hub's load balancer, and one to a found load balancer.
pub(crate) fn estate(region: &str) -> Desired {
    let of = |kind, name: &str| addr(region, kind, name);
    let edge = of(Kind::SecurityGroup, "edge");
    let in_hub: Vec<(&str, Spec)> = vec![
        (
            "edge",
            group("edge", "vpc-hub", vec![rule(443, cidr("10.20.0.0/16"))], vec![rule(443, cidr("10.122.8.0/24"))]),
        ),
        ("peers", group("peers", "vpc-hub", vec![rule(443, Peer::Group(GroupRef::Declared(edge.clone())))], vec![])),
        (
            "edge",
            Spec::LoadBalancer(LoadBalancer {
                name: "xc-shop-edge".to_owned(),
                vpc: None,
                subnets: ids(&["hub-a", "hub-b"]),
                service_ips: Vec::new(),
                security_groups: vec![GroupRef::Declared(edge)],
                private_link_ingress_rules: None,
                listeners: vec![listener(443, &[10, 11], 443), listener(8443, &[12], 8443)],
            }),
        ),
        (
            "payments",
            Spec::EndpointService(EndpointService {
                name: "xc-shop-payments".to_owned(),
                load_balancers: vec![LoadBalancerRef::Declared(of(Kind::LoadBalancer, "edge"))],
                acceptance: Acceptance::Managed,
                principals: principal("200000000003"),
                found: None,
            }),
        ),
        (
            "back",
            Spec::EndpointService(EndpointService {
                name: "xc-shop-back".to_owned(),
                load_balancers: vec![LoadBalancerRef::Found(Selector::Tag(tag("app", "back")))],
                acceptance: Acceptance::Automatic,
                principals: principal("200000000003"),
                found: None,
            }),
        ),
    ];
    let clients = of(Kind::SecurityGroup, "clients");
    let in_spoke: Vec<(&str, Spec)> = vec![
        ("clients", group("clients", "vpc-spoke", vec![rule(443, cidr("10.20.0.0/16"))], vec![])),
        ("payments", endpoint(&of(Kind::EndpointService, "payments"), &clients, "payments")),
        ("back", endpoint(&of(Kind::EndpointService, "back"), &clients, "back")),
        (
            "core",
            Spec::PrivateZoneRecord(PrivateZoneRecord {
                vpc: Selector::Id("vpc-spoke".to_owned()),
                record: "core.bank.example".to_owned(),
                endpoint: of(Kind::Endpoint, "payments"),
            }),
        ),
    ];
    let mut desired = desired([]);
    for (place, specs) in [(hub(region), in_hub), (spoke(region), in_spoke)] {
        for (name, spec) in specs {
            let addr = of(spec.kind(), name);
            let resource = Resource { addr: addr.clone(), place: place.clone(), flow: None, spec };
            desired.resources.insert(addr, resource);
        }
        desired.places.push(place);
    }
    desired
}

fn endpoint(service: &Addr, clients: &Addr, name: &str) -> Spec {
    Spec::Endpoint(Endpoint {
        name: format!("xc-shop-{name}"),
        vpc: Selector::Tag(tag("side", "spoke")),
        subnets: ids(&["spoke-a", "spoke-b"]),
        endpoint_ips: Vec::new(),
        service: ServiceRef::Declared(service.clone()),
        security_groups: vec![GroupRef::Declared(clients.clone())],
        private_dns: false,
    })
}

/// Two accounts with a VPC each, and in them what is not ours.
pub(crate) fn cloud(regions: &[&str]) -> Cloud {
    let mut cloud = Cloud::default();
    for region in regions {
        for (place, side, net) in [(hub(region), "hub", 60), (spoke(region), "spoke", 20)] {
            cloud.places.insert(place.key(), network(region, side, net));
        }
        add_foreign(region, cloud.places.get_mut(&hub(region).key()).expect("the hub"));
    }
    cloud
}

fn network(region: &str, side: &str, net: u8) -> Tables {
    let subnet = |letter: &str, zone: u8| LiveSubnet {
        id: format!("{side}-{letter}"),
        vpc: format!("vpc-{side}"),
        az_id: format!("eun1-az{zone}"),
        cidr: format!("10.{net}.{}.0/24", letter.as_bytes().first().copied().unwrap_or_default()).parse().expect("net"),
        tags: tag("tier", "private"),
    };
    let subnets = [("a", 1), ("b", 2), ("c", 3), ("d", 1)].map(|(letter, zone)| subnet(letter, zone));
    let vpc = |id: String, net: u8| LiveVpc {
        id,
        cidrs: BTreeSet::from([format!("10.{net}.0.0/16").parse().expect("a network")]),
        tags: tag("side", side),
    };
    let zone = |id: &str, name: &str| LiveZone {
        id: if region == REGION { id.to_owned() } else { format!("{id}-{region}") },
        name: name.to_owned(),
        vpc: format!("vpc-{side}"),
        owned_by: None,
        records: Vec::new(),
    };
    Tables {
        vpcs: vec![vpc(format!("vpc-{side}"), net)],
        subnets: subnets.into_iter().map(|subnet| (subnet.id.clone(), subnet)).collect(),
        zones: vec![zone("Z1", "bank.example"), zone("Z0", "example")],
        ..Tables::default()
    }
}

fn add_foreign(region: &str, tables: &mut Tables) {
    let group = LiveGroup {
        id: "sg-foreign".to_owned(),
        name: "theirs".to_owned(),
        vpc: "vpc-hub".to_owned(),
        description: "theirs".to_owned(),
        tags: BTreeMap::new(),
        rules: Vec::new(),
    };
    let balancer = |name: &str, tags| LiveLoadBalancer {
        beyond: Vec::new(),
        arn: format!("arn:lb/{region}/{name}"),
        name: name.to_owned(),
        state: "active".into(),
        lb_type: "network".to_owned(),
        scheme: "internal".to_owned(),
        vpc: "vpc-hub".to_owned(),
        subnets: BTreeMap::from([("hub-a".to_owned(), None), ("hub-b".to_owned(), None)]),
        groups: BTreeSet::from(["sg-foreign".to_owned()]),
        enforce_private_link: None,
        tags,
        listeners: Some(vec![LiveListener {
            also: Default::default(),
            arn: format!("listener-{name}"),
            port: 443,
            protocol: "TCP".to_owned(),
            target_group: None,
            tags: BTreeMap::new(),
        }]),
        interfaces: Vec::new(),
    };
    let service = LiveService {
        zones: Default::default(),
        beyond: Vec::new(),
        id: "vpce-svc-foreign".to_owned(),
        service_name: "com.amazonaws.vpce.eu-north-1.vpce-svc-foreign".to_owned(),
        state: "Available".into(),
        acceptance_required: true,
        load_balancers: BTreeSet::from([format!("arn:lb/{region}/theirs")]),
        tags: BTreeMap::new(),
        principals: None,
        connections: None,
    };
    tables.groups.insert(group.id.clone(), group);
    for balancer in [balancer("back", tag("app", "back")), balancer("theirs", BTreeMap::new())] {
        tables.balancers.insert(balancer.arn.clone(), balancer);
    }
    tables.services.insert(service.id.clone(), service);
}
