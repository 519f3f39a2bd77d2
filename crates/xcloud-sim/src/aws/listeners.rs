//! Listeners of network load balancers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::elb_attributes;
use super::elb_tags;
use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::load_balancers;
use super::operation::{Answer, Call, Operation};
use super::page::elb_page;
use super::query::Query;
use super::target_groups::{self, load_balancer_of};
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

/// A listener, which forwards to one target group, or by weight to several.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Listener {
    pub(super) owner: String,
    pub(super) load_balancer: String,
    pub(super) protocol: String,
    pub(super) port: u16,
    pub(super) target_group: String,
    /// Other target groups with their weights, and the weight of the first (network load balancers have them since
    /// November 2025: ELBv2 `ForwardActionConfig`).
    #[serde(default)]
    pub(super) shares: Option<(u32, BTreeMap<String, u32>)>,
    /// The target group that it left, and until when new connections still go there.
    #[serde(default)]
    pub(super) left: Option<(String, Millis)>,
    pub(super) certificate: Option<String>,
    pub(super) policy: Option<String>,
    pub(super) attributes: BTreeMap<String, String>,
    pub(super) tags: Tags,
}

/// How long new connections go to the old target group after a listener was pointed at another one
/// (aws/containers-roadmap#470: about 75 seconds).
const SWITCHING_SECONDS: f64 = 75.0;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateListener",
        &["LoadBalancerArn", "Protocol", "Port", "SslPolicy", "Certificates", "DefaultActions", "Tags"],
        create,
    ),
    Operation::read("DescribeListeners", &["LoadBalancerArn", "ListenerArns", "Marker", "PageSize"], describe),
    Operation::write(
        "ModifyListener",
        &["ListenerArn", "Port", "Protocol", "SslPolicy", "Certificates", "DefaultActions"],
        modify,
    ),
    Operation::write("DeleteListener", &["ListenerArn"], delete),
];

fn not_found() -> Failure {
    Failure::new("ListenerNotFound", "One or more listeners not found")
}

/// Returns a listener of the account.
pub(super) fn find<'a>(region: &'a Region, account: &str, arn: &str) -> Result<&'a Listener, Failure> {
    region.listeners.get(arn).filter(|listener| listener.owner == account).ok_or_else(not_found)
}

/// Returns a listener of the account, to change it.
pub(super) fn find_mut<'a>(region: &'a mut Region, account: &str, arn: &str) -> Result<&'a mut Listener, Failure> {
    region.listeners.get_mut(arn).filter(|listener| listener.owner == account).ok_or_else(not_found)
}

/// What a forward action names: a target group, and the shares of it and of others.
type Forwarded = (String, Option<(u32, BTreeMap<String, u32>)>);

/// Reads a single forward action.
fn forwarded(query: &Query) -> Result<Option<Forwarded>, Failure> {
    let actions = query.records("DefaultActions");
    let Some(action) = actions.first() else { return Ok(None) };
    let kind = action.required("Type")?;
    ensure(kind == "forward" && actions.len() == 1, "InvalidLoadBalancerAction", || {
        "A listener of a network load balancer has exactly one action, of type forward".to_owned()
    })?;
    let mut weighted: Vec<(String, u32)> = Vec::new();
    for tuple in action.record("ForwardConfig").records("TargetGroups") {
        let weight = tuple.parsed("Weight")?.unwrap_or(1);
        ensure(weight <= 999, "ValidationError", || "Weight must be between 0 and 999".to_owned())?;
        weighted.push((tuple.required("TargetGroupArn")?.to_owned(), weight));
    }
    let plain = action.text("TargetGroupArn").map(str::to_owned);
    if weighted.is_empty() {
        weighted.extend(plain.clone().map(|arn| (arn, 1)));
    }
    let agree = plain.is_none_or(|arn| weighted.len() == 1 && weighted[0].0 == arn);
    ensure(agree && (1..=5).contains(&weighted.len()), "InvalidLoadBalancerAction", || {
        "An action of type forward names one target group, or up to five with weights".to_owned()
    })?;
    let (first, weight) = weighted.remove(0);
    let others: BTreeMap<String, u32> = weighted.into_iter().collect();
    Ok(Some((first, (!others.is_empty()).then_some((weight, others)))))
}

