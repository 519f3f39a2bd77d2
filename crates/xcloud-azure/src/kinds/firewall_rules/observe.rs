//! Rule collection groups of firewall policies, and whether the policies exist.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join;
use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveFirewallRule, LivePolicy, LiveRuleGroup};
use xcloud_core::marks;
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, ProviderError};

use super::ip_groups;
use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{canonical, list, need, number, state, text, texts};
use crate::list::{each, everywhere, parsed};
use crate::object::version;

const OPERATION: &str = "GET ruleCollectionGroups";
const POLICY: &str = "GET firewallPolicies";

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

/// Reads what a policy is; `None` if it does not exist.
async fn policy(arm: &Arm, id: &ArmName) -> Found {
    let client = arm.network.firewall_policies_client();
    arm.get(POLICY, id, &["firewallPolicies"], |p| client.get(&p.group, p.name(0), &p.subscription).send()).await
}

/// Returns every policy of the subscription, as far as they are asked for and may be listed.
async fn all(arm: &Arm, query: &AzureQuery) -> Result<Option<BTreeMap<ArmName, Value>>, ProviderError> {
    let client = arm.network.firewall_policies_client();
    let listed = everywhere(query, arm.list(POLICY, "", || client.list_all(&arm.place.account).into_stream())).await?;
    let named = |policy: Value| {
        let id = ArmName(parsed(arm, POLICY, need(&policy, "/id"))?.to_owned());
        Ok((id, policy))
    };
    listed.map(|listed| listed.into_iter().map(named).collect()).transpose()
}

/// What the policies hold.
#[derive(Default)]
pub(crate) struct Policies {
    /// Those that were asked for and exist, and their parents.
    pub(crate) found: Vec<LivePolicy>,
    /// Their groups, and in other policies those with a rule of the product.
    pub(crate) groups: Vec<LiveRuleGroup>,
    /// The addresses of the IP groups that rules of these policies name, as far as they were read.
    pub(crate) ip_groups: BTreeMap<ArmName, BTreeSet<String>>,
    /// Whether every policy of the subscription was looked at.
    pub(crate) everywhere: bool,
}

/// Reads the policies that were asked for with their parents, and what of ours is in the others.
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<Policies, ProviderError> {
    let all = all(arm, query).await?;
    let mut read = Policies { everywhere: all.is_some(), ..Policies::default() };
    let all = all.unwrap_or_default();
    // The declared spelling of an id stays.
    let mut level: BTreeSet<ArmName> = query.rule_groups.iter().map(|(policy, _)| policy.clone()).collect();
    while !level.is_empty() {
        for (policy, groups) in each(level, async |id: ArmName| one_policy(arm, query, id, &all).await).await? {
            read.found.push(policy);
            read.groups.extend(groups);
        }
        let parents = read.found.iter().filter_map(|policy| policy.base.clone());
        level = parents.filter(|id| !read.has(id)).collect();
    }
    read.ip_groups = ip_groups::named(arm, &read.groups).await;
    let ours = each(all.keys().filter(|id| !read.has(id)), async |id: &ArmName| {
        let Some(listed) = groups_in(arm, id).await? else { return Ok(None) };
        let ours = listed.iter().filter(|group| holds_ours(group, &query.product));
        ours.map(|group| parsed(arm, OPERATION, named(id, group))).collect::<Result<Vec<_>, _>>().map(Some)
    });
    read.groups.extend(ours.await?.into_iter().flatten());
    Ok(read)
}

impl Policies {
    fn has(&self, id: &ArmName) -> bool {
        self.found.iter().any(|policy| policy.id == *id)
    }
}

/// Reads a policy with its groups; `None` if it does not exist. What is of others and may not be read, or cannot be
/// understood, is told and hinders nothing: only the groups of a policy that was asked for must be known.
async fn one_policy(
    arm: &Arm,
    query: &AzureQuery,
    id: ArmName,
    all: &BTreeMap<ArmName, Value>,
) -> Result<Option<(LivePolicy, Vec<LiveRuleGroup>)>, ProviderError> {
    let asked = |name: Option<&str>| {
        let mut groups = query.rule_groups.iter().filter(|(policy, _)| *policy == id);
        groups.any(|(_, group)| name.is_none_or(|name| group.eq_ignore_ascii_case(name)))
    };
    let about = async {
        match all.get(&id) {
            Some(known) => Ok(Some(known.clone())),
            None => policy(arm, &id).await,
        }
    };
    let (about, listed) = join(about, groups_in(arm, &id)).await;
    let mut unread = Vec::new();
    let about = readable(about, &mut unread)?.unwrap_or_default();
    let listed = match listed {
        Ok(None) if asked(None) => return Ok(None),
        listed if asked(None) => listed?,
        listed => readable(listed, &mut unread)?,
    };
    if listed.is_none() && unread.is_empty() {
        unread.push("it does not exist".to_owned());
    }
    let mut groups = Vec::new();
    for group in listed.iter().flatten() {
        match named(&id, group) {
            Err(why) if !asked(Some(text(group, "/name"))) && !holds_ours(group, &query.product) => {
                unread.push(format!("the rule collection group {}: {why}", text(group, "/name")));
            }
            group => groups.push(parsed(arm, OPERATION, group)?),
        }
    }
    let unread = Some(unread.join("; ")).filter(|unread| !unread.is_empty());
    Ok(Some((LivePolicy { unread, ..policy_of(id, &about) }, groups)))
}

