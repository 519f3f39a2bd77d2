//! Both simulated clouds with the adapters and the engine on them, in one process: what whole stories are tested on.
//!
//! Use it under a paused tokio clock; then minutes of cloud time take milliseconds.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clap::Parser as _;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use xcloud_core::diag::Diagnostics;
use xcloud_core::drift;
use xcloud_core::journal::{Entry, Header, RunEvent, RunState, Verb};
use xcloud_core::live::Observed;
use xcloud_core::model::{Desired, Place};
use xcloud_core::plan::{Plan, PlanOptions, compare, converge, queries, queries_everywhere, queries_for_drift};
use xcloud_core::provider::{BoxFuture, Clouds as _, Provider};
use xcloud_engine::ledger::{Ledger, Recorder};
use xcloud_engine::{
    Broken, CallCounts, ExecuteOptions, Heir, Journal, Listener, OnFailure, Pacer, RunReport, Surroundings, Way,
    execute, observe, resume,
};
use xcloud_sim::{Cloud, Millis, World};

use crate::cli::Cli;
use crate::commands::failover::{self, SwitchArgs};
use crate::commands::readiness::{self, ReadinessArgs};
use crate::commands::resume::{self, ResumeArgs};
use crate::commands::rollback::{self, RollbackArgs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::{self, Input};
use crate::options::{Consent, OnFailure as Then};
use crate::running::converge_to;
use crate::sandbox::{Seeded, add};
use crate::session::Session;
use crate::settings::Settings;
use crate::switching::choice;
use crate::ui::Ui;
use crate::wiring::{Access, Reach, Wired};

/// 2026-11-22T12:00:00Z, when every test begins.
const START: Millis = Millis(1_795_348_800_000);

/// What an operator says who types `--yes`.
const YES: Consent = Consent { yes: true, on_failure: Then::Unwind };

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
        Process::new(Reach::sandbox(&self.cloud), desired, Access::Write)
    }
}

impl Testbed {
    /// Returns adapters that read only and share what several estates read, as one pass of drift has them.
    #[must_use]
    pub fn reader(&self, desired: &Desired) -> Process {
        Process::new(Reach::sandbox(&self.cloud).sharing(), desired, Access::Read)
    }
}

/// An operator with a terminal: types commands against the clouds of a testbed. Many may work at once.
pub struct Operator {
    session: Session,
    input: Input,
    heard: Arc<Mutex<String>>,
    stop: watch::Sender<bool>,
}

impl Testbed {
    /// Returns an operator with this config and a ledger in `ledger`, a folder.
    ///
    /// # Panics
    /// If the config cannot be read.
    #[must_use]
    pub fn operator(&self, config: &std::path::Path, ledger: &std::path::Path) -> Operator {
        self.seated(config, &["--ledger", &format!("file:{}", ledger.display())])
    }

    /// Returns an operator who works as in the sandbox, with its ledger beside the config.
    ///
    /// # Panics
    /// If the config cannot be read.
    #[must_use]
    pub fn operator_in_sandbox(&self, config: &std::path::Path) -> Operator {
        self.seated(config, &["--sandbox"])
    }

    fn seated(&self, config: &std::path::Path, options: &[&str]) -> Operator {
        let config_text = config.display().to_string();
        let words = ["xcloud", "validate", "--format", "json", "-c", &config_text].into_iter().chain(options.to_vec());
        let global = Cli::try_parse_from(words).expect("invariant: the words are options").global;
        let settings = Settings::from_environment();
        let heard: Arc<Mutex<String>> = Arc::default();
        let ui = Ui::new(&global, &settings).heard_by(heard.clone());
        let input = input::load(&ui, config).unwrap_or_else(|refusal| panic!("{refusal}"));
        let wired = Wired::new(Reach::sandbox(&self.cloud), &input.desired, Access::Write);
        let wired = wired.expect("invariant: the simulated clouds need no settings");
        let opened = wired.of_product(&global, &settings, &input.desired).now_or_never();
        let wired = opened.expect("invariant: a ledger on the local disk is opened at once");
        let (stop, asked) = watch::channel(false);
        let session = Session { ui, global, settings, wired, stop: asked, real_time: false };
        Operator { session, input, heard, stop }
    }
}

