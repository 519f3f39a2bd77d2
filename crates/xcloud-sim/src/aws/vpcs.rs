//! VPCs and subnets.

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};

use super::amazon_services;
use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::interfaces;
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::partition::partition;
use super::security_groups;
use super::tags::{at_creation, tag_set};
use super::world::Region;
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// A VPC.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Vpc {
    pub(super) owner: String,
    pub(super) cidr: Ipv4Net,
    pub(super) dns_support: bool,
    pub(super) dns_hostnames: bool,
    pub(super) default_group: String,
    pub(super) visible: Millis,
    pub(super) tags: Tags,
}

/// A subnet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Subnet {
    pub(super) owner: String,
    pub(super) vpc: String,
    pub(super) cidr: Ipv4Net,
    pub(super) zone_id: String,
    pub(super) visible: Millis,
    pub(super) tags: Tags,
}

const LIST: &[&str] = &["Filter", "VpcId", "SubnetId", "MaxResults", "NextToken"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateVpc", &["CidrBlock", "TagSpecification", "InstanceTenancy"], create_vpc),
    Operation::read("DescribeVpcs", LIST, describe_vpcs),
    Operation::write("DeleteVpc", &["VpcId"], delete_vpc),
    Operation::read("DescribeVpcAttribute", &["VpcId", "Attribute"], describe_attribute),
    Operation::write("ModifyVpcAttribute", &["VpcId", "EnableDnsSupport", "EnableDnsHostnames"], modify_attribute),
    Operation::write(
        "CreateSubnet",
        &["VpcId", "CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "TagSpecification"],
        create_subnet,
    ),
    Operation::read("DescribeSubnets", LIST, describe_subnets),
    Operation::write("DeleteSubnet", &["SubnetId"], delete_subnet),
];

/// Returns a VPC of the account.
pub(super) fn vpc<'a>(region: &'a Region, account: &str, now: Millis, id: &str) -> Result<&'a Vpc, Failure> {
    region
        .vpcs
        .get(id)
        .filter(|vpc| vpc.owner == account && vpc.visible <= now)
        .ok_or_else(|| Failure::new("InvalidVpcID.NotFound", format!("The vpc ID '{id}' does not exist")))
}

/// Returns a subnet of the account.
pub(super) fn subnet<'a>(region: &'a Region, account: &str, now: Millis, id: &str) -> Result<&'a Subnet, Failure> {
    region
        .subnets
        .get(id)
        .filter(|subnet| subnet.owner == account && subnet.visible <= now)
        .ok_or_else(|| Failure::new("InvalidSubnetID.NotFound", format!("The subnet ID '{id}' does not exist")))
}

/// Puts a VPC with its default security group into the call's region.
pub(super) fn place_vpc(call: &mut Call<'_>, id: Option<String>, cidr: Ipv4Net, tags: Tags) -> String {
    let id = id.unwrap_or_else(|| call.world.new_id("vpc"));
    let visible = call.world.visible_from(call.now, &id);
    amazon_services::place(call);
    let default_group = security_groups::place_default(call, &id, visible);
    let vpc = Vpc {
        owner: call.account.clone(),
        cidr,
        dns_support: true,
        dns_hostnames: false,
        default_group,
        visible,
        tags,
    };
    call.here().vpcs.insert(id.clone(), vpc);
    id
}

/// Puts a subnet into a VPC.
pub(super) fn place_subnet(
    call: &mut Call<'_>,
    id: Option<String>,
    vpc_id: &str,
    cidr: Ipv4Net,
    zone_id: String,
    tags: Tags,
) -> Result<String, Failure> {
    let (account, now) = (call.account.clone(), call.now);
    let around = vpc(call.here(), &account, now, vpc_id)?.cidr;
    // <https://docs.aws.amazon.com/vpc/latest/userguide/subnet-sizing.html>
    ensure((16..=28).contains(&cidr.prefix_len()) && around.contains(&cidr), "InvalidSubnet.Range", || {
        format!("The CIDR '{cidr}' is invalid.")
    })?;
    let overlaps = |other: &Subnet| other.vpc == vpc_id && (other.cidr.contains(&cidr) || cidr.contains(&other.cidr));
    ensure(!call.here().subnets.values().any(overlaps), "InvalidSubnet.Conflict", || {
        format!("The CIDR '{cidr}' conflicts with another subnet")
    })?;
    let id = id.unwrap_or_else(|| call.world.new_id("subnet"));
    let visible = call.world.visible_from(now, &id);
    let subnet = Subnet { owner: account, vpc: vpc_id.to_owned(), cidr, zone_id, visible, tags };
    call.here().subnets.insert(id.clone(), subnet);
    Ok(id)
}

