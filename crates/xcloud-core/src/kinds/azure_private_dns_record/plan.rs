//! A record sets in a found private DNS zone: names point somewhere only once the way there is open.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use crate::code::{NoteCode, ProblemCode};
use crate::kinds::RulesIn;
use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Indexes, Refs, ways};
use crate::kinds::shared::azure::depends_on;
use crate::live::{AzureLive, LiveRecordSet};
use crate::marks;
use crate::model::{
    Addr, AddressKind, AddressSource, Addresses, ArmName, DnsAddresses, Kind, PlaceKey, PrivateDnsRecord, Resource,
    Spec,
};
use crate::op::{Handle, Object, PrivateDnsRecordOp, WriteGuard};
use crate::plan::draft::{Draft, DraftStep, field, uses_of};
use crate::plan::drain::Drain;
use crate::plan::shown;
use crate::plan::{Action, Await, Change, Condition, FieldChange, Path, Patience, Phase, Property, Set, Shown, Undo};

/// How long an endpoint is waited for before a record that is in use is pointed at it (facts/aws 2.2: minutes).
const ENDPOINT_SECS: u64 = 900;

/// Plans every record set.
pub(super) fn plan(cx: &mut Planning<'_, '_>) {
    for resource in cx.draft.resources(Kind::PrivateDnsRecord) {
        let Spec::PrivateDnsRecord(spec) = &resource.spec else { continue };
        let Some(live) = cx.draft.azure(&resource.place) else { continue };
        if !cx.draft.options.destroy {
            record(cx, resource, spec, live);
        }
    }
    leftovers(cx.draft);
    rules_close_after_records(cx.draft);
}

/// A record set as it is to be.
struct Wanted<'a> {
    resource: &'a Resource,
    spec: &'a PrivateDnsRecord,
    /// Whose addresses it answers.
    source: &'a AddressSource,
    addresses: Addresses,
    metadata: BTreeMap<String, String>,
    /// What is healthy before it answers so.
    health: Vec<Await>,
}

fn record(cx: &mut Planning<'_, '_>, resource: &Resource, spec: &PrivateDnsRecord, live: &AzureLive) {
    let draft = &mut *cx.draft;
    let addr = &resource.addr;
    if !live.zones.contains(&spec.zone) {
        let message = format!("the private DNS zone {} does not exist", spec.zone);
        return draft.problem(
            addr,
            ProblemCode::ZoneMissing,
            message,
            "xcloud writes records into zones that exist: create the zone first",
        );
    }
    let there = live.record_sets.iter().find(|set| is_at(set, spec));
    if let Some(there) = there
        && marks::metadata_address(&there.metadata, &draft.desired.product).is_none()
    {
        let message =
            format!("{} exists and carries no mark of {}", id(&there.zone, &there.name), draft.desired.product);
        return draft.problem(
            addr,
            ProblemCode::Clash,
            message,
            "choose another name, or remove the record set that is there",
        );
    }
    let Some(source) = source(draft, resource, spec) else { return };
    let Some(addresses) = draft.addresses(source) else {
        let text = "the record stays as it is: its addresses are not known in this run";
        draft.note(NoteCode::UnknownAddresses, Some(addr), text);
        return draft.change(resource, Action::Same, Vec::new(), there.map(|set| id(&set.zone, &set.name)));
    };
    if matches!(&addresses, Addresses::Known(set) if set.is_empty()) {
        return draft.problem(
            addr,
            ProblemCode::EmptyAddresses,
            "the record would have no address",
            "a record is never written empty",
        );
    }
    let metadata = metadata(draft, addr, there);
    let health = there.map(|set| healthy_before(cx.live, &cx.refs, (source, &addresses), set)).unwrap_or_default();
    let wanted = Wanted { resource, spec, source, addresses, metadata, health };
    let others = elsewhere(draft, resource, live);
    let moved = if there.is_none() { others.first().copied() } else { None };
    let mut fields = fields(&wanted, there, moved);
    let left = others.iter().filter(|set| moved != Some(**set)).map(|set| id(&set.zone, &set.name));
    fields.extend(left.map(|id| field(Property::Leftover, id, Value::Null)));
    let action = match (there, moved) {
        _ if fields.is_empty() => Action::Same,
        (Some(_), _) => Action::Update,
        (None, Some(_)) => Action::Replace,
        (None, None) => Action::Create,
    };
    let known = there.or(moved).map(|set| id(&set.zone, &set.name));
    if action != Action::Same {
        depends_on(draft, &resource.place.key(), &id(&spec.zone, &spec.record), there);
        write(draft, wanted, there);
    }
    draft.change(resource, action, fields, known);
}

