//! What is seen.

use std::collections::BTreeSet;

use crate::live::{Answer, AzureLive, Observed, PlaceState};
use crate::model::PlaceKey;
use crate::provider::{ErrorKind, ProviderError};

pub(crate) fn texts(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

/// Returns what is known of a place that does not answer.
pub(crate) fn unanswered(place: &PlaceKey) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Deadline,
        operation: "Read".to_owned(),
        place: place.clone(),
        code: None,
        message: "no answer in 2 s".to_owned(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// Lets no answer come from the places of a region; Azure's is `azure`.
pub(crate) fn silence(observed: &mut Observed, region: &str) {
    for (place, state) in observed.places.iter_mut().filter(|(place, _)| place.region == region) {
        state.answer = Answer::Unknown(unanswered(place));
    }
}

/// Returns a place of an estate.
pub(crate) fn place_of<'o>(observed: &'o mut Observed, account: &str, region: &str) -> &'o mut PlaceState {
    let mut places = observed.places.iter_mut();
    places.find(|(place, _)| place.account == account && place.region == region).expect("a place of the estate").1
}

/// Returns what Azure answers.
pub(crate) fn azure(observed: &mut Observed) -> &mut AzureLive {
    let mut answers = observed.places.values_mut().map(|state| &mut state.answer);
    let live = answers.find_map(|answer| match answer {
        Answer::Azure(live) => Some(&mut **live),
        Answer::Aws(_) | Answer::Ledger(_) | Answer::Unknown(_) => None,
    });
    live.expect("Azure answers")
}
