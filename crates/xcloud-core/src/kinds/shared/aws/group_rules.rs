//! Security-group rules: declared and live ones under one identity.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::live::LiveRule;
use crate::marks;
use crate::model::{Addr, GroupRef, Peer, PortRange, Protocol, Rule};
use crate::op::{GroupRule, Handle, PeerHandle};
use crate::plan::draft::Draft;
use crate::plan::{RuleList, RuleName};

use super::refs::Refs;

/// What makes two rules the same: everything but the description (AWS refuses a second one with another text).
pub(crate) type RuleKey = (Protocol, Option<PortRange>, PeerHandle);

/// Returns the declared rules by identity, and the groups that are not known in this run.
pub(crate) fn declared(rules: &[Rule], refs: &Refs) -> (BTreeMap<RuleKey, GroupRule>, Vec<Addr>) {
    let (mut wanted, mut missing) = (BTreeMap::new(), Vec::new());
    for rule in rules {
        let peer = match &rule.peer {
            Peer::Cidr(net) => PeerHandle::Cidr(*net),
            Peer::PrefixList(id) => PeerHandle::PrefixList(id.clone()),
            Peer::Group(GroupRef::Id(id)) => PeerHandle::Group(Handle::Known(id.clone())),
            Peer::Group(GroupRef::Declared(addr)) => match refs.groups.get(addr) {
                Some(handle) => PeerHandle::Group(handle.clone()),
                None => {
                    missing.push(addr.clone());
                    continue;
                }
            },
        };
        let key = (rule.protocol, rule.ports, peer.clone());
        let description = rule.description.clone();
        wanted.insert(key, GroupRule { protocol: rule.protocol, ports: rule.ports, peer, description });
    }
    (wanted, missing)
}

/// Returns the identity of a live rule, or `None` if it is of a form that cannot be declared.
pub(crate) fn live_key(rule: &LiveRule) -> Option<RuleKey> {
    if rule.raw.is_some() {
        return None;
    }
    let peer = match (&rule.cidr, &rule.prefix_list, &rule.group) {
        (Some(net), _, _) => PeerHandle::Cidr(*net),
        (_, Some(id), _) => PeerHandle::PrefixList(id.clone()),
        (_, _, Some(id)) => PeerHandle::Group(Handle::Known(id.clone())),
        (None, None, None) => return None,
    };
    Some((rule.protocol, rule.ports, peer))
}

/// Returns a live rule in the form in which it could be written again.
pub(crate) fn written(rule: &LiveRule) -> Option<GroupRule> {
    let (protocol, ports, peer) = live_key(rule)?;
    Some(GroupRule { protocol, ports, peer, description: rule.description.clone() })
}

/// Returns the name of a rule in a plan: `ingress[tcp 443 from 10.0.0.0/16]`.
pub(crate) fn path(egress: bool, key: &RuleKey) -> RuleName {
    let (protocol, ports, peer) = key;
    let word = if egress { "to" } else { "from" };
    let ports = ports.map(|ports| format!(" {ports}")).unwrap_or_default();
    let peer = match peer {
        PeerHandle::Cidr(net) => net.to_string(),
        PeerHandle::PrefixList(id) => id.clone(),
        PeerHandle::Group(handle) => handle.to_string(),
    };
    RuleName { list: list(egress), text: format!("{protocol}{ports} {word} {peer}") }
}

/// Returns the name of a live rule, also of one that cannot be declared.
pub(crate) fn live_path(rule: &LiveRule) -> RuleName {
    match live_key(rule) {
        Some(key) => path(rule.egress, &key),
        None => RuleName { list: list(rule.egress), text: rule.raw.as_ref().unwrap_or(&rule.id).clone() },
    }
}

fn list(egress: bool) -> RuleList {
    if egress { RuleList::Egress } else { RuleList::Ingress }
}

/// Returns what a plan shows as the value of a rule that is there: its description, or `true`.
pub(crate) fn value(description: Option<&String>) -> Value {
    description.map_or(Value::Bool(true), |text| Value::from(text.clone()))
}

/// Returns true if a rule carries our mark.
pub(crate) fn is_ours(draft: &Draft<'_>, rule: &LiveRule) -> bool {
    marks::marked_address(&rule.tags, &draft.desired.product).is_some()
}
