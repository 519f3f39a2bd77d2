//! Records in found private zones: an alias to an endpoint, and our mark beside it in the same batch.

use serde_json::Value;

use super::mark::{MARK_TTL_SECS, mark_name, mark_text, marked};
use crate::code::{NoteCode, ProblemCode};
use crate::kinds::planning::{Planning, Wanted};
use crate::kinds::shared::aws::{Index, Indexes, Refs, selectors, ways};
use crate::live::{LiveEndpoint, LiveRecord, LiveZone};
use crate::model::{Addr, PrivateZoneRecord};
use crate::op::{Handle, PrivateZoneRecordOp, RecordAction, RecordChange, RecordValue};
use crate::plan::draft::{Draft, DraftStep, field};
use crate::plan::drain::Drain;
use crate::plan::{Action, Await, Condition, Patience, Property, Shown, Undo};

/// How long the endpoint behind a record is waited for (facts/aws 2.2, Terraform's waiter and half as much again).
const ENDPOINT_SECS: u64 = 900;

/// Adds the step that makes the record what is declared.
pub(super) fn plan(cx: &mut Planning<'_, '_>, one: &Wanted<'_, '_, PrivateZoneRecord>) {
    if !cx.makes(one.resource) {
        return;
    }
    let &Wanted { resource, spec, index } = one;
    let Planning { draft, refs, .. } = cx;
    let addr = &resource.addr;
    let Some(zone) = zone(draft, index, addr, spec) else { return };
    if refuse_zone(draft, addr, spec, zone) || refuse_twice(draft, refs, addr, spec, zone) {
        return;
    }
    let named = |types: &[&str]| zone.records.iter().find(|record| is(record, &spec.record, types));
    let alias = named(&["A"]).or_else(|| named(&["AAAA", "CNAME"]));
    let mark = zone.records.iter().find(|record| is(record, &mark_name(&spec.record), &["TXT"]));
    let product = &draft.desired.product;
    let owner = mark.and_then(|mark| mark.values.iter().find_map(|text| marked(text, product)));
    let foreign = alias.or(mark).filter(|_| owner.as_ref() != Some(addr));
    let unalike = alias.filter(|alias| alias.record_type != "A");
    if let Some(record) = foreign.or(unalike) {
        let is_unmarked = mark.is_none();
        let whose = match owner {
            None => "carries no mark of ours".to_owned(),
            Some(other) if &other == addr => "is in the place of ours".to_owned(),
            Some(other) => format!("is that of {other}"),
        };
        let text =
            format!("the {} record {} in zone {} ({}) {whose}", record.record_type, record.name, zone.name, zone.id);
        let target = refs.endpoints.get(&spec.endpoint).map(|endpoint| target(cx.live, draft, spec, endpoint));
        let only_the_mark = is_unmarked && target.is_some_and(|target| points_at(record, &target));
        let hint = if only_the_mark {
            let (name, text) = (mark_name(&spec.record), mark_text(&draft.desired.product, addr));
            format!(
                "it points at our endpoint, only its mark is lost: add the TXT record {name} with the text `{text}`"
            )
        } else {
            "choose another name, or delete the other record".to_owned()
        };
        return draft.problem(addr, ProblemCode::NameClash, text, &hint);
    }
    // Clients that take both kinds of address go to the other one first (RFC 6724).
    if let Some(other) = alias.and_then(|_| named(&["AAAA"])) {
        let text = format!(
            "{} has an {} record beside ours in zone {} ({}): clients with IPv6 go there",
            other.name, other.record_type, zone.name, zone.id
        );
        draft.note_on(NoteCode::RivalRecord, addr, Property::Addresses.into(), text);
    }
    let Some(endpoint) = refs.endpoints.get(&spec.endpoint).cloned() else {
        if !draft.problems.has_errors() {
            let text = format!("it waits for {}, which is not known in this run", spec.endpoint);
            draft.note(NoteCode::WaitsForEndpoint, Some(addr), text);
        }
        return;
    };
    write(cx, one, zone, (alias, mark), &endpoint);
}

