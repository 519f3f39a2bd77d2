//! The rule collection group: one whole-object write of what is allowed, and of what is denied before it.

use azure_mgmt_network::models::{
    FirewallPolicyFilterRuleCollection, FirewallPolicyFilterRuleCollectionAction,
    FirewallPolicyFilterRuleCollectionActionType, FirewallPolicyRule, FirewallPolicyRuleCollection,
    FirewallPolicyRuleCollectionGroup, FirewallPolicyRuleCollectionGroupProperties, FirewallPolicyRuleCollectionUnion,
    FirewallPolicyRuleNetworkProtocol, FirewallPolicyRuleUnion, NetworkRule,
};
use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_core::live::LiveRuleGroup;
use xcloud_core::model::{Access, ArmName};
use xcloud_core::op::{AzureOp, FirewallRuleBody, FirewallRulesOp, WriteGuard};
use xcloud_core::provider::{Performed, ProviderError};

use super::{guard, nsg};
use crate::arm::Arm;
use crate::ids;
use crate::json::{list, text};
use crate::observe::rule_groups::{group_id, group_of};
use crate::operation::begun;
use crate::read;

const TYPES: &[&str] = &["firewallPolicies", "ruleCollectionGroups"];

/// Writes the whole group.
pub(crate) async fn put(
    arm: &Arm,
    policy: &ArmName,
    group: &str,
    priority: u16,
    rules: &[FirewallRuleBody],
    op: &AzureOp,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "PUT ruleCollectionGroups";
    let id = group_id(policy, group);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let body = body(priority, rules).map_err(|why| arm.invalid(NAME, &why))?;
    let live = read::rule_group(arm, &id).await?;
    let holds = |op: &AzureOp, live: &Value| holds(policy, group, op, live);
    let looked_at = guard::by_etag(arm, NAME, guarded, live.as_ref(), Some(op), holds)?;
    let mut extra = guard::look(arm, NAME, &looked_at, live.as_ref(), |live| holds(op, live))?;
    if rules.is_empty() {
        // The typed model leaves an empty list out, and Azure would then keep or refuse what it has.
        let explicit = json!({"properties": {"priority": priority, "ruleCollections": []}});
        extra.body = Some(Bytes::from(explicit.to_string()));
    }
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    let send = client.create_or_update(&path.group, path.name(0), path.name(1), body, &path.subscription).send();
    let reply = arm.write(NAME, extra, send).await?;
    begun(arm, NAME, &id, &reply)
}

/// Deletes the group, if a rule in it still carries our mark.
pub(crate) async fn delete(
    arm: &Arm,
    policy: &ArmName,
    group: &str,
    guarded: &WriteGuard,
) -> Result<Performed, ProviderError> {
    const NAME: &str = "DELETE ruleCollectionGroups";
    let id = group_id(policy, group);
    let path = ids::parse(&id, TYPES).map_err(|why| arm.invalid(NAME, &why))?;
    let Some(live) = read::rule_group(arm, &id).await? else { return Ok(Performed::default()) };
    let mut rules = list(&live, "/properties/ruleCollections").iter().flat_map(|of| list(of, "/rules"));
    let ours =
        rules.any(|rule| text(rule, "/name").starts_with("xc-") && text(rule, "/description").starts_with("xcloud:"));
    let extra = guard::deletion(arm, NAME, guarded, &live, ours, |op, live| holds(policy, group, op, live))?;
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    let send = client.delete(&path.group, path.name(0), path.name(1), &path.subscription).send();
    let reply = arm.delete(NAME, extra, send).await?;
    begun(arm, NAME, &id, &reply)
}

/// Returns true if the answer is the group as the operation writes it.
fn holds(policy: &ArmName, group: &str, op: &AzureOp, live: &Value) -> bool {
    match op {
        AzureOp::FirewallRules(FirewallRulesOp::Put { priority, rules, .. }) => {
            group_of(policy, group, live).is_ok_and(|live| is_written(*priority, rules, &live))
        }
        _ => false,
    }
}

