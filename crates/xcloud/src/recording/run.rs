//! A run under the lock: what its journal begins with, where it is written, and its calls with the operator watching.

use std::sync::Arc;

use xcloud_core::failover::{epochs_of, may_go_on};
use xcloud_core::journal::{Header, Verb};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_core::provider::Clouds as _;
use xcloud_engine::ledger::{Lease, Ledger, RecordCheck, Recorder, RunKey};
use xcloud_engine::{RunReport, Surroundings};

use super::lock::{by, give_back, lease_settings};
use crate::clock::now_ms;
use crate::progress::Progress;
use crate::session::Session;

/// Returns what the journal of a run begins with, without what only some runs have.
pub(crate) fn header(session: &Session, command: Verb, run: &str, desired: &Desired, plan: &Plan) -> Header {
    Header {
        run: run.to_owned(),
        command,
        by: by(&session.settings),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: session.global.config.display().to_string(),
        config_sha256: String::new(),
        desired: desired.clone(),
        options: PlanOptions::default(),
        plan: Arc::new(plan.clone()),
        declared: None,
        reason: None,
    }
}

/// A run under the lock of its product.
pub(crate) struct Run<'a> {
    /// The clouds and the terminal.
    pub(crate) session: &'a Session,
    /// Where it is recorded.
    pub(crate) ledger: &'a Ledger,
    /// Under which name.
    pub(crate) key: &'a RunKey,
    /// The number of its next object there.
    pub(crate) next: u64,
    /// Its lease.
    pub(crate) lease: &'a Arc<Lease>,
    /// What its journal begins with.
    pub(crate) header: &'a Header,
}

impl Run<'_> {
    /// Returns its journal. Before its calls the run also looks whether a failover has begun since its plan was made,
    /// where it is about environments with a record.
    pub(crate) fn journal(&self) -> Arc<Recorder> {
        let Self { session, ledger, key, next, lease, header } = *self;
        let recorder = Recorder::new(ledger.writer(key, next), lease.clone(), Arc::new(now_ms));
        let Some((place, condition)) = epochs_of(&header.desired, &header.plan, &key.run) else {
            return Arc::new(recorder);
        };
        // The adapter asks the pacer, which asks this journal: whoever holds the adapters keeps them alive.
        let provider = Arc::downgrade(&session.wired.clouds.provider(&place));
        let check: RecordCheck = Arc::new(move || {
            let (provider, condition) = (provider.upgrade(), condition.clone());
            Box::pin(async move {
                let provider = provider.ok_or_else(|| "the run has ended".to_owned())?;
                may_go_on(provider.check(&condition).await).map_err(|not_held| not_held.to_string())
            })
        });
        Arc::new(recorder.checking(check, lease_settings(session)))
    }

    /// Carries it out while the operator sees what happens, and gives the lock back.
    pub(crate) async fn carried_out<F>(&self, work: F) -> RunReport
    where
        F: AsyncFnOnce(&Surroundings<'_>) -> RunReport,
    {
        let session = self.session;
        let report = {
            let progress = Progress::start(&session.ui, Some(&self.header.plan), session.real_time);
            let (listener, journal, stop) = (progress.listener(), self.journal(), session.stop.clone());
            let (clouds, pacer) = (&session.wired.clouds, &session.wired.pacer);
            work(&Surroundings { clouds, pacer, journal, listener: &listener, stop }).await
        };
        give_back(session, self.lease).await;
        report
    }
}
