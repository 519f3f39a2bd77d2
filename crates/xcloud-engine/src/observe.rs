//! Reads every place at once.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout};
use xcloud_core::live::{Answer, Observed, PlaceState, Query};
use xcloud_core::model::{Place, PlaceKey};
use xcloud_core::provider::{Clouds, ErrorKind, ProviderError};

use crate::{Event, EventKind, Listener};

/// Reads every place at once; a place that does not answer within `deadline_secs` is unknown.
pub async fn observe(
    clouds: &dyn Clouds,
    queries: &BTreeMap<PlaceKey, (Place, Query)>,
    deadline_secs: u64,
    listener: &Listener,
) -> Observed {
    let start = Instant::now();
    let reads = queries.iter().map(|(key, (place, query))| async move {
        emit(listener, start, EventKind::Observing(key.clone()));
        let provider = clouds.provider(place);
        let answer = match timeout(Duration::from_secs(deadline_secs), provider.observe(query)).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => Answer::Unknown(error),
            Err(_) => Answer::Unknown(too_late(key, deadline_secs)),
        };
        let failure = match &answer {
            Answer::Unknown(error) => Some(error.to_string()),
            Answer::Aws(_) | Answer::Azure(_) => None,
        };
        emit(listener, start, EventKind::Observed(key.clone(), failure));
        (key.clone(), PlaceState { place: place.clone(), query: query.clone(), answer })
    });
    Observed { places: join_all(reads).await.into_iter().collect() }
}

fn too_late(key: &PlaceKey, deadline_secs: u64) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Deadline,
        operation: "observe".to_owned(),
        place: key.clone(),
        code: None,
        message: format!("no complete answer within {deadline_secs} s"),
        request_id: None,
        retry_after_secs: None,
    }
}

fn emit(listener: &Listener, start: Instant, kind: EventKind) {
    let at_ms = u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX);
    listener(Event { at_ms, kind });
}
