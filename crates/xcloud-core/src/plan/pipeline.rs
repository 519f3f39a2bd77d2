//! The one pipe from what is desired to a plan, whatever the run is for.
//!
//! ```text
//! ground ─► aim ─► identify, plan, remove ─► addresses given back ─► the goal's own steps ─► locks, what is protected ─► order ─► standings ─► refusals
//! ```

use std::collections::BTreeSet;

use super::draft::Draft;
use super::{Aim, Ground, Note, Plan, PlanOptions, address_release, locks, order, protected, refusals};
use crate::code::{NoteCode, ProblemCode};
use crate::diag::Diagnostics;
use crate::kinds;
use crate::live::Observed;
use crate::model::Desired;

/// What a plan is for. The planner knows of no failover: whoever wants another region brings the goal along.
pub(crate) trait Goal {
    /// Returns what is planned for; `None` if the environments cannot come to stand so.
    fn aim<'d>(&self, ground: &Ground<'d>, observed: &Observed, problems: &mut Diagnostics) -> Option<Aim<'d>>;

    /// Adds what the goal needs beside the steps of the resources.
    fn add_steps(&self, draft: &mut Draft<'_>, ground: &Ground<'_>, aim: &Aim<'_>);

    /// Returns the environments that the plan is about and no other. Such a plan may lose what the config keeps
    /// (`require_reversible`): a commit cannot be undone by its nature, and what is closed the next apply writes again.
    fn alone(&self) -> Option<&BTreeSet<String>>;

    /// Returns true if gates say what stands in the way of it, and an operator may pass them.
    fn is_judged_by_gates(&self) -> bool {
        false
    }

    /// Returns the regions that have no part in the plan: that one of them does not answer is no matter of it.
    fn left_regions(&self, _ground: &Ground<'_>) -> BTreeSet<String> {
        BTreeSet::new()
    }
}

/// Everything becomes as declared.
pub(crate) struct Converge;

impl Goal for Converge {
    fn aim<'d>(&self, ground: &Ground<'d>, observed: &Observed, problems: &mut Diagnostics) -> Option<Aim<'d>> {
        if ground.options.destroy {
            refusals::refuse_away_from_primary(ground, problems);
        }
        Some(Aim::as_it_stands(ground, observed))
    }

    /// A failover or a close waits for nothing that no rule needs.
    fn add_steps(&self, draft: &mut Draft<'_>, _ground: &Ground<'_>, _aim: &Aim<'_>) {
        address_release::look_for_unnamed(draft);
    }

    fn alone(&self) -> Option<&BTreeSet<String>> {
        None
    }
}

/// Decides the calls that make what was observed as it is desired, and nothing else.
///
/// A plan is answered if no diagnostic is an error. Places that did not answer are left alone and listed.
#[must_use]
pub fn converge(desired: &Desired, observed: &Observed, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
    plan(desired, observed, options, &Converge, |_| {})
}

/// The pipe. `last` sees the draft before it is judged and ordered: tests put a fault there that no planner makes.
pub(crate) fn plan(
    desired: &Desired,
    observed: &Observed,
    options: &PlanOptions,
    goal: &dyn Goal,
    last: impl FnOnce(&mut Draft<'_>),
) -> (Option<Plan>, Diagnostics) {
    let ground = Ground::of(desired, observed, options);
    let mut problems = Diagnostics::default();
    let Some(aim) = goal.aim(&ground, observed, &mut problems) else { return (None, problems) };
    let mut draft = drafted(&aim, observed, problems);
    draft.notes.extend(ground.notes(&draft.breaches));
    address_release::check(&mut draft);
    goal.add_steps(&mut draft, &ground, &aim);
    locks::check(&mut draft, !goal.is_judged_by_gates());
    last(&mut draft);
    protected::check(&mut draft);
    let mut problems = std::mem::take(&mut draft.problems);
    if problems.has_errors() {
        return (None, problems);
    }
    let mut plan = match order::finish(draft) {
        Ok(plan) => plan,
        Err(circle) => {
            let names: Vec<String> = circle.iter().map(ToString::to_string).collect();
            let message = format!("these resources need each other: {}", names.join(", "));
            problems.error(None, ProblemCode::Cycle, message, None);
            return (None, problems);
        }
    };
    add_places(&mut plan, observed, &goal.left_regions(&ground));
    add_standings(&mut plan, ground);
    match goal.alone() {
        Some(envs) => only_of(&mut plan, envs),
        None => refusals::refuse_irreversible(desired, &plan, &mut problems),
    }
    (if problems.has_errors() { None } else { Some(plan) }, problems)
}

/// What differs, and the steps that remove it, in no order yet.
pub(super) fn drafted<'a>(aim: &'a Aim<'_>, observed: &'a Observed, problems: Diagnostics) -> Draft<'a> {
    let mut draft = Draft::new(&aim.desired, observed, &aim.options);
    draft.problems = problems;
    draft.active = aim.active();
    for id in observed.azure_places().flat_map(|(_, live)| &live.deleting) {
        let text = format!("{id} is being deleted: what takes its place waits until it is gone");
        draft.note(NoteCode::BeingDeleted, None, text);
    }
    kinds::plan(&mut draft);
    draft
}

/// Lists what was read, and what did not answer.
fn add_places(plan: &mut Plan, observed: &Observed, left: &BTreeSet<String>) {
    for (key, state) in &observed.places {
        plan.places.insert(key.clone(), (state.place.clone(), state.query.clone()));
        if let Some(error) = observed.unknown(key).filter(|_| !left.contains(&key.region)) {
            plan.unknown.insert(key.clone(), error.to_string());
            let text = format!("{key} did not answer, nothing is planned there: {error}");
            plan.notes.push(Note::of(NoteCode::UnknownPlace, None, text));
        }
    }
}

/// A saved plan is refused if a record that it was computed under says something else by then.
fn add_standings(plan: &mut Plan, ground: Ground<'_>) {
    plan.active = ground.records();
    plan.left_alone = ground.left_alone;
    for (env, record) in &plan.active {
        plan.depends.insert(depends_key(env), record.to_string().into());
    }
}

/// How other environments stand is no matter of the plan.
fn only_of(plan: &mut Plan, envs: &BTreeSet<String>) {
    for env in plan.active.keys().filter(|env| !envs.contains(*env)) {
        plan.depends.remove(&depends_key(env));
    }
    plan.active.retain(|env, _| envs.contains(env));
    plan.left_alone.retain(|env, _| envs.contains(env));
}

fn depends_key(env: &str) -> String {
    format!("active-region {env}")
}
