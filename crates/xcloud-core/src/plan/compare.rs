//! The comparison alone: what differs, without the calls that would remove the difference. Unlike a plan it is answered
//! also where something stands in the way of a change.

use std::collections::BTreeMap;

use super::draft::Draft;
use super::sets::RuleSet;
use super::{Change, Ground, Note, PlanOptions, aws, azure};
use crate::active::ActiveRecord;
use crate::code::ProblemCode;
use crate::live::Observed;
use crate::model::{Addr, Desired, PlaceKey};

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

/// Why a resource could not be compared as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// The resource.
    pub addr: Addr,
    /// What it is.
    pub code: ProblemCode,
    /// One sentence.
    pub message: String,
}

/// Compares what is desired with what was observed.
#[must_use]
pub fn compare(desired: &Desired, observed: &Observed, options: &PlanOptions) -> Comparison {
    let options = PlanOptions { compare: true, ..options.clone() };
    let ground = Ground::of(desired, observed, &options);
    let mut draft = Draft::new(&ground.desired, observed, &ground.options);
    draft.active = ground.active();
    aws::plan(&mut draft);
    azure::plan(&mut draft);
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