fn is_at(set: &LiveRecordSet, spec: &PrivateDnsRecord) -> bool {
    set.record_type == "A" && set.zone == spec.zone && set.name.eq_ignore_ascii_case(&spec.record)
}

fn id(zone: &ArmName, record: &str) -> String {
    format!("{zone}/A/{record}")
}

/// Whose addresses count: the fixed ones, or those of the active region.
fn source<'s>(draft: &mut Draft<'_>, resource: &Resource, spec: &'s PrivateDnsRecord) -> Option<&'s AddressSource> {
    let regions = match &spec.addresses {
        DnsAddresses::Fixed(source) => return Some(source),
        DnsAddresses::Active(regions) => regions,
    };
    let active = draft.active.get(resource.addr.env()).unwrap_or(&draft.desired.regions.primary).clone();
    let source = regions.get(&active);
    if source.is_none() {
        let message = format!("no addresses are declared for {active}, the active region");
        draft.problem(&resource.addr, ProblemCode::NoActiveAddresses, message, "declare addresses for every region");
    }
    source
}

/// Our marks, and what others have written beside them.
fn metadata(draft: &Draft<'_>, addr: &Addr, there: Option<&LiveRecordSet>) -> BTreeMap<String, String> {
    let mut metadata = there.map(|set| set.metadata.clone()).unwrap_or_default();
    metadata.extend(marks::metadata(draft.desired, addr));
    metadata
}

/// Record sets of this resource under another name or in another zone.
fn elsewhere<'l>(draft: &Draft<'_>, resource: &Resource, live: &'l AzureLive) -> Vec<&'l LiveRecordSet> {
    let place = resource.place.key();
    let product = &draft.desired.product;
    let mut sets: Vec<&LiveRecordSet> = live.record_sets.iter().filter(|set| set.record_type == "A").collect();
    sets.retain(|set| {
        marks::metadata_address(&set.metadata, product).as_ref() == Some(&resource.addr)
            && !is_declared(draft, &place, set)
    });
    sets
}

/// Returns true if a declared record is just there.
fn is_declared(draft: &Draft<'_>, place: &PlaceKey, set: &LiveRecordSet) -> bool {
    draft.desired.resources.values().any(|resource| {
        let Some(spec) = resource.spec.of::<PrivateDnsRecord>() else { return false };
        resource.place.key() == *place && is_at(set, spec)
    })
}

fn fields(wanted: &Wanted<'_>, there: Option<&LiveRecordSet>, moved: Option<&LiveRecordSet>) -> Vec<FieldChange> {
    let Wanted { spec, addresses, metadata, .. } = wanted;
    let before = there.or(moved);
    let value = |value: Option<Value>| value.unwrap_or(Value::Null);
    let mut fields = vec![
        field(Property::Zone, value(before.map(|set| set.zone.0.clone().into())), spec.zone.0.clone()),
        field(Property::Record, value(before.map(|set| set.name.clone().into())), spec.record.clone()),
        field(Property::Ttl, value(before.map(|set| set.ttl_secs.into())), spec.ttl_secs),
        field(Property::Addresses, value(before.map(|set| shown::nets(&nets(set)))), Shown::addresses(addresses)),
    ];
    if before.is_some() {
        fields.retain(|field| match field.path {
            Path::Of(Property::Zone) => before.is_some_and(|set| set.zone != spec.zone),
            Path::Of(Property::Record) => before.is_some_and(|set| !set.name.eq_ignore_ascii_case(&spec.record)),
            _ => field.before != *field.after,
        });
    }
    for (key, wanted) in metadata {
        let had = there.and_then(|set| set.metadata.get(key));
        if there.is_some() && had != Some(wanted) {
            fields.push(field(
                Path::Member(Set::Metadata, key.clone()),
                value(had.map(|had| had.clone().into())),
                wanted.clone(),
            ));
        }
    }
    fields
}

