//! Record sets of a private zone: written at once, guarded by entity tags.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ids::ResourceId;
use super::reply::{ArmError, Outcome, Reply};
use super::world::{State, Stored, list_at};
use super::{render, shapes, views, write};

/// The property that holds the records of each type.
const RECORDS: [(&str, &str); 8] = [
    ("A", "aRecords"),
    ("AAAA", "aaaaRecords"),
    ("CNAME", "cnameRecord"),
    ("MX", "mxRecords"),
    ("PTR", "ptrRecords"),
    ("SOA", "soaRecord"),
    ("SRV", "srvRecords"),
    ("TXT", "txtRecords"),
];

/// The most records in one set ("Azure DNS limits", private DNS zones).
const MOST_RECORDS: usize = 20;
/// The most characters in one TXT record ("Azure DNS limits").
const MOST_TEXT: usize = 1024;

/// Creates or replaces a record set.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let mut draft = write::draft(call, id, shapes::RECORD_SET)?;
    refuse_while_zone_busy(call, id)?;
    check_name(id.name())?;
    let Some((_, property)) = RECORDS.iter().find(|(record_type, _)| *record_type == id.type_name()) else {
        return Err(bad(format!("Record sets of type '{}' cannot be written.", id.type_name())));
    };
    check_type(id, property, &draft.properties)?;
    check_records(property, &draft.properties)?;
    check_alias(call, id)?;
    let zone = id.names.first().map_or("", String::as_str);
    let fqdn = if id.name() == "@" { format!("{zone}.") } else { format!("{}.{zone}.", id.name()) };
    draft.properties.insert("fqdn".to_owned(), json!(fqdn));
    draft.properties.insert("isAutoRegistered".to_owned(), json!(false));
    if *property != "cnameRecord" && *property != "soaRecord" {
        draft.properties.entry(*property).or_insert(json!([]));
    }
    let status = if draft.exists { 200 } else { 201 };
    let stored_id = draft.id.clone();
    draft.extra.clear();
    write::store(call, draft);
    let stored = call.existing(&stored_id)?;
    let etag = stored.etag.clone();
    Ok(Reply::json(status, render::resource(call.world, stored)).header("etag", etag).mutating())
}

/// Deletes a record set: 200, or 204 if there is none.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    call.parent_exists(id)?;
    if id.type_name() == "SOA" {
        return Err(bad("Record sets of type 'SOA' with name '@' cannot be deleted."));
    }
    let key = id.key();
    if !call.world.resources.contains_key(&key) {
        return Ok(Reply::empty(204));
    }
    write::check_preconditions(call, id)?;
    call.world.resources.remove(&key);
    Ok(Reply::empty(200).mutating())
}

/// Returns the record sets of one type, or of all, whose name ends with the suffix asked for.
pub(super) fn list(call: &Call<'_>, zone: &ResourceId, type_path: &str) -> Vec<Value> {
    let record_type = type_path.rsplit('/').next().unwrap_or_default();
    let suffix = call.query("$recordsetnamesuffix").unwrap_or_default();
    let wanted = |stored: &&Stored| {
        let known = ResourceId::parse(&stored.id).map_or("", |id| id.type_name());
        (record_type == "ALL" || known == record_type) && stored.name().ends_with(&suffix)
    };
    let sets = views::record_sets(call.world, &zone.key());
    sets.filter(wanted).map(|stored| render::resource(call.world, stored)).collect()
}

/// Checks that a body has a TTL and no records of another type.
fn check_type(id: &ResourceId, property: &str, properties: &Map<String, Value>) -> Result<(), ArmError> {
    let other = RECORDS.iter().find(|(_, other)| *other != property && properties.contains_key(*other));
    if let Some((other, _)) = other {
        return Err(bad(format!("Records of type '{other}' were given for a set of type '{}'.", id.type_name())));
    }
    let ttl = properties.get("ttl").and_then(Value::as_i64).unwrap_or_default();
    if !(1..=2_147_483_647).contains(&ttl) {
        return Err(bad(format!("The TTL {ttl} of record set '{}' is not between 1 and 2147483647.", id.name())));
    }
    Ok(())
}

/// Checks the records: how many, no duplicates, addresses that are addresses, texts that are not too long.
fn check_records(property: &str, properties: &Map<String, Value>) -> Result<(), ArmError> {
    let records = list_at(properties, property);
    if records.len() > MOST_RECORDS {
        return Err(bad(format!("A record set has at most {MOST_RECORDS} records, not {}.", records.len())));
    }
    let distinct: BTreeSet<String> = records.iter().map(Value::to_string).collect();
    if distinct.len() != records.len() {
        return Err(bad("The records of a record set must differ."));
    }
    for record in records {
        let address = record["ipv4Address"].as_str();
        if address.is_some_and(|address| address.parse::<std::net::Ipv4Addr>().is_err()) {
            return Err(bad(format!("The value {record} is not a valid IPv4 address.")));
        }
        let address = record["ipv6Address"].as_str();
        if address.is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_err()) {
            return Err(bad(format!("The value {record} is not a valid IPv6 address.")));
        }
        let texts = record["value"].as_array().map_or(&[][..], Vec::as_slice);
        let lengths: Vec<usize> = texts.iter().filter_map(Value::as_str).map(str::len).collect();
        if lengths.iter().any(|length| *length > 255) || lengths.iter().sum::<usize>() > MOST_TEXT {
            return Err(bad("A TXT record has strings of at most 255 characters and at most 1024 in all."));
        }
    }
    Ok(())
}

/// A CNAME stands alone at its name (RFC 1034, 3.6.2).
fn check_alias(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let Some(zone) = id.parent() else { return Ok(()) };
    let alias = id.type_name() == "CNAME";
    let clash = views::record_sets(call.world, &zone.key()).any(|other| {
        let other_alias = ResourceId::parse(&other.id).is_some_and(|other| other.type_name() == "CNAME");
        other.name().eq_ignore_ascii_case(id.name()) && alias != other_alias
    });
    if !clash {
        return Ok(());
    }
    Err(bad(format!("The record '{}' could not be created because of a CNAME record with the same name.", id.name())))
}

/// Checks a relative name: labels of letters, digits, `-` and `_`, perhaps `*` first, or `@`.
fn check_name(name: &str) -> Result<(), ArmError> {
    let plain = |label: &str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    let labels = || name.split('.').enumerate().all(|(index, label)| plain(label) || (index == 0 && label == "*"));
    if name == "@" || (name.len() <= 253 && labels()) {
        return Ok(());
    }
    Err(bad(format!("The record set name '{name}' is not valid.")))
}

fn refuse_while_zone_busy(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let zone = id.parent().and_then(|zone| call.world.resources.get(&zone.key()));
    match zone.map(|zone| &zone.state) {
        Some(State::Updating(operation) | State::Deleting(operation)) => Err(write::conflict(call, operation)),
        Some(State::Succeeded | State::Failed) | None => Ok(()),
    }
}

fn bad(message: impl Into<String>) -> ArmError {
    ArmError::bad_request("BadRequest", message)
}