fn create_vpc(call: &mut Call<'_>) -> Answer {
    let tags = at_creation(&call.query, "vpc")?;
    let cidr: Ipv4Net = call.query.parsed("CidrBlock")?.ok_or_else(|| {
        Failure::new("MissingParameter", "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.")
    })?;
    ensure((16..=28).contains(&cidr.prefix_len()), "InvalidVpc.Range", || format!("The CIDR '{cidr}' is invalid."))?;
    let id = place_vpc(call, None, cidr.trunc(), tags);
    Ok(Xml::new().nest("vpc", &vpc_xml(&id, &call.here().vpcs[&id])))
}

fn vpc_xml(id: &str, vpc: &Vpc) -> Xml {
    let association = Xml::new()
        .text("associationId", id.replace("vpc-", "vpc-cidr-assoc-"))
        .text("cidrBlock", vpc.cidr)
        .nest("cidrBlockState", &Xml::new().text("state", "associated"));
    Xml::new()
        .text("vpcId", id)
        .text("ownerId", &vpc.owner)
        .text("state", "available")
        .text("cidrBlock", vpc.cidr)
        .list("cidrBlockAssociationSet", "item", [association])
        .text("dhcpOptionsId", "default")
        .text("instanceTenancy", "default")
        .text("isDefault", false)
        .join(&tag_set(&vpc.tags))
}

fn describe_vpcs(call: &mut Call<'_>) -> Answer {
    let known =
        ["cidr", "cidr-block-association.cidr-block", "is-default", "owner-id", "state", "vpc-id", "tag", "tag-key"];
    let filters = Filters::read(&call.query, &known)?;
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let region = call.here();
    let ids = query.list("VpcId");
    for id in &ids {
        vpc(region, &account, now, id)?;
    }
    let own = region.vpcs.iter().filter(|(id, vpc)| {
        vpc.owner == account
            && vpc.visible <= now
            && (ids.is_empty() || ids.contains(id))
            && filters.admit(&vpc.tags, |name| {
                vec![match name {
                    "cidr" | "cidr-block-association.cidr-block" => vpc.cidr.to_string(),
                    "is-default" => "false".to_owned(),
                    "owner-id" => vpc.owner.clone(),
                    "state" => "available".to_owned(),
                    _ => (*id).clone(),
                }]
            })
    });
    let page = ec2_page(&query, own.map(|(id, vpc)| (id.clone(), vpc_xml(id, vpc))).collect())?;
    Ok(Xml::new().list("vpcSet", "item", page.items).maybe("nextToken", page.next))
}

