//! The way back: what a failed run did before its commit point is undone, last first, as wide as the needs allow.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use xcloud_core::journal::Status;
use xcloud_core::plan::{Plan, StepId};

use super::Stop;
use super::context::Context;
use super::undo::undo_step;
use crate::EventKind;

/// Undoes every step that is in effect, or may be. `interrupted`: the run was asked to stop before, so that this is
/// what the operator waits for. Returns true if it was asked to stop on the way back.
///
/// A step is undone when nothing that needs it is in effect any more: what still uses it keeps it.
pub(super) async fn unwind(ctx: &Context<'_>, mut stop: Stop, interrupted: bool) -> bool {
    let mut back = Back::of(ctx);
    if back.open.is_empty() {
        return false;
    }
    ctx.emit(EventKind::Unwinding { steps: back.open.len() });
    let (mut running, mut asked, mut listening) = (FuturesUnordered::new(), false, !interrupted);
    loop {
        if !ctx.is_halted() {
            for at in std::mem::take(&mut back.ready) {
                running.push(async move {
                    undo_step(ctx, &ctx.plan.steps[at]).await;
                    at
                });
            }
        }
        if running.is_empty() {
            return asked;
        }
        tokio::select! {
            biased;
            changed = stop.wait_for(|asked| *asked), if listening => {
                listening = false;
                if changed.is_ok() {
                    asked = true;
                    ctx.halt();
                    ctx.emit(EventKind::Stopping);
                }
            }
            () = tokio::time::sleep_until(ctx.deadline()), if !ctx.is_halted() => ctx.halt(),
            Some(at) = running.next() => {
                if !ctx.status(&ctx.plan.steps[at].id).is_in_effect() {
                    back.undone(at, &ctx.plan);
                }
            }
        }
    }
}

/// What is still in effect, and what holds it.
struct Back {
    /// The steps that are in effect, with the number of steps in effect that need them.
    open: BTreeMap<usize, usize>,
    ready: BTreeSet<usize>,
    places: BTreeMap<StepId, usize>,
}

impl Back {
    fn of(ctx: &Context<'_>) -> Self {
        let (plan, state) = (&ctx.plan, ctx.state());
        let in_effect = |status: Status| status.is_in_effect();
        let places: BTreeMap<StepId, usize> =
            plan.steps.iter().enumerate().map(|(at, step)| (step.id.clone(), at)).collect();
        let mut open: BTreeMap<usize, usize> =
            (0..plan.steps.len()).filter(|at| in_effect(state.status(&plan.steps[*at].id))).map(|at| (at, 0)).collect();
        let holders: Vec<usize> = open.keys().copied().collect();
        for need in holders.iter().flat_map(|at| &plan.steps[*at].needs) {
            if let Some(held) = places.get(need).and_then(|at| open.get_mut(at)) {
                *held += 1;
            }
        }
        let ready = open.iter().filter(|(_, held)| **held == 0).map(|(at, _)| *at).collect();
        Self { open, ready, places }
    }

    fn undone(&mut self, at: usize, plan: &Plan) {
        self.open.remove(&at);
        for need in &plan.steps[at].needs {
            let Some(place) = self.places.get(need) else { continue };
            if let Some(held) = self.open.get_mut(place) {
                *held -= 1;
                if *held == 0 {
                    self.ready.insert(*place);
                }
            }
        }
    }
}
