//! Records that go, each with its mark.

use std::collections::BTreeSet;

use super::mark::{MARK_TTL_SECS, marked, record_name};
use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Index, report, takes, ways};
use crate::live::{LiveRecord, LiveZone};
use crate::model::{Addr, Kind, PrivateZoneRecord};
use crate::op::{Handle, PrivateZoneRecordOp, RecordAction, RecordChange, RecordValue};
use crate::plan::Undo;
use crate::plan::draft::DraftStep;

/// A record that goes: its zone, and the mark beside it.
struct Going<'p, 'd> {
    index: &'p Index<'d>,
    addr: Addr,
    zone: &'d LiveZone,
    mark: &'d LiveRecord,
}

/// Removes records with their marks.
pub(super) fn remove(cx: &mut Planning<'_, '_>) {
    let going = going(cx);
    report(
        cx.draft,
        &cx.refs,
        Kind::PrivateZoneRecord,
        going.iter().map(|one| (&one.index.key, &one.addr, one.mark.name.as_str())),
    );
    for Going { index, addr, zone, mark } in going {
        let name = record_name(&mark.name).to_owned();
        let text = mark.values.first().cloned().unwrap_or_default();
        let ttl_secs = mark.ttl_secs.unwrap_or(MARK_TTL_SECS);
        let mut values = vec![(mark.name.clone(), RecordValue::Txt { ttl_secs, text })];
        let alias =
            zone.records.iter().find(|record| record.name.eq_ignore_ascii_case(&name) && record.alias.is_some());
        let mut pointed = None;
        if let Some((dns, hosted)) = alias.and_then(|record| record.alias.clone()) {
            pointed = Some(ways::plain_name(&dns));
            let value = RecordValue::Alias { dns_name: Handle::Known(dns), zone: Handle::Known(hosted) };
            values.push((name.clone(), value));
        }
        let batch = |action| PrivateZoneRecordOp::Change {
            zone: zone.id.clone(),
            changes: values
                .iter()
                .map(|(name, value)| RecordChange { action, name: name.clone(), value: value.clone() })
                .collect(),
        };
        let undo = Undo::Recreate(vec![batch(RecordAction::Create).into()]);
        let step = cx.draft.step(DraftStep::commit(&addr, &index.key, batch(RecordAction::Delete), undo));
        if let Some(dns) = pointed {
            cx.refs.unpointed.entry(dns).or_default().push(step);
        }
        cx.refs.moved_records.insert((zone.id.clone(), name.to_lowercase()));
        cx.draft.depends_on(&addr, &format!("record {name}"), (mark, alias), &[]);
    }
}

/// A zone may be associated with VPCs of several places: each of its records counts once, and for the resource
/// wherever that is. A record of a declared resource under another name is what a change of the name left.
fn going<'p, 'd>(cx: &mut Planning<'p, 'd>) -> Vec<Going<'p, 'd>> {
    let Planning { draft, refs, live, .. } = cx;
    let (product, destroy) = (draft.desired.product.as_str(), draft.options.destroy);
    let mut seen: BTreeSet<(&str, String)> = BTreeSet::new();
    let mut going = Vec::new();
    for index in live.all() {
        let zones = index.live.zones.iter();
        for (zone, mark) in zones.flat_map(|zone| zone.records.iter().map(move |record| (zone, record))) {
            if mark.record_type != "TXT" {
                continue;
            }
            let Some(addr) = mark.values.iter().find_map(|text| marked(text, product)) else { continue };
            let name = record_name(&mark.name);
            if !draft.options.filter.includes(&addr) || !seen.insert((&zone.id, name.to_lowercase())) {
                continue;
            }
            let declared = draft.desired.resources.get(&addr).map(|resource| &resource.spec);
            let goes = if let Some(spec) = declared.and_then(|spec| spec.of::<PrivateZoneRecord>()) {
                refs.records.contains(&addr) && !spec.record.eq_ignore_ascii_case(name)
            } else {
                !destroy && takes(draft, &addr, &format!("{}/{name}", zone.id))
            };
            if goes || destroy {
                going.push(Going { index, addr, zone, mark });
            }
        }
    }
    going
}