impl Operator {
    /// Types `apply --yes`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn apply(&self) -> u8 {
        let options = PlanOptions::default();
        self.code(converge_to(&self.session, &self.input, options, Verb::Apply, YES).await)
    }

    /// Types `failover --to REGION --yes`; with an incident it is unplanned.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn failover(&self, to: &str, incident: Option<&str>, overrides: &[&str]) -> u8 {
        let args = switch_args(incident, overrides);
        self.code(failover::carry_out(&self.session, &self.order(Verb::Failover, to, &args)).await)
    }

    /// Types `readiness --to REGION`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn readiness(&self, to: &str) -> u8 {
        let args = ReadinessArgs { to: Some(to.to_owned()) };
        let desired = self.input.desired.without_global_services();
        let envs =
            choice::named(&self.session.global, &self.input.desired).expect("invariant: there is a second region");
        self.code(readiness::judge(&self.session, &desired, &envs, &args).await)
    }

    /// Types `failback --yes`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn failback(&self) -> u8 {
        let args = switch_args(None, &["stable"]);
        let to = self.input.desired.regions.primary.clone();
        self.code(failover::carry_out(&self.session, &self.order(Verb::Failback, &to, &args)).await)
    }

    fn order<'a>(&'a self, verb: Verb, to: &str, args: &'a SwitchArgs) -> failover::Order<'a> {
        let envs =
            choice::named(&self.session.global, &self.input.desired).expect("invariant: there is a second region");
        failover::Order::now(verb, to, args, &self.input, envs)
    }

    /// Types `resume --yes`, or `resume --undo --yes`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn resume(&self, undo: bool) -> u8 {
        self.code(resume::last(&self.session, &self.input.desired, ResumeArgs { undo, yes: true }).await)
    }

    /// Types `rollback RUN --yes`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn rollback(&self, run: &str) -> u8 {
        let args = RollbackArgs { before: Some(run.to_owned()), consent: YES };
        self.code(rollback::go_back(&self.session, &self.input.desired, &args).await)
    }

    /// Ends a command as the program does.
    fn code(&self, ended: Result<Exit, Failure>) -> u8 {
        let exit = self.session.ui.ended(ended);
        assert_ne!(exit, Exit::Unexpected, "{}", self.heard());
        exit.code()
    }

    /// Observes and plans, as `plan` does.
    pub async fn plan(&self) -> (Option<Plan>, Diagnostics) {
        let observed = observe(&self.session.wired.clouds, &queries(&self.input.desired), READ_SECS, &quiet()).await;
        converge(&self.input.desired, &observed, &PlanOptions::default())
    }

    /// Presses Ctrl-C.
    pub fn interrupt(&self) {
        self.stop.send_replace(true);
    }

    /// Returns what was said and answered so far, and forgets it.
    #[must_use]
    pub fn heard(&self) -> String {
        std::mem::take(&mut *self.heard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn switch_args(incident: Option<&str>, overrides: &[&str]) -> SwitchArgs {
    SwitchArgs {
        incident: incident.map(str::to_owned),
        detected: None,
        overrides: overrides.iter().map(|name| (*name).to_owned()).collect(),
        reason: Some("a test".to_owned()),
        dry_run: false,
        yes: true,
    }
}

/// The adapters and the pacer of one run.
pub struct Process {
    wired: Wired,
    desired: Desired,
}

impl Process {
    fn new(reach: Reach, desired: &Desired, access: Access) -> Self {
        let wired = Wired::new(reach, desired, access).expect("invariant: the simulated clouds need no settings");
        let wired = wired.with_records(desired, Ok(Ledger::in_memory(&desired.product)));
        Self { wired, desired: desired.clone() }
    }

    /// Observes every place.
    pub async fn observe(&self) -> Observed {
        observe(&self.wired.clouds, &queries(&self.desired), READ_SECS, &quiet()).await
    }

    /// Observes and plans.
    pub async fn plan(&self, options: &PlanOptions) -> (Option<Plan>, Diagnostics) {
        let asked = if options.prune { queries_everywhere(&self.desired) } else { queries(&self.desired) };
        let observed = observe(&self.wired.clouds, &asked, READ_SECS, &quiet()).await;
        converge(&self.desired, &observed, options)
    }

    /// Observes every place as drift does.
    pub async fn observe_for_drift(&self) -> Observed {
        observe(&self.wired.clouds, &queries_for_drift(&self.desired), READ_SECS, &quiet()).await
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
        let (clouds, pacer) = (&self.wired.clouds, &self.wired.pacer);
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
    let mut options = PlanOptions::default();
    options.filter.envs.insert(env.to_owned());
    options
}

/// A journal in memory that tells how far a run has come, so that a test can end it there as a kill would. It may stand
/// before a journal in a ledger.
#[derive(Default)]
pub struct Notebook {
    entries: Mutex<Vec<Entry>>,
    calls: watch::Sender<usize>,
    written: watch::Sender<usize>,
    ledger: Option<Recorder>,
}

impl Notebook {
    /// Returns a notebook that goes on behind these entries.
    #[must_use]
    pub fn with(entries: Vec<Entry>) -> Self {
        Self { entries: Mutex::new(entries), ..Self::default() }
    }

    /// Returns a notebook before a ledger: what is written here is stored there first, and the lease is asked before
    /// every call.
    #[must_use]
    pub fn before(recorder: Recorder, entries: Vec<Entry>) -> Self {
        Self { ledger: Some(recorder), ..Self::with(entries) }
    }

    /// Returns the entries so far.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        self.lock().clone()
    }

    /// Returns where the run stands.
    ///
    /// # Panics
    /// If an entry cannot follow those before it, or no run has begun.
    #[must_use]
    pub fn state(&self) -> RunState {
        let state = RunState::after(self.entries()).expect("every entry follows those before it");
        state.expect("a run has begun")
    }

    /// Returns a copy: what is written into it is not written here.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self::with(self.entries())
    }

    /// Waits until changing call number `count` (from 1) is about to leave.
    pub async fn call(&self, count: usize) {
        let mut calls = self.calls.subscribe();
        let _never_closed = calls.wait_for(|calls| *calls >= count).await;
    }

    /// Waits until so many entries are written.
    pub async fn entry(&self, count: usize) {
        let mut written = self.written.subscribe();
        let _never_closed = written.wait_for(|written| *written >= count).await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Journal for Notebook {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            if let Some(ledger) = &self.ledger {
                ledger.record(event.clone()).await?;
            }
            let written = {
                let mut entries = self.lock();
                entries.push(Entry { at_ms: 0, event });
                entries.len()
            };
            self.written.send_replace(written);
            // As a write to a store would: others get their turn.
            tokio::task::yield_now().await;
            Ok(())
        })
    }

    fn may_call(&self) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            self.calls.send_modify(|calls| *calls += 1);
            tokio::task::yield_now().await;
            match &self.ledger {
                Some(ledger) => ledger.may_call().await,
                None => Ok(()),
            }
        })
    }

    fn broken(&self) -> Option<Broken> {
        self.ledger.as_ref().and_then(Journal::broken)
    }
}

fn quiet() -> Listener {
    Arc::new(|_event| {})
}
