//! Both simulated clouds in one process: what whole stories are tested on.
//!
//! Use it under a paused tokio clock; then minutes of cloud time take milliseconds.

use std::path::Path;

use xcloud::testbed::{Adapters, Operator, Seeds};
use xcloud_core::model::Desired;
use xcloud_sim::{Cloud, Millis, World};

use crate::process::Process;

/// 2026-11-22T12:00:00Z, when every test begins.
const START: Millis = Millis(1_795_348_800_000);

/// Both simulated clouds, seeded with what the configs of a test expect to find.
#[derive(Debug)]
pub struct Testbed {
    cloud: Cloud,
    seeds: Seeds,
}

impl Testbed {
    /// Returns empty clouds with what `desired` expects to find.
    #[must_use]
    pub fn new(desired: &Desired) -> Self {
        let mut world = World { now: START, ..World::default() };
        let mut seeds = Seeds::default();
        seeds.add(&mut world, desired);
        Self { cloud: Cloud::start(world, 1.0), seeds }
    }

    /// Adds what another config expects to find.
    pub fn seed(&mut self, desired: &Desired) {
        let seeds = &mut self.seeds;
        self.cloud.change(|world, _now| seeds.add(world, desired));
    }

    /// Returns a copy of the clouds as they are now: what happens to it does not happen here. Faults and the call log
    /// are not copied.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { cloud: Cloud::start(self.cloud.world(), 1.0), seeds: self.seeds.clone() }
    }

    /// Returns the simulated clouds, for tampering, faults and the call log.
    #[must_use]
    pub fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// Returns new adapters behind a new pacer, as a new process would have them.
    #[must_use]
    pub fn process(&self, desired: &Desired) -> Process {
        Process::new(Adapters::writing(&self.cloud, desired), desired)
    }

    /// Returns adapters that read only and share what several estates read, as one pass of drift has them.
    #[must_use]
    pub fn reader(&self, desired: &Desired) -> Process {
        Process::new(Adapters::reading(&self.cloud, desired), desired)
    }

    /// Returns an operator with this config and a ledger in `ledger`, a folder.
    #[must_use]
    pub fn operator(&self, config: &Path, ledger: &Path) -> Operator {
        Operator::new(&self.cloud, config, &["--ledger", &format!("file:{}", ledger.display())])
    }

    /// Returns an operator who works as in the sandbox, with its ledger beside the config.
    #[must_use]
    pub fn operator_in_sandbox(&self, config: &Path) -> Operator {
        Operator::new(&self.cloud, config, &["--sandbox"])
    }
}
