//! Network load balancers: creation and reading.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::elb_attributes;
use super::elb_tags;
use super::endpoints::hosted_zone;
use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::interfaces::{self, Holder};
use super::operation::{Answer, Call, Operation};
use super::page::elb_page;
use super::query::Query;
use super::security_groups;
use super::vpcs;
use super::world::Region;
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// A network load balancer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct LoadBalancer {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) internal: bool,
    pub(super) vpc: String,
    pub(super) subnets: Vec<Place>,
    pub(super) groups: Vec<String>,
    /// Whether traffic that comes through PrivateLink meets the groups' inbound rules.
    pub(super) enforces_on_private_link: bool,
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) dualstack: bool,
    pub(super) created: Millis,
    /// When it becomes active.
    pub(super) active: Millis,
    /// Whether it failed for good.
    pub(super) failed: bool,
    pub(super) tags: Tags,
}

/// A subnet of a load balancer, with the address that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) subnet: String,
    pub(super) pin: Option<Ipv4Addr>,
}

/// How long a new load balancer is `provisioning` (a minute or two by a vendor's guide; AWS publishes nothing).
const PROVISIONING_SECONDS: f64 = 90.0;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateLoadBalancer",
        &["Name", "Subnets", "SubnetMappings", "SecurityGroups", "Scheme", "Tags", "Type", "IpAddressType"],
        create,
    ),
    Operation::read("DescribeLoadBalancers", &["LoadBalancerArns", "Names", "Marker", "PageSize"], describe),
];

impl LoadBalancer {
    /// Returns `net/NAME/ID`.
    pub(super) fn label(arn: &str) -> &str {
        arn.split_once("loadbalancer/").map_or(arn, |(_, label)| label)
    }

    /// Returns the state's code.
    pub(super) fn state(&self, now: Millis) -> &'static str {
        match self.failed {
            true => "failed",
            false if now < self.active => "provisioning",
            false => "active",
        }
    }
}

/// Returns a load balancer of the account.
pub(super) fn find<'a>(region: &'a Region, account: &str, arn: &str) -> Result<&'a LoadBalancer, Failure> {
    region
        .load_balancers
        .get(arn)
        .filter(|balancer| balancer.owner == account)
        .ok_or_else(|| Failure::new("LoadBalancerNotFound", "One or more load balancers not found"))
}

/// Returns a load balancer of the account, to change it.
pub(super) fn find_mut<'a>(region: &'a mut Region, account: &str, arn: &str) -> Result<&'a mut LoadBalancer, Failure> {
    find(region, account, arn)?;
    region
        .load_balancers
        .get_mut(arn)
        .ok_or_else(|| Failure::new("LoadBalancerNotFound", "One or more load balancers not found"))
}

/// Reads `Subnets` or `SubnetMappings`.
pub(super) fn places(query: &Query) -> Result<Vec<Place>, Failure> {
    let mut places: Vec<Place> = query.list("Subnets").into_iter().map(|subnet| Place { subnet, pin: None }).collect();
    for mapping in query.records("SubnetMappings") {
        for unknown in ["AllocationId", "IPv6Address", "SourceNatIpv6Prefix"] {
            ensure(!mapping.has(unknown), "InvalidConfigurationRequest", || {
                format!("{unknown} is not supported for internal IPv4 load balancers")
            })?;
        }
        let pin = mapping.parsed("PrivateIPv4Address")?;
        places.push(Place { subnet: mapping.required("SubnetId")?.to_owned(), pin });
    }
    ensure(!places.is_empty(), "ValidationError", || "At least one subnet must be specified".to_owned())?;
    Ok(places)
}

/// Checks the subnets and returns their VPC: one VPC, each zone once.
pub(super) fn check_places(region: &Region, account: &str, now: Millis, places: &[Place]) -> Result<String, Failure> {
    let mut zones = Vec::new();
    let mut vpc = None;
    for place in places {
        let subnet = vpcs::subnet(region, account, now, &place.subnet)
            .map_err(|failure| Failure::new("SubnetNotFound", failure.message))?;
        ensure(!zones.contains(&&subnet.zone_id), "InvalidConfigurationRequest", || {
            "A load balancer cannot be attached to multiple subnets in the same Availability Zone".to_owned()
        })?;
        zones.push(&subnet.zone_id);
        let same = *vpc.get_or_insert(&subnet.vpc) == &subnet.vpc;
        ensure(same, "InvalidConfigurationRequest", || "The subnets are not in the same VPC".to_owned())?;
    }
    Ok(vpc.cloned().unwrap_or_default())
}

