//! Targets: registration, draining and health.

use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::query::Query;
use super::target_groups::{TargetGroup, find, find_mut, load_balancer_of};
use super::world::Region;
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// A registered target.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Target {
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    /// A zone's name, or `all`.
    pub(super) zone: String,
    pub(super) registered: Millis,
    /// When it has drained, once it is deregistered.
    pub(super) drained: Option<Millis>,
}

/// How long a target that answers is `initial` (simulated; the interval and threshold would give longer).
const CHECKING_SECONDS: f64 = 20.0;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("RegisterTargets", &["TargetGroupArn", "Targets"], register),
    Operation::write("DeregisterTargets", &["TargetGroupArn", "Targets"], deregister),
    Operation::read("DescribeTargetHealth", &["TargetGroupArn", "Targets"], health),
];

fn invalid(text: String) -> Failure {
    Failure::new("InvalidTarget", text)
}

fn key(record: &Query, group: &TargetGroup) -> Result<(Ipv4Addr, u16), Failure> {
    let id = record.required("Id")?;
    let bad = || invalid(format!("The following targets are not valid: '{id}'"));
    ensure(group.settings.target_type == "ip", "InvalidTarget", || {
        format!("The following targets are not in the target group VPC: '{id}'")
    })?;
    let address = id.parse::<Ipv4Addr>().map_err(|_| bad())?;
    let port = record.parsed::<u16>("Port")?.unwrap_or(group.settings.port);
    if port == 0 {
        return Err(bad());
    }
    Ok((address, port))
}

/// A target outside the VPC must be private and name the zone `all`
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_TargetDescription.html>).
fn zone_of(
    region_name: &str,
    region: &Region,
    group: &TargetGroup,
    address: Ipv4Addr,
    sent: Option<&str>,
) -> Result<String, Failure> {
    let vpc = group.settings.vpc.as_str();
    let inside = region.vpcs.get(vpc).is_some_and(|vpc| vpc.cidr.contains(&address));
    if !inside {
        let [first, second, ..] = address.octets();
        let private = address.is_private() || (first == 100 && (64..128).contains(&second));
        ensure(private, "InvalidTarget", || {
            format!("The IP address '{address}' is not valid: it is neither in the VPC nor private")
        })?;
        ensure(sent == Some("all"), "InvalidTarget", || {
            format!("The Availability Zone 'all' must be specified for '{address}', which is outside the VPC")
        })?;
        return Ok("all".to_owned());
    }
    let subnet = region.subnets.values().find(|subnet| subnet.vpc == vpc && subnet.cidr.contains(&address));
    let subnet = subnet.ok_or_else(|| invalid(format!("The IP address '{address}' is in no subnet of the VPC")))?;
    Ok(zones::name_of(&group.owner, region_name, &subnet.zone_id))
}

fn register(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let records = query.records("Targets");
    ensure(!records.is_empty(), "ValidationError", || "At least one target must be specified".to_owned())?;
    let region = call.here();
    let mut group = find(region, &account, &arn)?.clone();
    for record in records {
        let (address, port) = key(&record, &group)?;
        let zone = zone_of(&name, region, &group, address, record.text("AvailabilityZone"))?;
        let target = group.targets.entry(format!("{address}:{port}")).or_insert(Target {
            address,
            port,
            zone,
            registered: now,
            drained: None,
        });
        if target.drained.take().is_some() {
            target.registered = now;
        }
    }
    region.target_groups.insert(arn, group);
    Ok(Xml::new())
}

/// Lets targets drain; one that is not registered is no error.
fn deregister(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let region = call.here();
    let used = load_balancer_of(region, &arn).is_some();
    let group = find_mut(region, &account, &arn)?;
    let delay = group.attributes.get("deregistration_delay.timeout_seconds").and_then(|value| value.parse().ok());
    let mut keys = Vec::new();
    for record in query.records("Targets") {
        let (address, port) = key(&record, group)?;
        keys.push(format!("{address}:{port}"));
    }
    for key in keys {
        if !used {
            group.targets.remove(&key);
        } else if let Some(target) = group.targets.get_mut(&key) {
            target.drained = target.drained.or(Some(now.plus_secs(delay.unwrap_or(300.0))));
        }
    }
    Ok(Xml::new())
}

/// State, reason and description of a target.
pub(super) fn state(
    region: &Region,
    arn: &str,
    target: &Target,
    now: Millis,
) -> (&'static str, Option<(&'static str, &'static str)>) {
    if target.drained.is_some() {
        return ("draining", Some(("Target.DeregistrationInProgress", "Target deregistration is in progress")));
    }
    let listener = region.listeners.values().filter(|listener| listener.names(arn));
    let Some(since) = listener.map(|listener| listener.forwards_since).min() else {
        let text = "Target group is not configured to receive traffic from the load balancer";
        return ("unused", Some(("Target.NotInUse", text)));
    };
    let active =
        load_balancer_of(region, arn).and_then(|arn| region.load_balancers.get(arn)).map(|balancer| balancer.active);
    let checked = target.registered.max(since).max(active.unwrap_or(since)).plus_secs(CHECKING_SECONDS);
    if now < checked {
        return ("initial", Some(("Elb.RegistrationInProgress", "Target registration is in progress")));
    }
    let vpc = region.target_groups.get(arn).map_or("", |group| group.settings.vpc.as_str());
    if region.dark.contains(&target.address.to_string()) || region.is_lost(vpc, target.address) {
        return ("unhealthy", Some(("Target.FailedHealthChecks", "Health checks failed")));
    }
    ("healthy", None)
}

fn health(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let region = call.here();
    let group = find(region, &account, &arn)?;
    let mut wanted = Vec::new();
    for record in query.records("Targets") {
        let (address, port) = key(&record, group)?;
        ensure(group.targets.contains_key(&format!("{address}:{port}")), "InvalidTarget", || {
            format!("The target '{address}:{port}' is not registered")
        })?;
        wanted.push(format!("{address}:{port}"));
    }
    let chosen = group.targets.iter().filter(|(key, _)| wanted.is_empty() || wanted.contains(key));
    let members = chosen.map(|(_, target)| {
        let described =
            Xml::new().text("Id", target.address).text("Port", target.port).text("AvailabilityZone", &target.zone);
        let (state, why) = state(region, &arn, target, now);
        let health = Xml::new()
            .text("State", state)
            .maybe("Reason", why.map(|(reason, _)| reason))
            .maybe("Description", why.map(|(_, text)| text));
        Xml::new().nest("Target", &described).text("HealthCheckPort", target.port).nest("TargetHealth", &health)
    });
    Ok(Xml::new().list("TargetHealthDescriptions", "member", members))
}
