//! What drift reports: one finding for each property that is not as declared.

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use crate::code::Class;

/// One property that is not as declared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// The resource's address; for an ignore rule that has run out, its pattern.
    pub address: String,
    /// The kind with its cloud: `aws/security-group`; `ignore` for an ignore rule.
    pub kind: String,
    /// The AWS region, or `azure`.
    pub region: String,
    /// The property: `ingress[tcp 443 from 10.0.0.0/16]`; `resource` for the whole of it.
    pub property: String,
    /// What is declared; null if nothing is.
    pub expected: Value,
    /// What is live; null if nothing is.
    pub actual: Value,
    /// What kind of difference it is.
    pub class: Class,
    /// How urgent it is.
    pub severity: Severity,
    /// True if more is let in than is declared, or may be.
    pub widens_access: bool,
    /// Traffic that is let through and not declared: `tcp 203.0.113.7 -> sg-1 port 22`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The cloud's id, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
}

/// How urgent a finding is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// More is let in than is declared.
    Critical,
    /// Declared traffic does not pass, or nobody can tell.
    High,
    /// Something is there that should not be, or behaves otherwise.
    Medium,
    /// Labels and texts.
    Low,
}

impl Severity {
    /// Returns the word of reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}
