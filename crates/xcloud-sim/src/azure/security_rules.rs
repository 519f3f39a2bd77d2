//! Security rules, each a resource of its own below its group.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome};
use super::world::{State, list_at, text_at};
use super::{shapes, write};

const PROTOCOLS: [&str; 6] = ["*", "Tcp", "Udp", "Icmp", "Esp", "Ah"];

/// The four sides of a rule, with the names of their single and plural forms and whether they are ports.
const SIDES: [(&str, &str, bool); 4] = [
    ("sourceAddressPrefix", "sourceAddressPrefixes", false),
    ("destinationAddressPrefix", "destinationAddressPrefixes", false),
    ("sourcePortRange", "sourcePortRanges", true),
    ("destinationPortRange", "destinationPortRanges", true),
];

/// Creates or replaces one rule; rules of one group may be written at the same time.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::SECURITY_RULE)?;
    refuse_while_group_busy(call, id)?;
    write::refuse_while_busy(call, id)?;
    let group = id.parent().map(|group| group.key()).unwrap_or_default();
    let others = call
        .world
        .children(&group, "securityRules")
        .filter(|other| !other.id.eq_ignore_ascii_case(&draft.id.to_string()))
        .map(|other| (other.name(), &other.properties));
    check(&draft.id, &draft.properties, others)?;
    draft.properties = normalised(draft.properties);
    let seconds = call.world.durations.security_rule;
    Ok(write::accept(call, draft, seconds))
}

/// Deletes one rule.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    refuse_while_group_busy(call, id)?;
    let seconds = call.world.durations.security_rule;
    write::delete(call, id, seconds)
}

/// Checks a rule by itself and against the other rules of its group.
///
/// `SecurityRuleConflict` is in public threads; the codes for a bad priority or description are not published.
pub(super) fn check<'a>(
    id: &ResourceId,
    rule: &Map<String, Value>,
    others: impl Iterator<Item = (&'a str, &'a Map<String, Value>)>,
) -> Result<(), ArmError> {
    let priority = rule.get("priority").and_then(Value::as_i64).unwrap_or_default();
    if !(100..=4096).contains(&priority) {
        let message = format!("Security rule has invalid Priority. Value provided: {priority} Allowed range 100-4096.");
        return Err(ArmError::bad_request("SecurityRuleInvalidPriority", message));
    }
    check_word(rule, "protocol", &PROTOCOLS)?;
    check_word(rule, "access", &["Allow", "Deny"])?;
    check_word(rule, "direction", &["Inbound", "Outbound"])?;
    if text_at(rule, "/description").is_some_and(|text| text.chars().count() > 140) {
        let message = format!("The description of security rule {id} is longer than 140 characters.");
        return Err(ArmError::bad_request("SecurityRuleDescriptionTooLong", message));
    }
    for (single, plural, ports) in SIDES {
        check_side(id, rule, single, plural, ports)?;
    }
    for (name, other) in others {
        let same_direction = text_at(other, "/direction").zip(text_at(rule, "/direction"));
        let same_direction = same_direction.is_some_and(|(left, right)| left.eq_ignore_ascii_case(right));
        if same_direction && other.get("priority").and_then(Value::as_i64) == Some(priority) {
            let message = format!(
                "Security rule {} conflicts with rule {name}. Rules cannot have the same Priority and Direction.",
                id.name()
            );
            return Err(ArmError::bad_request("SecurityRuleConflict", message));
        }
    }
    Ok(())
}

/// Returns a rule as Azure keeps it: what was sent, with the plural form empty where the single one was used.
pub(super) fn normalised(mut rule: Map<String, Value>) -> Map<String, Value> {
    for (_, plural, _) in SIDES {
        rule.entry(plural).or_insert_with(|| json!([]));
    }
    rule
}

fn check_word(rule: &Map<String, Value>, name: &str, words: &[&str]) -> Result<(), ArmError> {
    let word = text_at(rule, name).unwrap_or_default();
    if words.iter().any(|known| known.eq_ignore_ascii_case(word)) {
        return Ok(());
    }
    let message = format!("Value '{word}' of '{name}' is not one of {}.", words.join(", "));
    Err(ArmError::bad_request("InvalidRequestFormat", "Cannot parse the request.").detail("InvalidJson", message))
}

