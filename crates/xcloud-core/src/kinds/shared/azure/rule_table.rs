//! Rows of the derived rule table: what stands in Azure after the run, rule by rule.

use std::collections::BTreeSet;

use super::rule_match::{Shape, Want};
use super::serves::Served;
use crate::model::{Addr, Addresses, Desired};
use crate::plan::draft::Draft;
use crate::plan::{Action, DerivedRule};

/// A row with what it is sorted by.
pub(crate) struct Row {
    pub(crate) env: String,
    pub(crate) region: String,
    pub(crate) rule: DerivedRule,
}

/// Puts the rows into the draft, by environment, region and name.
pub(crate) fn add(draft: &mut Draft<'_>, mut rows: Vec<Row>) {
    rows.sort_by(|a, b| {
        let key = |row: &Row| (row.env.clone(), row.region.clone(), row.rule.name.clone(), row.rule.holder.clone());
        key(a).cmp(&key(b))
    });
    draft.rules.extend(rows.into_iter().map(|row| row.rule));
}

/// Whom a rule serves that is only live.
pub(crate) fn served(desired: &Desired, addr: &Addr, name: &str) -> (String, String) {
    let served = Served::by_live(desired, name);
    (served.env.unwrap_or_else(|| addr.env()).to_owned(), served.region.unwrap_or_default().to_owned())
}

/// The row of a rule that is written, or is as declared.
pub(crate) fn wanted(
    action: Action,
    addr: &Addr,
    holder: &str,
    name: &str,
    effect: String,
    want: &Want,
) -> DerivedRule {
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
pub(crate) fn observed(
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
