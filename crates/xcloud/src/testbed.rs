//! Both simulated clouds with the adapters and the engine on them, in one process: what whole stories are tested on.
//!
//! Use it under a paused tokio clock; then minutes of cloud time take milliseconds.

use std::collections::BTreeMap;
use std::sync::Arc;

use xcloud_core::diag::Diagnostics;
use xcloud_core::live::Observed;
use xcloud_core::model::{Desired, Place};
use xcloud_core::plan::{Plan, PlanOptions, converge, queries};
use xcloud_core::provider::{Clouds as _, Provider};
use xcloud_engine::{CallCounts, ExecuteOptions, Listener, Pacer, RunReport, execute, observe};
use xcloud_sim::{Cloud, Millis, World};

use crate::sandbox::{Seeded, add};
use crate::wiring::{Access, Reach, Wired};

/// 2026-11-22T12:00:00Z, when every test begins.
const START: Millis = Millis(1_795_348_800_000);

/// Seconds that an observation may take.
const READ_SECS: u64 = 60;

/// Seconds that a run may take.
const RUN_SECS: u64 = 7200;

/// Both simulated clouds, seeded with what the configs of a test expect to find.
#[derive(Debug)]
pub struct Testbed {
    cloud: Cloud,
    seeded: Seeded,
}

impl Testbed {
    /// Returns empty clouds with what `desired` expects to find.
    #[must_use]
    pub fn new(desired: &Desired) -> Self {
        let mut world = World { now: START, ..World::default() };
        let mut seeded = Seeded::default();
        add(&mut world, &mut seeded, desired);
        Self { cloud: Cloud::start(world, 1.0), seeded }
    }

    /// Adds what another config expects to find.
    pub fn seed(&mut self, desired: &Desired) {
        let seeded = &mut self.seeded;
        self.cloud.change(|world, _now| add(world, seeded, desired));
    }

    /// Returns a copy of the clouds as they are now: what happens to it does not happen here. Faults and the call log
    /// are not copied.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { cloud: Cloud::start(self.cloud.world(), 1.0), seeded: self.seeded.clone() }
    }

    /// Returns the simulated clouds, for tampering, faults and the call log.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Returns new adapters behind a new pacer, as a new process would have them.
    #[must_use]
    pub fn process(&self, desired: &Desired) -> Process {
        let wired = Wired::new(Reach::sandbox(&self.cloud), desired, Access::Write);
        Process { wired: wired.expect("invariant: the simulated clouds need no settings"), desired: desired.clone() }
    }
}

/// The adapters and the pacer of one run.
pub struct Process {
    wired: Wired,
    desired: Desired,
}

impl Process {
    /// Observes every place.
    pub async fn observe(&self) -> Observed {
        observe(&self.wired.clouds, &queries(&self.desired), READ_SECS, &quiet()).await
    }

    /// Observes and plans.
    pub async fn plan(&self, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        converge(&self.desired, &self.observe().await, options)
    }

    /// Carries out a plan.
    pub async fn apply(&self, plan: &Plan) -> RunReport {
        let (_ask, stop) = tokio::sync::watch::channel(false);
        let options = ExecuteOptions { run: uuid::Uuid::now_v7().simple().to_string(), deadline_secs: RUN_SECS };
        execute(&self.wired.clouds, &self.wired.pacer, plan, &options, stop, &quiet()).await
    }

    /// Returns the calls so far.
    #[must_use]
    pub fn calls(&self) -> CallCounts {
        self.pacer().calls()
    }

    /// Returns the gate before every call.
    #[must_use]
    pub fn pacer(&self) -> &Arc<Pacer> {
        &self.wired.pacer
    }

    /// Returns the adapter of a place.
    #[must_use]
    pub fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        self.wired.clouds.provider(place)
    }
}

/// Returns plan options that choose these environments.
#[must_use]
pub fn only_env(env: &str) -> PlanOptions {
    let mut options = PlanOptions { active: BTreeMap::new(), ..PlanOptions::default() };
    options.filter.envs.insert(env.to_owned());
    options
}

fn quiet() -> Listener {
    Arc::new(|_event| {})
}