/// Chooses the addresses of load balancer nodes.
pub(super) fn addresses(region: &Region, places: &[Place]) -> Result<Vec<(String, Ipv4Addr)>, Failure> {
    let choose = |place: &Place| {
        let subnet = &region.subnets[&place.subnet];
        let address = interfaces::choose(region, &place.subnet, subnet, place.pin);
        let address = address.map_err(|failure| Failure::new("InvalidConfigurationRequest", failure.message))?;
        Ok((place.subnet.clone(), address))
    };
    places.iter().map(choose).collect()
}

/// Checks groups that a load balancer shall have.
pub(super) fn check_groups(
    region: &Region,
    account: &str,
    now: Millis,
    vpc: &str,
    groups: &[String],
) -> Result<(), Failure> {
    security_groups::check_for_interface(region, account, now, vpc, groups)
        .map_err(|failure| Failure::new("InvalidSecurityGroup", failure.message))
}

/// Names of load balancers and target groups
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html>).
pub(super) fn check_name(what: &str, name: &str) -> Result<(), Failure> {
    let allowed = name.chars().all(|char| char.is_ascii_alphanumeric() || char == '-');
    let formed = allowed && !name.starts_with('-') && !name.ends_with('-') && !name.starts_with("internal-");
    ensure(formed, "ValidationError", || {
        format!("The {what} name '{name}' can only contain characters that are alphanumeric characters and hyphens(-)")
    })?;
    ensure(name.len() <= 32, "ValidationError", || {
        format!("The {what} name '{name}' cannot be longer than '32' characters")
    })
}

fn create(call: &mut Call<'_>) -> Answer {
    let query = call.query.clone();
    let name = query.required("Name")?.to_owned();
    check_name("load balancer", &name)?;
    let kind = query.text("Type").unwrap_or("application");
    ensure(kind == "network", "ValidationError", || format!("The load balancer type '{kind}' is not simulated"))?;
    let scheme = query.text("Scheme").unwrap_or("internet-facing");
    ensure(scheme == "internal", "InvalidScheme", || format!("The scheme '{scheme}' is not simulated"))?;
    let address_type = query.text("IpAddressType").unwrap_or("ipv4");
    ensure(address_type == "ipv4", "InvalidConfigurationRequest", || {
        "You must specify subnets with an associated IPv6 CIDR block.".to_owned()
    })?;
    let tags = elb_tags::read(&query)?;
    let (account, now) = (call.account.clone(), call.now);
    let places = places(&query)?;
    let most = call.world.quotas.load_balancers_per_region;
    let mut groups = query.list("SecurityGroups");
    groups.sort();
    groups.dedup();
    let region = call.here();
    let vpc = check_places(region, &account, now, &places)?;
    check_groups(region, &account, now, &vpc, &groups)?;
    let own = region.load_balancers.iter().find(|(_, other)| other.owner == account && other.name == name);
    if let Some((arn, other)) = own {
        let same = other.subnets == places && other.groups == groups;
        ensure(same, "DuplicateLoadBalancerName", || {
            "A load balancer with the same name exists, but with different settings".to_owned()
        })?;
        let arn = arn.clone();
        return one(call, &arn);
    }
    let count = region.load_balancers.values().filter(|other| other.owner == account).count();
    ensure(count < most, "TooManyLoadBalancers", || {
        "The limit on the number of load balancers has been reached".to_owned()
    })?;
    let arn = place(call, &name, vpc, places, groups, tags)?;
    one(call, &arn)
}

