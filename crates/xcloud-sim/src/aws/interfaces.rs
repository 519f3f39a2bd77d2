//! Network interfaces of load balancers and endpoints, and the addresses inside subnets.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::vpcs::Subnet;
use super::world::Region;
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// An interface that a load balancer or an endpoint holds in a subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Interface {
    pub(super) owner: String,
    pub(super) holder: Holder,
    pub(super) vpc: String,
    pub(super) subnet: String,
    pub(super) address: Ipv4Addr,
    pub(super) groups: Vec<String>,
    pub(super) visible: Millis,
    /// From when on an endpoint's connections go through it.
    #[serde(default)]
    pub(super) serves: Millis,
    /// When it goes, once its holder has gone.
    pub(super) gone: Option<Millis>,
}

/// Whose interface it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Holder {
    /// The load balancer with this ARN; the label is `net/NAME/ID`.
    LoadBalancer {
        /// Its ARN.
        arn: String,
        /// `net/NAME/ID`.
        label: String,
    },
    /// The endpoint with this id.
    Endpoint(String),
}

pub(super) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeNetworkInterfaces",
    &["Filter", "NetworkInterfaceId", "MaxResults", "NextToken", "IncludeManagedResources"],
    describe,
)];

/// Returns the addresses of a subnet that can be given: all but the first four and the last
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>).
fn usable(subnet: &Subnet) -> std::ops::Range<u32> {
    let (first, last) = (u32::from(subnet.cidr.network()), u32::from(subnet.cidr.broadcast()));
    first + 4..last
}

fn taken(region: &Region, subnet: &str, address: Ipv4Addr) -> bool {
    region.interfaces.values().any(|interface| interface.subnet == subnet && interface.address == address)
}

/// Returns how many addresses are left.
pub(super) fn free(region: &Region, id: &str, subnet: &Subnet) -> usize {
    usable(subnet).len() - region.interfaces.values().filter(|interface| interface.subnet == id).count()
}

/// Chooses the pinned or the lowest free address of a subnet.
pub(super) fn choose(region: &Region, id: &str, subnet: &Subnet, pin: Option<Ipv4Addr>) -> Result<Ipv4Addr, Failure> {
    let Some(pin) = pin else {
        let taken: std::collections::BTreeSet<Ipv4Addr> = region
            .interfaces
            .values()
            .filter(|interface| interface.subnet == id)
            .map(|interface| interface.address)
            .collect();
        return usable(subnet).map(Ipv4Addr::from).find(|address| !taken.contains(address)).ok_or_else(|| {
            let text = format!("There are not enough free addresses in subnet '{id}' to satisfy the requested number.");
            Failure::new("InsufficientFreeAddressesInSubnet", text)
        });
    };
    ensure(subnet.cidr.contains(&pin), "InvalidParameterValue", || {
        format!("Address {pin} does not fall within the subnet's address range")
    })?;
    ensure(usable(subnet).contains(&u32::from(pin)), "InvalidParameterValue", || {
        format!("Address {pin} is in subnet's reserved address range")
    })?;
    ensure(!taken(region, id, pin), "InvalidIPAddress.InUse", || format!("Address {pin} is in use."))?;
    Ok(pin)
}

/// Puts an interface into a subnet and returns its id; the address was chosen before.
pub(super) fn place(call: &mut Call<'_>, holder: Holder, subnet: &str, address: Ipv4Addr, groups: &[String]) -> String {
    let (id, visible) = call.new_id("eni");
    let owner = call.account.clone();
    let vpc = call.here().subnets.get(subnet).map(|subnet| subnet.vpc.clone()).unwrap_or_default();
    let groups = groups.to_vec();
    let (subnet, serves) = (subnet.to_owned(), call.now);
    let interface = Interface { owner, holder, vpc, subnet, address, groups, visible, serves, gone: None };
    call.here().interfaces.insert(id.clone(), interface);
    id
}

/// Lets the holder's interfaces in these subnets (or all) go at a later time.
pub(super) fn release(region: &mut Region, holder: impl Fn(&Holder) -> bool, subnet: Option<&str>, at: Millis) {
    for interface in region.interfaces.values_mut() {
        let meant = subnet.is_none_or(|subnet| interface.subnet == subnet);
        if meant && interface.gone.is_none() && holder(&interface.holder) {
            interface.gone = Some(at);
        }
    }
}

/// Returns the holder's interfaces that have not been released.
pub(super) fn held_by<'a>(
    region: &'a Region,
    holder: impl Fn(&Holder) -> bool + 'a,
) -> impl Iterator<Item = (&'a String, &'a Interface)> {
    region.interfaces.iter().filter(move |(_, interface)| interface.gone.is_none() && holder(&interface.holder))
}

