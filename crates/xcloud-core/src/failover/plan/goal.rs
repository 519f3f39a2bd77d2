//! A failover as a goal of the planner.

use std::collections::BTreeSet;

use super::{aim, steps};
use crate::active::Failover;
use crate::diag::Diagnostics;
use crate::live::Observed;
use crate::model::Desired;
use crate::plan::draft::Draft;
use crate::plan::pipeline::{self, Goal};
use crate::plan::{Aim, Ground, Plan, PlanOptions};

impl Failover {
    /// Decides the calls of a failover. A plan is answered if no diagnostic is an error.
    #[must_use]
    pub fn plan(&self, desired: &Desired, observed: &Observed, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        pipeline::plan(desired, observed, options, self, |_| {})
    }
}

impl Goal for Failover {
    fn aim<'d>(&self, ground: &Ground<'d>, observed: &Observed, problems: &mut Diagnostics) -> Option<Aim<'d>> {
        aim::aim(ground, observed, self, problems)
    }

    fn add_steps(&self, draft: &mut Draft<'_>, ground: &Ground<'_>, _aim: &Aim<'_>) {
        steps::add(draft, self, &ground.chosen(&self.envs));
    }

    fn alone(&self) -> Option<&BTreeSet<String>> {
        Some(&self.envs)
    }

    fn left_regions(&self, ground: &Ground<'_>) -> BTreeSet<String> {
        ground.chosen(&self.envs).into_values().map(|standing| standing.record.region).collect()
    }
}
