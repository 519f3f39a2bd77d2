//! The gates of a failover for people and for scripts.

use std::collections::BTreeMap;

use anstyle::Style;
use serde_json::{Value, json};
use xcloud_core::failover::{Judged, Light, verdict};
use xcloud_engine::CallCounts;

use super::json::calls_value;
use super::layout::{Page, pad};
use super::style::{BAD, DIM, GOOD, HEADING, WARNING, paint};

/// Returns the gates as a page.
pub(crate) fn page(product: &str, judged: &[Judged], verbose: bool, width: Option<usize>) -> String {
    let mut page = Page::new(width);
    for one in judged {
        page.gap();
        page.line(format!(
            "{}  {}",
            paint(HEADING, &format!("{product}/{}", one.env)),
            paint(DIM, &format!("active {}, would move to {}", one.from, one.to))
        ));
        let name = one.gates.iter().map(|gate| gate.name.word().len()).max().unwrap_or_default();
        for gate in &one.gates {
            let (symbol, style) = light(gate.light);
            page.line(format!(
                "  {} {}  {}",
                paint(style, &format!("{symbol} {}", pad(gate.light.word(), 4))),
                pad(gate.name.word(), name),
                gate.text
            ));
            for detail in gate.details.iter().filter(|_| verbose || gate.light != Light::Ok) {
                page.paragraph(name + 11, detail, DIM);
            }
        }
    }
    page.text()
}

/// Returns the gates as a page, and what follows from them.
pub(crate) fn judged(product: &str, judged: &[Judged], verbose: bool, width: Option<usize>) -> String {
    format!("{}{}", page(product, judged, verbose, width), sentence(judged))
}

/// Returns the sentence that ends a judgement: `ready`, `ready with 2 warnings`, `not ready: 1 gate is red`.
fn sentence(judged: &[Judged]) -> String {
    let count = |wanted: Light| judged.iter().flat_map(|one| &one.gates).filter(|gate| gate.light == wanted).count();
    let text = match (count(Light::Red), count(Light::Warn)) {
        (0, 0) => paint(GOOD, "ready"),
        (0, 1) => paint(WARNING, "ready with 1 warning"),
        (0, warnings) => paint(WARNING, &format!("ready with {warnings} warnings")),
        (1, _) => paint(BAD, "not ready: 1 gate is red"),
        (red, _) => paint(BAD, &format!("not ready: {red} gates are red")),
    };
    format!("\n{text}\n")
}

/// Returns the worst light of all.
pub(crate) fn worst(judged: &[Judged]) -> Light {
    judged.iter().map(|one| verdict(&one.gates)).max().unwrap_or(Light::Red)
}

/// Returns the gates for scripts.
pub(crate) fn value(product: &str, judged: &[Judged], calls: &CallCounts) -> Value {
    let word = match worst(judged) {
        Light::Ok => "ready",
        Light::Warn => "degraded",
        Light::Red => "not-ready",
    };
    let environments: Vec<Value> = judged
        .iter()
        .map(|one| json!({"env": one.env, "active": one.from, "to": one.to, "gates": one.gates}))
        .collect();
    json!({"product": product, "verdict": word, "environments": environments, "calls": calls_value(calls)})
}

/// Returns the gates of each environment as they are stored.
pub(crate) fn stored(judged: &[Judged]) -> BTreeMap<String, Value> {
    judged.iter().map(|one| (one.env.clone(), json!(one.gates))).collect()
}

fn light(light: Light) -> (&'static str, Style) {
    match light {
        Light::Ok => ("✓", GOOD),
        Light::Warn => ("!", WARNING),
        Light::Red => ("✗", BAD),
    }
}
