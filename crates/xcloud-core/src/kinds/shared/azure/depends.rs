//! What the steps depend on, as it was observed: a saved plan is refused if one of these differs.

use serde::Serialize;

use crate::model::PlaceKey;
use crate::plan::draft::Draft;

/// Notes an Azure object: `azure/<subscription>/<folded id>`, and what it is, or null if it is not there.
pub(crate) fn depends_on<T: Serialize>(draft: &mut Draft<'_>, place: &PlaceKey, id: &str, live: Option<&T>) {
    let mut value = live.and_then(|live| serde_json::to_value(live).ok()).unwrap_or_default();
    value.sort_all_objects();
    let id = id.to_ascii_lowercase();
    draft.depends.insert(format!("azure/{}/{}", place.account, id.trim_start_matches('/')), value);
}
