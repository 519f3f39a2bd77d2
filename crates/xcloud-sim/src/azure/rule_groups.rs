//! Rule collection groups of a firewall policy, each written as a whole.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::firewall_policies::{FIREWALL, refuse_while_busy};
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome, Reply};
use super::security_rules::is_port_range;
use super::world::{AzureWorld, State, Stored, list_at};
use super::{shapes, write};

/// The lists that Azure answers for each rule, empty or not, by rule type.
const RULE_LISTS: [(&str, &[&str]); 3] = [
    (
        "NetworkRule",
        &[
            "ipProtocols",
            "sourceAddresses",
            "sourceIpGroups",
            "destinationAddresses",
            "destinationIpGroups",
            "destinationFqdns",
            "destinationPorts",
        ],
    ),
    (
        "ApplicationRule",
        &[
            "protocols",
            "fqdnTags",
            "webCategories",
            "targetFqdns",
            "targetUrls",
            "sourceAddresses",
            "destinationAddresses",
            "sourceIpGroups",
        ],
    ),
    ("NatRule", &["ipProtocols", "sourceAddresses", "sourceIpGroups", "destinationAddresses", "destinationPorts"]),
];

/// The largest group ("Azure Firewall limits"); the code of the refusal is not published.
const LARGEST: usize = 2_000_000;

/// Creates or replaces a group: what the body leaves out is gone.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::RULE_GROUP)?;
    let Some(policy) = id.parent() else { return Err(ArmError::child_not_found(&id.to_string())) };
    refuse_while_busy(call, &policy)?;
    check(&draft.properties)?;
    let priority = &draft.properties["priority"];
    let taken = call.world.children(&policy.key(), "ruleCollectionGroups").find(|other| {
        !other.id.eq_ignore_ascii_case(&id.to_string()) && other.properties.get("priority") == Some(priority)
    });
    if let Some(taken) = taken {
        let message = format!("Rule collection group {} already has the priority {priority}.", taken.name());
        return Err(invalid("FirewallPolicyRuleCollectionGroupsPrioritiesNotUnique", message));
    }
    draft.properties = normalised(draft.properties);
    if size(&draft.properties) > LARGEST {
        let message = format!("The size of rule collection group {} is over the limit of 2 MB.", id.name());
        return Err(invalid("FirewallPolicyRuleCollectionGroupSizeLimitExceeded", message));
    }
    let same = |live: &Stored| live.state == State::Succeeded && live.properties == draft.properties;
    if call.world.null_for_unchanged && call.world.resources.get(&id.key()).is_some_and(same) {
        return Ok(Reply::json(200, Value::Null));
    }
    let seconds = seconds(call.world, &policy);
    Ok(write::accept(call, draft, seconds))
}

/// Deletes a group with all its rules.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    let Some(policy) = id.parent().filter(|_| call.world.resources.contains_key(&id.key())) else {
        return Ok(Reply::empty(204));
    };
    refuse_while_busy(call, &policy)?;
    let seconds = seconds(call.world, &policy);
    write::delete(call, id, seconds)
}

/// A policy that is attached to a firewall takes minutes: the firewall itself is reconfigured.
fn seconds(world: &AzureWorld, policy: &ResourceId) -> f64 {
    let attached = world.resources.get(&policy.key()).is_some_and(|policy| policy.hidden.contains_key(FIREWALL));
    if attached { world.durations.rule_group_attached } else { world.durations.rule_group_detached }
}

/// Checks priorities, names, actions and rules; the codes are not published.
pub(super) fn check(group: &Map<String, Value>) -> Result<(), ArmError> {
    check_priority(group.get("priority"), "rule collection group")?;
    let mut names = BTreeSet::new();
    let mut priorities = BTreeSet::new();
    for collection in list_at(group, "ruleCollections") {
        let name = collection["name"].as_str().unwrap_or_default();
        if name.is_empty() || !names.insert(name.to_lowercase()) {
            let message = format!("The name '{name}' of a rule collection is missing or not unique in its group.");
            return Err(invalid("FirewallPolicyRuleCollectionNameNotUnique", message));
        }
        check_priority(collection.get("priority"), "rule collection")?;
        if !priorities.insert(collection["priority"].as_i64()) {
            let message = format!("Rule collection {name} has the priority of another one in its group.");
            return Err(invalid("FirewallPolicyRuleCollectionPriorityNotUnique", message));
        }
        check_collection(name, collection)?;
    }
    Ok(())
}

