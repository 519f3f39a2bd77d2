//! Drift as a Prometheus text file.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use xcloud_core::drift::Class;
use xcloud_engine::CallCounts;

use super::drift::Estate;

/// Returns the metrics of one run, that ended `at` seconds after 1970 and took so many.
pub(crate) fn text(estates: &[Estate], calls: &CallCounts, at: u64, took_secs: f64) -> String {
    let mut text = String::new();
    let mut metric = |name: &str, help: &str, samples: &[(String, String)]| {
        let _written = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
        for (labels, value) in samples {
            let _written = writeln!(text, "{name}{labels} {value}");
        }
    };
    let one = |value: String| vec![(String::new(), value)];
    metric("xcloud_drift_last_run_timestamp_seconds", "When the last run ended.", &one(at.to_string()));
    metric("xcloud_drift_duration_seconds", "How long the last run took.", &one(format!("{took_secs:.3}")));
    let per = |value: fn(&Estate) -> u8| -> Vec<(String, String)> {
        estates.iter().map(|estate| (product(estate), value(estate).to_string())).collect()
    };
    metric(
        "xcloud_drift_in_sync",
        "1 if everything was checked and is as declared.",
        &per(|one| u8::from(one.in_sync())),
    );
    let failed = per(|one| u8::from(one.outcome.is_err()));
    metric("xcloud_drift_estate_failed", "1 if the estate could not be checked at all.", &failed);
    let mut findings = Vec::new();
    for estate in estates.iter().filter(|estate| estate.outcome.is_ok()) {
        let mut counts: BTreeMap<Class, usize> = Class::ALL.into_iter().map(|class| (class, 0)).collect();
        estate.findings().iter().for_each(|finding| *counts.entry(finding.class).or_default() += 1);
        for (class, count) in counts {
            let labels = format!("{{product=\"{}\",class=\"{}\"}}", label(name(estate)), class.word());
            findings.push((labels, count.to_string()));
        }
    }
    metric("xcloud_drift_findings", "Differences by class.", &findings);
    let wide: Vec<(String, String)> = estates
        .iter()
        .map(|estate| {
            let wide = estate.findings().iter().filter(|finding| finding.widens_access).count();
            (product(estate), wide.to_string())
        })
        .collect();
    metric("xcloud_drift_widens_access", "Differences that widen access.", &wide);
    metric("xcloud_drift_api_calls", "Calls to the clouds in the last run.", &one(calls.total.to_string()));
    metric("xcloud_drift_throttled_calls", "Calls that a cloud throttled.", &one(calls.throttled.to_string()));
    text
}

fn product(estate: &Estate) -> String {
    format!("{{product=\"{}\"}}", label(name(estate)))
}

fn name(estate: &Estate) -> &str {
    if estate.product.is_empty() { &estate.file } else { &estate.product }
}

/// A label's value: backslash, quote and line feed are escaped (Prometheus text format).
fn label(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
