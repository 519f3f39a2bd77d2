//! Endpoints that go, after every record that points at them.

use std::collections::BTreeMap;

use super::calls::{VOLATILE, watch};
use crate::kinds::planning::Planning;
use crate::kinds::shared::aws::{Going, Index, Ours, addresses, going, hold, report, silent_text, ways};
use crate::live::LiveEndpoint;
use crate::model::{Addr, Kind};
use crate::op::{EndpointOp, Handle};
use crate::plan::draft::DraftStep;
use crate::plan::{Condition, Undo};

/// One `DeleteVpcEndpoints` takes many ids, and its bucket refills with 0.3 calls a second (facts/aws 2.3).
const ENDPOINTS_PER_CALL: usize = 25;

impl Ours for LiveEndpoint {
    fn id(&self) -> &str {
        &self.id
    }

    fn of<'i, 'd>(index: &'i Index<'d>) -> &'i BTreeMap<Addr, Vec<&'d Self>> {
        &index.our_endpoints
    }
}

/// Removes endpoints, many in one call. One that a new one follows goes only when the new one serves.
pub(super) fn remove(cx: &mut Planning<'_, '_>) {
    let mut going = going::<LiveEndpoint>(cx.draft, cx.live, &cx.refs);
    hold_used(cx, &mut going);
    report(cx.draft, &cx.refs, Kind::Endpoint, going.iter().map(Going::told));
    for in_place in going.chunk_by(|one, next| one.index.key == next.index.key) {
        let left = in_place.iter().filter(|one| !cx.refs.endpoint_deletes.contains_key(&one.live.id));
        let (followed, alone): (Vec<_>, Vec<_>) = left.partition(|one| cx.refs.superseded.contains(&one.live.id));
        for chunk in alone.chunks(ENDPOINTS_PER_CALL).chain(followed.chunks(ENDPOINTS_PER_CALL)) {
            delete(cx, chunk);
        }
    }
}

fn delete(cx: &mut Planning<'_, '_>, chunk: &[&Going<'_, '_, LiveEndpoint>]) {
    let Some(first) = chunk.first() else { return };
    let (draft, refs, place) = (&mut cx.draft, &mut cx.refs, &first.index.key);
    let endpoints = chunk.iter().map(|one| Handle::Known(one.live.id.clone())).collect();
    let names = chunk.iter().filter_map(|one| Some(ways::plain_name(&one.live.dns.as_ref()?.0)));
    let after: Vec<usize> = names.filter_map(|name| refs.unpointed.get(&name)).flatten().copied().collect();
    let followed = chunk.iter().filter(|one| refs.superseded.contains(&one.live.id) && !one.live.state.is_dead());
    let serving = followed
        .filter_map(|one| refs.endpoints.get(one.addr))
        .map(|endpoint| watch(place, Condition::EndpointAvailable { endpoint: endpoint.clone() }, None));
    let undo = Undo::Impossible("a new endpoint has a new id, and its connection must be accepted".to_owned());
    let mut step =
        DraftStep::commit(first.addr, place, EndpointOp::Delete { endpoints }, undo).after(after).awaits(serving);
    step.releases = chunk.iter().flat_map(|one| addresses::all(&one.live.interfaces)).collect();
    let step = draft.step(step);
    for one in chunk {
        refs.endpoint_deletes.insert(one.live.id.clone(), step);
        refs.leaves_first(draft, step, &one.live.service_name);
        draft.depends_on(one.addr, &format!("endpoint {}", one.live.id), one.live, &VOLATILE);
    }
}

/// An endpoint stays while a record that stays points at it, and while its addresses may be named.
fn hold_used(cx: &mut Planning<'_, '_>, going: &mut Vec<Going<'_, '_, LiveEndpoint>>) {
    if going.is_empty() {
        return;
    }
    let mut pointing: BTreeMap<String, &str> = BTreeMap::new();
    for zone in cx.live.all().flat_map(|index| &index.live.zones) {
        for record in &zone.records {
            let leaves = cx.refs.moved_records.contains(&(zone.id.clone(), record.name.to_lowercase()));
            if let (Some((dns, _)), false) = (&record.alias, leaves) {
                pointing.insert(ways::plain_name(dns), &record.name);
            }
        }
    }
    let refs = &cx.refs;
    hold(cx.draft, going, |one| {
        let record = one.live.dns.as_ref().and_then(|(dns, _)| pointing.get(&ways::plain_name(dns)));
        match (refs.silent.as_deref(), record) {
            _ if refs.endpoint_deletes.contains_key(&one.live.id) => None,
            (Some(silent), _) if !one.live.interfaces.is_empty() => Some(silent_text(silent)),
            (_, Some(record)) => Some(format!("the record {record} points at it")),
            _ => None,
        }
    });
}
