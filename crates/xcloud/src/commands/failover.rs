//! `xcloud failover` and `xcloud failback`: judge, plan, ask, go before others, carry out, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;
use uuid::Uuid;
use xcloud_core::active::Standing;
use xcloud_core::journal::{Declaration, Header, Outcome, Verb};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Failover, Fence, Plan, PlanOptions, StepId, failover, part};
use xcloud_core::readiness::{Gate, Light};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{Event, EventKind, Listener, OnFailure, RunReport, Surroundings, execute};

use super::dispatch::Invocation;
use super::readiness::{by_env, of_environment, of_failback};
use crate::cli::{FailoverArgs, FenceWhen, Format, SwitchArgs};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::notify;
use crate::progress::Progress;
use crate::recording::{self, Head, Run};
use crate::render::failover as switch;
use crate::render::gates::{self as lights, Judged};
use crate::render::json;
use crate::render::plan::{PlanView, page};
use crate::running::{agreed, command, options as execute_options};
use crate::session::{self, Session, Setup};
use crate::switching::record::{self, Account, debts, epochs, now_ms};
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

pub(super) fn run(invocation: &Invocation, args: &FailoverArgs) -> anyhow::Result<Exit> {
    start(invocation, Verb::Failover, Some(&args.to), &args.switch, args.fence)
}

pub(super) fn back(invocation: &Invocation, args: &SwitchArgs) -> anyhow::Result<Exit> {
    start(invocation, Verb::Failback, None, args, None)
}

fn start(
    invocation: &Invocation,
    verb: Verb,
    to: Option<&str>,
    args: &SwitchArgs,
    fence: Option<FenceWhen>,
) -> anyhow::Result<Exit> {
    let (ui, global, settings) = (&invocation.ui, &invocation.global, &invocation.settings);
    let filter = global.filter();
    if !filter.regions.is_empty() || !filter.targets.is_empty() || !filter.excludes.is_empty() {
        return Ok(ui.refuse_plainly(Exit::Usage, &format!("{verb} is of whole environments: it takes --env alone")));
    }
    if let Some(unknown) = args.overrides.iter().find(|name| !gates::names().contains(&name.as_str())) {
        let message =
            format!("there is no gate `{unknown}` that can be passed; there are {}", gates::names().join(", "));
        return Ok(ui.refuse_plainly(Exit::Usage, &message));
    }
    let detected_ms = match args.detected.as_deref().map(str::parse::<jiff::Timestamp>).transpose() {
        Ok(at) => at.and_then(|at| u64::try_from(at.as_millisecond()).ok()),
        Err(error) => return Ok(ui.refuse_plainly(Exit::Usage, &format!("--detected: {error}"))),
    };
    let input = match input::load(ui, &global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let regions = &input.desired.regions;
    let to = to.unwrap_or(&regions.primary).to_owned();
    if to != regions.primary && Some(&to) != regions.dr.as_ref() {
        let known: Vec<&str> = std::iter::once(regions.primary.as_str()).chain(regions.dr.as_deref()).collect();
        let message = format!("{to} is no region of this config; there are {}", known.join(" and "));
        return Ok(ui.refuse_plainly(Exit::Refused, &message));
    }
    let envs = match choice::named(global, &input.desired) {
        Ok(envs) => envs,
        Err(why) => return Ok(ui.refuse_plainly(Exit::Refused, &why)),
    };
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| {
        let order = Order { detected_ms, fence, ..Order::now(verb, &to, args, &input, envs.clone()) };
        carry_out(session, &order).await
    })
}

/// Judges, plans, asks, goes before others, carries out and reports.
pub(crate) async fn carry_out(session: &Session, order: &Order<'_>) -> anyhow::Result<Exit> {
    match judged(session, order).await? {
        Ok(exit) | Err(exit) => Ok(exit),
    }
}

