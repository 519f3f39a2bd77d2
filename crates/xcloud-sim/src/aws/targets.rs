//! Targets: registration, draining and health.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::query::Query;
use super::target_groups::{TargetGroup, find, find_mut, load_balancer_of};
use super::world::{Region, digest};
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
    /// Whether health checks reach it, by the load balancer's node, since it was looked at first.
    #[serde(default)]
    pub(super) ways: BTreeMap<Ipv4Addr, Way>,
    /// Until when new connections still arrive, once it is deregistered.
    #[serde(default)]
    pub(super) taken_until: Option<Millis>,
    /// When it has drained, once it is deregistered.
    pub(super) drained: Option<Millis>,
}

/// Whether the way from a node of a load balancer to a target is open.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Way {
    open: bool,
    /// Whether it was never another.
    first: bool,
    /// Since when.
    since: Millis,
    /// Whether the target was healthy at that time.
    healthy: bool,
}

/// How long a load balancer takes until it checks a target that was registered, at least and at most: "3 to 5 minutes"
/// (AWS Support, quoted in kubernetes-sigs/aws-load-balancer-controller#1834; #1786 has four to five).
const REGISTERING_SECONDS: (u32, u32) = (180, 300);

/// How long a target gets new connections after it was deregistered, at least and at most (aws/containers-roadmap#470,
/// kubernetes-sigs/aws-load-balancer-controller#2366: two to five minutes).
const LEAVING_SECONDS: (u32, u32) = (120, 300);

/// Returns a number of seconds in a range: another one for each text, and always the same.
fn spread(text: &str, (least, most): (u32, u32)) -> f64 {
    let sum = digest(text).bytes().take(6).fold(0_u32, |sum, byte| sum * 13 + u32::from(byte));
    f64::from(least + sum % (most - least + 1))
}

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
    if inside {
        // kubernetes-sigs/aws-load-balancer-controller#561.
        ensure(sent != Some("all"), "ValidationError", || {
            format!("You cannot specify 'all' as the Availability Zone for '{address}', which is in the VPC")
        })?;
    } else {
        let [first, second, ..] = address.octets();
        let private = address.is_private() || (first == 100 && (64..128).contains(&second));
        ensure(private, "InvalidTarget", || {
            format!("The IP address '{address}' is not valid: it is neither in the VPC nor private")
        })?;
        // kubernetes-sigs/aws-load-balancer-controller#3714.
        ensure(sent == Some("all"), "ValidationError", || {
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
            ways: BTreeMap::new(),
            taken_until: None,
            drained: None,
        });
        if target.drained.take().is_some() {
            (target.registered, target.taken_until) = (now, None);
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
    let healthy = healthy(region, &arn, now);
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
        } else if let Some(target) = group.targets.get_mut(&key).filter(|target| target.drained.is_none()) {
            let taken_until = now.plus_secs(spread(&format!("{arn} {key}"), LEAVING_SECONDS));
            // One that was ill got none before either.
            target.taken_until = healthy.contains(&key).then_some(taken_until);
            target.drained = Some(now.plus_secs(delay.unwrap_or(300.0)).max(taken_until));
        }
    }
    Ok(Xml::new())
}

fn healthy(region: &Region, arn: &str, now: Millis) -> BTreeSet<String> {
    let targets = region.target_groups.get(arn).into_iter().flat_map(|group| &group.targets);
    let healthy = targets.filter(|(_, target)| state(region, arn, target, now).0 == "healthy");
    healthy.map(|(key, _)| key.clone()).collect()
}

