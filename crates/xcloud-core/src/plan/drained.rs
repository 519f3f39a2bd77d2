//! The waits of a step for the ways that its needs have left.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::DraftStep;
use super::drain::Waits;
use super::{Await, Condition, Patience, StepId};

/// Returns what a step waits for that needs these steps, of which some leave a way.
pub(super) fn awaits<'s>(
    needed: impl Iterator<Item = (&'s StepId, &'s DraftStep)>,
    set_secs: impl Fn(&DraftStep) -> Option<u64>,
) -> Vec<Await> {
    let mut all_seen: Vec<Await> = Vec::new();
    // The same time after several steps is one wait.
    let mut spans: BTreeMap<(u64, &str), (&DraftStep, BTreeSet<StepId>)> = BTreeMap::new();
    for (id, step) in needed {
        let Some(drain) = &step.drain else { continue };
        let Waits { elapsed, seen } = drain.waits(&step.place, set_secs(step));
        all_seen.extend(seen);
        if let Some(span) = elapsed {
            spans.entry(span).or_insert_with(|| (step, BTreeSet::new())).1.insert(id.clone());
        }
    }
    let elapsed = spans.into_iter().map(|((secs, what), (step, since))| Await {
        place: step.place.clone(),
        condition: Condition::Elapsed { secs, what: what.to_owned(), since },
        binds: None,
        patience: Patience::Fail(secs),
    });
    elapsed.chain(all_seen).collect()
}
