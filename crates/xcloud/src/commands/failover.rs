//! `xcloud failover` and `xcloud failback`: judge, plan, ask, go before others, carry out, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use tokio::time::Instant;
use uuid::Uuid;
use xcloud_core::active::{Failover, Fence, Standing};
use xcloud_core::failover::gates::{Gate, Light};
use xcloud_core::failover::part;
use xcloud_core::journal::{Declaration, Header, Outcome, Verb};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions, StepId};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{Event, EventKind, Listener, OnFailure, RunReport, Surroundings, execute};

use super::readiness::{by_env, of_environment, of_failback};
use crate::clock::now_ms;
use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, NOTHING_CHANGED, Refusal};
use crate::input::Input;
use crate::invocation::{Invocation, Runnable};
use crate::notify;
use crate::options::Output;
use crate::planning::no_plan;
use crate::recording::{self, Run};
use crate::render::account::Account;
use crate::render::failover as switch;
use crate::render::gates::{self as lights, Judged};
use crate::render::plan::{PlanView, page};
use crate::running::{command, execute_options, nothing_to_do, tell};
use crate::session::{self, Session};
use crate::switching::record::{self, debts, epochs};
use crate::switching::survey::{Survey, survey};
use crate::switching::{choice, gates, take};
use crate::wiring::Access;

/// A silent region is waited for so long beyond what the others need.
const GRACE_SECS: u64 = 2;

/// What is to be done.
pub(crate) struct Order<'a> {
    verb: Verb,
    to: String,
    args: &'a SwitchArgs,
    input: &'a Input,
    /// What is desired, without what a failover must not need.
    desired: Desired,
    envs: BTreeSet<String>,
    /// When the operator declared it.
    declared: Instant,
    declared_ms: u64,
    detected_ms: Option<u64>,
    /// When the region that is left is fenced, if that is said.
    fence: Option<FenceWhen>,
}

impl<'a> Order<'a> {
    /// Returns the order that is given now.
    pub(crate) fn now(verb: Verb, to: &str, args: &'a SwitchArgs, input: &'a Input, envs: BTreeSet<String>) -> Self {
        Self {
            verb,
            to: to.to_owned(),
            args,
            desired: input.desired.without_global_services(),
            input,
            envs,
            declared: Instant::now(),
            declared_ms: now_ms(),
            detected_ms: None,
            fence: None,
        }
    }
}

/// What was judged and planned.
struct Decided {
    survey: Survey,
    judged: Vec<Judged>,
    request: Failover,
    from: BTreeMap<String, String>,
    plan: Plan,
}

/// When the region that is left is fenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FenceWhen {
    /// Right behind the commit.
    Now,
    /// Once connections that stood before the switch have ended.
    AfterDrain,
    /// Before the switch.
    BeforeSwitch,
    /// Not at all.
    None,
}

impl From<FenceWhen> for Fence {
    fn from(when: FenceWhen) -> Self {
        match when {
            FenceWhen::Now => Self::Now,
            FenceWhen::AfterDrain => Self::AfterDrain,
            FenceWhen::BeforeSwitch => Self::BeforeSwitch,
            FenceWhen::None => Self::None,
        }
    }
}

/// Options of `failover` and `failback`.
#[derive(Debug, Clone, Args)]
pub(crate) struct SwitchArgs {
    /// The incident: the failover is unplanned, and behind its switch it never sends traffic back.
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Option<String>,
    /// When the fault was first seen, as `2026-11-22T08:14:00Z`: the report counts from there too.
    #[arg(long, value_name = "TIME")]
    pub(crate) detected: Option<String>,
    /// Pass this gate although it is red (repeatable); needs --reason.
    #[arg(long = "override", value_name = "GATE", requires = "reason")]
    pub(crate) overrides: Vec<String>,
    /// Why gates are passed; it is in the report.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Make every read and check, show the plan and the time it would take, and change nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// Make the other region the active one.
#[derive(Debug, Clone, Args)]
pub(crate) struct FailoverArgs {
    /// The region that becomes active.
    #[arg(long, value_name = "REGION")]
    pub(crate) to: String,
    /// When the region that is left is fenced; without it `now` for an incident, else `after-drain`.
    #[arg(long, value_enum, value_name = "WHEN")]
    pub(crate) fence: Option<FenceWhen>,
    #[command(flatten)]
    pub(crate) switch: SwitchArgs,
}

impl Runnable for FailoverArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        start(invocation, Verb::Failover, Some(&self.to), &self.switch, self.fence)
    }
}