fn nets(set: &LiveRecordSet) -> BTreeSet<IpNet> {
    set.addresses.iter().map(|ip: &Ipv4Addr| IpNet::V4(Ipv4Net::from(*ip))).collect()
}

fn write(draft: &mut Draft<'_>, wanted: Wanted<'_>, there: Option<&LiveRecordSet>) {
    let Wanted { resource, spec, source, addresses, metadata, health } = wanted;
    let made = Object::of(&resource.addr, "");
    let after = WriteGuard::After(Handle::Made(made.fact("etag")));
    let undo = match there {
        Some(set) => Undo::Restore(Box::new(put_back(set, after).into())),
        None => {
            let op = PrivateDnsRecordOp::Delete { zone: spec.zone.clone(), record: spec.record.clone(), guard: after };
            Undo::Delete(Box::new(op.into()))
        }
    };
    let mut closes = there.map(nets).unwrap_or_default();
    if let Addresses::Known(set) = &addresses {
        closes.retain(|net| !set.contains(net));
    }
    let op = PrivateDnsRecordOp::Put {
        zone: spec.zone.clone(),
        record: spec.record.clone(),
        ttl_secs: spec.ttl_secs,
        addresses,
        metadata,
        guard: there.map_or(WriteGuard::Absent, |set| WriteGuard::Unchanged(set.etag.clone())),
    };
    let uses = uses_of([source]);
    let awaits = if there.is_some() { endpoints_ready(draft, &uses) } else { Vec::new() };
    let opens = opening(draft, &uses);
    let mut step =
        DraftStep::build(&resource.addr, &resource.place.key(), op, undo).makes(made).after(opens).awaits(awaits);
    step.uses = uses;
    step.health = health;
    step.drain = there.filter(|_| !closes.is_empty()).map(|set| Drain::Name { ttl_secs: u64::from(set.ttl_secs) });
    step.closes = closes;
    draft.step(step);
}

/// Steps that open rules for the same addresses: the name follows them.
fn opening(draft: &Draft<'_>, uses: &[(Addr, AddressKind)]) -> Vec<usize> {
    let opens = |step: &DraftStep| step.phase == Phase::Build && step.uses.iter().any(|used| uses.contains(used));
    draft.steps.iter().enumerate().filter(|(_, step)| opens(step)).map(|(index, _)| index).collect()
}

/// A record in use is pointed at a new endpoint, or at a new address of one, only once that is available.
fn endpoints_ready(draft: &Draft<'_>, uses: &[(Addr, AddressKind)]) -> Vec<Await> {
    let of_endpoints = uses.iter().filter(|(_, kind)| *kind == AddressKind::EndpointIps);
    let entries = of_endpoints.filter_map(|used| Some((draft.book.get(used)?, draft.grown.contains_key(used))));
    let made = entries.flat_map(|(entry, grown)| {
        let changes = move |holder: &&Handle| grown || matches!(holder, Handle::Made(_));
        entry.holders.iter().filter(changes).map(|holder| Await {
            place: entry.place.clone(),
            condition: Condition::EndpointAvailable { endpoint: holder.clone() },
            binds: None,
            patience: Patience::Fail(ENDPOINT_SECS),
        })
    });
    made.collect()
}

/// Returns what is healthy before the record answers with addresses at which it did not.
fn healthy_before(
    aws: &Indexes<'_>,
    refs: &Refs,
    (source, addresses): (&AddressSource, &Addresses),
    there: &LiveRecordSet,
) -> Vec<Await> {
    let AddressSource::Of { addr, .. } = source else { return Vec::new() };
    let left = nets(there);
    match addresses {
        Addresses::Known(set) if set.is_subset(&left) => Vec::new(),
        Addresses::Known(_) | Addresses::Late(_) => {
            refs.healthy_before(left.iter().flat_map(|address| ways::at(aws, address)), addr)
        }
    }
}

