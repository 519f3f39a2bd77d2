//! Rows of the derived rule table: what stands in the group after the run, rule by rule.

use super::entry::Entry;
use crate::kinds::shared::azure::{Row, Shape, Want, observed, served, wanted};
use crate::live::{LiveNsg, LiveNsgRule};
use crate::model::{Access, Direction, NsgRule};
use crate::plan::Action;
use crate::plan::draft::Draft;

/// The row of a rule that is written, or is as declared.
pub(super) fn written(entry: &Entry<'_>, rule: &NsgRule, want: &Want, nsg: &LiveNsg, action: Action) -> Row {
    Row {
        env: rule.env.clone(),
        region: rule.region.clone().unwrap_or_default(),
        rule: wanted(action, &entry.addr, nsg.id.name(), &rule.name, effect(rule.access, rule.direction), want),
    }
}

/// The row of a rule that stays as it is live.
pub(super) fn kept(draft: &Draft<'_>, entry: &Entry<'_>, rule: Option<&NsgRule>, nsg: &LiveNsg) -> Option<Row> {
    let live = entry.live?;
    let declared = rule.map(|rule| (rule.env.clone(), rule.region.clone().unwrap_or_default()));
    row(draft, entry, live, nsg, Action::Same, declared)
}

/// The row of a rule that goes.
pub(super) fn removed(draft: &Draft<'_>, entry: &Entry<'_>, live: &LiveNsgRule, nsg: &LiveNsg) -> Option<Row> {
    row(draft, entry, live, nsg, Action::Delete, None)
}

fn row(
    draft: &Draft<'_>,
    entry: &Entry<'_>,
    live: &LiveNsgRule,
    nsg: &LiveNsg,
    action: Action,
    declared: Option<(String, String)>,
) -> Option<Row> {
    let effect = effect(live.access, live.direction);
    let rule = observed(action, &entry.addr, nsg.id.name(), &live.name, effect, Shape::of_nsg(live))?;
    let (env, region) = declared.unwrap_or_else(|| served(draft.desired, &entry.addr, &live.name));
    Some(Row { env, region, rule })
}

fn effect(access: Access, direction: Direction) -> String {
    format!("{access} {direction}")
}
