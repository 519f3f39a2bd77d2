//! Rule collection groups of firewall policies, and whether the policies exist.

use std::collections::BTreeSet;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveFirewallRule, LiveRuleGroup};
use xcloud_core::marks;
use xcloud_core::model::ArmName;
use xcloud_core::provider::ProviderError;

use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{canonical, etag, list, need, number, state, text, texts};
use crate::list::{each, everywhere, parsed};

const OPERATION: &str = "GET ruleCollectionGroups";

/// The types in the id of a group.
pub(super) const TYPES: &[&str] = &["firewallPolicies", "ruleCollectionGroups"];

/// Reads a group.
pub(crate) async fn one(arm: &Arm, id: &ArmName) -> Found {
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    arm.get(OPERATION, id, TYPES, |p| client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

/// Reads what the id names if it is a rule collection group.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Option<Found> {
    if ids::is_of(id, TYPES) { Some(one(arm, id).await) } else { None }
}

/// Lists the groups of a policy; `None` if the policy does not exist.
async fn groups_in(arm: &Arm, policy: &ArmName) -> Listed {
    let p = arm.path(OPERATION, policy, &["firewallPolicies"])?;
    let client = arm.network.firewall_policy_rule_collection_groups_client();
    arm.list(OPERATION, &policy.0, || client.list(&p.group, p.name(0), &p.subscription).into_stream()).await
}

/// Returns the ids of every policy of the subscription, as far as they are asked for and may be listed.
async fn policies(arm: &Arm, query: &AzureQuery) -> Result<Option<Vec<ArmName>>, ProviderError> {
    const NAME: &str = "GET firewallPolicies";
    let client = arm.network.firewall_policies_client();
    let listed = everywhere(query, arm.list(NAME, "", || client.list_all(&arm.place.account).into_stream())).await?;
    let id = |policy: &Value| parsed(arm, NAME, need(policy, "/id")).map(|id| ArmName(id.to_owned()));
    listed.map(|listed| listed.iter().map(id).collect()).transpose()
}

/// What the policies hold.
#[derive(Default)]
pub(crate) struct Policies {
    /// Those that exist.
    pub(crate) found: BTreeSet<ArmName>,
    /// The groups that were asked for, and those with a rule of the product.
    pub(crate) groups: Vec<LiveRuleGroup>,
    /// The priority of every group.
    pub(crate) priorities: Vec<(ArmName, String, u16)>,
    /// Whether every policy of the subscription was looked at.
    pub(crate) everywhere: bool,
}

/// Reads the groups: one list for each policy, which also tells whether the policy exists. Of policies that the
/// query does not name the groups that hold something of ours are kept.
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<Policies, ProviderError> {
    let all = policies(arm, query).await?;
    let declared: BTreeSet<&ArmName> = query.rule_groups.iter().map(|(policy, _)| policy).collect();
    // The declared spelling of an id stays.
    let mut policies = declared.clone();
    policies.extend(all.iter().flatten().filter(|policy| !declared.contains(policy)));
    let found = each(policies, async |policy: &ArmName| {
        let Some(listed) = groups_in(arm, policy).await? else { return Ok(None) };
        let (mut groups, mut priorities) = (Vec::new(), Vec::new());
        for group in listed {
            let name = parsed(arm, OPERATION, need(&group, "/name"))?;
            priorities.push((name.to_owned(), parsed(arm, OPERATION, number(&group, "/properties/priority"))?));
            let asked = |(of, wanted): &(ArmName, String)| of == policy && wanted.eq_ignore_ascii_case(name);
            if query.rule_groups.iter().any(asked) || holds_ours(&group, &query.product) {
                groups.push(parsed(arm, OPERATION, group_of(policy, name, &group))?);
            }
        }
        Ok(Some((policy.clone(), groups, priorities)))
    })
    .await?;
    let mut policies = Policies { everywhere: all.is_some(), ..Policies::default() };
    for (policy, groups, priorities) in found {
        policies.groups.extend(groups);
        if declared.contains(&policy) {
            policies.priorities.extend(priorities.into_iter().map(|(name, priority)| (policy.clone(), name, priority)));
            policies.found.insert(policy);
        }
    }
    Ok(policies)
}

/// Returns true if a rule of the group carries the product's mark.
fn holds_ours(group: &Value, product: &str) -> bool {
    let mut rules = list(group, "/properties/ruleCollections").iter().flat_map(|of| list(of, "/rules"));
    rules.any(|rule| marks::rule_is_ours(text(rule, "/name"), text(rule, "/description"), product))
}

/// Reads a group.
pub(crate) fn group_of(policy: &ArmName, name: &str, group: &Value) -> Result<LiveRuleGroup, String> {
    let mut rules = Vec::new();
    for collection in list(group, "/properties/ruleCollections") {
        rules.extend(rules_of(collection)?);
    }
    Ok(LiveRuleGroup {
        policy: policy.clone(),
        name: name.to_owned(),
        priority: number(group, "/properties/priority")?,
        etag: etag(group).to_owned(),
        state: state(group),
        rules,
        raw: group.pointer("/properties/ruleCollections").cloned().unwrap_or_else(|| Value::Array(Vec::new())),
    })
}

fn rules_of(collection: &Value) -> Result<Vec<LiveFirewallRule>, String> {
    let name = text(collection, "/name");
    let priority = number(collection, "/priority").map_err(|why| format!("collection {name}: {why}"))?;
    let action = text(collection, "/action/type");
    list(collection, "/rules")
        .iter()
        .map(|rule| {
            let ip_groups = ["/sourceIpGroups", "/destinationIpGroups"];
            let to = ["/destinationAddresses", "/destinationFqdns", "/targetFqdns"];
            Ok(LiveFirewallRule {
                collection: name.to_owned(),
                collection_priority: priority,
                action: action.to_owned(),
                rule_type: text(rule, "/ruleType").to_owned(),
                name: need(rule, "/name").map_err(|why| format!("collection {name}: {why}"))?.to_owned(),
                protocols: protocols(rule),
                from: canonical(texts(rule, "/sourceAddresses")),
                to: canonical(to.iter().flat_map(|pointer| texts(rule, pointer)).collect()),
                ports: texts(rule, "/destinationPorts"),
                ip_groups: ip_groups.iter().flat_map(|pointer| texts(rule, pointer)).collect(),
                description: text(rule, "/description").to_owned(),
            })
        })
        .collect()
}

/// Protocols of a network rule (`ipProtocols`), or of an application rule (`protocols`: type and port).
fn protocols(rule: &Value) -> BTreeSet<String> {
    let network = texts(rule, "/ipProtocols").into_iter().map(|protocol| protocol_name(&protocol));
    let application = list(rule, "/protocols").iter().map(|protocol| {
        let port = protocol.get("port").and_then(Value::as_u64).unwrap_or_default();
        format!("{}:{port}", text(protocol, "/protocolType").to_ascii_uppercase())
    });
    network.chain(application).collect()
}

/// Returns the one spelling of a protocol: `TCP`, `UDP`, `ICMP`, `Any`.
fn protocol_name(text: &str) -> String {
    if text.eq_ignore_ascii_case("any") { "Any".to_owned() } else { text.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn collections_of_every_kind_are_flattened_in_order() {
        let group = json!({"etag": "e", "properties": {"priority": 300, "provisioningState": "Succeeded",
        "ruleCollections": [
            {"name": "xcloud", "priority": 1000, "action": {"type": "Allow"}, "rules": [
                {"ruleType": "NetworkRule", "name": "a", "ipProtocols": ["tcp", "any"],
                 "sourceAddresses": ["10.0.0.1"], "destinationAddresses": ["*"], "destinationFqdns": ["x.example"],
                 "destinationPorts": ["443"], "sourceIpGroups": ["/ipg"]}]},
            {"name": "nat", "priority": 1100, "action": {"type": "DNAT"}, "rules": [
                {"ruleType": "ApplicationRule", "name": "b", "protocols": [{"protocolType": "Https", "port": 443}],
                 "targetFqdns": ["y.example"], "newField": 1}]}
        ]}});
        let policy = ArmName("/p".to_owned());
        let read = group_of(&policy, "g", &group).expect("the group is well formed");
        assert_eq!((read.priority, read.etag.as_str(), read.rules.len()), (300, "e", 2));
        assert_eq!(read.rules[0].protocols, BTreeSet::from(["Any".to_owned(), "TCP".to_owned()]));
        assert_eq!(read.rules[0].from, BTreeSet::from(["10.0.0.1/32".to_owned()]));
        assert_eq!(read.rules[0].to, BTreeSet::from(["*".to_owned(), "x.example".to_owned()]));
        assert_eq!(read.rules[0].ip_groups, BTreeSet::from(["/ipg".to_owned()]));
        assert_eq!(read.rules[1].protocols, BTreeSet::from(["HTTPS:443".to_owned()]));
        assert_eq!(read.rules[1].action, "DNAT");
        assert_eq!(read.raw[1]["rules"][0]["newField"], 1, "what is not understood is kept");
    }
}
