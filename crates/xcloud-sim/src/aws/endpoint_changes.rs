//! Creating, changing and deleting interface endpoints.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use super::endpoint_services::EndpointService;
use super::endpoints::{DELETING_SECONDS, Endpoint, PENDING_SECONDS, Phase, endpoint_xml, find};
use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::interfaces::{self, Holder};
use super::operation::{Answer, Call, Operation};
use super::query::Query;
use super::security_groups;
use super::service_changes::unsuccessful;
use super::tags::at_creation;
use super::vpcs;
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateVpcEndpoint",
        &[
            "VpcEndpointType",
            "VpcId",
            "ServiceName",
            "PolicyDocument",
            "SubnetId",
            "SecurityGroupId",
            "IpAddressType",
            "DnsOptions",
            "ClientToken",
            "PrivateDnsEnabled",
            "TagSpecification",
            "SubnetConfiguration",
            "ServiceRegion",
            "ServiceNetworkArn",
            "ResourceConfigurationArn",
        ],
        create,
    ),
    Operation::write(
        "ModifyVpcEndpoint",
        &[
            "VpcEndpointId",
            "ResetPolicy",
            "PolicyDocument",
            "AddSubnetId",
            "RemoveSubnetId",
            "AddSecurityGroupId",
            "RemoveSecurityGroupId",
            "IpAddressType",
            "PrivateDnsEnabled",
            "SubnetConfiguration",
        ],
        modify,
    ),
    Operation::write("DeleteVpcEndpoints", &["VpcEndpointId"], delete),
];

/// Longest endpoint policy in characters (the same page).
const LONGEST_POLICY: usize = 20_480;

/// How long an endpoint that gets or loses subnets is `pending` again, and a new interface carries nothing (simulated;
/// nothing is published).
const MOVING_SECONDS: f64 = 20.0;

fn create(call: &mut Call<'_>) -> Answer {
    let id = call.once("endpoint", |region, id| region.endpoints.contains_key(id), place)?;
    created(call, &id)
}

fn created(call: &mut Call<'_>, id: &str) -> Answer {
    let token = call.query.text("ClientToken").map(str::to_owned);
    let (now, name) = (call.now, call.region.clone());
    let region = call.here();
    let endpoint = endpoint_xml(&name, region, id, &region.endpoints[id], now);
    Ok(Xml::new().nest("vpcEndpoint", &endpoint).maybe("clientToken", token))
}

/// Returns the type of an endpoint that leads to no endpoint service.
fn odd(kind: Option<&str>) -> Option<String> {
    kind.filter(|kind| ["Resource", "ServiceNetwork", "Tunnel"].contains(kind)).map(str::to_owned)
}

fn check_kind(call: &Call<'_>) -> Result<(), Failure> {
    let kind = call.query.text("VpcEndpointType").unwrap_or("Gateway");
    if odd(call.query.text("VpcEndpointType")).is_some() {
        return Ok(());
    }
    ensure(kind == "Interface", "InvalidParameter", || format!("Endpoint type ({kind}) does not match the service"))?;
    let address_type = call.query.text("IpAddressType").unwrap_or("ipv4");
    let record_type = call.query.text("DnsOptions.DnsRecordIpType").unwrap_or("ipv4");
    ensure(address_type == "ipv4" && record_type == "ipv4", "InvalidParameter", || {
        format!("The service does not support the IP address type {address_type} with DNS records {record_type}")
    })?;
    let region = call.query.text("ServiceRegion").unwrap_or(&call.region);
    ensure(region == call.region, "InvalidParameter", || format!("The service is not offered from Region {region}"))
}