pub(super) fn start(
    invocation: &Invocation,
    verb: Verb,
    to: Option<&str>,
    args: &SwitchArgs,
    fence: Option<FenceWhen>,
) -> Result<Exit, Failure> {
    let filter = invocation.global.filter();
    if !filter.regions.is_empty() || !filter.targets.is_empty() || !filter.excludes.is_empty() {
        return Err(Refusal::usage(format!("{verb} is of whole environments: it takes --env alone")).into());
    }
    if let Some(unknown) = args.overrides.iter().find(|name| !gates::names().contains(&name.as_str())) {
        let known = gates::names().join(", ");
        let message = format!("there is no gate `{unknown}` that can be passed; there are {known}");
        return Err(Refusal::usage(message).into());
    }
    let detected = args.detected.as_deref().map(str::parse::<jiff::Timestamp>).transpose();
    let detected = detected.map_err(|error| Refusal::usage(format!("--detected: {error}")))?;
    let detected_ms = detected.and_then(|at| u64::try_from(at.as_millisecond()).ok());
    let input = invocation.input()?;
    let regions = &input.desired.regions;
    let to = to.unwrap_or(&regions.primary).to_owned();
    if to != regions.primary && Some(&to) != regions.dr.as_ref() {
        let known: Vec<&str> = std::iter::once(regions.primary.as_str()).chain(regions.dr.as_deref()).collect();
        let message = format!("{to} is no region of this config; there are {}", known.join(" and "));
        return Err(Refusal::new(message).into());
    }
    let envs = choice::named(&invocation.global, &input.desired)?;
    session::run(invocation, &input.desired, Access::Write, async |session| {
        let order = Order { detected_ms, fence, ..Order::now(verb, &to, args, &input, envs) };
        carry_out(session, &order).await
    })
}

/// Judges, plans, asks, goes before others, carries out and reports.
pub(crate) async fn carry_out(session: &Session, order: &Order<'_>) -> Result<Exit, Failure> {
    let (ui, desired) = (&session.ui, &order.desired);
    let head = take::ledger(session, desired).await?;
    let opened = Opened::at(session, desired, PlanOptions::default(), head).await;
    let run = Uuid::now_v7().to_string();
    let Some(decided) = decide(&opened, order, &run, GRACE_SECS).await? else { return nowhere_to_go(session, order) };
    let dry = order.args.dry_run && ui.format == Output::Text;
    let columns = if dry { ui.out_columns() } else { ui.err_columns() };
    let show = |text: &str| {
        if dry {
            return ui.result(text);
        }
        ui.say(text);
        Ok(())
    };
    let gates_page = lights::page(&desired.product, &decided.judged, ui.verbose, columns);
    show(&format!("{gates_page}{}", lights::sentence(&decided.judged)))?;
    none_red(&decided.judged, order)?;
    let calls = session.wired.pacer.calls();
    let filter = session.global.filter();
    let view = PlanView { plan: &decided.plan, calls: &calls, filter: &filter, verbose: ui.verbose, undo: None };
    show(&format!("\n{}", page(&view, columns)))?;
    show(&switch::steps(&decided.plan, &decided.request, columns))?;
    if order.args.dry_run {
        let value = || switch::dry_run(&decided.plan, &decided.judged, &decided.request, &calls);
        ui.answer(|| "Nothing was changed\n".to_owned(), value)?;
        return Ok(Exit::Done);
    }
    if !order.args.yes {
        let envs: Vec<&str> = decided.from.keys().map(String::as_str).collect();
        let question = format!("{} of {} to {}.", order.verb, envs.join(", "), order.to);
        ui.confirm(&question, &desired.product, NOTHING_CHANGED)?;
    }
    under_lock(&opened, order, decided).await
}

fn nowhere_to_go(session: &Session, order: &Order<'_>) -> Result<Exit, Failure> {
    nothing_to_do(session, &format!("{} is the active region everywhere already: nothing is to be done", order.to))
}

/// Refuses while a gate is red that is not passed.
fn none_red(judged: &[Judged], order: &Order<'_>) -> Result<(), Refusal> {
    let red = gates::red(&by_env(judged), &order.args.overrides);
    if red.is_empty() {
        return Ok(());
    }
    let names: BTreeSet<&str> = red.iter().map(|(_, gate)| gate.name).filter(|name| *name != "record").collect();
    let words: Vec<String> = names.iter().map(|name| format!("--override {name}")).collect();
    let hint = if red.iter().any(|(_, gate)| gate.name == "record") {
        "no override passes the record".to_owned()
    } else {
        format!("`{} --reason TEXT` goes on all the same, and the report says so", words.join(" "))
    };
    let lines = red.iter().map(|(env, gate)| format!("{env}: {}: {}", gate.name, gate.text));
    Err(Refusal::unchanged("red gates,").lines(lines).hint(hint))
}

