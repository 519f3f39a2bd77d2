//! Rows of the derived rule table: what stands in the firewall after the run, rule by rule.

use crate::kinds::shared::azure::{Row, Shape, Want, observed, served, wanted};
use crate::live::LiveFirewallRule;
use crate::model::{Addr, Desired, FirewallRule};
use crate::plan::Action;

/// The row of a firewall rule that is written, or is as declared.
pub(super) fn written(addr: &Addr, rule: &FirewallRule, want: &Want, action: Action) -> Row {
    Row {
        env: rule.env.clone(),
        region: rule.region.clone().unwrap_or_default(),
        rule: wanted(action, addr, "firewall", &rule.name, rule.access.to_string(), want),
    }
}

/// The row of a live firewall rule that stays or goes.
pub(super) fn live(desired: &Desired, addr: &Addr, live: &LiveFirewallRule, action: Action) -> Option<Row> {
    let effect = live.action.to_ascii_lowercase();
    let rule = observed(action, addr, "firewall", &live.name, effect, Shape::of_firewall(live))?;
    let (env, region) = served(desired, addr, &live.name);
    Some(Row { env, region, rule })
}
