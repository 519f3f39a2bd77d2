//! The network rules of a firewall policy, as "Configure Azure Firewall rules" says: a parent policy first, then rule
//! collection groups by priority, in them collections by priority, in those rules from the top; the first match decides,
//! and what no rule matches is denied.

use std::net::Ipv4Addr;

use serde_json::{Map, Value};

use super::addresses::{name_address, name_port, texts};
use super::first_match::{Match, Slot};
use super::in_force::{alternatives, exists};
use super::question::Packet;
use super::verdict::{Hop, require};
use crate::Millis;
use crate::azure::{AzureWorld, Stored};

/// What refuses.
pub(super) const HOP: &str = "firewall";

/// How many parents a policy can have: one, which has none (more are met in no cloud, but a circle must end).
const MOST_PARENTS: usize = 4;

/// Returns what each rule collection group may do with the packet.
pub(super) fn slots(azure: &AzureWorld, now: Millis, policy: &str, packet: Packet) -> Hop<Vec<Slot>> {
    let mut slots = Vec::new();
    for (level, policy) in with_parents(azure, policy).into_iter().enumerate() {
        require(exists(azure, policy, now), HOP, || format!("there is no policy {policy}"))?;
        for group in azure.children(policy, "ruleCollectionGroups") {
            let found = alternatives(azure, group, now);
            let of = |group_now: Option<_>| group_match(azure, level, group, group_now?, packet);
            slots.push(found.into_iter().map(of).collect());
        }
    }
    Ok(slots)
}

/// Returns a policy behind its parents, which are met first.
fn with_parents<'a>(azure: &'a AzureWorld, policy: &'a str) -> Vec<&'a str> {
    let parent = |policy: &&str| azure.find(policy).and_then(|stored| stored.text("/basePolicy/id"));
    let mut chain: Vec<&str> = std::iter::successors(Some(policy), parent).take(MOST_PARENTS).collect();
    chain.reverse();
    chain
}

/// Returns the first match in a group.
fn group_match(
    azure: &AzureWorld,
    level: usize,
    group: &Stored,
    properties: &Map<String, Value>,
    packet: Packet,
) -> Option<Match> {
    let priority = |object: &Map<String, Value>| object.get("priority").and_then(Value::as_i64).unwrap_or(i64::MAX);
    let mut collections = objects(properties, "ruleCollections");
    collections.sort_by_key(|collection| priority(collection));
    for collection in collections {
        let action = collection.get("action").and_then(|action| action["type"].as_str()).unwrap_or_default();
        let rules = objects(collection, "rules");
        let Some(rule) = rules.into_iter().find(|rule| matches(azure, rule, packet)) else { continue };
        let name = |object: &Map<String, Value>| texts(object, "name").concat();
        return Some(Match {
            order: (level, priority(properties)),
            allows: action.eq_ignore_ascii_case("Allow"),
            rule: format!("{}/{}/{}", group.name(), name(collection), name(rule)),
        });
    }
    None
}

fn matches(azure: &AzureWorld, rule: &Map<String, Value>, packet: Packet) -> bool {
    let named = |name: &str| texts(rule, name);
    let tcp = |protocol: &&str| ["TCP", "Any"].iter().any(|known| known.eq_ignore_ascii_case(protocol));
    let in_group = |name: &str, address: Ipv4Addr| {
        let mut groups = named(name).into_iter().filter_map(|id| azure.find(id));
        groups.any(|group| name_address(&texts(&group.properties, "ipAddresses"), address))
    };
    named("ruleType") == ["NetworkRule"]
        && named("ipProtocols").iter().any(tcp)
        && (name_address(&named("sourceAddresses"), packet.from) || in_group("sourceIpGroups", packet.from))
        && (name_address(&named("destinationAddresses"), packet.to) || in_group("destinationIpGroups", packet.to))
        && name_port(&named("destinationPorts"), packet.port)
}

fn objects<'a>(object: &'a Map<String, Value>, name: &str) -> Vec<&'a Map<String, Value>> {
    object.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect()
}
