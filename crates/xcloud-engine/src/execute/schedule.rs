//! Which steps may start: those whose needs are done, and after the commit point only when every build is done.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::journal::{RunState, Status};
use xcloud_core::plan::{Phase, Plan, StepId};

use super::ending::failure;
use super::step::StepEnd;
use crate::{Failure, StepStatus};

/// Which steps wait, may start and have ended. Each need is counted once, so that a run stays linear in its edges.
pub(super) struct Schedule {
    /// Needs of each step that are not done yet.
    open_needs: Vec<usize>,
    /// The steps that need a step.
    dependents: Vec<Vec<usize>>,
    phases: Vec<Phase>,
    /// Steps before the commit point that are not done yet.
    open_builds: usize,
    /// Steps that are not done yet.
    left: usize,
    ready: BTreeSet<usize>,
    /// Steps after the commit point that only wait for it.
    after_commit: BTreeSet<usize>,
    ends: BTreeMap<usize, StepEnd>,
    /// Steps that failed, in the order of time: the first is the cause, the others mostly follow.
    failed: Vec<usize>,
    /// What did not hold before the commit point.
    pub(super) unproved: Vec<Failure>,
    /// The run's time is over.
    pub(super) too_late: bool,
}

impl Schedule {
    /// Returns what is to be done in a plan of which a run has done a part already.
    pub(super) fn of(plan: &Plan, state: &RunState) -> Self {
        let index: BTreeMap<&StepId, usize> =
            plan.steps.iter().enumerate().map(|(index, step)| (&step.id, index)).collect();
        let mut dependents = vec![Vec::new(); plan.steps.len()];
        for (at, step) in plan.steps.iter().enumerate() {
            for need in step.needs.iter().filter_map(|need| index.get(need)) {
                dependents[*need].push(at);
            }
        }
        let phases: Vec<Phase> = plan.steps.iter().map(|step| step.phase).collect();
        let mut schedule = Self {
            open_needs: plan.steps.iter().map(|step| step.needs.len()).collect(),
            dependents,
            open_builds: phases.iter().filter(|phase| **phase == Phase::Build).count(),
            phases,
            left: plan.steps.len(),
            ready: BTreeSet::new(),
            after_commit: BTreeSet::new(),
            ends: BTreeMap::new(),
            failed: Vec::new(),
            unproved: Vec::new(),
            too_late: false,
        };
        let is_done: Vec<bool> = plan.steps.iter().map(|step| state.status(&step.id) == Status::Done).collect();
        for (at, done) in is_done.iter().enumerate() {
            if schedule.open_needs[at] == 0 && !done {
                schedule.free(at);
            }
        }
        for at in (0..plan.steps.len()).filter(|at| is_done[*at]) {
            schedule.done(at, &is_done);
        }
        schedule
    }

    /// Nothing that a step needs is open any more.
    fn free(&mut self, at: usize) {
        if self.phases[at] == Phase::Build {
            self.ready.insert(at)
        } else {
            self.after_commit.insert(at)
        };
    }

    /// Takes the steps before the commit point that may start now.
    pub(super) fn take_ready(&mut self) -> BTreeSet<usize> {
        std::mem::take(&mut self.ready)
    }

    /// Takes the steps after the commit point that may start now, if it is reached.
    pub(super) fn take_committed(&mut self) -> BTreeSet<usize> {
        if self.open_builds == 0 { std::mem::take(&mut self.after_commit) } else { BTreeSet::new() }
    }

    /// Hears how a step ended.
    pub(super) fn ended(&mut self, at: usize, end: StepEnd) {
        let done = end.status == StepStatus::Done;
        if end.error.is_some() {
            self.failed.push(at);
        }
        self.ends.insert(at, end);
        if done {
            self.done(at, &[]);
        }
    }

    /// A step is done: what waits only for it is free. `done`: which steps were done before this process.
    fn done(&mut self, at: usize, done: &[bool]) {
        self.left -= 1;
        if self.phases[at] == Phase::Build {
            self.open_builds -= 1;
        }
        for dependent in std::mem::take(&mut self.dependents[at]) {
            self.open_needs[dependent] -= 1;
            if self.open_needs[dependent] == 0 && !done.get(dependent).copied().unwrap_or_default() {
                self.free(dependent);
            }
        }
    }

    /// Returns true if every step is done.
    pub(super) fn is_done(&self) -> bool {
        self.left == 0
    }

    /// Returns every failure, the first first; also that of a run whose time is over, or whose last steps could never start.
    pub(super) fn failures(&self, plan: &Plan, interrupted: bool) -> Vec<Failure> {
        let mut failures: Vec<Failure> = self
            .failed
            .iter()
            .filter_map(|at| Some((&plan.steps[*at], self.ends.get(at)?)))
            .filter_map(|(step, end)| Some(failure(step, end.error.as_ref()?, end.status)))
            .collect();
        failures.extend(self.unproved.iter().cloned());
        let left = self.left;
        if failures.is_empty() && left > 0 && !interrupted {
            let message = if self.too_late {
                format!("the run's time limit is over, {left} steps were not run")
            } else {
                format!("{left} steps need each other across the commit point and cannot start")
            };
            let hint = Some("`xcloud resume` continues the run".to_owned());
            failures.push(Failure { step: None, addr: None, message, error: None, hint });
        }
        failures
    }
}