fn check_collection(name: &str, collection: &Value) -> Result<(), ArmError> {
    let actions: &[&str] = match collection["ruleCollectionType"].as_str() {
        Some("FirewallPolicyNatRuleCollection") => &["DNAT"],
        _ => &["Allow", "Deny"],
    };
    if !collection["action"]["type"].as_str().is_some_and(|action| actions.contains(&action)) {
        let message = format!("The action of rule collection {name} is not one of {}.", actions.join(", "));
        return Err(invalid("FirewallPolicyRuleCollectionInvalidAction", message));
    }
    let rules = collection["rules"].as_array().map_or(&[][..], Vec::as_slice);
    let mut names = BTreeSet::new();
    for rule in rules {
        let rule_name = rule["name"].as_str().unwrap_or_default();
        if rule_name.is_empty() || !names.insert(rule_name.to_lowercase()) {
            let message = format!("The name '{rule_name}' of a rule is missing or not unique in {name}.");
            return Err(invalid("FirewallPolicyRuleNameNotUnique", message));
        }
        if rule["ruleType"] == "NetworkRule" {
            check_network_rule(rule_name, rule)?;
        }
        if rule["ruleType"] != rules[0]["ruleType"] {
            let message = format!("Rule collection {name} mixes rules of different types.");
            return Err(invalid("FirewallPolicyMixedRuleTypes", message));
        }
    }
    Ok(())
}

fn check_network_rule(name: &str, rule: &Value) -> Result<(), ArmError> {
    let texts = |list: &str| -> Vec<String> {
        rule[list].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let any = |lists: &[&str]| lists.iter().any(|list| !texts(list).is_empty());
    let complete = any(&["ipProtocols"])
        && any(&["sourceAddresses", "sourceIpGroups"])
        && any(&["destinationAddresses", "destinationIpGroups", "destinationFqdns"])
        && any(&["destinationPorts"]);
    if !complete {
        let message = format!("Network rule {name} needs protocols, a source, a destination and ports.");
        return Err(invalid("FirewallPolicyRuleIncomplete", message));
    }
    if let Some(port) = texts("destinationPorts").iter().find(|port| !is_port_range(port)) {
        return Err(invalid("FirewallPolicyRuleInvalidPort", format!("Invalid port {port} in network rule {name}.")));
    }
    let protocols = ["TCP", "UDP", "ICMP", "Any"];
    if let Some(unknown) = texts("ipProtocols").iter().find(|known| !protocols.contains(&known.as_str())) {
        let message = format!("Invalid protocol {unknown} in network rule {name}.");
        return Err(invalid("FirewallPolicyRuleInvalidProtocol", message));
    }
    let sources = texts("sourceAddresses").into_iter();
    if let Some(address) = sources.chain(texts("destinationAddresses")).find(|address| !is_address(address)) {
        let message = format!("Invalid address {address} in network rule {name}.");
        return Err(invalid("FirewallPolicyRuleInvalidIpAddress", message));
    }
    Ok(())
}

/// `*`, an address, a CIDR, a range of addresses, or a service tag.
fn is_address(text: &str) -> bool {
    let ip = |text: &str| text.parse::<std::net::Ipv4Addr>().is_ok();
    let tag = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    let range = text.split_once('-').is_some_and(|(low, high)| ip(low) && ip(high));
    text == "*" || tag || range || ip(text) || text.parse::<ipnet::Ipv4Net>().is_ok()
}

/// Checks a priority: 100 to 65000 ("Azure Firewall policy rule sets").
fn check_priority(priority: Option<&Value>, what: &str) -> Result<(), ArmError> {
    let priority = priority.and_then(Value::as_i64).unwrap_or_default();
    if (100..=65000).contains(&priority) {
        return Ok(());
    }
    let message = format!("Invalid priority {priority} of a {what}: it must be between 100 and 65000.");
    Err(invalid("FirewallPolicyRuleCollectionGroupInvalidPriorityValue", message))
}

/// Returns a group as Azure answers it: every list of a rule is there, and the size.
pub(super) fn normalised(mut group: Map<String, Value>) -> Map<String, Value> {
    let collections = group.entry("ruleCollections").or_insert(json!([]));
    for collection in collections.as_array_mut().into_iter().flatten() {
        if collection["rules"].is_null() {
            collection["rules"] = json!([]);
        }
        let rules = collection["rules"].as_array_mut().into_iter().flatten();
        for rule in rules.filter_map(Value::as_object_mut) {
            let rule_type = rule.get("ruleType").and_then(Value::as_str).unwrap_or_default();
            let lists = RULE_LISTS.iter().find(|(known, _)| *known == rule_type).map_or(&[][..], |(_, lists)| *lists);
            for list in lists {
                rule.entry(*list).or_insert(json!([]));
            }
        }
    }
    let size = size(&group);
    group.insert("size".to_owned(), json!(format!("{}.{:06}MB", size / 1_000_000, size % 1_000_000)));
    group
}

/// Returns the size of a group as Azure tells it: of its properties as JSON.
fn size(group: &Map<String, Value>) -> usize {
    group.iter().filter(|(key, _)| *key != "size").map(|(key, value)| key.len() + value.to_string().len()).sum()
}

fn invalid(code: &str, message: impl Into<String>) -> ArmError {
    ArmError::bad_request(code, message)
}
