//! `xcloud failover` and `xcloud failback`: judge, plan, ask, go before others, carry out, report.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use tokio::time::Instant;
use uuid::Uuid;
use xcloud_core::active::{Failover, Fence};
use xcloud_core::failover::{self, Account, Gate, GateName, Judged, part, red};
use xcloud_core::journal::{Declaration, Header, Outcome, Verb};
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::{Plan, PlanOptions, StepId};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{Event, EventKind, Listener, OnFailure, Surroundings, execute};

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
use crate::render::failover as show;
use crate::render::gates;
use crate::render::plan::PlanView;
use crate::running::{command, execute_options, nothing_to_do, tell};
use crate::session::{self, Session};
use crate::switching::survey::{Survey, named, past, survey};
use crate::switching::{record, take};
use crate::wiring::Access;

/// A silent region is waited for so long beyond what the others need.
const GRACE_SECS: u64 = 2;

/// What an operator declares.
pub(crate) struct Declared<'a> {
    order: failover::Order,
    args: &'a SwitchArgs,
    input: &'a Input,
    /// What is desired, without what a failover must not need.
    desired: Desired,
    at: Instant,
    at_ms: u64,
    detected_ms: Option<u64>,
}

impl<'a> Declared<'a> {
    /// Returns what is declared now.
    pub(crate) fn now(verb: Verb, to: &str, args: &'a SwitchArgs, input: &'a Input, envs: BTreeSet<String>) -> Self {
        let (incident, overrides) = (args.incident.is_some(), args.overrides.clone());
        Self {
            order: failover::Order { verb, to: to.to_owned(), envs, incident, fence: None, overrides },
            args,
            desired: input.desired.without_global_services(),
            input,
            at: Instant::now(),
            at_ms: now_ms(),
            detected_ms: None,
        }
    }
}

/// What was judged and planned.
struct Decided {
    judged: Vec<Judged>,
    request: Failover,
    plan: Plan,
    /// AWS places of other regions that did not answer, with the reason.
    silent: BTreeMap<PlaceKey, String>,
}

/// When the region that is left is fenced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FenceWhen {
    /// Right after the commit.
    Now,
    /// Once connections from before the switch have ended.
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
    /// Incident ID. Marks the failover as unplanned: once DNS has switched, a failure does not switch it back.
    #[arg(long, value_name = "ID")]
    pub(crate) incident: Option<String>,
    /// When the fault was first seen, as `2026-11-22T08:14:00Z`: the report counts from there too.
    #[arg(long, value_name = "TIME")]
    pub(crate) detected: Option<String>,
    /// Override this red gate (repeatable); needs --reason.
    #[arg(long = "override", value_name = "GATE", requires = "reason")]
    pub(crate) overrides: Vec<String>,
    /// Why gates are overridden; the report holds it.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Only read and check: show the plan and the time it would take, and change nothing.
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
    /// When the old region is fenced; without it `now` for an incident, else `after-drain`.
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
    let passable: Vec<&str> = GateName::passable().map(GateName::word).collect();
    if let Some(unknown) = args.overrides.iter().find(|name| !passable.contains(&name.as_str())) {
        let known = passable.join(", ");
        let message = format!("there is no gate `{unknown}` that can be overridden; those that can are {known}");
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
    let envs = named(&invocation.global, &input.desired)?;
    session::run(invocation, &input.desired, Access::Write, async |session| {
        let mut declared = Declared { detected_ms, ..Declared::now(verb, &to, args, &input, envs) };
        declared.order.fence = fence.map(Fence::from);
        carry_out(session, &declared).await
    })
}

