//! The changes, grouped by environment and region.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::model::Cloud;
use xcloud_core::plan::{Action, Change, RuleName};

use super::fields;
use super::view::PlanView;
use crate::render::layout::{Page, columns, pad};
use crate::render::style::{self, DIM, HEADING, paint};

/// The widest word of an action.
const WORD: usize = 9;

pub(super) fn section(page: &mut Page, view: &PlanView<'_>) {
    let mut groups: BTreeMap<(&str, &str), Vec<&Change>> = BTreeMap::new();
    for change in &view.plan.changes {
        groups.entry((change.addr.env(), change.addr.region())).or_default().push(change);
    }
    for (key, changes) in &groups {
        group(page, *key, changes, view);
    }
}

fn group(page: &mut Page, key: (&str, &str), changes: &[&Change], view: &PlanView<'_>) {
    let verbose = view.verbose;
    let same = changes.iter().filter(|change| change.action == Action::Same).count();
    if same == changes.len() && !verbose {
        return;
    }
    page.gap();
    let accounts: BTreeSet<String> = changes.iter().map(|change| account(change)).collect();
    let accounts: Vec<String> = accounts.into_iter().collect();
    let title = paint(HEADING, &format!("{} / {}", key.0, key.1));
    page.line(format!("{title}   {}", paint(DIM, &accounts.join(", "))));
    let shown: Vec<&&Change> = changes.iter().filter(|change| change.action != Action::Same || verbose).collect();
    let widest = shown.iter().map(|change| columns(change.addr.as_str())).max().unwrap_or_default();
    for change in &shown {
        headline(page, change, widest, accounts.len() > 1);
        detail(page, change, view);
    }
    if same > 0 && !verbose {
        page.line(paint(DIM, &format!("  = {same} unchanged")));
    }
}

fn headline(page: &mut Page, change: &Change, widest: usize, name_account: bool) {
    let lead = format!("{} {}", change.action.symbol(), pad(change.action.word(), WORD));
    let styled = paint(style::action(change.action), &lead);
    if !name_account {
        page.line(format!("  {styled} {}", paint(HEADING, change.addr.as_str())));
        return;
    }
    let account = account(change);
    if 2 + columns(&lead) + 1 + widest + 2 + columns(&account) <= page.width() {
        let addr = paint(HEADING, &pad(change.addr.as_str(), widest));
        page.line(format!("  {styled} {addr}  {}", paint(DIM, &account)));
    } else {
        page.line(format!("  {styled} {}", paint(HEADING, change.addr.as_str())));
        page.paragraph(6, &account, DIM);
    }
}

fn detail(page: &mut Page, change: &Change, view: &PlanView<'_>) {
    if change.action == Action::Same {
        return;
    }
    for reason in &change.reasons {
        page.paragraph(6, &format!("because {reason}"), style::WARNING);
    }
    if let Some(id) = &change.id {
        page.paragraph(6, &fields::short_id(id, &change.account), DIM);
    }
    let table = view.plan.rules.iter().filter(|rule| rule.addr == change.addr);
    let table = table.map(|rule| RuleName::azure(&rule.name).whole()).collect();
    fields::list(page, change, &table);
}

fn account(change: &Change) -> String {
    match change.cloud {
        Cloud::Aws => format!("aws {}", change.account),
        Cloud::Azure => format!("azure {}", change.account),
        Cloud::Ledger => "ledger".to_owned(),
    }
}