fn place(call: &mut Call<'_>) -> Result<String, Failure> {
    let tags = at_creation(&call.query, "vpc-endpoint")?;
    check_kind(call)?;
    let vpc = call.query.required("VpcId")?.to_owned();
    if let Some(kind) = odd(call.query.text("VpcEndpointType")) {
        return Ok(place_odd(call, kind, vpc, tags));
    }
    let service_name = call.query.required("ServiceName")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let most = call.world.quotas.endpoints_per_vpc;
    let region = call.here();
    let default_group = vpcs::vpc(region, &account, now, &vpc)?.default_group.clone();
    let (service_id, service) = visible_service(region, &account, now, &service_name)?;
    let (service_id, service) = (service_id.clone(), service.clone());
    let pins = pins(&query)?;
    let mut subnets = query.list("SubnetId");
    subnets.extend(pins.keys().filter(|subnet| !subnets.contains(subnet)).cloned().collect::<Vec<_>>());
    check_subnets(region, &account, now, &vpc, &service, &subnets)?;
    let groups = match query.list("SecurityGroupId") {
        none if none.is_empty() => vec![default_group],
        some => some,
    };
    security_groups::check_for_interface(region, &account, now, &vpc, &groups)?;
    let private_dns = private_dns(region, now, &vpc, &service, query.boolean("PrivateDnsEnabled")?)?;
    let own = region.endpoints.values().filter(|endpoint| endpoint.vpc == vpc).count();
    ensure(own < most, "VpcEndpointLimitExceeded", || {
        "The maximum number of VPC endpoints has been reached.".to_owned()
    })?;
    let policy = policy(&query)?;
    if now < service.usable {
        return Err(Failure::with_status(503, "Unavailable", "The service is unavailable. Please try again shortly."));
    }
    let addresses = addresses(region, &subnets, &pins)?;
    let (id, visible) = call.new_id("vpce");
    for (subnet, address) in addresses {
        interfaces::place(call, Holder::Endpoint(id.clone()), &subnet, address, &groups);
    }
    let phase = if service.acceptance_required {
        Phase::PendingAcceptance
    } else {
        Phase::Accepted(now.plus_secs(PENDING_SECONDS))
    };
    let connection = call.world.new_id("vpce-con");
    let endpoint = Endpoint {
        owner: account,
        odd: None,
        vpc,
        service: service_id,
        service_name,
        subnets,
        groups,
        private_dns,
        policy,
        private_name: service.verified_name(now).map(str::to_owned),
        connection,
        created: now,
        visible,
        phase,
        moving: Millis::default(),
        last_error: None,
        tags,
    };
    call.here().endpoints.insert(id.clone(), endpoint);
    Ok(id)
}

/// An endpoint of another type, as far as a neighbour sees it: no service, no interfaces.
fn place_odd(call: &mut Call<'_>, kind: String, vpc: String, tags: Tags) -> String {
    let (groups, subnets) = (call.query.list("SecurityGroupId"), call.query.list("SubnetId"));
    let connection = call.world.new_id("vpce-con");
    let (id, visible) = call.new_id("vpce");
    let endpoint = Endpoint {
        owner: call.account.clone(),
        odd: Some(kind),
        vpc,
        service: String::new(),
        service_name: String::new(),
        subnets,
        groups,
        private_dns: false,
        policy: None,
        private_name: None,
        connection,
        created: call.now,
        visible,
        phase: Phase::Accepted(call.now),
        moving: Millis::default(),
        last_error: None,
        tags,
    };
    call.here().endpoints.insert(id.clone(), endpoint);
    id
}

fn visible_service<'a>(
    region: &'a Region,
    account: &str,
    now: Millis,
    name: &str,
) -> Result<(&'a String, &'a EndpointService), Failure> {
    let open = |service: &EndpointService| {
        service.name == name && service.visible <= now && service.gone.is_none() && service.permits(account, now)
    };
    region
        .services
        .iter()
        .find(|(_, service)| open(service))
        .ok_or_else(|| Failure::new("InvalidServiceName", format!("The Vpc Endpoint Service '{name}' does not exist")))
}

fn pins(query: &Query) -> Result<BTreeMap<String, Ipv4Addr>, Failure> {
    let mut pins = BTreeMap::new();
    for record in query.records("SubnetConfiguration") {
        ensure(!record.has("Ipv6"), "InvalidParameter", || "The endpoint has no IPv6 addresses".to_owned())?;
        let subnet = record.required("SubnetId")?.to_owned();
        record.required("Ipv4")?;
        if let Some(address) = record.parsed("Ipv4")? {
            pins.insert(subnet, address);
        }
    }
    Ok(pins)
}

fn policy(query: &Query) -> Result<Option<String>, Failure> {
    let Some(policy) = query.text("PolicyDocument") else { return Ok(None) };
    let readable = serde_json::from_str::<serde_json::Value>(policy).is_ok_and(|value| value.is_object());
    ensure(readable && policy.chars().count() <= LONGEST_POLICY, "InvalidPolicyDocument", || {
        "The policy is not a JSON document of at most 20480 characters".to_owned()
    })?;
    Ok(Some(policy.to_owned()))
}

