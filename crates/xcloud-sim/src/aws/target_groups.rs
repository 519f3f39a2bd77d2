//! Target groups of network load balancers. Their targets are in `targets`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::elb_attributes;
use super::elb_tags;
use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::load_balancers::check_name;
use super::operation::{Answer, Call, Operation};
use super::page::elb_page;
use super::query::Query;
use super::targets::Target;
use super::vpcs;
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

/// A target group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct TargetGroup {
    pub(super) owner: String,
    pub(super) settings: Settings,
    pub(super) health_check: HealthCheck,
    /// Since when a listener forwards to it: without one its targets are not checked.
    #[serde(default)]
    pub(super) used_since: Option<Millis>,
    /// `ADDRESS:PORT` to target.
    pub(super) targets: BTreeMap<String, Target>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

/// What cannot be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Settings {
    pub(super) name: String,
    pub(super) protocol: String,
    pub(super) port: u16,
    pub(super) vpc: String,
    pub(super) target_type: String,
    pub(super) address_type: String,
}

/// How targets are checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct HealthCheck {
    protocol: String,
    port: String,
    enabled: bool,
    interval: u32,
    timeout: u32,
    healthy: u32,
    unhealthy: u32,
    path: Option<String>,
    matcher: Option<String>,
}

const CHECK: [&str; 8] = [
    "HealthCheckProtocol",
    "HealthCheckPort",
    "HealthCheckEnabled",
    "HealthCheckPath",
    "HealthCheckIntervalSeconds",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "UnhealthyThresholdCount",
];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateTargetGroup",
        &[
            "Name",
            "Protocol",
            "Port",
            "VpcId",
            "TargetType",
            "Tags",
            "IpAddressType",
            "Matcher",
            CHECK[0],
            CHECK[1],
            CHECK[2],
            CHECK[3],
            CHECK[4],
            CHECK[5],
            CHECK[6],
            CHECK[7],
        ],
        create,
    ),
    Operation::read(
        "DescribeTargetGroups",
        &["LoadBalancerArn", "TargetGroupArns", "Names", "Marker", "PageSize"],
        describe,
    ),
    Operation::write(
        "ModifyTargetGroup",
        &["TargetGroupArn", "Matcher", CHECK[0], CHECK[1], CHECK[2], CHECK[3], CHECK[4], CHECK[5], CHECK[6], CHECK[7]],
        modify,
    ),
    Operation::write("DeleteTargetGroup", &["TargetGroupArn"], delete),
];

fn not_found() -> Failure {
    Failure::new("TargetGroupNotFound", "One or more target groups not found")
}

/// Returns a target group of the account.
pub(super) fn find<'a>(region: &'a Region, account: &str, arn: &str) -> Result<&'a TargetGroup, Failure> {
    region.target_groups.get(arn).filter(|group| group.owner == account).ok_or_else(not_found)
}

/// Returns a target group of the account, to change it.
pub(super) fn find_mut<'a>(region: &'a mut Region, account: &str, arn: &str) -> Result<&'a mut TargetGroup, Failure> {
    region.target_groups.get_mut(arn).filter(|group| group.owner == account).ok_or_else(not_found)
}

/// Seconds until checks have changed the state of a target.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spans {
    pub(super) healthy: f64,
    pub(super) unhealthy: f64,
}

impl HealthCheck {
    pub(super) fn spans(&self) -> Spans {
        let [healthy, unhealthy] = [self.healthy, self.unhealthy].map(|checks| f64::from(checks * self.interval));
        Spans { healthy, unhealthy }
    }