impl Interface {
    fn kind(&self) -> &'static str {
        match self.holder {
            Holder::LoadBalancer { .. } => "network_load_balancer",
            Holder::Endpoint(_) => "vpc_endpoint",
        }
    }

    /// What holds it, in AWS's words.
    pub(super) fn description(&self) -> String {
        match &self.holder {
            Holder::LoadBalancer { label, .. } => format!("ELB {label}"),
            Holder::Endpoint(id) => format!("VPC Endpoint Interface {id}"),
        }
    }

    fn requester(&self) -> String {
        match self.holder {
            Holder::LoadBalancer { .. } => "amazon-elb".to_owned(),
            Holder::Endpoint(_) => self.owner.clone(),
        }
    }

    fn values(&self, id: &str, name: &str, zone_id: &str, zone: &str) -> Vec<String> {
        match name {
            "addresses.private-ip-address" | "private-ip-address" => vec![self.address.to_string()],
            "availability-zone" => vec![zone.to_owned()],
            "availability-zone-id" => vec![zone_id.to_owned()],
            "description" => vec![self.description()],
            "group-id" => self.groups.clone(),
            "interface-type" => vec![self.kind().to_owned()],
            "network-interface-id" => vec![id.to_owned()],
            "owner-id" => vec![self.owner.clone()],
            "requester-id" => vec![self.requester()],
            "requester-managed" => vec!["true".to_owned()],
            "status" => vec!["in-use".to_owned()],
            "subnet-id" => vec![self.subnet.clone()],
            _ => vec![self.vpc.clone()],
        }
    }
}

const FILTERS: &[&str] = &[
    "addresses.private-ip-address",
    "private-ip-address",
    "availability-zone",
    "availability-zone-id",
    "description",
    "group-id",
    "interface-type",
    "network-interface-id",
    "owner-id",
    "requester-id",
    "requester-managed",
    "status",
    "subnet-id",
    "vpc-id",
    "tag",
    "tag-key",
];

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, FILTERS)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let ids = query.list("NetworkInterfaceId");
    ensure(ids.is_empty() || !query.has("MaxResults"), "InvalidParameterCombination", || {
        "The parameter NetworkInterfaceIds cannot be used with the parameter MaxResults".to_owned()
    })?;
    let region = call.here();
    for id in &ids {
        let found = region.interfaces.get(id).is_some_and(|found| found.owner == account && found.visible <= now);
        ensure(found, "InvalidNetworkInterfaceID.NotFound", || {
            format!("The networkInterface ID '{id}' does not exist")
        })?;
    }
    let mut found = Vec::new();
    for (id, interface) in &region.interfaces {
        let own = interface.owner == account && interface.visible <= now && (ids.is_empty() || ids.contains(id));
        if !own {
            continue;
        }
        let zone_id = region.subnets.get(&interface.subnet).map(|subnet| subnet.zone_id.clone()).unwrap_or_default();
        let zone = zones::name_of(&account, &name, &zone_id);
        if filters.admit(&Tags::new(), |filter| interface.values(id, filter, &zone_id, &zone)) {
            found.push((id.clone(), interface_xml(region, id, interface, &zone_id, &zone)));
        }
    }
    let page = ec2_page(&query, found)?;
    Ok(Xml::new().list("networkInterfaceSet", "item", page.items).maybe("nextToken", page.next))
}

fn interface_xml(region: &Region, id: &str, interface: &Interface, zone_id: &str, zone: &str) -> Xml {
    let groups = interface.groups.iter().map(|group| {
        let name = region.groups.get(group).map(|group| group.name.clone()).unwrap_or_default();
        Xml::new().text("groupId", group).text("groupName", name)
    });
    let digits: String = id.chars().rev().take(6).collect();
    let mac = format!("06:00:00:{}:{}:{}", &digits[..2], &digits[2..4], &digits[4..6]);
    let attachment = Xml::new()
        .text("attachmentId", id.replace("eni-", "ela-attach-"))
        .text("deleteOnTermination", false)
        .text("deviceIndex", 1)
        .text("instanceOwnerId", "amazon-aws")
        .text("status", "attached");
    let address = Xml::new().text("privateIpAddress", interface.address).text("primary", true);
    Xml::new()
        .text("networkInterfaceId", id)
        .nest("attachment", &attachment)
        .text("availabilityZone", zone)
        .text("availabilityZoneId", zone_id)
        .text("description", interface.description())
        .list("groupSet", "item", groups)
        .text("interfaceType", interface.kind())
        .list("ipv6AddressesSet", "item", [])
        .text("macAddress", mac)
        .text("ownerId", &interface.owner)
        .text("privateIpAddress", interface.address)
        .list("privateIpAddressesSet", "item", [address])
        .text("requesterId", interface.requester())
        .text("requesterManaged", true)
        .text("sourceDestCheck", matches!(interface.holder, Holder::Endpoint(_)))
        .text("status", "in-use")
        .text("subnetId", &interface.subnet)
        .list("tagSet", "item", [])
        .text("vpcId", &interface.vpc)
}
