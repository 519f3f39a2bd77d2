//! The one way through the planners of all kinds, and what they work on.

use super::declared::OfKind;
use super::shared::aws::{Index, Indexes, Refs};
use super::shared::azure::{Row, Services, finish};
use crate::model::{Kind, Resource};
use crate::plan::draft::Draft;

/// What the planners work on: the draft, what stands in AWS, and what they tell each other.
pub(crate) struct Planning<'p, 'd> {
    pub(crate) draft: &'p mut Draft<'d>,
    /// Look-up tables of the AWS places that answered.
    pub(crate) live: &'p Indexes<'d>,
    /// What becomes of the AWS resources.
    pub(crate) refs: Refs,
    /// Rows of the derived rule table.
    pub(crate) rows: Vec<Row>,
    /// What becomes of the private link services.
    pub(crate) services: Services<'d>,
}

/// A declared AWS resource, with the tables of its place.
pub(crate) struct Wanted<'p, 'd, T> {
    pub(crate) resource: &'d Resource,
    pub(crate) spec: &'d T,
    pub(crate) index: &'p Index<'d>,
}

/// Plans every resource. The kinds of a cloud are decided together: which live objects serve, then what is made of them,
/// then, from the last kind to the first, what goes. AWS comes first, since rules of Azure name its addresses.
pub(crate) fn plan(draft: &mut Draft<'_>) {
    let live = Indexes::of(draft.observed, &draft.desired.product);
    let refs = Refs::of(draft);
    let mut cx = Planning { draft, live: &live, refs, rows: Vec::new(), services: Services::default() };
    for kinds in Kind::ALL.chunk_by(|one, next| one.cloud() == next.cloud()) {
        kinds.iter().for_each(|kind| (kind.rules().identify)(&mut cx));
        kinds.iter().for_each(|kind| (kind.rules().plan)(&mut cx));
        kinds.iter().rev().for_each(|kind| (kind.rules().remove)(&mut cx));
    }
    finish(cx.draft, cx.rows);
}

impl<'p, 'd> Planning<'p, 'd> {
    /// Does something for each declared resource of a kind of AWS whose place answers.
    pub(crate) fn each<T: OfKind>(&mut self, act: fn(&mut Self, &Wanted<'p, 'd, T>)) {
        let (desired, live) = (self.draft.desired, self.live);
        for resource in desired.resources.values() {
            if let (Some(spec), Some(index)) = (resource.spec.of::<T>(), live.get(&resource.place)) {
                act(self, &Wanted { resource, spec, index });
            }
        }
    }

    /// Returns true if this run makes a resource as it is declared.
    pub(crate) fn makes(&self, resource: &Resource) -> bool {
        !self.draft.options.destroy && self.draft.options.filter.includes(&resource.addr)
    }
}