    /// The health check of a new group
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html>).
    fn of(protocol: &str) -> Self {
        let http = protocol.starts_with("HTTP");
        Self {
            protocol: protocol.to_owned(),
            port: "traffic-port".to_owned(),
            enabled: true,
            interval: 30,
            timeout: if protocol == "HTTP" { 6 } else { 10 },
            healthy: 5,
            unhealthy: 2,
            path: http.then(|| "/".to_owned()),
            matcher: http.then(|| "200-399".to_owned()),
        }
    }

    fn change(&mut self, query: &Query) -> Result<(), Failure> {
        if let Some(protocol) = query.text("HealthCheckProtocol") {
            ensure(["TCP", "HTTP", "HTTPS"].contains(&protocol), "ValidationError", || {
                format!("Health check protocol '{protocol}' must be one of TCP, HTTP, HTTPS")
            })?;
            if protocol != self.protocol {
                *self = Self::of(protocol);
            }
        }
        if let Some(port) = query.text("HealthCheckPort") {
            let known = port == "traffic-port" || port.parse::<u16>().is_ok_and(|port| port > 0);
            ensure(known, "ValidationError", || {
                format!("Health check port '{port}' must be 'traffic-port' or a port")
            })?;
            port.clone_into(&mut self.port);
        }
        self.enabled = query.boolean("HealthCheckEnabled")?.unwrap_or(self.enabled);
        ensure(self.enabled, "InvalidConfigurationRequest", || "Health checks cannot be disabled".to_owned())?;
        self.interval = ranged(query, "HealthCheckIntervalSeconds", 5, 300)?.unwrap_or(self.interval);
        self.timeout = ranged(query, "HealthCheckTimeoutSeconds", 2, 120)?.unwrap_or(self.timeout);
        self.healthy = ranged(query, "HealthyThresholdCount", 2, 10)?.unwrap_or(self.healthy);
        self.unhealthy = ranged(query, "UnhealthyThresholdCount", 2, 10)?.unwrap_or(self.unhealthy);
        let (path, matcher) = (query.text("HealthCheckPath"), query.text("Matcher.HttpCode"));
        ensure(self.path.is_some() || (path.is_none() && matcher.is_none()), "InvalidConfigurationRequest", || {
            "Health check path and matcher need the protocol HTTP or HTTPS".to_owned()
        })?;
        self.path = path.map(str::to_owned).or(self.path.take());
        self.matcher = matcher.map(str::to_owned).or(self.matcher.take());
        ensure(self.timeout <= self.interval, "ValidationError", || {
            "Health check timeout must not be greater than the interval".to_owned()
        })
    }
}

fn ranged(query: &Query, name: &str, least: u32, most: u32) -> Result<Option<u32>, Failure> {
    let value = query.parsed::<u32>(name)?;
    ensure(value.is_none_or(|value| (least..=most).contains(&value)), "ValidationError", || {
        format!("{name} must be between {least} and {most}")
    })?;
    Ok(value)
}

fn settings(call: &mut Call<'_>) -> Result<Settings, Failure> {
    let query = &call.query;
    let name = query.required("Name")?.to_owned();
    check_name("target group", &name)?;
    let protocol = query.required("Protocol")?.to_owned();
    ensure(["TCP", "TLS", "UDP", "TCP_UDP"].contains(&protocol.as_str()), "ValidationError", || {
        format!("The protocol '{protocol}' is not simulated")
    })?;
    query.required("Port")?;
    let port = query.parsed::<u16>("Port")?.unwrap_or_default();
    ensure(port > 0, "ValidationError", || "Port must be between 1 and 65535".to_owned())?;
    let address_type = query.text("IpAddressType").unwrap_or("ipv4").to_owned();
    ensure(address_type == "ipv4", "InvalidConfigurationRequest", || {
        format!("The IP address type '{address_type}' is not simulated")
    })?;
    let target_type = query.text("TargetType").unwrap_or("instance").to_owned();
    ensure(["instance", "ip"].contains(&target_type.as_str()), "ValidationError", || {
        format!("The target type '{target_type}' is not simulated")
    })?;
    let vpc = query.required("VpcId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    vpcs::vpc(call.here(), &account, now, &vpc).map_err(|failure| Failure::new("ValidationError", failure.message))?;
    Ok(Settings { name, protocol, port, vpc, target_type, address_type })
}

fn create(call: &mut Call<'_>) -> Answer {
    let tags = elb_tags::read(&call.query)?;
    let settings = settings(call)?;
    let mut health_check = HealthCheck::of("TCP");
    health_check.change(&call.query)?;
    let account = call.account.clone();
    let own = |group: &TargetGroup| group.owner == account && group.settings.name == settings.name;
    let existing = call.here().target_groups.iter().find(|(_, group)| own(group));
    if let Some((arn, group)) = existing {
        let same = group.settings == settings && group.health_check == health_check;
        ensure(same, "DuplicateTargetGroupName", || {
            format!("A target group with the same name '{}' exists, but with different settings", settings.name)
        })?;
        let arn = arn.clone();
        return one(call, &arn);
    }
    let count = call.here().target_groups.values().filter(|group| group.owner == account).count();
    ensure(count < call.world.quotas.target_groups_per_region, "TooManyTargetGroups", || {
        "The limit on the number of target groups has been reached".to_owned()
    })?;
    let id = call.world.new_digits(16);
    let arn = call.arn("elasticloadbalancing", &format!("targetgroup/{}/{id}", settings.name));
    let attributes = elb_attributes::of_target_group(&settings.protocol);
    let targets = BTreeMap::new();
    let used_since = None;
    let group = TargetGroup { owner: account, settings, health_check, used_since, targets, attributes, tags };
    call.here().target_groups.insert(arn.clone(), group);
    one(call, &arn)
}

fn one(call: &mut Call<'_>, arn: &str) -> Answer {
    let region = call.here();
    Ok(Xml::new().list("TargetGroups", "member", [group_xml(region, arn, &region.target_groups[arn])]))
}

/// Notes since when each group is used, after listeners have changed.
pub(super) fn see_uses(region: &mut Region, now: Millis) {
    for (arn, group) in &mut region.target_groups {
        let used = region.listeners.values().any(|listener| listener.names(arn));
        group.used_since = used.then(|| group.used_since.unwrap_or(now));
    }
}

/// Returns the load balancer that forwards to a group: with network load balancers there is one at most.
pub(super) fn load_balancer_of<'a>(region: &'a Region, arn: &str) -> Option<&'a String> {
    region.listeners.values().find(|listener| listener.names(arn)).map(|listener| &listener.load_balancer)
}