/// Private zones are listed by VPC, whoever owns them (Route 53 `ListHostedZonesByVPC`): the nearest one decides what resolves.
fn refuse_zone(draft: &mut Draft<'_>, addr: &Addr, spec: &PrivateZoneRecord, zone: &LiveZone) -> bool {
    let Some(owner) = &zone.owned_by else { return false };
    let text = format!("{} is in the zone {} ({}), which belongs to {owner}", spec.record, zone.name, zone.id);
    let hint = "associate a zone of the endpoint's own account with the VPC, or have its owner write the record";
    draft.problem(addr, ProblemCode::ZoneOwnedElsewhere, text, hint);
    true
}

/// One zone may be associated with the VPCs of several regions: both would write the same record.
fn refuse_twice(
    draft: &mut Draft<'_>,
    refs: &mut Refs,
    addr: &Addr,
    spec: &PrivateZoneRecord,
    zone: &LiveZone,
) -> bool {
    let record = (zone.id.clone(), spec.record.to_lowercase());
    let Some(first) = refs.claimed_records.insert(record, addr.clone()) else { return false };
    let text = format!("{first} writes {} in zone {} ({}), too", spec.record, zone.name, zone.id);
    let hint = "associate a zone of its own with the VPC of each region, or give the records different names";
    draft.problem(addr, ProblemCode::RecordClaimedTwice, text, hint);
    true
}

fn is(record: &LiveRecord, name: &str, types: &[&str]) -> bool {
    record.name.eq_ignore_ascii_case(name) && types.contains(&record.record_type.as_str())
}

/// Returns the VPC's private zone with the longest suffix of the record's name.
fn zone<'a>(draft: &mut Draft<'_>, index: &Index<'a>, addr: &Addr, spec: &PrivateZoneRecord) -> Option<&'a LiveZone> {
    let vpc = selectors::vpc(draft, index, addr, &spec.vpc)?;
    let name = spec.record.to_lowercase();
    let fits = |zone: &&LiveZone| {
        let zone_name = zone.name.to_lowercase();
        name == zone_name || name.ends_with(&format!(".{zone_name}"))
    };
    let zones = index.live.zones.iter().filter(|zone| zone.vpc == vpc.id);
    let best = zones.filter(fits).max_by_key(|zone| (zone.name.len(), &zone.id));
    if best.is_none() {
        let text = format!("no private zone of {} holds {}", vpc.id, spec.record);
        draft.problem(
            addr,
            ProblemCode::ZoneNotFound,
            text,
            "associate a private zone with the VPC: zones are never made here",
        );
    }
    best
}

fn write(
    cx: &mut Planning<'_, '_>,
    one: &Wanted<'_, '_, PrivateZoneRecord>,
    zone: &LiveZone,
    (alias, mark): (Option<&LiveRecord>, Option<&LiveRecord>),
    endpoint: &Handle,
) {
    let &Wanted { resource, spec, .. } = one;
    let Planning { draft, live: indexes, refs, .. } = cx;
    let addr = &resource.addr;
    let target = target(indexes, draft, spec, endpoint);
    let there = alias.and_then(|alias| alias.alias.clone());
    let same = alias.is_some_and(|alias| points_at(alias, &target));
    refs.records.insert(addr.clone());
    if same {
        return draft.change(resource, Action::Same, Vec::new(), Some(format!("{}/{}", zone.id, spec.record)));
    }
    let text = RecordValue::Txt { ttl_secs: MARK_TTL_SECS, text: mark_text(&draft.desired.product, addr) };
    let value = RecordValue::Alias { dns_name: target.0.clone(), zone: target.1.clone() };
    let batch = |action, value: &RecordValue| PrivateZoneRecordOp::Change {
        zone: zone.id.clone(),
        changes: vec![
            RecordChange { action, name: spec.record.clone(), value: value.clone() },
            RecordChange { action, name: mark_name(&spec.record), value: text.clone() },
        ],
    };
    let alone = |action, value: &RecordValue| PrivateZoneRecordOp::Change {
        zone: zone.id.clone(),
        changes: vec![RecordChange { action, name: spec.record.clone(), value: value.clone() }],
    };
    let fresh = alias.is_none() && mark.is_none();
    let old = there.as_ref().map(|(dns, zone)| RecordValue::Alias {
        dns_name: Handle::Known(dns.clone()),
        zone: Handle::Known(zone.clone()),
    });
    let undo = match (&old, alias) {
        (Some(old), _) => Undo::Restore(Box::new(batch(RecordAction::Upsert, old).into())),
        (None, Some(_)) => Undo::Impossible("the record before it was not ours and is never restored".to_owned()),
        (None, None) if fresh => Undo::Delete(Box::new(batch(RecordAction::Delete, &value).into())),
        // The mark stood there before: only the alias is taken away again.
        (None, None) => Undo::Delete(Box::new(alone(RecordAction::Delete, &value).into())),
    };
    let op = batch(if fresh { RecordAction::Create } else { RecordAction::Upsert }, &value);
    let mut step = DraftStep::build(addr, &resource.place.key(), op, undo);
    if let Some(watched) = available(draft, spec, endpoint) {
        step = step.awaits([watched]);
    }
    let left = there.as_ref().and_then(|(dns, _)| named(indexes, dns));
    let alive = left.is_some_and(|live| live.state.is_live());
    step.drain = alive.then_some(Drain::Name { ttl_secs: ways::NAME_TTL_SECS });
    step.health = refs.healthy_before(alias.map(|_| left.map(|live| ways::of(indexes, live))), &spec.endpoint);
    let index = draft.step(step);
    refs.moved_records.insert((zone.id.clone(), spec.record.to_lowercase()));
    if let Some((dns, _)) = &there {
        refs.unpointed.entry(ways::plain_name(dns)).or_default().push(index);
    }
    let before = match (there, alias) {
        (Some((dns, _)), _) => Value::from(dns),
        (None, Some(plain)) => Value::from(plain.values.clone()),
        (None, None) => Value::Null,
    };
    let mut fields = vec![field(Property::Alias, before, shown(&target.0, spec))];
    let action = if fresh { Action::Create } else { Action::Update };
    if fresh {
        fields.insert(0, field(Property::Zone, Value::Null, zone.name.clone()));
        fields.insert(0, field(Property::Record, Value::Null, spec.record.clone()));
    }
    draft.depends_on(addr, "record", (alias, mark), &[]);
    draft.change(resource, action, fields, None);
}