/// Judges, plans, asks, goes before others, carries out and reports.
pub(crate) async fn carry_out(session: &Session, declared: &Declared<'_>) -> Result<Exit, Failure> {
    let (ui, Declared { order, args, desired, .. }) = (&session.ui, declared);
    let head = take::ledger(session, desired).await?;
    let opened = Opened::at(session, desired, PlanOptions::default(), head).await;
    let run = Uuid::now_v7().to_string();
    let Some(decided) = decide(&opened, order, &run, GRACE_SECS).await? else { return nowhere_to_go(session, order) };
    let dry = args.dry_run && ui.format == Output::Text;
    let columns = if dry { ui.out_columns() } else { ui.err_columns() };
    let show = |text: &str| {
        if dry {
            return ui.result(text);
        }
        ui.say(text);
        Ok(())
    };
    let Decided { judged, request, plan, .. } = &decided;
    show(&gates::judged(&desired.product, judged, ui.verbose, columns))?;
    none_red(judged, order)?;
    let calls = session.wired.pacer.calls();
    let filter = session.global.filter();
    let view = PlanView { plan, calls: &calls, filter: &filter, verbose: ui.verbose, undo: None };
    show(&show::planned(&view, request, columns))?;
    if args.dry_run {
        let value = || show::dry_run(plan, judged, request, &calls);
        ui.answer(|| "Nothing was changed\n".to_owned(), value)?;
        return Ok(Exit::Done);
    }
    if !args.yes {
        let envs: Vec<&str> = judged.iter().map(|one| one.env.as_str()).collect();
        let question = format!("{} of {} to {}.", order.verb, envs.join(", "), order.to);
        ui.confirm(&question, &desired.product, NOTHING_CHANGED)?;
    }
    under_lock(&opened, declared, decided).await
}

fn nowhere_to_go(session: &Session, order: &failover::Order) -> Result<Exit, Failure> {
    nothing_to_do(session, &format!("{} is already the active region everywhere: nothing to do", order.to))
}

/// Refuses while a gate is red that is not passed.
fn none_red(judged: &[Judged], order: &failover::Order) -> Result<(), Refusal> {
    let stops = |gate: &Gate| !order.overrides.iter().any(|name| name == gate.name.word());
    let red: Vec<(&str, &Gate)> = red(judged).filter(|(_, gate)| stops(gate)).collect();
    if red.is_empty() {
        return Ok(());
    }
    let hint = if red.iter().any(|(_, gate)| gate.name == GateName::Record) {
        "the `record` gate cannot be overridden".to_owned()
    } else {
        let names: BTreeSet<&str> = red.iter().map(|(_, gate)| gate.name.word()).collect();
        let words: Vec<String> = names.iter().map(|name| format!("--override {name}")).collect();
        format!("`{} --reason TEXT` continues anyway, and the report says so", words.join(" "))
    };
    let lines = red.iter().map(|(env, gate)| format!("{env}: {}: {}", gate.name.word(), gate.text));
    Err(Refusal::unchanged("red gates,").lines(lines).hint(hint))
}

/// Reads, judges and plans; `None`: the target is active everywhere already.
async fn decide(
    opened: &Opened<'_>,
    order: &failover::Order,
    run: &str,
    grace_secs: u64,
) -> Result<Option<Decided>, Failure> {
    let Opened { session, desired, options, head, .. } = opened;
    let ui = &session.ui;
    let survey = survey(session, desired, &options.known, &BTreeSet::from([order.to.clone()]), grace_secs).await?;
    let past = past(&head.named.ledger).await;
    let facts = survey.facts(opened, &past);
    let decided = failover::decide(&facts, &survey.readings, order, run);
    let Some(failover::Decided { judged, request }) = decided else { return Ok(None) };
    let (plan, problems) = request.plan(desired, &survey.observed, options);
    let Some(plan) = plan else {
        // The gates say it better.
        none_red(&judged, order).inspect_err(|_| {
            ui.say(&gates::page(&desired.product, &judged, ui.verbose, ui.err_columns()));
        })?;
        return Err(no_plan(problems));
    };
    ui.diagnostics(&problems, "");
    let Survey { silent, .. } = survey;
    Ok(Some(Decided { judged, request, plan, silent }))
}

/// Goes before others. If somebody had to stop, or another run came in between, everything is read and planned again.
async fn under_lock(opened: &Opened<'_>, declared: &Declared<'_>, decided: Decided) -> Result<Exit, Failure> {
    let Opened { session, options, head, .. } = opened;
    let order = &declared.order;
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
    let header = header(session, declared, &decided, options);
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
    let before = u64::try_from((began - declared.at).as_millis()).unwrap_or(u64::MAX);
    let done: BTreeMap<StepId, u64> = done.into_iter().map(|(step, at)| (step, at + before)).collect();
    let gates_after =
        if report.outcome == Outcome::Done { after(opened, order, &decided).await } else { BTreeMap::new() };
    if let Some(account) = Account::of(&header, &report.reached(), done, gates_after) {
        record::keep(session, ledger, &key, &account, &report).await;
        let again = again(order, declared.args, &session.global.env);
        let again: Vec<&str> = again.iter().map(String::as_str).collect();
        tell(session, &report, Some(&account), &[], &command(session, &again))?;
    }
    notify::ended(session, &header, &report).await;
    Ok(report.outcome.into())
}

