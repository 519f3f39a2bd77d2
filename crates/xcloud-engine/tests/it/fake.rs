//! A scripted cloud: each call takes its next scripted answer, or succeeds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::journal::{Entry, Header, RunEvent, RunState};
use xcloud_core::live::{Answer, AwsLive, AwsQuery, Query};
use xcloud_core::model::{Addr, Desired, Place, PlaceKey, Regions};
use xcloud_core::op::{AwsOp, Handle, Object, Op, SecurityGroupOp};
use xcloud_core::plan::{Condition, Phase, Plan, PlanOptions, Step, StepId, Undo};
use xcloud_core::provider::{
    ApiCall, BoxFuture, Clouds, Effect, ErrorKind, Facts, Gate as _, Left, Operation, Outcome, Performed, Polled,
    Progress, Provider, ProviderError,
};
use xcloud_engine::{
    Broken, ExecuteOptions, Heir, Journal, Listener, OnFailure, PaceSettings, Pacer, RunReport, Surroundings, Way,
    execute, resume,
};

/// What a scripted call does.
#[derive(Clone)]
pub(crate) enum Script {
    /// Fails without effect.
    Fails(ErrorKind),
    /// Has its effect, but no answer comes.
    Lost,
    /// No answer comes, and the effect is not visible yet.
    Unseen,
    /// Refused as a duplicate, and from now on the effect of the lost call is visible.
    Appears,
    /// Starts an operation that fails.
    OperationFails,
    /// Starts an operation that fails and leaves a failed object behind, which no search takes for done.
    FailsBehind,
    /// Starts an operation that takes this many looks.
    Operation(u32),
}

/// What a look at something that is about to be undone sees first.
#[derive(Clone)]
pub(crate) enum Sight {
    /// Nothing: it is out of sight.
    Nothing,
    /// The look itself fails.
    Fails(ErrorKind),
}

#[derive(Default)]
struct State {
    scripts: BTreeMap<String, VecDeque<Script>>,
    sights: BTreeMap<String, VecDeque<Sight>>,
    /// When each call reached the cloud, in milliseconds from the start.
    calls: Vec<(String, u64)>,
    /// What exists now.
    effects: Vec<String>,
    /// What exists and has failed.
    failed: Vec<String>,
    /// What somebody else changed.
    tampered: Vec<String>,
    looks: u32,
    pending_looks: u32,
    operation_fails: bool,
    condition_after: u32,
    deadline_secs: Option<u64>,
}

impl State {
    /// A call has its effect: a creation or a deletion, each once.
    fn take(&mut self, name: &str) {
        match name.strip_prefix("delete id-") {
            Some(gone) => self.effects.retain(|there| there != gone),
            None if self.effects.iter().any(|there| there == name) => {}
            None => self.effects.push(name.to_owned()),
        }
    }

    fn holds(&self, name: &str) -> bool {
        match name.strip_prefix("delete id-") {
            Some(gone) => !self.effects.iter().any(|there| there == gone),
            None => self.effects.iter().any(|there| there == name),
        }
    }
}

/// The scripted cloud. Clones share the script.
#[derive(Clone)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
    pub(crate) journal: Arc<Memory>,
    gate: Arc<Pacer>,
    start: Instant,
    latency: Duration,
}

pub(crate) fn place() -> Place {
    Place::Aws { account: "100000000001".to_owned(), region: "eu-north-1".to_owned(), role: None, read_role: None }
}

impl Fake {
    pub(crate) fn new(paced: bool) -> Self {
        let gate = Arc::new(Pacer::new(PaceSettings { enabled: paced, limits: BTreeMap::new() }));
        Self {
            state: Arc::default(),
            journal: Arc::default(),
            gate,
            start: Instant::now(),
            latency: Duration::from_millis(100),
        }
    }

    pub(crate) fn script(&self, group: &str, scripts: impl IntoIterator<Item = Script>) {
        self.with(|state| state.scripts.entry(group.to_owned()).or_default().extend(scripts));
    }

    /// The first looks at what a step made see this.
    pub(crate) fn sights(&self, group: &str, sights: impl IntoIterator<Item = Sight>) {
        self.with(|state| state.sights.entry(group.to_owned()).or_default().extend(sights));
    }

