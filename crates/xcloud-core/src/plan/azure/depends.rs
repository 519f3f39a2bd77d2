//! What the steps depend on, as it was observed: a saved plan is refused if one of these differs.

use serde::Serialize;
use serde_json::Value;

use super::nsg_steps::Item;
use crate::live::LiveNsg;
use crate::model::PlaceKey;
use crate::plan::draft::Draft;

/// Notes an Azure object: `azure/<subscription>/<folded id>`, and what it is, or null if it is not there.
pub(super) fn object<T: Serialize>(draft: &mut Draft<'_>, place: &PlaceKey, id: &str, live: Option<&T>) {
    let mut value = live.and_then(|live| serde_json::to_value(live).ok()).unwrap_or_default();
    value.sort_all_objects();
    let id = id.to_ascii_lowercase();
    draft.depends.insert(format!("azure/{}/{}", place.account, id.trim_start_matches('/')), value);
}

/// Notes the rules that change, and the priorities that new ones take.
pub(super) fn nsg(draft: &mut Draft<'_>, place: &PlaceKey, nsg: &LiveNsg, items: &[Item<'_>]) {
    for item in items {
        object(draft, place, &format!("{}/securityrules/{}", nsg.id, item.name), item.live);
        let Some(body) = &item.to else { continue };
        let holder = nsg.rules.iter().find(|rule| (rule.direction, rule.priority) == (body.direction, body.priority));
        let key = format!("{}/{}/{}", nsg.id, body.direction, body.priority);
        object(draft, place, &key, holder.map(|rule| Value::from(rule.name.clone())).as_ref());
    }
}