/// Returns the words that declare the same again.
fn again(order: &failover::Order, args: &SwitchArgs, envs: &[String]) -> Vec<String> {
    let quoted = |text: &str| format!("'{}'", text.replace('\'', r"'\''"));
    let mut words = vec![order.verb.word().to_owned()];
    let mut option = |name: &str, value: &str| words.extend([name.to_owned(), value.to_owned()]);
    if order.verb == Verb::Failover {
        option("--to", &order.to);
    }
    envs.iter().for_each(|env| option("--env", env));
    args.incident.iter().for_each(|incident| option("--incident", &quoted(incident)));
    args.overrides.iter().for_each(|gate| option("--override", gate));
    args.reason.iter().for_each(|reason| option("--reason", &quoted(reason)));
    words
}

/// Another run was under way: everything is read, judged and planned again.
async fn decide_again(
    opened: &Opened<'_>,
    order: &failover::Order,
    before: &Decided,
) -> Result<Option<Decided>, Failure> {
    let ui = &opened.session.ui;
    ui.remark("another run was under way: everything is read and planned again");
    // A region that hangs costs its seconds once.
    let grace_secs = if before.silent.is_empty() { GRACE_SECS } else { 0 };
    let again = decide(opened, order, &before.request.run, grace_secs).await?;
    if let Some(again) = &again {
        none_red(&again.judged, order)?;
        ui.say(&show::steps(&again.plan, &again.request, ui.err_columns()));
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

fn header(session: &Session, declared: &Declared<'_>, decided: &Decided, options: &PlanOptions) -> Header {
    let Declared { order, args, input, desired, .. } = declared;
    let Decided { judged, request, plan, silent } = decided;
    let declaration = Declaration {
        request: request.clone(),
        from: judged.iter().map(|one| (one.env.clone(), one.from.clone())).collect(),
        incident: args.incident.clone(),
        declared_ms: declared.at_ms,
        detected_ms: declared.detected_ms,
        reason: args.reason.clone(),
        gates: gates::stored(judged),
        unread: silent.clone(),
    };
    Header {
        config_sha256: input.fingerprint(),
        options: PlanOptions { filter: part(desired, request), ..options.clone() },
        declared: Some(Box::new(declaration)),
        ..recording::header(session, order.verb.clone(), &request.run, &input.desired, plan)
    }
}

/// What holds after the switch: the same gates, of the region that is active now.
async fn after(opened: &Opened<'_>, order: &failover::Order, decided: &Decided) -> BTreeMap<String, Vec<Gate>> {
    let Opened { session, desired, options, .. } = opened;
    let targets = BTreeSet::from([order.to.clone()]);
    let Ok(survey) = survey(session, desired, &options.known, &targets, 0).await else { return BTreeMap::new() };
    let past = Ok(Vec::new());
    let facts = survey.facts(opened, &past);
    let moved = survey.readings.iter().filter(|(env, _)| decided.request.envs.contains(*env));
    let held =
        moved.filter_map(|(env, reading)| Some((env.clone(), facts.hold(env, reading.as_ref().ok()?, &order.to))));
    held.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_undone_is_declared_again_whole() {
        let args = SwitchArgs {
            incident: Some("INC-1".to_owned()),
            detected: None,
            overrides: vec!["rto".to_owned()],
            reason: Some("it's late".to_owned()),
            dry_run: false,
            yes: true,
        };
        let told = |verb: Verb| {
            let (to, overrides) = ("eu-west-1".to_owned(), args.overrides.clone());
            let order = failover::Order { verb, to, envs: BTreeSet::new(), incident: true, fence: None, overrides };
            again(&order, &args, &["prod".to_owned()]).join(" ")
        };
        let rest = r"--env prod --incident 'INC-1' --override rto --reason 'it'\''s late'";
        assert_eq!(told(Verb::Failover), format!("failover --to eu-west-1 {rest}"));
        assert_eq!(told(Verb::Failback), format!("failback {rest}"));
    }
}
