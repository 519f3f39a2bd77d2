//! The rule collection group: one whole-object write of what is allowed, and of what is denied before it.

use azure_mgmt_network::models::{
    FirewallPolicyFilterRuleCollection, FirewallPolicyFilterRuleCollectionAction,
    FirewallPolicyFilterRuleCollectionActionType, FirewallPolicyRule, FirewallPolicyRuleCollection,
    FirewallPolicyRuleCollectionGroup, FirewallPolicyRuleCollectionGroupProperties, FirewallPolicyRuleCollectionUnion,
    FirewallPolicyRuleNetworkProtocol, FirewallPolicyRuleUnion, NetworkRule,
};
use bytes::Bytes;
use serde_json::{Value, json};
use xcloud_core::model::Access;
use xcloud_core::op::{FirewallRuleBody, FirewallRulesOp};
use xcloud_core::provider::{Performed, ProviderError};

use super::observe::TYPES;
use crate::arm::Arm;
use crate::as_written::Written as _;
use crate::change::Change;
use crate::json::{list, text};
use crate::rule_fields::{addresses, ports};
use crate::{guard, ids};

/// Makes the one call: writes the whole group, or deletes it if a rule in it still carries our mark.
pub(crate) async fn perform(arm: &Arm, op: &FirewallRulesOp) -> Result<Performed, ProviderError> {
    let change = Change::of(arm, op, op.object(), TYPES)?;
    let (p, client) = (&change.path, arm.network.firewall_policy_rule_collection_groups_client());
    match op {
        FirewallRulesOp::Put { priority, rules, kept, guard, .. } => {
            let body = body(*priority, rules).map_err(|why| change.invalid(&why))?;
            let live = op.look(arm).await?;
            let mut extra = guard::look(&change, op, guard, live.as_ref())?;
            if rules.is_empty() || !kept.is_empty() {
                // The typed model leaves an empty list out, and Azure would then keep or refuse what it has; and it drops
                // what it does not know.
                let whole = whole(*priority, rules, kept).map_err(|why| change.invalid(&why))?;
                extra.body = Some(Bytes::from(whole.to_string()));
            }
            let send = client.create_or_update(&p.group, p.name(0), p.name(1), body, &p.subscription).send();
            change.send(op, extra, send).await
        }
        FirewallRulesOp::Delete { guard, .. } => {
            let Some(live) = op.look(arm).await? else { return Ok(Performed::default()) };
            let mut rules = list(&live, "/properties/ruleCollections").iter().flat_map(|of| list(of, "/rules"));
            let extra = guard::deletion(&change, op, guard, &live, rules.any(is_ours))?;
            let send = client.delete(&p.group, p.name(0), p.name(1), &p.subscription).send();
            change.send(op, extra, send).await
        }
    }
}

fn is_ours(rule: &Value) -> bool {
    text(rule, "/name").starts_with("xc-") && text(rule, "/description").starts_with("xcloud:")
}

/// Returns the group as it is sent, with what is kept as Azure answered it.
pub(super) fn whole(priority: u16, rules: &[FirewallRuleBody], kept: &[Value]) -> Result<Value, String> {
    let body = serde_json::to_value(body(priority, rules)?).map_err(|why| why.to_string())?;
    let mut collections = list(&body, "/properties/ruleCollections").to_vec();
    for other in kept {
        match collections.iter_mut().find(|ours| ours["name"] == other["name"]) {
            Some(ours) => {
                let rules = ours["rules"].as_array_mut().ok_or("a collection has no rules")?;
                rules.extend_from_slice(list(other, "/rules"));
            }
            None => collections.push(other.clone()),
        }
    }
    Ok(json!({"properties": {"priority": priority, "ruleCollections": collections}}))
}

/// Returns the rules of our form as they are sent.
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
        source_addresses: addresses(&rule.from, "source").map_err(named)?,
        destination_addresses: addresses(&rule.to, "destination").map_err(named)?,
        destination_ports: ports(&rule.ports),
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
