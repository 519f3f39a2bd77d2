//! The plan as it is printed, stored, compared and carried out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, Await, Change, DerivedRule, Note, Step, Summary};
use crate::active::ActiveRecord;
use crate::live::Query;
use crate::model::{Place, PlaceKey};

/// Everything that was decided: what differs, and the calls that remove the difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// Version of the stored form.
    pub format_version: String,
    /// The product.
    pub product: String,
    /// The places that it was computed from, with what was asked there.
    pub places: BTreeMap<PlaceKey, (Place, Query)>,
    /// One change for each resource, also where nothing differs.
    pub changes: Vec<Change>,
    /// What an operator should know.
    pub notes: Vec<Note>,
    /// The mutating calls, in an order in which they could run one after the other.
    pub steps: Vec<Step>,
    /// What must hold before the commit point is passed; if it does not come, the run is undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before_commit: Vec<Await>,
    /// What is waited for after the last step.
    pub settle: Vec<Await>,
    /// The Azure rules that result, for the firewall team.
    pub rules: Vec<DerivedRule>,
    /// What each step depends on, as it was observed: key to canonical JSON. A saved plan is refused if one differs.
    pub depends: BTreeMap<String, serde_json::Value>,
    /// Places that did not answer, with the reason; nothing is planned there.
    pub unknown: BTreeMap<PlaceKey, String>,
    /// What the active-region records said, of each environment of the run that has one.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub active: BTreeMap<String, ActiveRecord>,
    /// Environments that were left alone, since their active region is not known, with the reason.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left_alone: BTreeMap<String, String>,
}

impl Plan {
    /// Version of the stored form that this program writes.
    pub const FORMAT_VERSION: &'static str = "1";

    /// Returns the number of changes of each kind.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for change in &self.changes {
            match change.action {
                Action::Create => summary.create += 1,
                Action::Update => summary.update += 1,
                Action::Replace => summary.replace += 1,
                Action::Delete => summary.delete += 1,
                Action::Same => summary.unchanged += 1,
            }
        }
        summary
    }

    /// Returns true if there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}
