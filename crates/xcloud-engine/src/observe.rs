//! Reads every place at once.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
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
            Answer::Aws(_) | Answer::Azure(_) | Answer::Ledger(_) => None,
        };
        emit(listener, start, EventKind::Observed(key.clone(), failure));
        (key.clone(), PlaceState { place: place.clone(), query: query.clone(), answer })
    });
    Observed { places: join_all(reads).await.into_iter().collect() }
}

/// Reads the needed places, and the others as long as those take and `grace_secs` more: a region that hangs costs no
/// more than that. What did not answer by then is unknown.
pub async fn observe_some(
    clouds: &dyn Clouds,
    needed: &BTreeMap<PlaceKey, (Place, Query)>,
    others: &BTreeMap<PlaceKey, (Place, Query)>,
    (deadline_secs, grace_secs): (u64, u64),
    listener: &Listener,
) -> Observed {
    let start = Instant::now();
    let late = Mutex::new(BTreeMap::new());
    let read_other = |(key, (place, query)): (&PlaceKey, &(Place, Query))| {
        let (key, query, provider) = (key.clone(), query.clone(), clouds.provider(place));
        let late = &late;
        async move {
            let answer = provider.observe(&query).await.unwrap_or_else(Answer::Unknown);
            late.lock().unwrap_or_else(PoisonError::into_inner).insert(key, answer);
        }
    };
    let mut reading = std::pin::pin!(join_all(others.iter().map(read_other)));
    let mut observed = tokio::select! {
        observed = observe(clouds, needed, deadline_secs, listener) => observed,
        never = async { (&mut reading).await; std::future::pending::<Observed>().await } => never,
    };
    let open = late.lock().unwrap_or_else(PoisonError::into_inner).len() < others.len();
    if open {
        let _in_time = timeout(Duration::from_secs(grace_secs), reading).await;
    }
    let mut answers = std::mem::take(&mut *late.lock().unwrap_or_else(PoisonError::into_inner));
    let waited = start.elapsed().as_secs();
    for (key, (place, query)) in others {
        let answer = answers.remove(key).unwrap_or_else(|| Answer::Unknown(too_late(key, waited)));
        observed.places.insert(key.clone(), PlaceState { place: place.clone(), query: query.clone(), answer });
    }
    observed
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