/// Checks one side: exactly one of its two forms, and what it names.
///
/// Application security groups may take the place of addresses. The code for "both forms" is not published.
fn check_side(
    id: &ResourceId,
    rule: &Map<String, Value>,
    single: &str,
    plural: &str,
    ports: bool,
) -> Result<(), ArmError> {
    let one = text_at(rule, single);
    let many: Vec<&str> = list_at(rule, plural).iter().filter_map(Value::as_str).collect();
    let groups = plural.replace("AddressPrefixes", "ApplicationSecurityGroups");
    let grouped = !ports && !list_at(rule, &groups).is_empty();
    if one.is_some() && !many.is_empty() {
        let message = format!("Security rule {id} specifies both {single} and {plural}.");
        return Err(ArmError::bad_request("SecurityRuleParameterConflict", message));
    }
    if one.is_none() && many.is_empty() && !grouped {
        let message = format!("Required security rule parameters are missing for security rule {id}: {single}.");
        return Err(ArmError::bad_request("MissingRequiredSecurityRuleParameter", message));
    }
    for value in one.iter().chain(&many) {
        if ports && !is_port_range(value) {
            let message = format!("Security rule has invalid Port range. Value provided: {value}.");
            return Err(ArmError::bad_request("SecurityRuleInvalidPortRange", message));
        }
        if !ports && !is_address(value) {
            let message = format!("Security rule has invalid Address prefix. Value provided: {value}");
            return Err(ArmError::bad_request("SecurityRuleInvalidAddressPrefix", message));
        }
    }
    if let Some(unsupported) = many.iter().find(|value| **value == "*") {
        let message = format!("Security rule parameter {plural} contains the unsupported value {unsupported}.");
        return Err(ArmError::bad_request("SecurityRuleParameterContainsUnsupportedValue", message));
    }
    if let Some((one, other)) = overlapping(&many) {
        let message = format!(
            "Security rule parameter {single} for rule with Id {id} cannot have overlapping subnets. Overlapping \
             subnets: {one}, {other}."
        );
        return Err(ArmError::bad_request("OverlappingSubnetsNotPermittedInSecurityRule", message));
    }
    Ok(())
}

/// Two networks of a side that share addresses: Azure takes none such (kubernetes-sigs/cloud-provider-azure#6775).
fn overlapping(values: &[&str]) -> Option<(IpNet, IpNet)> {
    let read = |text: &&str| text.parse::<IpNet>().or_else(|_| text.parse::<IpAddr>().map(IpNet::from)).ok();
    let nets: Vec<IpNet> = values.iter().filter_map(read).collect();
    let mut pairs = nets.iter().enumerate().flat_map(|(at, one)| nets[at + 1..].iter().map(move |other| (one, other)));
    pairs.find(|(one, other)| one.contains(*other) || other.contains(*one)).map(|(one, other)| (*one, *other))
}

/// `*`, an address, a CIDR, or a service tag such as `AzureLoadBalancer` or `Storage.NorwayEast`.
fn is_address(text: &str) -> bool {
    let tag = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.');
    text == "*" || tag || text.parse::<IpAddr>().is_ok() || text.parse::<IpNet>().is_ok()
}

/// `*`, a port, or a range of ports.
pub(super) fn is_port_range(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let (low, high) = text.split_once('-').unwrap_or((text, text));
    matches!((low.parse::<u16>(), high.parse::<u16>()), (Ok(low), Ok(high)) if low <= high)
}

/// A rule waits for a write or deletion of its whole group.
fn refuse_while_group_busy(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let group = id.parent().and_then(|group| call.world.resources.get(&group.key()));
    match group.map(|group| &group.state) {
        Some(State::Updating(operation) | State::Deleting(operation)) => Err(write::conflict(call, operation)),
        Some(State::Succeeded | State::Failed) | None => Ok(()),
    }
}
