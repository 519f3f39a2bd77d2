//! What each place answered, or why it is unknown.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{AwsLive, AzureLive, LedgerLive, Query};
use crate::fault::ProviderError;
use crate::model::{Place, PlaceKey};

/// Everything that was observed, by place.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Observed {
    /// What each place answered.
    pub places: BTreeMap<PlaceKey, PlaceState>,
}

/// What one place answered.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlaceState {
    /// The place.
    pub place: Place,
    /// What was asked.
    pub query: Query,
    /// The answer: what is there, or why it is unknown. Unknown is never "absent".
    pub answer: Answer,
}

/// What is there, or why it is unknown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// An AWS account and region.
    Aws(Box<AwsLive>),
    /// An Azure subscription.
    Azure(Box<AzureLive>),
    /// The ledger.
    Ledger(LedgerLive),
    /// No (complete) answer came.
    Unknown(ProviderError),
}

impl Observed {
    /// Returns what is there in an AWS place, or `None` if it is unknown.
    #[must_use]
    pub fn aws(&self, key: &PlaceKey) -> Option<&AwsLive> {
        match &self.places.get(key)?.answer {
            Answer::Aws(live) => Some(live),
            Answer::Azure(_) | Answer::Ledger(_) | Answer::Unknown(_) => None,
        }
    }

    /// Returns what is there in an Azure place, or `None` if it is unknown.
    #[must_use]
    pub fn azure(&self, key: &PlaceKey) -> Option<&AzureLive> {
        match &self.places.get(key)?.answer {
            Answer::Azure(live) => Some(live),
            Answer::Aws(_) | Answer::Ledger(_) | Answer::Unknown(_) => None,
        }
    }

    /// Returns every Azure place that answered, with what is there.
    pub(crate) fn azure_places(&self) -> impl Iterator<Item = (&PlaceKey, &AzureLive)> {
        self.places.keys().filter_map(|key| Some((key, self.azure(key)?)))
    }

    /// Returns what the ledger holds, or `None` if it is unknown.
    #[must_use]
    pub fn ledger(&self, key: &PlaceKey) -> Option<&LedgerLive> {
        match &self.places.get(key)?.answer {
            Answer::Ledger(live) => Some(live),
            Answer::Aws(_) | Answer::Azure(_) | Answer::Unknown(_) => None,
        }
    }

    /// Returns why a place is unknown, if it is.
    #[must_use]
    pub fn unknown(&self, key: &PlaceKey) -> Option<&ProviderError> {
        match &self.places.get(key)?.answer {
            Answer::Unknown(error) => Some(error),
            Answer::Aws(_) | Answer::Azure(_) | Answer::Ledger(_) => None,
        }
    }
}
