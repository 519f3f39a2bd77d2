//! A scripted cloud: each call takes its next scripted answer, or succeeds.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::live::{Answer, AwsLive, AwsQuery, Query};
use xcloud_core::model::{Addr, Place, PlaceKey};
use xcloud_core::op::{AwsOp, Handle, Object, Op};
use xcloud_core::plan::{Condition, Phase, Plan, Step, StepId, Undo};
use xcloud_core::provider::{
    ApiCall, BoxFuture, Clouds, Effect, ErrorKind, Facts, Gate as _, Operation, Outcome, Performed, Polled, Progress,
    Provider, ProviderError,
};
use xcloud_engine::{ExecuteOptions, Listener, PaceSettings, Pacer, RunReport, execute};

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
    /// Starts an operation that takes this many looks.
    Operation(u32),
}

#[derive(Default)]
struct State {
    scripts: BTreeMap<String, VecDeque<Script>>,
    /// When each call reached the cloud, in milliseconds from the start.
    calls: Vec<(String, u64)>,
    effects: Vec<String>,
    looks: u32,
    pending_looks: u32,
    operation_fails: bool,
    condition_after: u32,
}

/// The scripted cloud. Clones share the script.
#[derive(Clone)]
pub(crate) struct Fake {
    state: Arc<Mutex<State>>,
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
        Self { state: Arc::default(), gate, start: Instant::now(), latency: Duration::from_millis(100) }
    }

    pub(crate) fn script(&self, group: &str, scripts: impl IntoIterator<Item = Script>) {
        self.with(|state| state.scripts.entry(group.to_owned()).or_default().extend(scripts));
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
        let query = Query::Aws(AwsQuery::default());
        let plan = Plan {
            format_version: Plan::FORMAT_VERSION.to_owned(),
            product: "p".to_owned(),
            places: BTreeMap::from([(place().key(), (place(), query))]),
            changes: Vec::new(),
            notes: Vec::new(),
            steps,
            settle: Vec::new(),
            rules: Vec::new(),
            depends: BTreeMap::new(),
            unknown: BTreeMap::new(),
        };
        let (ask, stop) = tokio::sync::watch::channel(false);
        let options = ExecuteOptions { run: "run".to_owned(), deadline_secs: 7200 };
        let listener: Listener = Arc::new(|_event| {});
        let asking = async {
            match stop_after {
                Some(after) => {
                    tokio::time::sleep(after).await;
                    ask.send_replace(true);
                }
                None => std::future::pending::<()>().await,
            }
            std::future::pending::<()>().await;
        };
        tokio::select! {
            report = execute(self, &self.gate, &plan, &options, stop, &listener) => report,
            () = asking => unreachable!("asking to stop never ends"),
        }
    }
}

impl Clouds for Fake {
    fn provider(&self, _place: &Place) -> Arc<dyn Provider> {
        Arc::new(self.clone())
    }
}

fn name_of(op: &Op) -> String {
    match op {
        Op::Aws(AwsOp::CreateSecurityGroup { name, .. }) => name.clone(),
        Op::Aws(AwsOp::DeleteSecurityGroup { group }) => format!("delete {}", group.id()),
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
            let call = ApiCall { place: place().key(), operation: op.name(), mutating: true };
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
                    self.with(|state| state.effects.push(name));
                    Err(error(&place().key(), ErrorKind::OutcomeUnknown))
                }
                Some(Script::Unseen) => Err(error(&place().key(), ErrorKind::OutcomeUnknown)),
                Some(Script::Appears) => {
                    self.with(|state| state.effects.push(name));
                    Err(error(&place().key(), ErrorKind::Conflict))
                }
                Some(script @ (Script::Operation(_) | Script::OperationFails)) => {
                    self.with(|state| match script {
                        Script::Operation(looks) => {
                            state.pending_looks = looks;
                            state.effects.push(name);
                        }
                        _ => state.operation_fails = true,
                    });
                    let pending = Operation {
                        operation: "poll".to_owned(),
                        status_url: None,
                        location_style: false,
                        resource: None,
                        retry_after_secs: 10,
                    };
                    Ok(Performed { pending: Some(pending), ..done })
                }
                None => {
                    self.with(|state| state.effects.push(name));
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
            let there = self.with(|state| state.effects.contains(&name));
            let made = BTreeMap::from([(String::new(), format!("id-{name}"))]);
            Ok(if there { Effect::Happened(Performed { made, ..Performed::default() }) } else { Effect::NotSeen })
        })
    }

    fn poll<'a>(&'a self, _operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
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
        op: Op::Aws(AwsOp::CreateSecurityGroup {
            name: name.to_owned(),
            description: String::new(),
            vpc: "vpc-1".to_owned(),
            tags: BTreeMap::new(),
        }),
        needs: needs.iter().map(|need| StepId((*need).to_owned())).collect(),
        awaits: Vec::new(),
        makes: Some(Object::of(&addr(name), "")),
        undo: Undo::Nothing,
        phase: Phase::Build,
    }
}

/// A step behind the commit point that deletes the group that another step made.
pub(crate) fn delete(id: &str, made: &str, needs: &[&str]) -> Step {
    let group = Handle::Made(Object::of(&addr(made), ""));
    Step {
        op: Op::Aws(AwsOp::DeleteSecurityGroup { group }),
        makes: None,
        phase: Phase::Commit,
        ..create(id, made, needs)
    }
}