/// The subnets of an endpoint: of its VPC, one for each zone, only in zones (by id) of the service.
fn check_subnets(
    region: &Region,
    account: &str,
    now: Millis,
    vpc: &str,
    service: &EndpointService,
    ids: &[String],
) -> Result<(), Failure> {
    let offered = service.zone_ids(region);
    let mut zones = BTreeSet::new();
    for id in ids {
        let subnet = vpcs::subnet(region, account, now, id)?;
        ensure(subnet.vpc == vpc, "InvalidParameter", || format!("The subnet '{id}' is not in VPC '{vpc}'"))?;
        ensure(zones.insert(&subnet.zone_id), "DuplicateSubnetsInSameZone", || {
            format!("Found another VPC endpoint subnet in the availability zone of {id}.")
        })?;
        ensure(offered.contains(&subnet.zone_id), "InvalidParameter", || {
            let name = &service.name;
            format!("The VPC endpoint service {name} does not support the availability zone of the subnet: {id}.")
        })?;
    }
    Ok(())
}

/// Private DNS: on if asked for, or by itself where the service has a verified name; it needs both DNS attributes of
/// the VPC (<https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html>).
fn private_dns(
    region: &Region,
    now: Millis,
    vpc: &str,
    service: &EndpointService,
    wanted: Option<bool>,
) -> Result<bool, Failure> {
    let name = service.verified_name(now);
    let on = wanted.unwrap_or(name.is_some());
    if !on {
        return Ok(false);
    }
    let Some(name) = name else {
        let text = format!("Private DNS can't be enabled because the service {} has no verified name.", service.name);
        return Err(Failure::new("InvalidParameter", text));
    };
    let ready = region.vpcs.get(vpc).is_some_and(|vpc| vpc.dns_support && vpc.dns_hostnames);
    ensure(ready, "InvalidParameter", || {
        "Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true"
            .to_owned()
    })?;
    let taken = region.endpoints.values().any(|other| {
        other.vpc == vpc && other.private_dns && other.connected(now) && other.private_name.as_deref() == Some(name)
    });
    ensure(!taken, "InvalidParameter", || {
        format!(
            "private-dns-enabled cannot be set because there is already a conflicting DNS domain for {name} in the VPC"
        )
    })?;
    Ok(true)
}

fn addresses(
    region: &Region,
    subnets: &[String],
    pins: &BTreeMap<String, Ipv4Addr>,
) -> Result<Vec<(String, Ipv4Addr)>, Failure> {
    let choose = |id: &String| {
        let subnet = &region.subnets[id];
        Ok((id.clone(), interfaces::choose(region, id, subnet, pins.get(id).copied())?))
    };
    subnets.iter().map(choose).collect()
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("VpcEndpointId")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let deleting = DELETING_SECONDS * call.world.slowness();
    let region = call.here();
    let mut endpoint = find(region, &account, now, &id)?.clone();
    ensure(matches!(endpoint.state(now), "pendingAcceptance" | "pending" | "available"), "InvalidState", || {
        format!("The Vpc Endpoint '{id}' is in state {}", endpoint.state(now))
    })?;
    let kind = query.text("IpAddressType").unwrap_or("ipv4");
    ensure(kind == "ipv4", "InvalidParameter", || format!("The service does not support the IP address type {kind}"))?;
    if query.boolean("ResetPolicy")? == Some(true) {
        endpoint.policy = None;
    }
    endpoint.policy = policy(&query)?.or(endpoint.policy);
    change_groups(region, now, &query, &mut endpoint)?;
    change_private_dns(region, now, &query, &mut endpoint)?;
    let added = change_subnets(region, now, &query, &mut endpoint)?;
    let holder = Holder::Endpoint(id.clone());
    for subnet in query.list("RemoveSubnetId") {
        interfaces::release(region, |held| *held == holder, Some(&subnet), now.plus_secs(deleting));
    }
    for interface in region.interfaces.values_mut().filter(|interface| interface.holder == holder) {
        if interface.gone.is_none() {
            interface.groups.clone_from(&endpoint.groups);
        }
    }
    let groups = endpoint.groups.clone();
    region.endpoints.insert(id, endpoint);
    for (subnet, address) in added {
        let interface = interfaces::place(call, holder.clone(), &subnet, address, &groups);
        if let Some(interface) = call.here().interfaces.get_mut(&interface) {
            interface.serves = now.plus_secs(MOVING_SECONDS);
        }
    }
    Ok(Xml::new().text("return", true))
}