/// State, reason and description.
type State = (&'static str, Option<(&'static str, &'static str)>);

/// The state of a target: what the node says that sees it worst. AWS tells nothing of single nodes.
pub(super) fn state(region: &Region, arn: &str, target: &Target, now: Millis) -> State {
    let seen = target.ways.keys().map(|node| state_at(region, arn, target, Some(*node), now));
    let badness = |state: &State| ["healthy", "initial", "unhealthy"].iter().position(|one| *one == state.0);
    seen.max_by_key(badness).unwrap_or_else(|| state_at(region, arn, target, None, now))
}

/// The state of a target as a node of its load balancer sees it.
pub(super) fn state_at(region: &Region, arn: &str, target: &Target, node: Option<Ipv4Addr>, now: Millis) -> State {
    if target.drained.is_some() {
        return ("draining", Some(("Target.DeregistrationInProgress", "Target deregistration is in progress")));
    }
    let Some(since) = region.target_groups.get(arn).and_then(|group| group.used_since) else {
        let text = "Target group is not configured to receive traffic from the load balancer";
        return ("unused", Some(("Target.NotInUse", text)));
    };
    let vpc = region.target_groups.get(arn).map_or("", |group| group.settings.vpc.as_str());
    let ready = ready(region, arn, target, since);
    if now < ready {
        return ("initial", Some(("Elb.RegistrationInProgress", "Target registration is in progress")));
    }
    let failed = ("unhealthy", Some(("Target.FailedHealthChecks", "Health checks failed")));
    if region.dark.contains(&target.address.to_string()) || region.is_lost(vpc, target.address) {
        return failed;
    }
    let check = region.target_groups.get(arn).map(|group| group.health_check.spans()).unwrap_or_default();
    let unseen = Way { open: true, first: true, since: target.registered, healthy: false };
    let way = node.and_then(|node| target.ways.get(&node).copied()).unwrap_or(unseen);
    let begun = ready.max(way.since);
    match way {
        Way { open: true, healthy: true, .. } => ("healthy", None),
        Way { open: true, .. } if now >= begun.plus_secs(check.healthy) => ("healthy", None),
        Way { open: false, healthy: true, since, .. } if now < since.plus_secs(check.unhealthy) => ("healthy", None),
        Way { open: false, healthy: false, .. } if now >= begun.plus_secs(check.unhealthy) => failed,
        Way { open: true, first: false, since, .. } if since > ready => failed,
        Way { healthy: true, .. } => failed,
        Way { .. } => ("initial", Some(("Elb.InitialHealthChecking", "Initial health checks in progress"))),
    }
}

/// Returns when the load balancer begins to check a target.
fn ready(region: &Region, arn: &str, target: &Target, since: Millis) -> Millis {
    let active =
        load_balancer_of(region, arn).and_then(|arn| region.load_balancers.get(arn)).map(|balancer| balancer.active);
    let key = format!("{arn} {}:{}", target.address, target.port);
    let begun = target.registered.max(since).max(active.unwrap_or(since));
    begun.plus_secs(spread(&key, REGISTERING_SECONDS))
}

/// Tells whether new connections arrive at a target: a healthy one, and for a while one that has left.
pub(super) fn is_taken(state: &str, target: &Target, now: Millis) -> bool {
    state == "healthy" || target.taken_until.is_some_and(|until| now < until)
}

/// Notes from which nodes health checks reach a target from now on.
pub(super) fn see_ways(region: &mut Region, arn: &str, key: &str, open: &BTreeMap<Ipv4Addr, bool>, now: Millis) {
    let Some(target) = region.target_groups.get(arn).and_then(|group| group.targets.get(key)) else { return };
    let seen: BTreeMap<Ipv4Addr, Way> = open
        .iter()
        .map(|(node, open)| {
            let before = target.ways.get(node);
            let way = before.copied().filter(|way| way.open == *open).unwrap_or_else(|| {
                let healthy = before.is_some() && state_at(region, arn, target, Some(*node), now).0 == "healthy";
                // The first nodes come with the target, later ones with a subnet that the load balancer gets.
                let since = if target.ways.is_empty() { target.registered } else { now };
                Way { open: *open, first: before.is_none(), since, healthy }
            });
            (*node, way)
        })
        .collect();
    if let Some(target) = region.target_groups.get_mut(arn).and_then(|group| group.targets.get_mut(key)) {
        target.ways = seen;
    }
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