fn body(priority: u16, rules: &[FirewallRuleBody]) -> Result<FirewallPolicyRuleCollectionGroup, String> {
    let mut collections = Vec::new();
    for access in [Access::Deny, Access::Allow] {
        let rules: Result<Vec<_>, String> =
            rules.iter().filter(|rule| rule.access == access).map(network_rule).collect();
        collections.extend(Some(rules?).filter(|rules| !rules.is_empty()).map(|rules| collection(access, rules)));
    }
    Ok(FirewallPolicyRuleCollectionGroup {
        properties: Some(FirewallPolicyRuleCollectionGroupProperties {
            priority: Some(i32::from(priority)),
            rule_collections: collections,
            ..FirewallPolicyRuleCollectionGroupProperties::default()
        }),
        ..FirewallPolicyRuleCollectionGroup::default()
    })
}

fn collection(access: Access, rules: Vec<FirewallPolicyRuleUnion>) -> FirewallPolicyRuleCollectionUnion {
    let (name, priority) = FirewallRulesOp::collection(access);
    let action = match access {
        Access::Allow => FirewallPolicyFilterRuleCollectionActionType::Allow,
        Access::Deny => FirewallPolicyFilterRuleCollectionActionType::Deny,
    };
    FirewallPolicyRuleCollectionUnion::FirewallPolicyFilterRuleCollection(FirewallPolicyFilterRuleCollection {
        firewall_policy_rule_collection: FirewallPolicyRuleCollection {
            name: Some(name.to_owned()),
            priority: Some(i32::from(priority)),
        },
        action: Some(FirewallPolicyFilterRuleCollectionAction { type_: Some(action) }),
        rules,
    })
}

fn network_rule(rule: &FirewallRuleBody) -> Result<FirewallPolicyRuleUnion, String> {
    ids::resource_name(&rule.name)?;
    let named = |why: String| format!("rule {}: {why}", rule.name);
    let protocols: Result<Vec<_>, String> = rule.protocols.iter().map(|text| protocol(text)).collect();
    let protocols = protocols.map_err(named)?;
    if protocols.is_empty() {
        return Err(named("it has no protocol".to_owned()));
    }
    let named_rule = FirewallPolicyRule { name: Some(rule.name.clone()), description: Some(rule.description.clone()) };
    Ok(FirewallPolicyRuleUnion::NetworkRule(NetworkRule {
        ip_protocols: protocols,
        source_addresses: nsg::addresses(&rule.from, "source").map_err(named)?,
        destination_addresses: nsg::addresses(&rule.to, "destination").map_err(named)?,
        destination_ports: nsg::ports(&rule.ports),
        ..NetworkRule::new(named_rule)
    }))
}

fn protocol(text: &str) -> Result<FirewallPolicyRuleNetworkProtocol, String> {
    match text.to_ascii_uppercase().as_str() {
        "TCP" => Ok(FirewallPolicyRuleNetworkProtocol::Tcp),
        "UDP" => Ok(FirewallPolicyRuleNetworkProtocol::Udp),
        "ICMP" => Ok(FirewallPolicyRuleNetworkProtocol::Icmp),
        "ANY" => Ok(FirewallPolicyRuleNetworkProtocol::Any),
        _ => Err(format!("the protocol `{text}` is not known")),
    }
}

/// Returns true if the live group is what the operation writes.
pub(crate) fn is_written(priority: u16, rules: &[FirewallRuleBody], live: &LiveRuleGroup) -> bool {
    let ours = body(priority, rules)
        .and_then(|body| serde_json::to_value(body).map_err(|why| why.to_string()))
        .and_then(|body| group_of(&live.policy, &live.name, &body));
    ours.is_ok_and(|ours| ours.priority == live.priority && ours.rules == live.rules)
}
