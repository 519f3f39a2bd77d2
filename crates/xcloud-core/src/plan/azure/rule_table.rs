//! Rows of the derived rule table: what stands in Azure after the run, rule by rule.

use std::collections::BTreeSet;

use super::nsg_entry::Entry;
use super::rule_match::{Shape, Want};
use super::serves;
use crate::live::{LiveFirewallRule, LiveNsg, LiveNsgRule};
use crate::model::{Access, Addr, Addresses, Desired, Direction, FirewallRule, NsgRule};
use crate::plan::draft::Draft;
use crate::plan::{Action, DerivedRule};

/// A row with what it is sorted by.
pub(super) struct Row {
    pub(super) env: String,
    pub(super) region: String,
    pub(super) rule: DerivedRule,
}

/// Puts the rows into the draft, by environment, region and name.
pub(super) fn add(draft: &mut Draft<'_>, mut rows: Vec<Row>) {
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.env.clone(), row.region.clone(), row.rule.name.clone(), row.rule.holder.clone());
        key(a).cmp(&key(b))
    });
    draft.rules.extend(rows.into_iter().map(|row| row.rule));
}

/// The row of a rule that is written, or is as declared.
pub(super) fn written_nsg(entry: &Entry<'_>, rule: &NsgRule, want: &Want, nsg: &LiveNsg, action: Action) -> Row {
    Row {
        env: rule.env.clone(),
        region: rule.region.clone().unwrap_or_default(),
        rule: wanted(action, &entry.addr, nsg.id.name(), &rule.name, effect(rule.access, rule.direction), want),
    }
}

/// The row of a rule that stays as it is live.
pub(super) fn kept_nsg(draft: &Draft<'_>, entry: &Entry<'_>, rule: Option<&NsgRule>, nsg: &LiveNsg) -> Option<Row> {
    let live = entry.live?;
    let declared = rule.map(|rule| (rule.env.clone(), rule.region.clone().unwrap_or_default()));
    nsg_row(draft, entry, live, nsg, Action::Same, declared)
}

/// The row of a rule that goes.
pub(super) fn removed_nsg(draft: &Draft<'_>, entry: &Entry<'_>, live: &LiveNsgRule, nsg: &LiveNsg) -> Option<Row> {
    nsg_row(draft, entry, live, nsg, Action::Delete, None)
}

fn nsg_row(
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

/// The row of a firewall rule that is written, or is as declared.
pub(super) fn written_firewall(addr: &Addr, rule: &FirewallRule, want: &Want, action: Action) -> Row {
    Row {
        env: rule.env.clone(),
        region: rule.region.clone().unwrap_or_default(),
        rule: wanted(action, addr, "firewall", &rule.name, rule.access.to_string(), want),
    }
}

/// The row of a live firewall rule that stays or goes.
pub(super) fn live_firewall(desired: &Desired, addr: &Addr, live: &LiveFirewallRule, action: Action) -> Option<Row> {
    let effect = live.action.to_ascii_lowercase();
    let rule = observed(action, addr, "firewall", &live.name, effect, Shape::of_firewall(live))?;
    let (env, region) = served(desired, addr, &live.name);
    Some(Row { env, region, rule })
}

/// Whom a rule serves that is only live.
fn served(desired: &Desired, addr: &Addr, name: &str) -> (String, String) {
    let env = serves::env_of(desired, name).unwrap_or_else(|| addr.env());
    (env.to_owned(), serves::region_of(desired, name).unwrap_or_default().to_owned())
}

fn effect(access: Access, direction: Direction) -> String {
    format!("{access} {direction}")
}

fn wanted(action: Action, addr: &Addr, holder: &str, name: &str, effect: String, want: &Want) -> DerivedRule {
    DerivedRule {
        action,
        addr: addr.clone(),
        holder: holder.to_owned(),
        name: name.to_owned(),
        effect,
        protocol: want.protocol,
        from: want.from.clone(),
        to: want.to.clone(),
        ports: want.port_set(),
    }
}

/// A live rule; none if it has a form that the table cannot show (the plan's fields show it).
fn observed(
    action: Action,
    addr: &Addr,
    holder: &str,
    name: &str,
    effect: String,
    shape: Shape,
) -> Option<DerivedRule> {
    let (from, to): (BTreeSet<_>, BTreeSet<_>) = shape.networks()?;
    Some(DerivedRule {
        action,
        addr: addr.clone(),
        holder: holder.to_owned(),
        name: name.to_owned(),
        effect,
        protocol: shape.protocol()?,
        from: Addresses::Known(from),
        to: Addresses::Known(to),
        ports: shape.ports,
    })
}
