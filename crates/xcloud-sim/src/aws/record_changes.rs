//! ChangeResourceRecordSets: all changes of a batch, or none.

use std::collections::BTreeMap;

use super::endpoints::dns_entries;
use super::failure::{Failure, ensure};
use super::hosted_zones::{find, submit};
use super::operation::{Answer, Call};
use super::record_sets::{Content, RecordSet, full_name, key};
use super::route53::Route;
use super::world::AwsWorld;
use super::xml::Element;

/// Most changes of a batch (<https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html>).
const MOST_CHANGES: usize = 1000;

/// Answers ChangeResourceRecordSets.
pub(super) fn change(call: &mut Call<'_>, route: &Route, body: &[u8]) -> Answer {
    let root = Element::parse(body)?;
    let invalid = |text: &str| Failure::new("InvalidInput", text);
    let batch = root.child("ChangeBatch").ok_or_else(|| invalid("ChangeBatch is required"))?;
    let changes = batch.child("Changes").map(|changes| changes.children.as_slice()).unwrap_or_default();
    ensure(!changes.is_empty() && changes.len() <= MOST_CHANGES, "InvalidInput", || {
        format!("A batch has 1 to {MOST_CHANGES} changes")
    })?;
    let zone = find(call.world, &call.account, &route.id)?;
    let (name, mut records) = (zone.name.clone(), zone.records.clone());
    let mut faults = Vec::new();
    for change in changes {
        let action = change.child_text("Action").unwrap_or_default();
        let set = change.child("ResourceRecordSet").ok_or_else(|| invalid("ResourceRecordSet is required"))?;
        let record = RecordSet::read(set)?;
        let fault = match within(&record, &name) {
            Some(fault) => Some(fault),
            None => apply(call.world, &mut records, action, record)?,
        };
        faults.extend(fault);
    }
    if !faults.is_empty() {
        return Err(Failure::new("InvalidChangeBatch", format!("[{}]", faults.join(", "))));
    }
    if let Some(zone) = call.world.zones.get_mut(&route.id) {
        zone.records = records;
    }
    let comment = batch.child_text("Comment").filter(|text| !text.is_empty()).map(str::to_owned);
    Ok(submit(call, comment))
}

fn within(record: &RecordSet, zone: &str) -> Option<String> {
    let inside = record.name == zone || record.name.ends_with(&format!(".{zone}"));
    (!inside).then(|| format!("RRSet with DNS name {} is not permitted in zone {zone}", record.name))
}

fn apply(
    world: &AwsWorld,
    records: &mut BTreeMap<String, RecordSet>,
    action: &str,
    record: RecordSet,
) -> Result<Option<String>, Failure> {
    let place = key(&record.name, &record.kind);
    let label = format!("resource record set [name='{}', type='{}']", record.name, record.kind);
    Ok(match (action, records.get(&place)) {
        ("CREATE", Some(_)) => Some(format!("Tried to create {label} but it already exists")),
        ("CREATE" | "UPSERT", _) => {
            let fault = record.fault().or_else(|| conflict(records, &record)).or_else(|| alias_fault(world, &record));
            if fault.is_none() {
                records.insert(place, record);
            }
            fault
        }
        ("DELETE", None) => Some(format!("Tried to delete {label} but it was not found")),
        ("DELETE", Some(live)) if !equal(live, &record) => {
            Some(format!("Tried to delete {label} but the values provided do not match the current values"))
        }
        ("DELETE", Some(_)) => {
            records.remove(&place);
            None
        }
        (other, _) => return Err(Failure::new("InvalidInput", format!("The action '{other}' is not valid"))),
    })
}

/// Equal but for the order of the values.
fn equal(left: &RecordSet, right: &RecordSet) -> bool {
    match (&left.content, &right.content) {
        (Content::Values { ttl, values }, Content::Values { ttl: other_ttl, values: other }) => {
            let (mut values, mut other) = (values.clone(), other.clone());
            values.sort();
            other.sort();
            (ttl, values) == (other_ttl, other)
        }
        (left, right) => left == right,
    }
}

fn conflict(records: &BTreeMap<String, RecordSet>, record: &RecordSet) -> Option<String> {
    let others = records.values().filter(|other| other.name == record.name && other.kind != record.kind);
    let clash = others.into_iter().any(|other| other.kind == "CNAME" || record.kind == "CNAME");
    clash.then(|| {
        let (name, kind) = (&record.name, &record.kind);
        format!(
            "RRSet of type {kind} with DNS name {name} is not permitted as it conflicts with other records with the same \
             DNS name in zone"
        )
    })
}

/// An alias to an endpoint must name one that exists, with the hosted zone of its DNS entry.
fn alias_fault(world: &AwsWorld, record: &RecordSet) -> Option<String> {
    let Content::Alias { zone, name, .. } = &record.content else { return None };
    if !name.ends_with(".vpce.amazonaws.com.") {
        return None;
    }
    let found = world.regions.iter().any(|(region_name, region)| {
        let entries = region.endpoints.iter().flat_map(|(id, endpoint)| dns_entries(region_name, region, id, endpoint));
        entries.into_iter().any(|(entry, held)| full_name(&entry) == *name && held == *zone)
    });
    (!found).then(|| {
        let kind = &record.kind;
        format!(
            "Tried to create an alias that targets {name}, type {kind} in zone {zone}, but that target was not found"
        )
    })
}
