//! The derived Azure rule table: what the firewall team signs. Addresses are never cut.

use std::collections::BTreeMap;

use xcloud_core::model::Addresses;
use xcloud_core::plan::{Action, DerivedRule};

use super::view::PlanView;
use crate::render::layout::{Page, columns, pad};
use crate::render::style::{self, DIM, HEADING, LATE, paint};

pub(super) fn section(page: &mut Page, view: &PlanView<'_>) {
    let same = view.plan.rules.iter().filter(|rule| rule.action == Action::Same).count();
    let shown = view.plan.rules.iter().filter(|rule| rule.action != Action::Same || view.verbose);
    let mut holders: BTreeMap<(&str, &str), Vec<&DerivedRule>> = BTreeMap::new();
    for rule in shown {
        holders.entry((rule.addr.as_str(), rule.holder.as_str())).or_default().push(rule);
    }
    if holders.is_empty() {
        return;
    }
    page.line(paint(HEADING, "Azure rules that result"));
    for ((addr, holder), rules) in &holders {
        page.line(format!("  {holder}   {}", paint(DIM, addr)));
        table(page, rules);
    }
    if same > 0 && !view.verbose {
        page.line(paint(DIM, &format!("  = {same} unchanged")));
    }
}

fn table(page: &mut Page, rules: &[&DerivedRule]) {
    let names = rules.iter().map(|rule| columns(&rule.name)).max().unwrap_or_default();
    let effects = rules.iter().map(|rule| columns(&effect(rule))).max().unwrap_or_default();
    let lead = 4 + 12 + names + 2 + effects + 2;
    let one_line = rules.iter().all(|rule| lead + columns(&path(rule)) <= page.width());
    for rule in rules {
        let action = format!("{} {} ", rule.action.symbol(), pad(rule.action.word(), 9));
        let action = paint(style::action(rule.action), &action);
        let (name, effect) = (pad(&rule.name, names), pad(&effect(rule), effects));
        let late = matches!(rule.from, Addresses::Late(_)) || matches!(rule.to, Addresses::Late(_));
        let path_style = if late { LATE } else { anstyle::Style::new() };
        if one_line {
            page.line(format!("    {action}{name}  {effect}  {}", paint(path_style, &path(rule))));
        } else {
            page.line(format!("    {action}{name}  {effect}"));
            page.paragraph(16, &path(rule), path_style);
        }
    }
}

fn effect(rule: &DerivedRule) -> String {
    let ports: Vec<String> = rule.ports.iter().map(ToString::to_string).collect();
    format!("{} {} {}", rule.effect, rule.protocol, if ports.is_empty() { "*".to_owned() } else { ports.join(",") })
}

fn path(rule: &DerivedRule) -> String {
    format!("{} -> {}", addresses(&rule.from), addresses(&rule.to))
}

fn addresses(addresses: &Addresses) -> String {
    let short = |net: &ipnet::IpNet| match net.prefix_len() == net.max_prefix_len() {
        true => net.addr().to_string(),
        false => net.to_string(),
    };
    match addresses {
        Addresses::Known(set) if set.is_empty() => "*".to_owned(),
        Addresses::Known(set) => set.iter().map(short).collect::<Vec<_>>().join(", "),
        Addresses::Late(late) => late.to_string(),
    }
}
