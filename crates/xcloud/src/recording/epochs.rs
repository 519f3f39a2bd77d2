//! What the ledger and the live record know of failovers.

use xcloud_core::active::{self, Known, RecordHome};
use xcloud_core::live::{AzureQuery, Observed, PlaceState, Query};
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_core::provider::Clouds as _;
use xcloud_engine::ledger::RunKey;

use super::last_run::Head;
use crate::session::Session;

/// Returns the failover that a live record says is under way, if the ledger holds its run.
pub(crate) async fn under_way(session: &Session, desired: &Desired, head: &Head) -> Option<RunKey> {
    let RecordHome { place, zone } = desired.record_home()?;
    let query = match zone {
        Some(zone) => {
            let (product, zones) = (desired.product.clone(), [zone].into());
            Query::Azure(AzureQuery { product, zones, ..AzureQuery::default() })
        }
        None => Query::Ledger,
    };
    let answer = session.wired.clouds.provider(&place).observe(&query).await.ok()?;
    let state = PlaceState { place: place.clone(), query, answer };
    let observed = Observed { places: [(place.key(), state)].into() };
    let mut standings = active::read(desired, &observed, &Known::default()).into_values().flatten();
    let run = standings.find(|standing| standing.record.to.is_some())?.record.run;
    head.named.ledger.runs().await.ok()?.into_iter().find(|key| key.run == run)
}

/// Returns the options of a plan with what the ledger knows of active-region records. A ledger that cannot be read
/// knows nothing.
pub(crate) async fn knowing(desired: &Desired, head: Option<&Head>, options: PlanOptions) -> PlanOptions {
    let has_records = desired.environments.keys().any(|env| desired.dr_of(env).is_some());
    let Some(head) = head.filter(|_| has_records) else { return options };
    match head.named.ledger.known_records().await {
        Ok(known) => PlanOptions { known, ..options },
        Err(error) => {
            tracing::warn!(%error, "what the ledger knows of failovers cannot be read");
            options
        }
    }
}