fn group_xml(region: &Region, arn: &str, group: &TargetGroup) -> Xml {
    let (settings, check) = (&group.settings, &group.health_check);
    let matcher = check.matcher.as_ref().map(|codes| Xml::new().nest("Matcher", &Xml::new().text("HttpCode", codes)));
    Xml::new()
        .text("TargetGroupArn", arn)
        .text("TargetGroupName", &settings.name)
        .text("Protocol", &settings.protocol)
        .text("Port", settings.port)
        .text("VpcId", &settings.vpc)
        .text("HealthCheckProtocol", &check.protocol)
        .text("HealthCheckPort", &check.port)
        .text("HealthCheckEnabled", check.enabled)
        .text("HealthCheckIntervalSeconds", check.interval)
        .text("HealthCheckTimeoutSeconds", check.timeout)
        .text("HealthyThresholdCount", check.healthy)
        .text("UnhealthyThresholdCount", check.unhealthy)
        .maybe("HealthCheckPath", check.path.as_ref())
        .join(&matcher.unwrap_or_default())
        .texts("LoadBalancerArns", "member", load_balancer_of(region, arn))
        .text("TargetType", &settings.target_type)
        .text("IpAddressType", &settings.address_type)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let (account, query) = (call.account.clone(), call.query.clone());
    let (arns, names, balancer) = (query.list("TargetGroupArns"), query.list("Names"), query.text("LoadBalancerArn"));
    let region = call.here();
    for arn in &arns {
        find(region, &account, arn)?;
    }
    for name in &names {
        let found = region.target_groups.values().any(|group| group.owner == account && group.settings.name == *name);
        ensure(found, "TargetGroupNotFound", || "One or more target groups not found".to_owned())?;
    }
    if let Some(balancer) = balancer {
        super::load_balancers::find(region, &account, balancer)?;
    }
    let own = region.target_groups.iter().filter(|(arn, group)| {
        group.owner == account
            && (arns.is_empty() || arns.contains(arn))
            && (names.is_empty() || names.contains(&group.settings.name))
            && balancer.is_none_or(|balancer| load_balancer_of(region, arn).is_some_and(|held| held == balancer))
    });
    let items = own.map(|(arn, group)| (arn.clone(), group_xml(region, arn, group))).collect();
    let page = elb_page(&query, items)?;
    Ok(Xml::new().list("TargetGroups", "member", page.items).maybe("NextMarker", page.next))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let (account, query) = (call.account.clone(), call.query.clone());
    let group = find_mut(call.here(), &account, &arn)?;
    let mut check = group.health_check.clone();
    check.change(&query)?;
    group.health_check = check;
    one(call, &arn)
}

/// Deletes a target group; one that does not exist is deleted.
fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("TargetGroupArn")?.to_owned();
    let account = call.account.clone();
    let region = call.here();
    ensure(load_balancer_of(region, &arn).is_none(), "ResourceInUse", || {
        format!("Target group '{arn}' is currently in use by a listener or a rule")
    })?;
    if find(region, &account, &arn).is_ok() {
        region.target_groups.remove(&arn);
    }
    Ok(Xml::new())
}