/// Reads, judges and plans; `None`: the target is active everywhere already.
async fn decide(
    opened: &Opened<'_>,
    order: &Order<'_>,
    run: &str,
    grace_secs: u64,
) -> Result<Option<Decided>, Failure> {
    let Opened { session, desired, options, head, .. } = opened;
    let ui = &session.ui;
    let targets = BTreeSet::from([order.to.clone()]);
    let survey = survey(session, desired, &options.known, &targets, grace_secs).await?;
    let chosen = choice::taken_over(&survey.readings, &order.envs, &order.to);
    if chosen.is_empty() {
        return Ok(None);
    }
    let failovers = head.named.ledger.failovers().await.map_err(|error| error.to_string());
    let (mut judged, mut from) = (Vec::new(), BTreeMap::new());
    for (env, reading) in &chosen {
        let active = reading.map_or(desired.regions.primary.as_str(), |standing: &Standing| &standing.record.region);
        from.insert(env.clone(), active.to_owned());
        let lone = gates::lone(desired, &head.named.url, session.global.sandbox);
        let mut all = vec![gates::record(env, *reading, &order.to, lone)];
        if let Ok(standing) = reading {
            all.extend(of_environment(desired, &survey, options, (env, standing, &order.to)));
            // In a disaster the region that is left cannot wait for these.
            if order.verb == Verb::Failback || (order.to == desired.regions.primary && order.args.incident.is_none()) {
                of_failback(session, desired, &failovers, env, &mut all);
            }
        }
        judged.push(Judged { env: env.clone(), from: active.to_owned(), to: order.to.clone(), gates: all });
    }
    let request = Failover {
        to: order.to.clone(),
        envs: chosen.keys().cloned().collect(),
        run: run.to_owned(),
        unplanned: order.args.incident.is_some(),
        fence: fence(order),
        passed: passed(&judged, &order.args.overrides),
    };
    let (plan, problems) = request.plan(desired, &survey.observed, options);
    let Some(plan) = plan else {
        // The gates say it better.
        none_red(&judged, order).inspect_err(|_| {
            ui.say(&lights::page(&desired.product, &judged, ui.verbose, ui.err_columns()));
        })?;
        return Err(no_plan(problems));
    };
    ui.diagnostics(&problems, "");
    Ok(Some(Decided { survey, judged, request, from, plan }))
}

/// The gates that were red and are passed.
fn passed(judged: &[Judged], overrides: &[String]) -> BTreeSet<String> {
    let red = judged.iter().flat_map(|one| &one.gates).filter(|gate| gate.light == Light::Red);
    red.filter(|gate| overrides.iter().any(|name| name == gate.name)).map(|gate| gate.name.to_owned()).collect()
}

/// A failback lifts the fence; it fences nothing.
fn fence(order: &Order<'_>) -> Fence {
    match (&order.verb, order.fence, &order.args.incident) {
        (Verb::Failback, _, _) => Fence::None,
        (_, Some(when), _) => when.into(),
        (_, None, Some(_)) => Fence::Now,
        (_, None, None) => Fence::AfterDrain,
    }
}

/// Goes before others. If somebody had to stop, or another run came in between, everything is read and planned again.
async fn under_lock(opened: &Opened<'_>, order: &Order<'_>, decided: Decided) -> Result<Exit, Failure> {
    let Opened { session, options, head, .. } = opened;
    let ledger = &head.named.ledger;
    let run = decided.request.run.clone();
    let (lease, asked) = take::lock(session, head, &run, order.verb.clone()).await?;
    let decided = if asked || recording::moved_on(head).await.unwrap_or(false) {
        match decide_again(opened, order, &decided).await {
            Ok(Some(again)) => again,
            other => {
                recording::give_back(session, &lease).await;
                return other.and_then(|_| nowhere_to_go(session, order));
            }
        }
    } else {
        decided
    };
    let key = RunKey { epoch: lease.epoch(), run };
    let header = header(session, order, &decided, options);
    let began = Instant::now();
    let done: Arc<Mutex<BTreeMap<StepId, u64>>> = Arc::default();
    let run = Run { session, ledger, key: &key, next: 0, lease: &lease, header: &header };
    let how = execute_options(session, OnFailure::Unwind);
    let carried = run.carried_out(async |around| {
        let listener = noting(around.listener.clone(), done.clone());
        let (journal, stop) = (around.journal.clone(), around.stop.clone());
        execute(&Surroundings { journal, stop, listener: &listener, ..*around }, header.clone(), &how).await
    });
    let report = carried.await;
    let done = done.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let before = u64::try_from((began - order.declared).as_millis()).unwrap_or(u64::MAX);
    let done: BTreeMap<StepId, u64> = done.into_iter().map(|(step, at)| (step, at + before)).collect();
    let gates_after =
        if report.outcome == Outcome::Done { after(session, order, options, &decided).await } else { BTreeMap::new() };
    if let Some(account) = account(order, &decided, &report, &header, done, gates_after) {
        if let Err(error) = account.keep(ledger, &key, &report).await {
            session.ui.warn(&format!("the report could not be kept beside the journal: {error:#}"));
        }
        tell(session, &report, Some(&account), &[], &command(session, &[order.verb.word()]))?;
    }
    notify::ended(session, &header, &report).await;
    Ok(report.outcome.into())
}

