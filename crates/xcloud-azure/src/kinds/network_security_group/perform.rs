//! Security rules, one by one through the child resource: the group itself is never written.

use azure_mgmt_network::models::{
    SecurityRule, SecurityRuleAccess, SecurityRuleDirection, SecurityRulePropertiesFormat, SubResource,
    security_rule_properties_format::Protocol as RuleProtocol,
};
use serde_json::Value;
use xcloud_core::model::{Access, Direction, Protocol};
use xcloud_core::op::{NetworkSecurityGroupOp, NsgRuleBody, WriteGuard};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::observe::TYPES;
use crate::arm::Arm;
use crate::as_written::Written as _;
use crate::change::Change;
use crate::guard;
use crate::json::text;
use crate::rule_fields::{addresses, ports};
use crate::wire::Extra;

/// Azure's limits for a rule's priority and description.
const PRIORITIES: std::ops::RangeInclusive<u16> = 100..=4096;
const DESCRIPTION_LIMIT: usize = 140;

/// Makes the one call. No If-Match: a rule's `ETag` moves with its group; the rule is read right before instead, and a
/// stranger that took the name since the plan was made is neither overwritten nor deleted.
pub(crate) async fn perform(arm: &Arm, op: &NetworkSecurityGroupOp) -> Result<Performed, ProviderError> {
    let change = Change::of(arm, op, op.object(), TYPES)?;
    let (p, client) = (&change.path, arm.network.security_rules_client());
    let unmarked = || change.refused(ErrorKind::Conflict, &format!("{} does not carry our mark", change.id));
    match op {
        NetworkSecurityGroupOp::PutRule { rule, .. } => {
            let body = body(rule).map_err(|why| change.invalid(&why))?;
            let live = op.look(arm).await?;
            guard::look(&change, op, &WriteGuard::None, live.as_ref())?;
            if live.as_ref().is_some_and(|live| mark(description(live)) != mark(&rule.description)) {
                return Err(unmarked());
            }
            let send = client.create_or_update(&p.group, p.name(0), p.name(1), body, &p.subscription).send();
            change.send(op, Extra::default(), send).await
        }
        NetworkSecurityGroupOp::DeleteRule { .. } => {
            let Some(live) = op.look(arm).await? else { return Ok(Performed::default()) };
            if !description(&live).starts_with("xcloud:") {
                return Err(unmarked());
            }
            let send = client.delete(&p.group, p.name(0), p.name(1), &p.subscription).send();
            change.send(op, Extra::default(), send).await
        }
    }
}

fn description(rule: &Value) -> &str {
    text(rule, "/properties/description")
}

/// Returns the part of a description that names the product: `xcloud:<product>`.
fn mark(description: &str) -> &str {
    description.split(' ').next().unwrap_or_default()
}

/// Returns the rule as it is sent.
pub(super) fn body(rule: &NsgRuleBody) -> Result<SecurityRule, String> {
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

/// One value goes into the singular field, several into the plural: each has its own place in the portal.
fn one_or_many(mut values: Vec<String>) -> (Option<String>, Vec<String>) {
    if values.len() == 1 { (values.pop(), Vec::new()) } else { (None, values) }
}