    /// From now on every call succeeds.
    pub(crate) fn forget_scripts(&self) {
        self.with(|state| {
            state.scripts.clear();
            state.operation_fails = false;
        });
    }

    /// Somebody else changes what a step made.
    pub(crate) fn tamper(&self, name: &str) {
        self.with(|state| state.tampered.push(name.to_owned()));
    }

    /// The run may go so many seconds without a step being done.
    pub(crate) fn deadline(&self, secs: u64) {
        self.with(|state| state.deadline_secs = Some(secs));
    }

    fn options(&self, on_failure: OnFailure) -> ExecuteOptions {
        let deadline_secs = self.with(|state| state.deadline_secs).unwrap_or(7200);
        ExecuteOptions { deadline_secs, on_failure, out_of_sight_secs: None }
    }

    /// Conditions hold from the look with this number on.
    pub(crate) fn conditions_hold_after(&self, looks: u32) {
        self.with(|state| state.condition_after = looks);
    }

    pub(crate) fn effects(&self) -> Vec<String> {
        self.with(|state| state.effects.clone())
    }

    pub(crate) fn calls(&self) -> Vec<(String, u64)> {
        self.with(|state| state.calls.clone())
    }

    pub(crate) fn pacer(&self) -> &Arc<Pacer> {
        &self.gate
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Runs a plan of these steps; `stop_after` asks it to stop.
    pub(crate) async fn run(&self, steps: Vec<Step>, stop_after: Option<Duration>) -> RunReport {
        self.run_with(steps, stop_after, OnFailure::Unwind).await
    }

    /// Runs a plan of these steps.
    pub(crate) async fn run_with(&self, steps: Vec<Step>, stop_after: Option<Duration>, on: OnFailure) -> RunReport {
        let (ask, stop) = tokio::sync::watch::channel(false);
        let listener: Listener = Arc::new(|_event| {});
        let around = self.around(&listener, stop);
        let options = self.options(on);
        tokio::select! {
            report = execute(&around, header(steps), &options) => report,
            () = ask_after(ask, stop_after) => unreachable!("asking to stop never ends"),
        }
    }

    /// Goes on with the run that the journal holds.
    pub(crate) async fn resume(&self, way: Way) -> RunReport {
        let (_ask, stop) = tokio::sync::watch::channel(false);
        let listener: Listener = Arc::new(|_event| {});
        let around = self.around(&listener, stop);
        let options = self.options(OnFailure::Unwind);
        let state = RunState::after(self.journal.entries()).expect("legal entries").expect("a run");
        let heir = Heir { by: "heir".to_owned(), epoch: 2 };
        resume(&around, state, heir, way, &options).await
    }

    fn around<'a>(&'a self, listener: &'a Listener, stop: xcloud_engine::Stop) -> Surroundings<'a> {
        Surroundings { clouds: self, pacer: &self.gate, journal: self.journal.clone(), listener, stop }
    }
}

async fn ask_after(ask: tokio::sync::watch::Sender<bool>, after: Option<Duration>) {
    if let Some(after) = after {
        tokio::time::sleep(after).await;
        ask.send_replace(true);
    }
    std::future::pending::<()>().await;
}

fn header(steps: Vec<Step>) -> Header {
    let query = Query::Aws(AwsQuery::default());
    let plan = Plan {
        format_version: Plan::FORMAT_VERSION.to_owned(),
        product: "p".to_owned(),
        places: BTreeMap::from([(place().key(), (place(), query))]),
        changes: Vec::new(),
        notes: Vec::new(),
        steps,
        before_commit: Vec::new(),
        settle: Vec::new(),
        rules: Vec::new(),
        depends: BTreeMap::new(),
        active: BTreeMap::new(),
        left_alone: BTreeMap::new(),
        unknown: BTreeMap::new(),
    };
    Header {
        run: "run".to_owned(),
        command: xcloud_core::journal::Verb::Apply,
        by: "tester".to_owned(),
        version: "0".to_owned(),
        config: "xcloud.yaml".to_owned(),
        config_sha256: String::new(),
        desired: Desired {
            product: "p".to_owned(),
            owner: "o".to_owned(),
            regions: Regions { primary: "eu-north-1".to_owned(), dr: None },
            environments: BTreeMap::new(),
            failover: None,
            record_zone: None,
            drains: xcloud_core::model::Drains::default(),
            tags: std::collections::BTreeMap::new(),
            protected: Default::default(),
            resources: BTreeMap::new(),
            places: Vec::new(),
            auth: None,
            ledger: None,
            limits: BTreeMap::new(),
            require_reversible: std::collections::BTreeSet::new(),
            ignore: Vec::new(),
            notify: Vec::new(),
            tenants: BTreeMap::new(),
        },
        options: PlanOptions::default(),
        plan: Arc::new(plan),
        declared: None,
        reason: None,
    }
}

/// A journal in memory, which can be made to break.
#[derive(Default)]
pub(crate) struct Memory {
    entries: Mutex<Vec<Entry>>,
    /// After so many entries nothing can be written.
    room: Mutex<Option<usize>>,
    /// After so many calls the lease is lost.
    calls: Mutex<Option<usize>>,
    broken: Mutex<Option<Broken>>,
}

impl Memory {
    pub(crate) fn entries(&self) -> Vec<Entry> {
        lock(&self.entries).clone()
    }