impl Listener {
    /// Returns every target group that gets traffic.
    pub(super) fn groups(&self) -> impl Iterator<Item = &String> {
        let first = self.shares.as_ref().is_none_or(|(weight, _)| *weight > 0).then_some(&self.target_group);
        let others = self.shares.iter().flat_map(|(_, others)| others).filter(|(_, weight)| **weight > 0);
        first.into_iter().chain(others.map(|(arn, _)| arn))
    }

    /// Returns true if it names the target group, with whatever weight.
    pub(super) fn names(&self, arn: &str) -> bool {
        self.target_group == arn || self.shares.as_ref().is_some_and(|(_, others)| others.contains_key(arn))
    }
}

/// Checks the whole listener as it shall be.
fn check(region: &Region, arn: Option<&str>, listener: &Listener) -> Result<(), Failure> {
    let protocol = listener.protocol.as_str();
    ensure(["TCP", "TLS", "UDP", "TCP_UDP"].contains(&protocol), "UnsupportedProtocol", || {
        format!("The protocol '{protocol}' is not supported by network load balancers")
    })?;
    ensure(listener.port > 0, "ValidationError", || "Port must be between 1 and 65535".to_owned())?;
    ensure((protocol == "TLS") == listener.certificate.is_some(), "InvalidConfigurationRequest", || {
        "A certificate must be specified for TLS listeners, and only for them".to_owned()
    })?;
    let balancer = load_balancers::find(region, &listener.owner, &listener.load_balancer)?;
    let others = listener.shares.iter().flat_map(|(_, others)| others.keys());
    for arn in std::iter::once(&listener.target_group).chain(others) {
        let group = target_groups::find(region, &listener.owner, arn)?;
        let fits = match protocol {
            "TLS" => ["TCP", "TLS"].contains(&group.settings.protocol.as_str()),
            same => group.settings.protocol == same,
        };
        ensure(fits, "InvalidConfigurationRequest", || {
            format!("The target group's protocol {} does not fit the listener's {protocol}", group.settings.protocol)
        })?;
        ensure(group.settings.vpc == balancer.vpc, "InvalidConfigurationRequest", || {
            format!("The target group '{arn}' is not in the load balancer's VPC")
        })?;
        let elsewhere = load_balancer_of(region, arn).is_some_and(|other| *other != listener.load_balancer);
        ensure(!elsewhere, "TargetGroupAssociationLimit", || {
            format!("The following target groups cannot be associated with more than one load balancer: {arn}")
        })?;
    }
    let taken = region.listeners.iter().any(|(other, live)| {
        Some(other.as_str()) != arn && live.load_balancer == listener.load_balancer && live.port == listener.port
    });
    ensure(!taken, "DuplicateListener", || "A listener already exists on this port for this load balancer".to_owned())
}

fn create(call: &mut Call<'_>) -> Answer {
    let query = call.query.clone();
    let load_balancer = query.required("LoadBalancerArn")?.to_owned();
    let protocol = query.required("Protocol")?.to_owned();
    query.required("Port")?;
    let (target_group, shares) =
        forwarded(&query)?.ok_or_else(|| Failure::new("ValidationError", "A default action must be specified"))?;
    let certificate =
        query.records("Certificates").first().and_then(|first| first.text("CertificateArn").map(str::to_owned));
    let tls = (protocol == "TLS").then(|| query.text("SslPolicy").unwrap_or("ELBSecurityPolicy-2016-08").to_owned());
    let (account, now) = (call.account.clone(), call.now);
    load_balancers::find(call.here(), &account, &load_balancer)?;
    let listener = Listener {
        owner: account,
        port: query.parsed("Port")?.unwrap_or_default(),
        attributes: elb_attributes::of_listener(&protocol),
        left: None,
        tags: elb_tags::read(&query)?,
        policy: tls,
        load_balancer,
        protocol,
        target_group,
        shares,
        certificate,
    };
    check(call.here(), None, &listener)?;
    let others = call.here().listeners.values().filter(|other| other.load_balancer == listener.load_balancer).count();
    ensure(others < call.world.quotas.listeners_per_load_balancer, "TooManyListeners", || {
        "The limit on the number of listeners per load balancer has been reached".to_owned()
    })?;
    let label = load_balancers::LoadBalancer::label(&listener.load_balancer).to_owned();
    let id = call.world.new_digits(16);
    let arn = call.arn("elasticloadbalancing", &format!("listener/{label}/{id}"));
    let region = call.here();
    region.listeners.insert(arn.clone(), listener);
    target_groups::see_uses(region, now);
    one(call, &arn)
}