fn delete_vpc(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("VpcId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    let default = vpc(region, &account, now, &id)?.default_group.clone();
    let used = region.subnets.values().any(|subnet| subnet.vpc == id)
        || region.groups.iter().any(|(group, held)| held.vpc == id && *group != default)
        || region.endpoints.values().any(|endpoint| endpoint.vpc == id);
    ensure(!used, "DependencyViolation", || format!("The vpc '{id}' has dependencies and cannot be deleted."))?;
    region.groups.remove(&default);
    region.vpcs.remove(&id);
    Ok(Xml::new().text("return", true))
}

fn describe_attribute(call: &mut Call<'_>) -> Answer {
    let (id, name) = (call.query.required("VpcId")?.to_owned(), call.query.required("Attribute")?.to_owned());
    let (account, now) = (call.account.clone(), call.now);
    let vpc = vpc(call.here(), &account, now, &id)?;
    let value = match name.as_str() {
        "enableDnsSupport" => vpc.dns_support,
        "enableDnsHostnames" => vpc.dns_hostnames,
        "enableNetworkAddressUsageMetrics" => false,
        other => {
            return Err(Failure::new(
                "InvalidParameterValue",
                format!("Value ({other}) for parameter attribute is invalid."),
            ));
        }
    };
    Ok(Xml::new().text("vpcId", id).nest(&name, &Xml::new().text("value", value)))
}

fn modify_attribute(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("VpcId")?.to_owned();
    let support = call.query.boolean("EnableDnsSupport.Value")?;
    let hostnames = call.query.boolean("EnableDnsHostnames.Value")?;
    let (account, now) = (call.account.clone(), call.now);
    vpc(call.here(), &account, now, &id)?;
    if let Some(vpc) = call.here().vpcs.get_mut(&id) {
        vpc.dns_support = support.unwrap_or(vpc.dns_support);
        vpc.dns_hostnames = hostnames.unwrap_or(vpc.dns_hostnames);
    }
    Ok(Xml::new().text("return", true))
}

fn create_subnet(call: &mut Call<'_>) -> Answer {
    let tags = at_creation(&call.query, "subnet")?;
    let vpc_id = call.query.required("VpcId")?.to_owned();
    call.query.required("CidrBlock")?;
    let cidr: Ipv4Net = call.query.parsed("CidrBlock")?.unwrap_or_default();
    let zone_id = match (call.query.text("AvailabilityZoneId"), call.query.text("AvailabilityZone")) {
        (Some(id), _) => id.to_owned(),
        (None, Some(name)) => zones::id_of(&call.account, &call.region, name).ok_or_else(|| {
            Failure::new("InvalidParameterValue", format!("Value ({name}) for parameter availabilityZone is invalid."))
        })?,
        (None, None) => zones::ids(&call.region).swap_remove(0),
    };
    zones::check(&call.region, &zone_id)?;
    let id = place_subnet(call, None, &vpc_id, cidr.trunc(), zone_id, tags)?;
    let region_name = call.region.clone();
    let region = call.here();
    Ok(Xml::new().nest("subnet", &subnet_xml(&region_name, region, &id, &region.subnets[&id])))
}

fn subnet_xml(region_name: &str, region: &Region, id: &str, subnet: &Subnet) -> Xml {
    Xml::new()
        .text("subnetId", id)
        .text("subnetArn", format!("arn:{}:ec2:{region_name}:{}:subnet/{id}", partition(region_name), subnet.owner))
        .text("state", "available")
        .text("ownerId", &subnet.owner)
        .text("vpcId", &subnet.vpc)
        .text("cidrBlock", subnet.cidr)
        .list("ipv6CidrBlockAssociationSet", "item", [])
        .text("availableIpAddressCount", interfaces::free(region, id, subnet))
        .text("availabilityZone", zones::name_of(&subnet.owner, region_name, &subnet.zone_id))
        .text("availabilityZoneId", &subnet.zone_id)
        .text("defaultForAz", false)
        .text("mapPublicIpOnLaunch", false)
        .text("assignIpv6AddressOnCreation", false)
        .join(&tag_set(&subnet.tags))
}

fn describe_subnets(call: &mut Call<'_>) -> Answer {
    let known = [
        "availability-zone",
        "availabilityZone",
        "availability-zone-id",
        "availabilityZoneId",
        "cidr",
        "cidr-block",
        "cidrBlock",
        "owner-id",
        "state",
        "subnet-id",
        "vpc-id",
        "tag",
        "tag-key",
    ];
    let filters = Filters::read(&call.query, &known)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let ids = query.list("SubnetId");
    for id in &ids {
        subnet(region, &account, now, id)?;
    }
    let own = region.subnets.iter().filter(|(id, subnet)| {
        subnet.owner == account
            && subnet.visible <= now
            && (ids.is_empty() || ids.contains(id))
            && filters.admit(&subnet.tags, |filter| {
                vec![match filter {
                    "availability-zone" | "availabilityZone" => zones::name_of(&account, &name, &subnet.zone_id),
                    "availability-zone-id" | "availabilityZoneId" => subnet.zone_id.clone(),
                    "cidr" | "cidr-block" | "cidrBlock" => subnet.cidr.to_string(),
                    "owner-id" => subnet.owner.clone(),
                    "state" => "available".to_owned(),
                    "vpc-id" => subnet.vpc.clone(),
                    _ => (*id).clone(),
                }]
            })
    });
    let page = ec2_page(&query, own.map(|(id, subnet)| (id.clone(), subnet_xml(&name, region, id, subnet))).collect())?;
    Ok(Xml::new().list("subnetSet", "item", page.items).maybe("nextToken", page.next))
}

fn delete_subnet(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("SubnetId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    subnet(region, &account, now, &id)?;
    let used = region.interfaces.values().any(|interface| interface.subnet == id);
    ensure(!used, "DependencyViolation", || format!("The subnet '{id}' has dependencies and cannot be deleted."))?;
    region.subnets.remove(&id);
    Ok(Xml::new().text("return", true))
}
