//! What the tests of whole stories need of the program: its adapters on the simulated clouds, and an operator who types
//! commands. Everything else of them is in the crate `xcloud-tests`.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use clap::Parser as _;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use xcloud_azure::ArmTransport;
use xcloud_core::diag::Diagnostics;
use xcloud_core::journal::Verb;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions, converge, queries};
use xcloud_core::provider::Clouds;
use xcloud_engine::ledger::Ledger;
use xcloud_engine::{Listener, Pacer, observe};
use xcloud_sim::{Cloud, World};

use crate::cli::Cli;
use crate::commands::close::{self, CloseArgs};
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
use crate::switching::survey::named;
use crate::ui::Ui;
use crate::wiring::{Access, Reach, Wired};

/// Seconds that an observation may take.
const READ_SECS: u64 = 60;

/// What an operator says who types `--yes`.
const YES: Consent = Consent { yes: true, on_failure: Then::Unwind };

/// What the sandbox has made of what configs expect to find.
#[derive(Debug, Clone, Default)]
pub struct Seeds(Seeded);

impl Seeds {
    /// Adds to the clouds what a config expects to find.
    pub fn add(&mut self, world: &mut World, desired: &Desired) {
        add(world, &mut self.0, desired);
    }
}

/// The adapters on the simulated clouds, with the pacer before them.
pub struct Adapters {
    /// The adapters.
    pub clouds: Box<dyn Clouds>,
    /// The gate before every call.
    pub pacer: Arc<Pacer>,
}

impl Adapters {
    /// Returns adapters for a run.
    #[must_use]
    pub fn writing(cloud: &Cloud, desired: &Desired) -> Self {
        Self::new(Reach::sandbox(cloud), desired, Access::Write)
    }

    /// Returns adapters that read only and share what several estates read.
    #[must_use]
    pub fn reading(cloud: &Cloud, desired: &Desired) -> Self {
        Self::new(Reach::sandbox(cloud).sharing(), desired, Access::Read)
    }

    /// Returns adapters for a run whose Resource Manager answers as recorded; there is nothing in AWS.
    #[must_use]
    pub fn recorded(arm: Arc<dyn ArmTransport>, desired: &Desired) -> Self {
        let empty = Cloud::start(World::default(), 1.0);
        Self::new(Reach::sandbox(&empty).with_arm(arm), desired, Access::Write)
    }

    fn new(reach: Reach, desired: &Desired, access: Access) -> Self {
        let wired = Wired::new(reach, desired, access).expect("invariant: the simulated clouds need no settings");
        let Wired { clouds, pacer } = wired.with_records(desired, Ok(Ledger::in_memory(&desired.product)));
        Self { clouds: Box::new(clouds), pacer }
    }
}

/// An operator with a terminal: types commands against the clouds of a testbed. Many may work at once.
pub struct Operator {
    session: Session,
    input: Input,
    heard: Arc<Mutex<String>>,
    stop: watch::Sender<bool>,
}

impl Operator {
    /// Seats an operator before these clouds, with a config and options of the command line.
    ///
    /// # Panics
    /// If the config cannot be read.
    #[must_use]
    pub fn new(cloud: &Cloud, config: &Path, options: &[&str]) -> Self {
        let config_text = config.display().to_string();
        let words = ["xcloud", "validate", "--format", "json", "-c", &config_text].into_iter().chain(options.to_vec());
        let global = Cli::try_parse_from(words).expect("invariant: the words are options").global;
        let settings = Settings::from_environment();
        let heard: Arc<Mutex<String>> = Arc::default();
        let ui = Ui::new(&global, &settings).heard_by(heard.clone());
        let input = input::load(&ui, config).unwrap_or_else(|refusal| panic!("{refusal}"));
        let wired = Wired::new(Reach::sandbox(cloud), &input.desired, Access::Write);
        let wired = wired.expect("invariant: the simulated clouds need no settings");
        let opened = wired.of_product(&global, &settings, &input.desired).now_or_never();
        let wired = opened.expect("invariant: a ledger on the local disk is opened at once");
        let (stop, asked) = watch::channel(false);
        let session = Session { ui, global, settings, wired, stop: asked, real_time: false };
        Self { session, input, heard, stop }
    }
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
        let envs = named(&self.session.global, &self.input.desired).expect("invariant: there is a second region");
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

    /// Types `close --early tested --yes`.
    ///
    /// # Panics
    /// On an error that nobody expects.
    pub async fn close(&self) -> u8 {
        let args = CloseArgs { early: Some("tested".to_owned()), yes: true };
        let envs = named(&self.session.global, &self.input.desired).expect("invariant: there is a second region");
        self.code(close::carry(&self.session, &self.input, &envs, &args).await)
    }

    fn order<'a>(&'a self, verb: Verb, to: &str, args: &'a SwitchArgs) -> failover::Declared<'a> {
        let envs = named(&self.session.global, &self.input.desired).expect("invariant: there is a second region");
        failover::Declared::now(verb, to, args, &self.input, envs)
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
        let quiet: Listener = Arc::new(|_event| {});
        let observed = observe(&self.session.wired.clouds, &queries(&self.input.desired), READ_SECS, &quiet).await;
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