fn same_name(one: &str, other: &str) -> bool {
    ways::plain_name(one) == ways::plain_name(other)
}

/// Returns the endpoint with this DNS name.
fn named<'d>(indexes: &Indexes<'d>, dns_name: &str) -> Option<&'d LiveEndpoint> {
    let named = |live: &&LiveEndpoint| live.dns.as_ref().is_some_and(|(dns, _)| same_name(dns, dns_name));
    indexes.all().flat_map(|index| &index.live.endpoints).find(named)
}

fn shown(dns_name: &Handle, spec: &PrivateZoneRecord) -> Shown {
    match dns_name {
        Handle::Known(name) => Shown::from(name.clone()),
        Handle::Made(_) => {
            Shown::chosen(&spec.endpoint, format!("(known after apply: the regional name of {})", spec.endpoint))
        }
    }
}

fn points_at(record: &LiveRecord, target: &(Handle, Handle)) -> bool {
    matches!((&record.alias, target), (Some((dns, zone)), (Handle::Known(wanted), Handle::Known(wanted_zone)))
        if same_name(dns, wanted) && zone == wanted_zone)
}

/// Returns the regional DNS name and hosted zone of the endpoint: known, or bound when it is available.
fn target(indexes: &Indexes<'_>, draft: &Draft<'_>, spec: &PrivateZoneRecord, endpoint: &Handle) -> (Handle, Handle) {
    let live = draft.desired.resources.get(&spec.endpoint).and_then(|resource| {
        let endpoints = indexes.get(&resource.place)?.our_endpoints.get(&spec.endpoint)?;
        endpoints.iter().find(|live| live.id == endpoint.id())?.dns.clone()
    });
    match live {
        Some((dns, zone)) => (Handle::Known(dns), Handle::Known(zone)),
        None => {
            let object = crate::op::Object::of(&spec.endpoint, "");
            (Handle::Made(object.fact("dns-name")), Handle::Made(object.fact("dns-zone")))
        }
    }
}

fn available(draft: &Draft<'_>, spec: &PrivateZoneRecord, endpoint: &Handle) -> Option<Await> {
    let place = draft.desired.resources.get(&spec.endpoint)?.place.key();
    Some(Await {
        place,
        condition: Condition::EndpointAvailable { endpoint: endpoint.clone() },
        binds: Some(crate::op::Object::of(&spec.endpoint, "")),
        patience: Patience::Fail(ENDPOINT_SECS),
    })
}
