//! What a plan takes away from a region that is active in place of the primary.

use crate::kinds::shared::azure::Served;
use crate::model::Desired;
use crate::plan::{Action, Change, DerivedRule, Plan};

/// Returns what the plan would delete of what an active region other than the primary uses: what is in that
/// region, the environment's names, and the rules that serve it. Empty while the primary is active everywhere.
///
/// A rollback to before a failover may not do so: it returns to a time at which traffic was elsewhere.
#[must_use]
pub fn lost_to_active(desired: &Desired, plan: &Plan) -> Vec<String> {
    let away = plan.active.iter().filter(|(_, record)| record.region != desired.regions.primary);
    let mut lost: Vec<String> = Vec::new();
    for (env, record) in away {
        let region = &record.region;
        let changes = plan.changes.iter().filter(|change| goes(change) && lives_by(change, env, region));
        lost.extend(changes.map(|change| change.addr.to_string()));
        let rules =
            plan.rules.iter().filter(|rule| rule.action == Action::Delete && serves(desired, rule, env, region));
        lost.extend(rules.map(|rule| format!("{} in {}", rule.name, rule.holder)));
    }
    lost.sort();
    lost.dedup();
    lost
}

fn goes(change: &Change) -> bool {
    matches!(change.action, Action::Delete | Action::Replace)
}

fn lives_by(change: &Change, env: &str, region: &str) -> bool {
    let shared = change.addr.env() == "shared";
    (change.addr.env() == env || shared) && (!change.cloud.has_regions() || change.region == region)
}

/// A rule of ours of which it is not known whom it serves counts as serving.
fn serves(desired: &Desired, rule: &DerivedRule, env: &str, region: &str) -> bool {
    let served = Served::by_live(desired, &rule.name);
    rule.name.starts_with(&crate::marks::name_prefix(&desired.product))
        && served.env.is_none_or(|served| served == env)
        && served.region.is_none_or(|served| served == region)
}
