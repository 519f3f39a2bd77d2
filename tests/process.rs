//! The adapters and the engine of one run, as a process of their own has them.

use std::sync::Arc;

use tokio::sync::watch;
use xcloud::testbed::Adapters;
use xcloud_core::diag::Diagnostics;
use xcloud_core::drift;
use xcloud_core::journal::{Header, Verb};
use xcloud_core::live::Observed;
use xcloud_core::model::{Desired, Place};
use xcloud_core::plan::{Plan, PlanOptions, compare, converge, queries, queries_everywhere, queries_for_drift};
use xcloud_core::provider::Provider;
use xcloud_engine::{
    CallCounts, ExecuteOptions, Heir, Listener, OnFailure, Pacer, RunReport, Surroundings, Way, execute, observe,
    resume,
};

use crate::notebook::Notebook;

/// Seconds that an observation may take.
const READ_SECS: u64 = 60;

/// Seconds that a run may take.
const RUN_SECS: u64 = 7200;

/// The adapters and the pacer of one run.
pub struct Process {
    adapters: Adapters,
    desired: Desired,
}

impl Process {
    /// Starts a process with these adapters.
    #[must_use]
    pub fn new(adapters: Adapters, desired: &Desired) -> Self {
        Self { adapters, desired: desired.clone() }
    }

    /// Observes every place.
    pub async fn observe(&self) -> Observed {
        observe(&*self.adapters.clouds, &queries(&self.desired), READ_SECS, &quiet()).await
    }

    /// Observes and plans.
    pub async fn plan(&self, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        let asked = if options.prune { queries_everywhere(&self.desired) } else { queries(&self.desired) };
        let observed = observe(&*self.adapters.clouds, &asked, READ_SECS, &quiet()).await;
        converge(&self.desired, &observed, options)
    }

    /// Observes every place as drift does.
    pub async fn observe_for_drift(&self) -> Observed {
        observe(&*self.adapters.clouds, &queries_for_drift(&self.desired), READ_SECS, &quiet()).await
    }

    /// Observes and tells what is not as declared, on 2026-11-22.
    pub async fn drift(&self, options: &PlanOptions) -> drift::Report {
        let observed = self.observe_for_drift().await;
        let comparison = compare(&self.desired, &observed, options);
        drift::report(&self.desired, &observed, &comparison, &options.filter, "2026-11-22")
    }

    /// Carries out a plan; a failure before the commit point is undone.
    pub async fn apply(&self, plan: &Plan) -> RunReport {
        self.run(plan, &Arc::default(), OnFailure::Unwind).await
    }

    /// Carries out a plan and writes it down.
    pub async fn run(&self, plan: &Plan, notebook: &Arc<Notebook>, on_failure: OnFailure) -> RunReport {
        let header = Header {
            run: uuid::Uuid::now_v7().simple().to_string(),
            command: Verb::Apply,
            by: "testbed".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            config: "test.yaml".to_owned(),
            config_sha256: String::new(),
            desired: self.desired.clone(),
            options: PlanOptions::default(),
            plan: Arc::new(plan.clone()),
            declared: None,
            reason: None,
        };
        let (_ask, stop) = watch::channel(false);
        let listener = quiet();
        let options = ExecuteOptions { deadline_secs: RUN_SECS, on_failure, out_of_sight_secs: None };
        execute(&self.around(notebook, &listener, stop), header, &options).await
    }

    /// Goes on with the run that the notebook holds.
    pub async fn resume(&self, notebook: &Arc<Notebook>, way: Way) -> RunReport {
        let (_ask, stop) = watch::channel(false);
        let listener = quiet();
        let options =
            ExecuteOptions { deadline_secs: RUN_SECS, on_failure: OnFailure::Unwind, out_of_sight_secs: None };
        let heir = Heir { by: "testbed".to_owned(), epoch: 2 };
        resume(&self.around(notebook, &listener, stop), notebook.state(), heir, way, &options).await
    }

    fn around<'a>(
        &'a self,
        notebook: &Arc<Notebook>,
        listener: &'a Listener,
        stop: watch::Receiver<bool>,
    ) -> Surroundings<'a> {
        let (clouds, pacer) = (&*self.adapters.clouds, &self.adapters.pacer);
        Surroundings { clouds, pacer, journal: notebook.clone(), listener, stop }
    }

    /// Returns the calls so far.
    #[must_use]
    pub fn calls(&self) -> CallCounts {
        self.pacer().calls()
    }

    /// Returns the gate before every call.
    #[must_use]
    pub fn pacer(&self) -> &Arc<Pacer> {
        &self.adapters.pacer
    }

    /// Returns the adapter of a place.
    #[must_use]
    pub fn provider(&self, place: &Place) -> Arc<dyn Provider> {
        self.adapters.clouds.provider(place)
    }
}

fn quiet() -> Listener {
    Arc::new(|_event| {})
}
