//! Attributes of load balancers, target groups and listeners: known keys with defaults.

use std::collections::BTreeMap;

use super::failure::{Failure, ensure};
use super::operation::{Call, Operation};
use super::xml::Xml;
use super::{listeners, load_balancers, target_groups};

/// Key to value.
pub(super) type Attributes = BTreeMap<String, String>;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::read("DescribeLoadBalancerAttributes", &["LoadBalancerArn"], |call| {
        let attributes = load_balancer(call)?;
        Ok(attributes_xml(attributes))
    }),
    Operation::write("ModifyLoadBalancerAttributes", &["LoadBalancerArn", "Attributes"], |call| {
        let changed = changes(call, load_balancer)?;
        *load_balancer(call)? = changed;
        Ok(attributes_xml(load_balancer(call)?))
    }),
    Operation::read("DescribeTargetGroupAttributes", &["TargetGroupArn"], |call| {
        let attributes = target_group(call)?;
        Ok(attributes_xml(attributes))
    }),
    Operation::write("ModifyTargetGroupAttributes", &["TargetGroupArn", "Attributes"], |call| {
        let changed = changes(call, target_group)?;
        *target_group(call)? = changed;
        Ok(attributes_xml(target_group(call)?))
    }),
    Operation::read("DescribeListenerAttributes", &["ListenerArn"], |call| {
        let attributes = listener(call)?;
        Ok(attributes_xml(attributes))
    }),
    Operation::write("ModifyListenerAttributes", &["ListenerArn", "Attributes"], |call| {
        let changed = changes(call, listener)?;
        *listener(call)? = changed;
        Ok(attributes_xml(listener(call)?))
    }),
];

fn from_pairs(pairs: &[(&str, &str)]) -> Attributes {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The attributes of a new network load balancer
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html>).
pub(super) fn of_load_balancer() -> Attributes {
    from_pairs(&[
        ("access_logs.s3.bucket", ""),
        ("access_logs.s3.enabled", "false"),
        ("access_logs.s3.prefix", ""),
        ("deletion_protection.enabled", "false"),
        ("dns_record.client_routing_policy", "any_availability_zone"),
        ("load_balancing.cross_zone.enabled", "false"),
        ("secondary_ips.auto_assigned.per_subnet", "0"),
        ("zonal_shift.config.enabled", "false"),
    ])
}

/// The attributes of a new target group of a network load balancer
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetGroupAttribute.html>): the client's
/// address is kept for UDP only, as the targets are IP addresses.
pub(super) fn of_target_group(protocol: &str) -> Attributes {
    let keeps_client = if protocol.contains("UDP") { "true" } else { "false" };
    from_pairs(&[
        ("deregistration_delay.connection_termination.enabled", "false"),
        ("deregistration_delay.timeout_seconds", "300"),
        ("load_balancing.cross_zone.enabled", "use_load_balancer_configuration"),
        ("preserve_client_ip.enabled", keeps_client),
        ("proxy_protocol_v2.enabled", "false"),
        ("stickiness.enabled", "false"),
        ("stickiness.type", "source_ip"),
        ("target_group_health.dns_failover.minimum_healthy_targets.count", "1"),
        ("target_group_health.dns_failover.minimum_healthy_targets.percentage", "off"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.count", "1"),
        ("target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage", "off"),
        ("target_health_state.unhealthy.connection_termination.enabled", "true"),
        ("target_health_state.unhealthy.draining_interval_seconds", "0"),
    ])
}

/// The attributes of a new TCP listener
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_ListenerAttribute.html>).
pub(super) fn of_listener(protocol: &str) -> Attributes {
    if protocol == "TCP" { from_pairs(&[("tcp.idle_timeout.seconds", "350")]) } else { Attributes::new() }
}

fn load_balancer<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Attributes, Failure> {
    let arn = call.query.required("LoadBalancerArn")?.to_owned();
    let account = call.account.clone();
    load_balancers::find_mut(call.here(), &account, &arn).map(|found| &mut found.attributes)
}

fn target_group<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Attributes, Failure> {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let account = call.account.clone();
    target_groups::find_mut(call.here(), &account, &arn).map(|found| &mut found.attributes)
}

fn listener<'a>(call: &'a mut Call<'_>) -> Result<&'a mut Attributes, Failure> {
    let arn = call.query.required("ListenerArn")?.to_owned();
    let account = call.account.clone();
    listeners::find_mut(call.here(), &account, &arn).map(|found| &mut found.attributes)
}

/// Returns the attributes as they are after the call, refusing keys that are unknown.
fn changes(
    call: &mut Call<'_>,
    live: for<'a> fn(&'a mut Call<'_>) -> Result<&'a mut Attributes, Failure>,
) -> Result<Attributes, Failure> {
    let mut attributes = live(call)?.clone();
    for record in call.query.records("Attributes") {
        let (key, value) = (record.required("Key")?, record.text("Value").unwrap_or_default());
        ensure(attributes.contains_key(key), "InvalidConfigurationRequest", || {
            format!("Load balancer attribute key '{key}' is not recognized")
        })?;
        ensure(allows(key, value), "InvalidConfigurationRequest", || {
            format!("The value '{value}' is not valid for the attribute key '{key}'")
        })?;
        attributes.insert(key.to_owned(), value.to_owned());
    }
    Ok(attributes)
}

/// The values that an attribute takes (the API's pages named above).
fn allows(key: &str, value: &str) -> bool {
    let within = |least: u32, most: u32| value.parse::<u32>().is_ok_and(|number| (least..=most).contains(&number));
    match key {
        "access_logs.s3.bucket" | "access_logs.s3.prefix" => true,
        "dns_record.client_routing_policy" => {
            ["any_availability_zone", "availability_zone_affinity", "partial_availability_zone_affinity"]
                .contains(&value)
        }
        "load_balancing.cross_zone.enabled" => ["true", "false", "use_load_balancer_configuration"].contains(&value),
        "stickiness.type" => value == "source_ip",
        "secondary_ips.auto_assigned.per_subnet" => within(0, 7),
        "deregistration_delay.timeout_seconds" => within(0, 3600),
        "tcp.idle_timeout.seconds" => within(60, 6000),
        "target_health_state.unhealthy.draining_interval_seconds" => within(0, 360_000),
        key if key.ends_with(".count") => value == "off" || within(1, 1000),
        key if key.ends_with(".percentage") => value == "off" || within(1, 100),
        _ => ["true", "false"].contains(&value),
    }
}

fn attributes_xml(attributes: &Attributes) -> Xml {
    let members = attributes.iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value));
    Xml::new().list("Attributes", "member", members)
}