/// Another run was under way: everything is read, judged and planned again.
async fn decide_again(opened: &Opened<'_>, order: &Order<'_>, before: &Decided) -> Result<Option<Decided>, Failure> {
    let ui = &opened.session.ui;
    ui.remark("another run was under way: everything is read and planned again");
    // A region that hangs costs its seconds once.
    let grace_secs = if before.survey.silent.is_empty() { GRACE_SECS } else { 0 };
    let again = decide(opened, order, &before.request.run, grace_secs).await?;
    if let Some(again) = &again {
        none_red(&again.judged, order)?;
        ui.say(&switch::steps(&again.plan, &again.request, ui.err_columns()));
    }
    Ok(again)
}

/// Hears when each step is done.
fn noting(listener: Listener, done: Arc<Mutex<BTreeMap<StepId, u64>>>) -> Listener {
    Arc::new(move |event: Event| {
        if let EventKind::Done { step, .. } = &event.kind {
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(step.clone(), event.at_ms);
        }
        listener(event);
    })
}

fn header(session: &Session, order: &Order<'_>, decided: &Decided, options: &PlanOptions) -> Header {
    let declaration = Declaration {
        request: decided.request.clone(),
        from: decided.from.clone(),
        incident: order.args.incident.clone(),
        declared_ms: order.declared_ms,
        detected_ms: order.detected_ms,
        reason: order.args.reason.clone(),
        gates: lights::stored(&decided.judged),
        unread: decided.survey.silent.clone(),
    };
    let run = &decided.request.run;
    Header {
        config_sha256: order.input.fingerprint(),
        options: PlanOptions { filter: part(&order.desired, &decided.request), ..options.clone() },
        declared: Some(Box::new(declaration)),
        ..recording::header(session, order.verb.clone(), run, &order.input.desired, &decided.plan)
    }
}

/// What holds after the switch: the same gates, of the region that is active now.
async fn after(
    session: &Session,
    order: &Order<'_>,
    options: &PlanOptions,
    decided: &Decided,
) -> BTreeMap<String, Vec<Gate>> {
    let desired = &order.desired;
    let targets = BTreeSet::from([order.to.clone()]);
    let Ok(survey) = survey(session, desired, &options.known, &targets, 0).await else { return BTreeMap::new() };
    let readings = survey.readings.iter().filter(|(env, _)| decided.from.contains_key(*env));
    readings
        .filter_map(|(env, reading)| {
            let standing = reading.as_ref().ok()?;
            let gates = survey.gates(desired, &options.known, env, standing, &order.to);
            Some((
                env.clone(),
                gates.into_iter().filter(|gate| gate.name != "helps" && gate.name != "parity").collect(),
            ))
        })
        .collect()
}

fn account(
    order: &Order<'_>,
    decided: &Decided,
    report: &RunReport,
    header: &Header,
    done_ms: BTreeMap<StepId, u64>,
    gates_after: BTreeMap<String, Vec<Gate>>,
) -> Option<Account> {
    let desired = &order.input.desired;
    let commit_ms = record::committed_ms(&decided.plan, desired, &done_ms);
    let before = order.detected_ms.map(|at| order.declared_ms.saturating_sub(at));
    let declaration = header.declared.as_deref().cloned()?;
    Some(Account {
        command: order.verb.clone(),
        product: desired.product.clone(),
        declaration,
        epochs: epochs(&decided.plan, report, desired),
        commit_ms,
        since_detection_ms: commit_ms.zip(before).map(|(commit, before)| commit + before),
        rto_ms: desired.failover.as_ref().map(|policy| policy.rto_secs * 1000),
        done_ms,
        gates_after,
        debts: if commit_ms.is_some() { debts(&decided.from, desired, &decided.survey.silent) } else { Vec::new() },
    })
}