fn one(call: &mut Call<'_>, arn: &str) -> Answer {
    let item = listener_xml(arn, &call.here().listeners[arn]);
    Ok(Xml::new().list("Listeners", "member", [item]))
}

fn listener_xml(arn: &str, listener: &Listener) -> Xml {
    let tuple = |arn: &String, weight: u32| Xml::new().text("TargetGroupArn", arn).text("Weight", weight);
    let (weight, others) = listener.shares.as_ref().map_or((1, None), |(weight, others)| (*weight, Some(others)));
    let mut tuples = vec![tuple(&listener.target_group, weight)];
    tuples.extend(others.into_iter().flatten().map(|(arn, weight)| tuple(arn, *weight)));
    let action = Xml::new()
        .text("Type", "forward")
        .maybe("TargetGroupArn", others.is_none().then_some(&listener.target_group))
        .text("Order", 1)
        .nest("ForwardConfig", &Xml::new().list("TargetGroups", "member", tuples));
    let certificates = listener.certificate.iter().map(|arn| Xml::new().text("CertificateArn", arn));
    Xml::new()
        .text("ListenerArn", arn)
        .text("LoadBalancerArn", &listener.load_balancer)
        .text("Port", listener.port)
        .text("Protocol", &listener.protocol)
        .list("Certificates", "member", certificates)
        .maybe("SslPolicy", listener.policy.as_ref())
        .list("DefaultActions", "member", [action])
}

fn describe(call: &mut Call<'_>) -> Answer {
    let (account, query) = (call.account.clone(), call.query.clone());
    let (arns, balancer) = (query.list("ListenerArns"), query.text("LoadBalancerArn"));
    ensure(balancer.is_some() || !arns.is_empty(), "ValidationError", || {
        "You must specify either listener ARNs or a load balancer ARN".to_owned()
    })?;
    let region = call.here();
    if let Some(balancer) = balancer {
        load_balancers::find(region, &account, balancer)?;
    }
    for arn in &arns {
        find(region, &account, arn)?;
    }
    let own = region.listeners.iter().filter(|(arn, listener)| {
        listener.owner == account
            && (arns.is_empty() || arns.contains(arn))
            && balancer.is_none_or(|balancer| listener.load_balancer == balancer)
    });
    let items = own.map(|(arn, listener)| (arn.clone(), listener_xml(arn, listener))).collect();
    let page = elb_page(&query, items)?;
    Ok(Xml::new().list("Listeners", "member", page.items).maybe("NextMarker", page.next))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let query = call.query.clone();
    let arn = query.required("ListenerArn")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let mut listener = find(call.here(), &account, &arn)?.clone();
    listener.port = query.parsed("Port")?.unwrap_or(listener.port);
    if let Some(protocol) = query.text("Protocol") {
        if protocol != listener.protocol {
            listener.attributes = elb_attributes::of_listener(protocol);
            listener.policy = (protocol == "TLS").then(|| "ELBSecurityPolicy-2016-08".to_owned());
            listener.certificate = listener.certificate.filter(|_| protocol == "TLS");
        }
        protocol.clone_into(&mut listener.protocol);
    }
    if let Some(certificate) = query.records("Certificates").first().and_then(|first| first.text("CertificateArn")) {
        listener.certificate = Some(certificate.to_owned());
    }
    if let Some(policy) = query.text("SslPolicy") {
        listener.policy = Some(policy.to_owned());
    }
    if let Some((group, shares)) = forwarded(&query)? {
        if group != listener.target_group {
            let left = std::mem::replace(&mut listener.target_group, group);
            listener.left = Some((left, now.plus_secs(SWITCHING_SECONDS)));
        }
        listener.shares = shares;
    }
    check(call.here(), Some(&arn), &listener)?;
    let region = call.here();
    region.listeners.insert(arn.clone(), listener);
    target_groups::see_uses(region, now);
    one(call, &arn)
}

fn delete(call: &mut Call<'_>) -> Answer {
    let arn = call.query.required("ListenerArn")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    find(call.here(), &account, &arn)?;
    let region = call.here();
    region.listeners.remove(&arn);
    target_groups::see_uses(region, now);
    Ok(Xml::new())
}
