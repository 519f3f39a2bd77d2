//! What a replacement changes: the new object's fields beside those of the one that it replaces.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::handles::shown;
use super::refs::Refs;
use crate::model::Resource;
use crate::op::{Handle, SubnetPin};
use crate::plan::draft::{Draft, field};
use crate::plan::{Action, FieldChange, Path, Property, Set};

/// What a live object holds, by the paths under which a plan shows it.
pub(crate) type Held = BTreeMap<Path, Value>;

/// Adds the change of something that is made: a creation, or with an old one (what it holds, its id, its state) a
/// replacement.
pub(crate) fn change(
    draft: &mut Draft<'_>,
    refs: &Refs,
    resource: &Resource,
    fields: Vec<FieldChange>,
    old: Option<(Held, &str, &str)>,
) {
    let reasons = refs.reasons.get(&resource.addr).cloned().unwrap_or_default();
    let Some((shown, id, state)) = old else {
        return draft.change_because(resource, Action::Create, fields, None, reasons);
    };
    let mut fields = differing(fields, shown);
    if fields.is_empty() {
        fields.push(field(Property::State, state, "available"));
    }
    draft.change_because(resource, Action::Replace, fields, Some(id.to_owned()), reasons);
}

/// Returns the fields that differ: those that are equal on both sides are left out, and those that the new one has no
/// more are shown as going.
fn differing(new: Vec<FieldChange>, old: Held) -> Vec<FieldChange> {
    let named: BTreeSet<Path> = new.iter().map(|field| field.path.clone()).collect();
    let differ = new.into_iter().filter_map(|field| {
        let before = old.get(&field.path).cloned().unwrap_or_default();
        (before != *field.after).then_some(FieldChange { before, ..field })
    });
    let mut fields: Vec<FieldChange> = differ.collect();
    let gone = old.iter().filter(|(path, _)| !named.contains(*path));
    fields.extend(gone.map(|(path, before)| field(path.clone(), before.clone(), Value::Null)));
    fields
}

/// Known ids as a plan shows them.
pub(crate) fn known(ids: &BTreeSet<String>) -> Value {
    shown(&ids.iter().map(|id| Handle::Known(id.clone())).collect())
}

/// Subnets with the address where one is pinned.
pub(crate) fn subnets<'a>(
    live: impl Iterator<Item = &'a String>,
    ips: &BTreeMap<String, std::net::Ipv4Addr>,
    pins: &[SubnetPin],
) -> Held {
    let value = |subnet: &String| {
        let pinned = pins.iter().any(|pin| pin.subnet == *subnet && pin.ip.is_some());
        let ip = ips.get(subnet).filter(|_| pinned);
        ip.map_or(Value::Bool(true), |ip| Value::from(ip.to_string()))
    };
    live.map(|subnet| (Path::Member(Set::Subnets, subnet.clone()), value(subnet))).collect()
}
