//! Security rules, one by one through the child resource: the group itself is never written.

use std::collections::BTreeSet;

use azure_mgmt_network::models::{
    SecurityRule, SecurityRuleAccess, SecurityRuleDirection, SecurityRulePropertiesFormat, SubResource,
    security_rule_properties_format::Protocol as RuleProtocol,
};
use serde_json::Value;
use xcloud_core::live::LiveNsgRule;
use xcloud_core::model::{Access, Addresses, ArmName, Direction, PortRange, Protocol};
use xcloud_core::op::{NsgRuleBody, WriteGuard};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::guard;
use crate::arm::Arm;
use crate::error;
use crate::ids;
use crate::json::text;
use crate::observe::nsg::rule_of;
use crate::operation::begun;
use crate::read;
use crate::wire::Extra;

const TYPES: &[&str] = &["networkSecurityGroups", "securityRules"];

/// Azure's limits for a rule's priority and description.
const PRIORITIES: std::ops::RangeInclusive<u16> = 100..=4096;
const DESCRIPTION_LIMIT: usize = 140;

/// Returns the id of a rule of a group.
pub(crate) fn rule_id(group: &ArmName, name: &str) -> ArmName {
    ArmName(format!("{group}/securityRules/{name}"))
}

/// Writes one rule. No If-Match: a rule's `ETag` moves with its group; the rule is read right before instead, and a
/// stranger that took the name since the plan was made is not overwritten.
pub(crate) async fn put(
    arm: &Arm,
    group: &ArmName,
    name: &str,
    rule: &NsgRuleBody,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT securityRules";
    let id = rule_id(group, name);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let body = body(rule).map_err(|why| arm.invalid(NAME, &why))?;
    let live = read::security_rule(arm, &id).await?;
    guard::look(arm, NAME, &WriteGuard::None, live.as_ref(), |_| false)?;
    if live.as_ref().is_some_and(|live| mark(description(live)) != mark(&rule.description)) {
        return Err(unmarked(arm, NAME, &id));
    }
    let client = arm.network.security_rules_client();
    let send = client.create_or_update(&path.group, path.name(0), path.name(1), body, &path.subscription).send();
    let reply = arm.write(NAME, Extra::default(), send).await?;
    begun(arm, NAME, &id, &reply)
}

/// Deletes one rule, if it still carries our mark.
pub(crate) async fn delete(arm: &Arm, group: &ArmName, name: &str) -> Result<Performed, ProviderError> {
    const NAME: &str = "DELETE securityRules";
    let id = rule_id(group, name);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let Some(live) = read::security_rule(arm, &id).await? else { return Ok(Performed::default()) };
    if !description(&live).starts_with("xcloud:") {
        return Err(unmarked(arm, NAME, &id));
    }
    let client = arm.network.security_rules_client();
    let send = client.delete(&path.group, path.name(0), path.name(1), &path.subscription).send();
    let reply = arm.delete(NAME, Extra::default(), send).await?;
    begun(arm, NAME, &id, &reply)
}

fn description(rule: &Value) -> &str {
    text(rule, "/properties/description")
}

/// Returns the part of a description that names the product: `xcloud:<product>`.
fn mark(description: &str) -> &str {
    description.split(' ').next().unwrap_or_default()
}

fn unmarked(arm: &Arm, operation: &'static str, id: &ArmName) -> ProviderError {
    error::of(&arm.writing(operation), ErrorKind::Conflict, &format!("{id} does not carry our mark"))
}

fn body(rule: &NsgRuleBody) -> Result<SecurityRule, String> {
    if !PRIORITIES.contains(&rule.priority) {
        return Err(format!("the priority {} is not between 100 and 4096", rule.priority));
    }
    if rule.description.chars().count() > DESCRIPTION_LIMIT {
        return Err(format!("the description is longer than {DESCRIPTION_LIMIT} characters"));
    }
    let (from, from_many) = one_or_many(addresses(&rule.from, "source")?);
    let (to, to_many) = one_or_many(addresses(&rule.to, "destination")?);
    let (port, port_many) = one_or_many(ports(&rule.ports));
    let access = match rule.access {
        Access::Allow => SecurityRuleAccess::Allow,
        Access::Deny => SecurityRuleAccess::Deny,
    };
    let direction = match rule.direction {
        Direction::Inbound => SecurityRuleDirection::Inbound,
        Direction::Outbound => SecurityRuleDirection::Outbound,
    };
    let properties = SecurityRulePropertiesFormat {
        description: Some(rule.description.clone()),
        source_port_range: Some("*".to_owned()),
        destination_port_range: port,
        destination_port_ranges: port_many,
        source_address_prefix: from,
        source_address_prefixes: from_many,
        destination_address_prefix: to,
        destination_address_prefixes: to_many,
        ..SecurityRulePropertiesFormat::new(protocol(rule.protocol)?, access, i32::from(rule.priority), direction)
    };
    Ok(SecurityRule { sub_resource: SubResource::default(), properties: Some(properties), ..SecurityRule::default() })
}

fn protocol(protocol: Protocol) -> Result<RuleProtocol, String> {
    match protocol {
        Protocol::Tcp => Ok(RuleProtocol::Tcp),
        Protocol::Udp => Ok(RuleProtocol::Udp),
        Protocol::Icmp => Ok(RuleProtocol::Icmp),
        Protocol::All => Ok(RuleProtocol::U2a),
        Protocol::Icmpv6 => Err("Azure has no rules for icmpv6".to_owned()),
    }
}

/// Returns the addresses as Azure writes them. An empty set is never sent: it would mean something else.
pub(crate) fn addresses(addresses: &Addresses, what: &str) -> Result<Vec<String>, String> {
    match addresses {
        Addresses::Late(late) => Err(format!("the {what} addresses of {} are not bound", late.of)),
        Addresses::Known(known) if known.is_empty() => Err(format!("the rule has no {what} address")),
        Addresses::Known(known) => Ok(known.iter().map(|net| net.trunc().to_string()).collect()),
    }
}

/// Returns the ports as Azure writes them: every port is `*`.
pub(crate) fn ports(ports: &[PortRange]) -> Vec<String> {
    if ports.is_empty() || ports.contains(&PortRange::ALL) {
        return vec!["*".to_owned()];
    }
    let sorted: BTreeSet<PortRange> = ports.iter().copied().collect();
    sorted.iter().map(ToString::to_string).collect()
}

/// One value goes into the singular field, several into the plural: each has its own place in the portal.
fn one_or_many(mut values: Vec<String>) -> (Option<String>, Vec<String>) {
    if values.len() == 1 { (values.pop(), Vec::new()) } else { (None, values) }
}

/// Returns true if the live rule is what the body says.
pub(crate) fn is_written(rule: &NsgRuleBody, live: &LiveNsgRule) -> bool {
    let named = SecurityRule { name: Some(live.name.clone()), ..body(rule).unwrap_or_default() };
    let ours = serde_json::to_value(named).map_err(|why| why.to_string()).and_then(|ours| rule_of(&ours));
    ours.is_ok_and(|ours| {
        let protocol = ours.protocol.eq_ignore_ascii_case(&live.protocol);
        protocol && LiveNsgRule { protocol: live.protocol.clone(), state: live.state.clone(), ..ours } == *live
    })
}
