//! What an observation must ask of each place, so that the plan can be made.

use std::collections::BTreeMap;

use crate::active::RecordHome;
use crate::kinds::{Orphans, Search};
use crate::live::{AwsQuery, AzureQuery, Query};
use crate::model::{Desired, Kind, Place, PlaceKey};

/// Returns every place of the desired state with what to ask there.
#[must_use]
pub fn queries(desired: &Desired) -> BTreeMap<PlaceKey, (Place, Query)> {
    let mut queries: BTreeMap<PlaceKey, (Place, Query)> = BTreeMap::new();
    let resources = desired.resources.values().map(|resource| (&resource.place, Some(resource)));
    for (place, resource) in desired.places.iter().map(|place| (place, None)).chain(resources) {
        let (_, query) = queries.entry(place.key()).or_insert_with(|| (place.clone(), empty(desired, place)));
        let Some(resource) = resource else { continue };
        resource.spec.declared().ask(query);
        if let (Query::Aws(query), true) = (query, desired.tags.contains_key(&resource.addr)) {
            query.listener_tags = true;
        }
    }
    ask_record_home(desired, &mut queries);
    queries
}

/// Returns what a plan with `--prune` asks: also what of ours stands where nothing is declared any more.
#[must_use]
pub fn queries_everywhere(desired: &Desired) -> BTreeMap<PlaceKey, (Place, Query)> {
    let mut queries = queries(desired);
    queries.values_mut().for_each(|(_, query)| ask_for_ours(query, Search::Everywhere));
    queries
}

/// Returns what drift asks: everything of ours, and who is connected to the services. Locks hinder no reading.
#[must_use]
pub fn queries_for_drift(desired: &Desired) -> BTreeMap<PlaceKey, (Place, Query)> {
    let mut queries = queries_everywhere(desired);
    of_azure(&mut queries).for_each(|query| query.locks = false);
    of_aws(&mut queries).for_each(ask_who_is_connected);
    queries
}

/// Returns what a failover asks: beside what a plan asks, who is connected to the services, and the health of the
/// targets of others behind them. What stands where nothing is declared is no matter on that day.
#[must_use]
pub fn queries_for_failover(desired: &Desired) -> BTreeMap<PlaceKey, (Place, Query)> {
    let mut queries = queries(desired);
    for query in of_aws(&mut queries) {
        ask_who_is_connected(query);
        query.found_targets = true;
    }
    queries
}

fn ask_who_is_connected(query: &mut AwsQuery) {
    query.connections = true;
    query.connections_may_fail = true;
}

fn of_aws(queries: &mut BTreeMap<PlaceKey, (Place, Query)>) -> impl Iterator<Item = &mut AwsQuery> {
    queries.values_mut().filter_map(|(_, query)| match query {
        Query::Aws(query) => Some(query),
        Query::Azure(_) | Query::Ledger => None,
    })
}

fn of_azure(queries: &mut BTreeMap<PlaceKey, (Place, Query)>) -> impl Iterator<Item = &mut AzureQuery> {
    queries.values_mut().filter_map(|(_, query)| match query {
        Query::Azure(query) => Some(query),
        Query::Aws(_) | Query::Ledger => None,
    })
}

/// What is ours is looked for also where nothing is declared, so that orphans are seen.
fn empty(desired: &Desired, place: &Place) -> Query {
    let product = desired.product.clone();
    let mut query = match place {
        Place::Aws { .. } => Query::Aws(AwsQuery { product, ..AwsQuery::default() }),
        Place::Azure { .. } => Query::Azure(AzureQuery { product, locks: true, ..AzureQuery::default() }),
        Place::Ledger { .. } => Query::Ledger,
    };
    ask_for_ours(&mut query, Search::Always);
    query
}

fn ask_for_ours(query: &mut Query, look: Search) {
    for kind in Kind::ALL {
        match (kind.rules().orphans, &mut *query) {
            (Orphans::Aws(wanted, ask), Query::Aws(query)) if wanted == look => ask(query),
            (Orphans::Azure(wanted, ask), Query::Azure(query)) if wanted == look => ask(query),
            (Orphans::Aws(..) | Orphans::Azure(..) | Orphans::AsDeclared, _) => {}
        }
    }
}

/// The zone of the active-region record is read also where no record of ours is declared in it.
fn ask_record_home(desired: &Desired, queries: &mut BTreeMap<PlaceKey, (Place, Query)>) {
    let Some(RecordHome { place, zone }) = desired.record_home() else { return };
    let entry = queries.entry(place.key()).or_insert_with(|| (place.clone(), empty(desired, &place)));
    if let (Query::Azure(query), Some(zone)) = (&mut entry.1, zone) {
        query.zones.insert(zone);
    }
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;