fn place(
    call: &mut Call<'_>,
    name: &str,
    vpc: String,
    places: Vec<Place>,
    groups: Vec<String>,
    tags: Tags,
) -> Result<String, Failure> {
    let addresses = addresses(call.here(), &places)?;
    let label = format!("net/{name}/{}", call.world.new_digits(16));
    let arn = call.arn("elasticloadbalancing", &format!("loadbalancer/{label}"));
    for (subnet, address) in addresses {
        let holder = Holder::LoadBalancer { arn: arn.clone(), label: label.clone() };
        interfaces::place(call, holder, &subnet, address, &groups);
    }
    let balancer = LoadBalancer {
        owner: call.account.clone(),
        name: name.to_owned(),
        internal: true,
        vpc,
        subnets: places,
        groups,
        enforces_on_private_link: true,
        attributes: elb_attributes::of_load_balancer(),
        dualstack: false,
        created: call.now,
        active: call.now.plus_secs(PROVISIONING_SECONDS),
        failed: false,
        tags,
    };
    call.here().load_balancers.insert(arn.clone(), balancer);
    Ok(arn)
}

fn one(call: &mut Call<'_>, arn: &str) -> Answer {
    let (now, name) = (call.now, call.region.clone());
    let region = call.here();
    let item = balancer_xml(&name, region, arn, &region.load_balancers[arn], now);
    Ok(Xml::new().list("LoadBalancers", "member", [item]))
}

/// Writes the zones of a load balancer. Only addresses that were asked for are shown here; all are on the interfaces.
pub(super) fn zones_xml(region_name: &str, region: &Region, balancer: &LoadBalancer) -> Xml {
    let members = balancer.subnets.iter().map(|place| {
        let zone_id = region.subnets.get(&place.subnet).map(|subnet| subnet.zone_id.clone()).unwrap_or_default();
        let pins = place.pin.map(|pin| Xml::new().text("PrivateIPv4Address", pin));
        Xml::new()
            .text("ZoneName", zones::name_of(&balancer.owner, region_name, &zone_id))
            .text("SubnetId", &place.subnet)
            .list("LoadBalancerAddresses", "member", pins)
    });
    Xml::new().list("AvailabilityZones", "member", members)
}

fn balancer_xml(region_name: &str, region: &Region, arn: &str, balancer: &LoadBalancer, now: Millis) -> Xml {
    let digits = arn.rsplit('/').next().unwrap_or_default();
    let enforced = if balancer.enforces_on_private_link { "on" } else { "off" };
    let xml = Xml::new()
        .text("LoadBalancerArn", arn)
        .text("DNSName", format!("{}-{digits}.elb.{region_name}.amazonaws.com", balancer.name))
        .text("CanonicalHostedZoneId", hosted_zone(&format!("{region_name}.elb")))
        .text("CreatedTime", balancer.created.iso8601())
        .text("LoadBalancerName", &balancer.name)
        .text("Scheme", if balancer.internal { "internal" } else { "internet-facing" })
        .text("VpcId", &balancer.vpc)
        .nest("State", &Xml::new().text("Code", balancer.state(now)))
        .text("Type", "network")
        .join(&zones_xml(region_name, region, balancer))
        .text("IpAddressType", if balancer.dualstack { "dualstack" } else { "ipv4" });
    if balancer.groups.is_empty() {
        return xml;
    }
    xml.texts("SecurityGroups", "member", &balancer.groups)
        .text("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", enforced)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let (arns, names) = (query.list("LoadBalancerArns"), query.list("Names"));
    ensure(arns.len() <= 20 && names.len() <= 20, "ValidationError", || {
        "At most 20 load balancers can be described at once".to_owned()
    })?;
    for arn in &arns {
        find(region, &account, arn)?;
    }
    for name in &names {
        let found = region.load_balancers.values().any(|other| other.owner == account && other.name == *name);
        ensure(found, "LoadBalancerNotFound", || format!("Load balancers '[{name}]' not found"))?;
    }
    let own = region.load_balancers.iter().filter(|(arn, balancer)| {
        balancer.owner == account
            && (arns.is_empty() || arns.contains(arn))
            && (names.is_empty() || names.contains(&balancer.name))
    });
    let items = own.map(|(arn, balancer)| (arn.clone(), balancer_xml(&name, region, arn, balancer, now))).collect();
    let page = elb_page(&query, items)?;
    Ok(Xml::new().list("LoadBalancers", "member", page.items).maybe("NextMarker", page.next))
}