async fn judged(session: &Session, order: &Order<'_>) -> anyhow::Result<Result<Exit, Exit>> {
    let (ui, desired) = (&session.ui, &order.desired);
    let head = match take::ledger(session, desired).await {
        Ok(head) => head,
        Err(exit) => return Ok(Err(exit)),
    };
    let options = recording::knowing(desired, Some(&head), PlanOptions::default()).await;
    let run = Uuid::now_v7().to_string();
    let decided = match decide(session, order, &head, &options, (&run, GRACE_SECS)).await? {
        Ok(decided) => decided,
        Err(exit) => return Ok(Err(exit)),
    };
    let dry = order.args.dry_run && ui.format == Format::Text;
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
    let red = gates::red(&by_env(&decided.judged), &order.args.overrides);
    if !red.is_empty() {
        return Ok(Err(refused(session, &red)));
    }
    let calls = session.wired.pacer.calls();
    let filter = session.global.filter();
    let view = PlanView { plan: &decided.plan, calls: &calls, filter: &filter, verbose: ui.verbose, undo: None };
    show(&format!("\n{}", page(&view, columns)))?;
    show(&switch::steps(&decided.plan, &decided.request, columns))?;
    if order.args.dry_run {
        match ui.format {
            Format::Json => ui.json(&switch::dry_run(&decided.plan, &decided.judged, &decided.request, &calls))?,
            Format::Text => ui.result("Nothing was changed\n")?,
        }
        return Ok(Ok(Exit::Done));
    }
    if !order.args.yes {
        let envs: Vec<&str> = decided.from.keys().map(String::as_str).collect();
        let question = format!("{} of {} to {}.", order.verb, envs.join(", "), order.to);
        if let Err(exit) = agreed(session, &question, &desired.product) {
            return Ok(Err(exit));
        }
    }
    under_lock(session, order, head, options, decided).await
}

fn refused(session: &Session, red: &[(String, Gate)]) -> Exit {
    let lines: Vec<String> = red.iter().map(|(env, gate)| format!("  {env}: {}: {}", gate.name, gate.text)).collect();
    let names: BTreeSet<&str> = red.iter().map(|(_, gate)| gate.name).filter(|name| *name != "record").collect();
    let words: Vec<String> = names.iter().map(|name| format!("--override {name}")).collect();
    let hint = if red.iter().any(|(_, gate)| gate.name == "record") {
        "hint: no override passes the record".to_owned()
    } else {
        format!("hint: `{} --reason TEXT` goes on all the same, and the report says so", words.join(" "))
    };
    let message = format!("red gates, nothing was changed\n{}\n{hint}", lines.join("\n"));
    session.ui.refuse_plainly(Exit::Refused, &message)
}