    /// It can be written again.
    pub(crate) fn heals(&self) {
        *lock(&self.room) = None;
        *lock(&self.broken) = None;
    }

    pub(crate) fn breaks_after(&self, entries: usize) {
        *lock(&self.room) = Some(entries);
    }

    pub(crate) fn loses_its_lease_after(&self, calls: usize) {
        *lock(&self.calls) = Some(calls);
    }

    fn break_for(&self, why: &str) -> Broken {
        let broken = Broken(why.to_owned());
        *lock(&self.broken) = Some(broken.clone());
        broken
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journal for Memory {
    fn record(&self, event: RunEvent) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            let mut entries = lock(&self.entries);
            if lock(&self.room).is_some_and(|room| entries.len() >= room) {
                return Err(self.break_for("the disk is full"));
            }
            entries.push(Entry { at_ms: 0, event });
            Ok(())
        })
    }

    fn may_call(&self) -> BoxFuture<'_, Result<(), Broken>> {
        Box::pin(async move {
            let mut calls = lock(&self.calls);
            match &mut *calls {
                Some(0) => Err(self.break_for("the lease is lost")),
                Some(left) => {
                    *left -= 1;
                    Ok(())
                }
                None => Ok(()),
            }
        })
    }

    fn broken(&self) -> Option<Broken> {
        lock(&self.broken).clone()
    }
}

impl Clouds for Fake {
    fn provider(&self, _place: &Place) -> Arc<dyn Provider> {
        Arc::new(self.clone())
    }
}

fn name_of(op: &Op) -> String {
    match op {
        Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Create { name, .. })) => name.clone(),
        Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Delete { group })) => format!("delete {}", group.id()),
        other => other.name().to_owned(),
    }
}

fn error(place: &PlaceKey, kind: ErrorKind) -> ProviderError {
    ProviderError {
        kind,
        operation: "Scripted".to_owned(),
        place: place.clone(),
        code: None,
        message: "scripted".to_owned(),
        request_id: None,
        retry_after_secs: None,
    }
}