/// Returns the answer; a refusal is noted, and counts as nothing.
fn readable<T>(answer: Result<Option<T>, ProviderError>, unread: &mut Vec<String>) -> Result<Option<T>, ProviderError> {
    match answer {
        Err(error) if error.kind == ErrorKind::Denied => {
            unread.push(error.to_string());
            Ok(None)
        }
        answer => answer,
    }
}

fn policy_of(id: ArmName, policy: &Value) -> LivePolicy {
    let named = |to: &Value| Some(text(to, "/id")).filter(|id| !id.is_empty()).map(|id| ArmName(id.to_owned()));
    LivePolicy {
        id,
        state: state(policy),
        base: policy.pointer("/properties/basePolicy").and_then(named),
        firewalls: list(policy, "/properties/firewalls").iter().filter_map(named).collect(),
        snat_private_ranges: private_ranges(policy),
        unread: None,
    }
}

fn private_ranges(policy: &Value) -> Option<BTreeSet<String>> {
    let learns = text(policy, "/properties/snat/autoLearnPrivateRanges").eq_ignore_ascii_case("Enabled");
    let ranges = texts(policy, "/properties/snat/privateRanges");
    (!learns && !ranges.is_empty()).then_some(ranges)
}

/// Reads a group of a list.
fn named(policy: &ArmName, group: &Value) -> Result<LiveRuleGroup, String> {
    group_of(policy, need(group, "/name")?, group)
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
        etag: version(group),
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
            Ok(LiveFirewallRule {
                collection: name.to_owned(),
                collection_priority: priority,
                action: action.to_owned(),
                rule_type: text(rule, "/ruleType").to_owned(),
                name: need(rule, "/name").map_err(|why| format!("collection {name}: {why}"))?.to_owned(),
                protocols: protocols(rule),
                from: canonical(texts(rule, "/sourceAddresses")),
                to: canonical(texts(rule, "/destinationAddresses")),
                from_groups: texts(rule, "/sourceIpGroups"),
                to_groups: texts(rule, "/destinationIpGroups"),
                to_names: to_names(rule),
                ports: texts(rule, "/destinationPorts"),
                description: text(rule, "/description").to_owned(),
            })
        })
        .collect()
}

/// Destinations that are no addresses, each with what it is.
fn to_names(rule: &Value) -> BTreeSet<String> {
    let lists = [
        ("/destinationFqdns", "FQDN"),
        ("/targetFqdns", "FQDN"),
        ("/targetUrls", "URL"),
        ("/fqdnTags", "FQDN tag"),
        ("/webCategories", "web category"),
    ];
    lists
        .iter()
        .flat_map(|(list, what)| texts(rule, list).into_iter().map(move |name| format!("{what} {name}")))
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
        assert_eq!((read.priority, read.rules.len()), (300, 2));
        assert!(read.etag.starts_with("sha256:"), "a group is compared by what it holds: {}", read.etag);
        assert_eq!(read.rules[0].protocols, BTreeSet::from(["Any".to_owned(), "TCP".to_owned()]));
        assert_eq!(read.rules[0].from, BTreeSet::from(["10.0.0.1/32".to_owned()]));
        assert_eq!(read.rules[0].to, BTreeSet::from(["*".to_owned()]));
        assert_eq!(read.rules[0].to_names, BTreeSet::from(["FQDN x.example".to_owned()]));
        assert_eq!(read.rules[0].from_groups, BTreeSet::from(["/ipg".to_owned()]));
        assert_eq!(read.rules[1].to_names, BTreeSet::from(["FQDN y.example".to_owned()]));
        assert_eq!(read.rules[1].protocols, BTreeSet::from(["HTTPS:443".to_owned()]));
        assert_eq!(read.rules[1].action, "DNAT");
        assert_eq!(read.raw[1]["rules"][0]["newField"], 1, "what is not understood is kept");
    }
}
