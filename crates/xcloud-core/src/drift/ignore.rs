//! Differences that are known and accepted for a while.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Class, Finding, Severity};
use crate::model::Ignore;
use crate::plan::glob;

/// A finding that an ignore rule keeps out of the report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ignored {
    /// The finding.
    pub finding: Finding,
    /// Why it is ignored.
    pub reason: String,
    /// Until when, as `2027-01-31`.
    pub expires: String,
}

/// Parts the findings: those to report and those that are ignored. A rule that has run out hides nothing and is a
/// finding itself. `today` is written as `2026-11-22`, so that dates compare as texts.
pub(super) fn part(findings: Vec<Finding>, rules: &[Ignore], today: &str) -> (Vec<Finding>, Vec<Ignored>) {
    let (expired, valid): (Vec<&Ignore>, Vec<&Ignore>) = rules.iter().partition(|rule| rule.expires.as_str() < today);
    let (mut reported, mut ignored) = (Vec::new(), Vec::new());
    for finding in findings {
        match valid.iter().find(|rule| hides(rule, &finding)) {
            Some(rule) => {
                ignored.push(Ignored { finding, reason: rule.reason.clone(), expires: rule.expires.clone() });
            }
            None => reported.push(finding),
        }
    }
    reported.extend(expired.into_iter().map(run_out));
    (reported, ignored)
}

fn hides(rule: &Ignore, finding: &Finding) -> bool {
    let property = rule.property.as_deref().unwrap_or("*");
    glob(&rule.address, &finding.address) && glob(property, &finding.property)
}

fn run_out(rule: &Ignore) -> Finding {
    Finding {
        address: rule.address.clone(),
        kind: "ignore".to_owned(),
        region: String::new(),
        property: rule.property.clone().unwrap_or_else(|| "*".to_owned()),
        expected: Value::from("an ignore rule that has not run out"),
        actual: Value::from(format!("it ran out after {} ({})", rule.expires, rule.reason)),
        class: Class::Changed,
        severity: Severity::Low,
        widens_access: false,
        example: None,
        id: None,
    }
}
