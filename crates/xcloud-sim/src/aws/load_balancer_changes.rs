//! Changing and deleting network load balancers.

use super::failure::{Failure, ensure};
use super::interfaces::{self, Holder};
use super::load_balancers::{LoadBalancer, addresses, check_groups, check_places, find, find_mut, places, zones_xml};
use super::operation::{Answer, Call, Operation};
use super::target_groups;
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "SetSecurityGroups",
        &["LoadBalancerArn", "SecurityGroups", "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"],
        set_groups,
    ),
    Operation::write("SetSubnets", &["LoadBalancerArn", "Subnets", "SubnetMappings", "IpAddressType"], set_subnets),
    Operation::write("SetIpAddressType", &["LoadBalancerArn", "IpAddressType"], set_address_type),
    Operation::write("DeleteLoadBalancer", &["LoadBalancerArn"], delete),
];

/// How long the interfaces of a deleted load balancer linger, with their groups and addresses (Terraform waits up to
/// five minutes for them; nothing is published).
const LINGERING_SECONDS: f64 = 60.0;

fn held(arn: &str) -> impl Fn(&Holder) -> bool {
    move |holder| matches!(holder, Holder::LoadBalancer { arn: held, .. } if held == arn)
}

fn set_groups(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("LoadBalancerArn")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let mut groups = query.list("SecurityGroups");
    groups.sort();
    groups.dedup();
    let region = call.here();
    let balancer = find(region, &account, &arn)?;
    // <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-security-groups.html>
    ensure(balancer.groups.is_empty() == groups.is_empty(), "InvalidConfigurationRequest", || {
        "Security groups can neither be added to a load balancer made without any, nor all be removed".to_owned()
    })?;
    check_groups(region, &account, now, &balancer.vpc, &groups)?;
    let enforced = match query.text("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic") {
        None => balancer.enforces_on_private_link,
        Some("on") => true,
        Some("off") => false,
        Some(other) => {
            return Err(query.invalid("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", other));
        }
    };
    if let Some(balancer) = region.load_balancers.get_mut(&arn) {
        balancer.groups.clone_from(&groups);
        balancer.enforces_on_private_link = enforced;
    }
    for interface in region.interfaces.values_mut().filter(|interface| held(&arn)(&interface.holder)) {
        interface.groups.clone_from(&groups);
    }
    let enforced = if enforced { "on" } else { "off" };
    Ok(Xml::new()
        .texts("SecurityGroupIds", "member", groups)
        .text("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", enforced))
}

/// AWS wants IPv6 ranges in the subnets for it; the simulated ones have none, and are not asked for them.
fn set_address_type(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("LoadBalancerArn")?.to_owned();
    let kind = call.query.required("IpAddressType")?.to_owned();
    ensure(["ipv4", "dualstack"].contains(&kind.as_str()), "ValidationError", || {
        format!("IP address type '{kind}' must be one of ipv4, dualstack")
    })?;
    let account = call.account.clone();
    find_mut(call.here(), &account, &arn)?.dualstack = kind == "dualstack";
    Ok(Xml::new().text("IpAddressType", kind))
}

/// Subnets can be added and, since February 2025, removed
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetSubnets.html>).
fn set_subnets(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("LoadBalancerArn")?.to_owned();
    let kind = call.query.text("IpAddressType").unwrap_or("ipv4").to_owned();
    ensure(kind == "ipv4", "InvalidConfigurationRequest", || {
        "You must specify subnets with an associated IPv6 CIDR block.".to_owned()
    })?;
    let (account, now, name) = (call.account.clone(), call.now, call.region.clone());
    let lingering = LINGERING_SECONDS * call.world.slowness();
    let mut wanted = places(&call.query)?;
    let region = call.here();
    let balancer = find(region, &account, &arn)?.clone();
    let vpc = check_places(region, &account, now, &wanted)?;
    ensure(vpc == balancer.vpc, "InvalidSubnet", || "The subnets are not in the load balancer's VPC".to_owned())?;
    for place in &mut wanted {
        let Some(live) = balancer.subnets.iter().find(|live| live.subnet == place.subnet) else { continue };
        ensure(place.pin.is_none() || place.pin == live.pin, "InvalidConfigurationRequest", || {
            format!("The address in subnet '{}' cannot be changed", place.subnet)
        })?;
        place.pin = live.pin;
    }
    let new: Vec<_> = wanted
        .iter()
        .filter(|place| !balancer.subnets.iter().any(|live| live.subnet == place.subnet))
        .cloned()
        .collect();
    let leaves = balancer.subnets.iter().any(|live| !wanted.iter().any(|place| place.subnet == live.subnet));
    // "Update the Availability Zones for your Network Load Balancer": a subnet cannot be removed while the load balancer has
    // active VPC endpoint associations. The code is the one that SetSubnets declares for it; the words are not recorded.
    ensure(!leaves || !has_endpoints(region, &arn, now), "InvalidConfigurationRequest", || {
        format!("Subnets cannot be removed from load balancer '{arn}' because it has active VPC endpoint associations")
    })?;
    let addresses = addresses(region, &new)?;
    for live in &balancer.subnets {
        if !wanted.iter().any(|place| place.subnet == live.subnet) {
            interfaces::release(region, held(&arn), Some(&live.subnet), now.plus_secs(lingering));
        }
    }
    for (subnet, address) in addresses {
        let holder = Holder::LoadBalancer { arn: arn.clone(), label: LoadBalancer::label(&arn).to_owned() };
        interfaces::place(call, holder, &subnet, address, &balancer.groups);
    }
    let region = call.here();
    if let Some(live) = region.load_balancers.get_mut(&arn) {
        live.subnets = wanted;
    }
    Ok(zones_xml(&name, region, &region.load_balancers[&arn]).text("IpAddressType", "ipv4"))
}

/// Tells whether an endpoint is connected to a service that has the load balancer.
fn has_endpoints(region: &Region, arn: &str, now: Millis) -> bool {
    let behind =
        |id: &str| region.services.get(id).is_some_and(|one| one.load_balancers.iter().any(|held| held == arn));
    region.endpoints.values().any(|endpoint| endpoint.connected(now) && behind(&endpoint.service))
}

/// Deletes a load balancer and its listeners; one that does not exist is deleted
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html>).
fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("LoadBalancerArn")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let lingering = LINGERING_SECONDS * call.world.slowness();
    let region = call.here();
    let Ok(balancer) = find(region, &account, &arn) else { return Ok(Xml::new()) };
    let protected = balancer.attributes.get("deletion_protection.enabled").is_some_and(|value| value == "true");
    ensure(!protected, "OperationNotPermitted", || {
        format!("Load balancer '{arn}' cannot be deleted because deletion protection is enabled")
    })?;
    let used = region.services.values().any(|service| service.load_balancers.contains(&arn));
    if used {
        let text =
            format!("Load balancer '{arn}' cannot be deleted because it is currently associated with another service");
        return Err(Failure::new("ResourceInUse", text));
    }
    interfaces::release(region, held(&arn), None, now.plus_secs(lingering));
    region.listeners.retain(|_, listener| listener.load_balancer != arn);
    region.load_balancers.remove(&arn);
    target_groups::see_uses(region, now);
    Ok(Xml::new())
}