fn change_groups(region: &Region, now: Millis, query: &Query, endpoint: &mut Endpoint) -> Result<(), Failure> {
    let (added, removed) = (query.list("AddSecurityGroupId"), query.list("RemoveSecurityGroupId"));
    if added.is_empty() && removed.is_empty() {
        return Ok(());
    }
    for group in &removed {
        ensure(endpoint.groups.contains(group), "InvalidParameter", || {
            format!("The security group '{group}' is not associated with the endpoint")
        })?;
    }
    let new: Vec<String> = added.into_iter().filter(|group| !endpoint.groups.contains(group)).collect();
    endpoint.groups.extend(new);
    endpoint.groups.retain(|group| !removed.contains(group));
    ensure(!endpoint.groups.is_empty(), "InvalidParameter", || {
        "The endpoint must have at least one security group".to_owned()
    })?;
    security_groups::check_for_interface(region, &endpoint.owner, now, &endpoint.vpc, &endpoint.groups)
}

fn change_private_dns(region: &Region, now: Millis, query: &Query, endpoint: &mut Endpoint) -> Result<(), Failure> {
    match query.boolean("PrivateDnsEnabled")? {
        Some(true) if !endpoint.private_dns => {
            ensure(endpoint.state(now) == "available", "InvalidParameter", || {
                "Private DNS can only be enabled after the endpoint connection is accepted by the owner".to_owned()
            })?;
            let gone = || Failure::new("InvalidParameter", "The endpoint's service does not exist any more");
            let service = region.services.get(&endpoint.service).ok_or_else(gone)?;
            endpoint.private_dns = private_dns(region, now, &endpoint.vpc, service, Some(true))?;
            endpoint.private_name = service.verified_name(now).map(str::to_owned);
        }
        Some(wanted) => endpoint.private_dns = wanted,
        None => {}
    }
    Ok(())
}

fn change_subnets(
    region: &Region,
    now: Millis,
    query: &Query,
    endpoint: &mut Endpoint,
) -> Result<Vec<(String, Ipv4Addr)>, Failure> {
    let pins = pins(query)?;
    let mut added = query.list("AddSubnetId");
    added.extend(pins.keys().filter(|subnet| !added.contains(subnet)).cloned().collect::<Vec<_>>());
    let removed = query.list("RemoveSubnetId");
    for subnet in &removed {
        ensure(endpoint.subnets.contains(subnet), "InvalidParameter", || {
            format!("The subnet '{subnet}' is not associated with the endpoint")
        })?;
    }
    for subnet in pins.keys() {
        ensure(!endpoint.subnets.contains(subnet), "InvalidParameter", || {
            format!("The address of the endpoint in subnet '{subnet}' cannot be changed")
        })?;
    }
    added.retain(|subnet| !endpoint.subnets.contains(subnet));
    if added.is_empty() && removed.is_empty() {
        return Ok(Vec::new());
    }
    endpoint.subnets.extend(added.iter().cloned());
    endpoint.subnets.retain(|subnet| !removed.contains(subnet));
    let gone = || Failure::new("InvalidParameter", "The endpoint's service does not exist any more");
    let service = region.services.get(&endpoint.service).ok_or_else(gone)?;
    check_subnets(region, &endpoint.owner, now, &endpoint.vpc, service, &endpoint.subnets)?;
    // hashicorp/terraform-provider-aws#42884, #48364.
    ensure(endpoint.moving <= now, "OperationInProgress", || "VpcEndpoint modify operation in progress".to_owned())?;
    endpoint.moving = now.plus_secs(MOVING_SECONDS);
    addresses(region, &added, &pins)
}

/// Deletes endpoints; what cannot be is listed in the answer, which has HTTP 200 all the same.
fn delete(call: &mut Call<'_>) -> Answer {
    let ids = call.query.required_list("VpcEndpointId")?;
    let (account, now) = (call.account.clone(), call.now);
    let deleting = DELETING_SECONDS * call.world.slowness();
    let region = call.here();
    let mut failed = Vec::new();
    for id in ids {
        let state = find(region, &account, now, &id).map(|endpoint| endpoint.state(now));
        match state {
            Ok("deleting") => {}
            Err(_) | Ok("deleted") => {
                let text = format!("The Vpc Endpoint Id '{id}' does not exist");
                failed.push(unsuccessful(&id, "InvalidVpcEndpoint.NotFound", &text));
            }
            Ok(_) => {
                let gone = now.plus_secs(deleting);
                if let Some(endpoint) = region.endpoints.get_mut(&id) {
                    endpoint.phase = Phase::Deleting(gone);
                }
                let holder = Holder::Endpoint(id);
                interfaces::release(region, |held| *held == holder, None, gone);
            }
        }
    }
    Ok(Xml::new().list("unsuccessful", "item", failed))
}
