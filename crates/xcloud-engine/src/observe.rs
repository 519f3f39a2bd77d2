//! Reads every place at once.

use std::collections::BTreeMap;

use xcloud_core::live::{Observed, Query};
use xcloud_core::model::{Place, PlaceKey};
use xcloud_core::provider::Clouds;

use crate::Listener;

/// Reads every place at once; a place that does not answer within `deadline_secs` is unknown.
pub async fn observe(
    _clouds: &dyn Clouds,
    _queries: &BTreeMap<PlaceKey, (Place, Query)>,
    _deadline_secs: u64,
    _listener: &Listener,
) -> Observed {
    Observed::default()
}