impl Provider for Fake {
    fn observe<'a>(&'a self, _query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async { Ok(Answer::Aws(Box::<AwsLive>::default())) })
    }

    fn check<'a>(&'a self, _condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>> {
        Box::pin(async move {
            let holds = self.with(|state| {
                state.looks += 1;
                state.looks > state.condition_after
            });
            Ok(if holds { Progress::Done(Facts::default()) } else { Progress::NotYet("pending".to_owned()) })
        })
    }

    fn perform<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>> {
        Box::pin(async move {
            let name = name_of(op);
            let call = ApiCall { place: place().key(), operation: op.name(), quota: op.paced().quota, mutating: true };
            self.gate.admit(&call).await?;
            let at = u64::try_from(self.start.elapsed().as_millis()).unwrap_or(u64::MAX);
            tokio::time::sleep(self.latency).await;
            let script = self.with(|state| {
                state.calls.push((name.clone(), at));
                state.scripts.get_mut(&name).and_then(VecDeque::pop_front)
            });
            let done = Performed {
                made: BTreeMap::from([(String::new(), format!("id-{name}"))]),
                request_ids: vec![format!("request-{name}")],
                pending: None,
            };
            let result = match script {
                Some(Script::Fails(kind)) => Err(error(&place().key(), kind)),
                Some(Script::Lost) => {
                    self.with(|state| state.take(&name));
                    Err(error(&place().key(), ErrorKind::OutcomeUnknown))
                }
                Some(Script::Unseen) => Err(error(&place().key(), ErrorKind::OutcomeUnknown)),
                Some(Script::Appears) => {
                    self.with(|state| state.take(&name));
                    Err(error(&place().key(), ErrorKind::Conflict))
                }
                Some(script @ (Script::Operation(_) | Script::OperationFails | Script::FailsBehind)) => {
                    self.with(|state| match script {
                        Script::Operation(looks) => {
                            state.pending_looks = looks;
                            state.take(&name);
                        }
                        Script::FailsBehind => {
                            state.operation_fails = true;
                            state.take(&name);
                            state.failed.push(name);
                        }
                        _ => state.operation_fails = true,
                    });
                    let pending = Operation { status_url: None, location_style: false, retry_after_secs: 10 };
                    Ok(Performed { pending: Some(pending), ..done })
                }
                None => {
                    self.with(|state| state.take(&name));
                    Ok(done)
                }
            };
            let outcome = result.as_ref().map_or_else(Outcome::Failed, |_| Outcome::Answered(None));
            self.gate.settled(&call, 1, outcome).await;
            result
        })
    }

    fn find<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>> {
        Box::pin(async move {
            let name = name_of(op);
            let there = self.with(|state| state.holds(&name) && !state.failed.contains(&name));
            let made = BTreeMap::from([(String::new(), format!("id-{name}"))]);
            Ok(if there { Effect::Happened(Performed { made, ..Performed::default() }) } else { Effect::NotSeen })
        })
    }

    fn left<'a>(&'a self, op: &'a Op, _undo: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>> {
        Box::pin(async move {
            let name = name_of(op);
            match self.with(|state| state.sights.get_mut(&name).and_then(VecDeque::pop_front)) {
                Some(Sight::Nothing) => return Ok(Left::Back),
                Some(Sight::Fails(kind)) => return Err(error(&place().key(), kind)),
                None => {}
            }
            Ok(self.with(|state| match (state.tampered.contains(&name), state.holds(&name)) {
                (true, _) => Left::Changed(format!("{name} has a new rule")),
                (false, true) => Left::AsLeft,
                (false, false) => Left::Back,
            }))
        })
    }

    fn poll<'a>(&'a self, _op: &'a Op, _operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
        Box::pin(async move {
            if self.with(|state| state.operation_fails) {
                return Ok(Polled::Failed(error(&place().key(), ErrorKind::Invalid)));
            }
            let left = self.with(|state| {
                state.pending_looks = state.pending_looks.saturating_sub(1);
                state.pending_looks
            });
            Ok(if left == 0 { Polled::Done(BTreeMap::new()) } else { Polled::Wait(10) })
        })
    }
}

fn addr(name: &str) -> Addr {
    Addr::parse(&format!("dev/eu-north-1/security-group/{name}")).expect("an address")
}

/// A step that makes the group `name` after `needs`.
pub(crate) fn create(id: &str, name: &str, needs: &[&str]) -> Step {
    Step {
        id: StepId(id.to_owned()),
        addr: addr(name),
        place: place().key(),
        op: Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Create {
            name: name.to_owned(),
            description: String::new(),
            vpc: "vpc-1".to_owned(),
            tags: BTreeMap::new(),
        })),
        needs: needs.iter().map(|need| StepId((*need).to_owned())).collect(),
        awaits: Vec::new(),
        makes: Some(Object::of(&addr(name), "")),
        undo: Undo::Delete(Box::new(Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Delete {
            group: Handle::Made(Object::of(&addr(name), "")),
        })))),
        phase: Phase::Build,
    }
}

/// A step after the commit point that deletes the group that another step made.
pub(crate) fn delete(id: &str, made: &str, needs: &[&str]) -> Step {
    let group = Handle::Made(Object::of(&addr(made), ""));
    Step {
        op: Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Delete { group })),
        makes: None,
        undo: Undo::Nothing,
        phase: Phase::Commit,
        ..create(id, made, needs)
    }
}