fn put_back(set: &LiveRecordSet, guard: WriteGuard) -> PrivateDnsRecordOp {
    PrivateDnsRecordOp::Put {
        zone: set.zone.clone(),
        record: set.name.clone(),
        ttl_secs: set.ttl_secs,
        addresses: Addresses::Known(nets(set)),
        metadata: set.metadata.clone(),
        guard,
    }
}

/// Record sets with our mark that are not (or no longer) where a declared record is.
fn leftovers(draft: &mut Draft<'_>) {
    let observed = draft.observed;
    for (place, live) in observed.azure_places() {
        for set in live.record_sets.iter().filter(|set| set.record_type == "A") {
            if let Some(addr) = marks::metadata_address(&set.metadata, &draft.desired.product) {
                leftover(draft, place, set, &addr);
            }
        }
    }
}

fn leftover(draft: &mut Draft<'_>, place: &PlaceKey, set: &LiveRecordSet, addr: &Addr) {
    let written = Object::of(addr, "");
    let replacement = draft.steps.iter().position(|step| step.makes.as_ref() == Some(&written));
    let owner = draft.desired.resources.get(addr).filter(|owner| owner.place.key() == *place && !draft.options.destroy);
    let replaced = owner.is_some_and(|owner| stands(draft, owner)) || replacement.is_some();
    let stays = !draft.options.destroy && (is_declared(draft, place, set) || (owner.is_some() && !replaced));
    if stays || !draft.options.filter.includes(addr) {
        return;
    }
    let owner_declared = owner.is_some();
    let id = id(&set.zone, &set.name);
    if !owner_declared && !draft.options.prune && !draft.options.destroy {
        return draft.note(NoteCode::Orphan, Some(addr), format!("{id} carries our mark and is not declared"));
    }
    let op = PrivateDnsRecordOp::Delete {
        zone: set.zone.clone(),
        record: set.name.clone(),
        guard: WriteGuard::Unchanged(set.etag.clone()),
    };
    let undo = Undo::Recreate(vec![put_back(set, WriteGuard::Absent).into()]);
    let mut step = DraftStep::commit(addr, place, op, undo).after(replacement);
    step.closes = nets(set);
    draft.step(step);
    depends_on(draft, place, &id, Some(set));
    if !owner_declared {
        let fields = vec![
            field(Property::Zone, set.zone.0.clone(), Value::Null),
            field(Property::Record, set.name.clone(), Value::Null),
            field(Property::Ttl, set.ttl_secs, Value::Null),
            field(Property::Addresses, shown::nets(&nets(set)), Value::Null),
        ];
        let reasons =
            if draft.desired.resources.contains_key(addr) { Vec::new() } else { vec!["it is not declared".to_owned()] };
        let change = Change::of(addr, Kind::PrivateDnsRecord, place, Action::Delete);
        draft.changes.push(Change { fields, reasons, id: Some(id), ..change });
    }
}

/// Returns true if the declared record set of a resource is there.
fn stands(draft: &Draft<'_>, resource: &Resource) -> bool {
    let Spec::PrivateDnsRecord(spec) = &resource.spec else { return false };
    draft.azure(&resource.place).is_some_and(|live| live.record_sets.iter().any(|set| is_at(set, spec)))
}

/// A rule closes only after no record names its addresses any more: first the name, then the way.
fn rules_close_after_records(draft: &mut Draft<'_>) {
    let is_record = |step: &DraftStep| step.addr.kind() == Kind::PrivateDnsRecord.short();
    let records: Vec<(usize, BTreeSet<IpNet>)> = draft
        .steps
        .iter()
        .enumerate()
        .filter(|(_, step)| is_record(step))
        .map(|(index, step)| (index, step.closes.clone()))
        .collect();
    let of_rules = |addr: &Addr| Kind::from_short(addr.kind()).is_some_and(|kind| kind.rules().rules != RulesIn::None);
    for step in draft.steps.iter_mut().filter(|step| step.phase == Phase::Commit && of_rules(&step.addr)) {
        let first = records.iter().filter(|(_, closes)| !closes.is_disjoint(&step.closes)).map(|(index, _)| *index);
        step.after.extend(first);
    }
}
