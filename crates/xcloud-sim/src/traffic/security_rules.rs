//! The rules of a network security group, as "Network security groups" says: by priority, the first match decides, and
//! behind all of them stand the default rules.

use serde_json::{Map, Value};

use super::addresses::{Share, client_ports, name_address, name_port, texts};
use super::first_match::{Match, Slot};
use super::in_force::{Alternative, alternatives, exists};
use super::question::{Direction, Packet};
use super::verdict::{Hop, require};
use crate::Millis;
use crate::azure::AzureWorld;

/// What refuses.
pub(super) const HOP: &str = "network security group";

/// Returns what each rule may do with the packet, the default rules as the last.
pub(super) fn slots(
    azure: &AzureWorld,
    now: Millis,
    group: &str,
    packet: Packet,
    direction: Direction,
) -> Hop<Vec<Slot>> {
    require(exists(azure, group, now), HOP, || format!("there is no group {group}"))?;
    let mut slots: Vec<Slot> = Vec::new();
    for rule in azure.children(group, "securityRules") {
        let found = alternatives(azure, rule, now);
        slots.push(found.into_iter().flat_map(|now| rule_slot(rule.name(), now, packet, direction)).collect());
    }
    slots.push(vec![Some(default_match(packet, direction))]);
    Ok(slots)
}

/// What a rule does: a rule for some of the client's ports matches, or it does not.
fn rule_slot(name: &str, rule: Alternative<'_>, packet: Packet, direction: Direction) -> Slot {
    let Some(rule) = rule.filter(|rule| matches(rule, packet, direction)) else { return vec![None] };
    let priority = rule.get("priority").and_then(Value::as_i64).unwrap_or(i64::MAX);
    let allows = texts(rule, "access").iter().any(|access| access.eq_ignore_ascii_case("Allow"));
    let found = Some(Match { order: (0, priority), allows, rule: name.to_owned() });
    match client_ports(&side(rule, "sourcePortRange", "sourcePortRanges")) {
        Share::Everything => vec![found],
        Share::Part => vec![found, None],
        Share::Nothing => vec![None],
    }
}

fn matches(rule: &Map<String, Value>, packet: Packet, direction: Direction) -> bool {
    let direction = match direction {
        Direction::Inbound => "Inbound",
        Direction::Outbound => "Outbound",
    };
    let is = |name: &str, word: &str| texts(rule, name).iter().any(|text| text.eq_ignore_ascii_case(word));
    is("direction", direction)
        && (is("protocol", "*") || is("protocol", "Tcp"))
        && name_address(&side(rule, "sourceAddressPrefix", "sourceAddressPrefixes"), packet.from)
        && name_address(&side(rule, "destinationAddressPrefix", "destinationAddressPrefixes"), packet.to)
        && name_port(&side(rule, "destinationPortRange", "destinationPortRanges"), packet.port)
}

/// A side of a rule, in whichever of its two forms it was written.
fn side<'a>(rule: &'a Map<String, Value>, single: &str, plural: &str) -> Vec<&'a str> {
    let mut named = texts(rule, single);
    named.extend(texts(rule, plural));
    named
}

/// The default rules: between private addresses everything is `VirtualNetwork` and allowed; besides, only the way to the
/// internet is open.
fn default_match(packet: Packet, direction: Direction) -> Match {
    let inside = packet.from.is_private() && packet.to.is_private();
    let (priority, allows, rule) = match direction {
        Direction::Inbound if inside => (65000, true, "AllowVnetInBound"),
        Direction::Inbound => (65500, false, "DenyAllInBound"),
        Direction::Outbound if inside => (65000, true, "AllowVnetOutBound"),
        Direction::Outbound if !packet.to.is_private() => (65001, true, "AllowInternetOutBound"),
        Direction::Outbound => (65500, false, "DenyAllOutBound"),
    };
    Match { order: (0, priority), allows, rule: rule.to_owned() }
}