/// Reads, judges and plans.
async fn decide(
    session: &Session,
    order: &Order<'_>,
    head: &Head,
    options: &PlanOptions,
    (run, grace_secs): (&str, u64),
) -> anyhow::Result<Result<Decided, Exit>> {
    let (ui, desired) = (&session.ui, &order.desired);
    let targets = BTreeSet::from([order.to.clone()]);
    let survey = match survey(session, desired, &options.known, &targets, grace_secs).await {
        Ok(survey) => survey,
        Err(exit) => return Ok(Err(exit)),
    };
    let chosen = choice::taken_over(&survey.readings, &order.envs, &order.to);
    if chosen.is_empty() {
        let message = format!("{} is the active region everywhere already: nothing is to be done\n", order.to);
        match ui.format {
            Format::Json => ui.json(&serde_json::json!({ "run": null, "outcome": "done", "steps": [] }))?,
            Format::Text => ui.result(&message)?,
        }
        return Ok(Err(Exit::Done));
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
    let red = gates::red(&by_env(&judged), &order.args.overrides);
    let (plan, problems) = failover(desired, &survey.observed, options, &request);
    let plan = match plan {
        Some(plan) => plan,
        // The gates say it better.
        None if !red.is_empty() => {
            ui.say(&lights::page(&desired.product, &judged, ui.verbose, ui.err_columns()));
            return Ok(Err(refused(session, &red)));
        }
        None => return Ok(Err(ui.refuse(Exit::Refused, "there is no plan: nothing was changed", &problems, ""))),
    };
    ui.diagnostics(&problems, "");
    Ok(Ok(Decided { survey, judged, request, from, plan }))
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
async fn under_lock(
    session: &Session,
    order: &Order<'_>,
    head: Head,
    options: PlanOptions,
    decided: Decided,
) -> anyhow::Result<Result<Exit, Exit>> {
    let ledger = &head.named.ledger;
    let run = decided.request.run.clone();
    let (lease, asked) = match take::lock(session, &head, &run, order.verb.clone()).await {
        Ok(taken) => taken,
        Err(exit) => return Ok(Err(exit)),
    };
    let decided = if asked || recording::moved_on(&head).await {
        session.ui.remark("another run was under way: everything is read and planned again");
        // A region that hangs costs its seconds once.
        let grace_secs = if decided.survey.silent.is_empty() { GRACE_SECS } else { 0 };
        let again = decide(session, order, &head, &options, (&run, grace_secs)).await?;
        let again = again.and_then(|again| {
            let red = gates::red(&by_env(&again.judged), &order.args.overrides);
            if red.is_empty() { Ok(again) } else { Err(refused(session, &red)) }
        });
        match again {
            Ok(again) => {
                session.ui.say(&switch::steps(&again.plan, &again.request, session.ui.err_columns()));
                again
            }
            Err(exit) => {
                recording::give_back(session, &lease).await;
                return Ok(Err(exit));
            }
        }
    } else {
        decided
    };
    let key = RunKey { epoch: lease.epoch(), run: run.clone() };
    let this = Run { lease: &lease, desired: &order.input.desired, plan: &decided.plan };
    let journal = recording::recorder(session, ledger, &key, 0, &this);
    let header = header(session, order, &decided, &options);
    let began = Instant::now();
    let (report, done) = {
        let progress = Progress::start(&session.ui, Some(&decided.plan), session.real_time);
        let done: Arc<Mutex<BTreeMap<StepId, u64>>> = Arc::default();
        let listener = noting(progress.listener(), done.clone());
        let wired = &session.wired;
        let (clouds, pacer, stop) = (&wired.clouds, &wired.pacer, session.stop.clone());
        let around = Surroundings { clouds, pacer, journal, listener: &listener, stop };
        let report = execute(&around, header.clone(), &execute_options(session, OnFailure::Unwind)).await;
        let done = done.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (report, done)
    };
    recording::give_back(session, &lease).await;
    let before = u64::try_from((began - order.declared).as_millis()).unwrap_or(u64::MAX);
    let done: BTreeMap<StepId, u64> = done.into_iter().map(|(step, at)| (step, at + before)).collect();
    let gates_after =
        if report.outcome == Outcome::Done { after(session, order, &options, &decided).await } else { BTreeMap::new() };
    if let Some(account) = account(order, &decided, &report, &header, done, gates_after) {
        if let Err(error) = account.keep(ledger, &key, &report).await {
            session.ui.warn(&format!("the report could not be kept beside the journal: {error:#}"));
        }
        tell(session, &account, &report)?;
    }
    notify::ended(session, &header, &report).await;
    Ok(Ok(report.outcome.into()))
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
    Header {
        run: decided.request.run.clone(),
        command: order.verb.clone(),
        by: recording::by(&recording::holder(session, order.verb.clone())),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: session.global.config.display().to_string(),
        config_sha256: order.input.fingerprint(),
        desired: order.input.desired.clone(),
        options: PlanOptions { filter: part(&order.desired, &decided.request), ..options.clone() },
        plan: Arc::new(decided.plan.clone()),
        declared: Some(Box::new(declaration)),
        reason: None,
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

fn tell(session: &Session, account: &Account, report: &RunReport) -> anyhow::Result<()> {
    let calls = session.wired.pacer.calls();
    match session.ui.format {
        Format::Json => {
            let mut value = json::run(report, &calls);
            value["failover"] = account.value(report);
            session.ui.json(&value)?;
        }
        Format::Text => {
            let view = crate::render::report::ReportView {
                report,
                calls: &calls,
                unknown: Vec::new(),
                verbose: session.ui.verbose,
                again: command(session, &[account.command.word()]),
                resume: command(session, &["resume"]),
            };
            let page = crate::render::report::page(&view, session.ui.out_columns());
            session.ui.result(&format!("{page}{}", switch::account(account, session.ui.out_columns())))?;
        }
    }
    Ok(())
}
