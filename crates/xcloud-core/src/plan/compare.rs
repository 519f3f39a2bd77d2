//! The comparison alone: what differs, without the calls that would remove the difference. Unlike a plan it is answered
//! also where something stands in the way of a change.

use std::collections::BTreeMap;

use super::rule_sets::RuleSet;
use super::{Aim, Change, Ground, Note, Obstacle, PlanOptions, pipeline};
use crate::active::ActiveRecord;
use crate::diag::Diagnostics;
use crate::live::Observed;
use crate::model::{Desired, PlaceKey};

/// Everything that differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One change for each resource, also where nothing differs, in the order of addresses.
    pub changes: Vec<Change>,
    /// What was seen beside them.
    pub notes: Vec<Note>,
    /// The rule sets that differ.
    pub sets: Vec<RuleSet>,
    /// What could not be compared, and why.
    pub obstacles: Vec<Obstacle>,
    /// Places that did not answer, with the reason.
    pub unknown: BTreeMap<PlaceKey, String>,
    /// What the active-region records say, of each environment that has one.
    pub records: BTreeMap<String, ActiveRecord>,
    /// Environments whose active region is not known, with the reason: nothing of them was compared.
    pub left_alone: BTreeMap<String, String>,
}

/// Compares what is desired with what was observed.
#[must_use]
pub fn compare(desired: &Desired, observed: &Observed, options: &PlanOptions) -> Comparison {
    let options = PlanOptions { compare: true, ..options.clone() };
    let ground = Ground::of(desired, observed, &options);
    let aim = Aim::as_it_stands(&ground, observed);
    // Nothing is called: no order is looked for, no address given back, and what the records say stands beside the notes.
    let draft = pipeline::drafted(&aim, observed, Diagnostics::default());
    let mut changes = draft.changes;
    changes.sort_by(|a, b| a.addr.cmp(&b.addr));
    let (mut notes, mut obstacles) = (draft.notes, draft.obstacles);
    notes.sort();
    notes.dedup();
    obstacles.sort();
    obstacles.dedup();
    let unknown = observed.places.keys().filter_map(|key| Some((key.clone(), observed.unknown(key)?.to_string())));
    let sets = draft.sets;
    let records = ground.records();
    Comparison { changes, notes, sets, obstacles, unknown: unknown.collect(), records, left_alone: ground.left_alone }
}
