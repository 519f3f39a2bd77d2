//! A plan makes what is declared, a second one has nothing to do, and undoing it leaves what was there.

use super::cloud::{Cloud, content};
use super::fixture::plan;
use crate::live::AzureLive;
use crate::model::Desired;
use crate::plan::{Action, Phase};

/// Undoes every step, those after the commit point too; returns how many there are.
pub(super) fn converges_and_unwinds(desired: &Desired, live: &AzureLive, what: &str) -> usize {
    converges(desired, live, None, what)
}

/// Undoes what a run undoes that fails right before its commit point; returns how many steps the plan has.
pub(super) fn converges_and_unwinds_before_commit(desired: &Desired, live: &AzureLive, what: &str) -> usize {
    converges(desired, live, Some(Phase::Build), what)
}

fn converges(desired: &Desired, live: &AzureLive, undone: Option<Phase>, what: &str) -> usize {
    let first = plan(desired, live).expect(what);
    let mut cloud = Cloud::new(live);
    cloud.apply(&first, None).expect(what);
    let again = plan(desired, &cloud.live).expect(what);
    assert!(again.is_empty() && again.changes.iter().all(|change| change.action == Action::Same), "{what}: {again:#?}");
    let mut cloud = Cloud::new(live);
    cloud.apply(&first, undone).expect(what);
    cloud.unwind().expect(what);
    assert_eq!(content(&cloud.live), content(live), "{what}");
    first.steps.len()
}
