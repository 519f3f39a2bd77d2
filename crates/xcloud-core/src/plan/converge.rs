//! The planner's front door: desired and observed in, plan out.

use super::draft::Draft;
use super::{Ground, Note, Plan, PlanOptions, Step, aws, azure, order, release};
use crate::code::{NoteCode, ProblemCode};
use crate::diag::Diagnostics;
use crate::live::Observed;
use crate::model::Desired;

/// Compares what is desired with what was observed, and decides every call that removes the difference.
///
/// A plan is answered if no diagnostic is an error. Places that did not answer are left alone and listed.
#[must_use]
pub fn converge(desired: &Desired, observed: &Observed, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
    let ground = Ground::of(desired, observed, options);
    let mut draft = Draft::new(&ground.desired, observed, &ground.options);
    draft.active = ground.active();
    draft.notes = ground.notes();
    if options.destroy {
        refuse_away_from_primary(&ground, &mut draft.problems);
    }
    aws::plan(&mut draft);
    azure::plan(&mut draft);
    release::check(&mut draft);
    release::look_for_unnamed(&mut draft);
    let mut problems = std::mem::take(&mut draft.problems);
    if problems.has_errors() {
        return (None, problems);
    }
    match order::finish(draft) {
        Ok(mut plan) => {
            refuse_irreversible(desired, &plan, &mut problems);
            add_places(&mut plan, observed);
            add_standings(&mut plan, ground);
            (if problems.has_errors() { None } else { Some(plan) }, problems)
        }
        Err(circle) => {
            let names: Vec<String> = circle.iter().map(ToString::to_string).collect();
            let message = format!("these resources need each other: {}", names.join(", "));
            problems.error(None, ProblemCode::Cycle, message, None);
            (None, problems)
        }
    }
}

/// What is gone of the active region is gone for those who use it now.
fn refuse_away_from_primary(ground: &Ground<'_>, problems: &mut Diagnostics) {
    for (env, record) in ground.records() {
        if record.region != ground.desired.regions.primary {
            let message = format!("{} is active in {env} since a failover (epoch {})", record.region, record.epoch);
            let hint = "`xcloud failback` first: nothing is destroyed while another region than the primary is active";
            problems.error(None, ProblemCode::ActiveElsewhere, message, Some(hint.to_owned()));
        }
    }
}

/// A saved plan is refused if a record that it was computed under says something else by then.
pub(super) fn add_standings(plan: &mut Plan, ground: Ground<'_>) {
    plan.active = ground.records();
    plan.left_alone = ground.left_alone;
    for (env, record) in &plan.active {
        plan.depends.insert(format!("active-region {env}"), record.to_string().into());
    }
}

/// What the config asks for: no call in these environments that no rollback could take back.
fn refuse_irreversible(desired: &Desired, plan: &Plan, problems: &mut Diagnostics) {
    let guarded = |step: &&Step| desired.require_reversible.contains(step.addr.env()) && !step.undo.is_reversible();
    for step in plan.steps.iter().filter(guarded) {
        let message = format!("{}: {} is {}", step.addr, step.op.name(), step.undo.word());
        let hint = format!("the config asks for reversible plans in {} (`require_reversible`)", step.addr.env());
        problems.error(None, ProblemCode::Irreversible, message, Some(hint));
    }
}

pub(super) fn add_places(plan: &mut Plan, observed: &Observed) {
    for (key, state) in &observed.places {
        plan.places.insert(key.clone(), (state.place.clone(), state.query.clone()));
        if let Some(error) = observed.unknown(key) {
            plan.unknown.insert(key.clone(), error.to_string());
            let text = format!("{key} did not answer, nothing is planned there: {error}");
            plan.notes.push(Note::of(NoteCode::UnknownPlace, None, text));
        }
    }
}
