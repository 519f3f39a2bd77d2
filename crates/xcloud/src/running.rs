//! Carries out a plan after the operator agreed, under the product's lock, and tells how it ended.

use uuid::Uuid;
use xcloud_core::counted::counted;
use xcloud_core::failover::{Account, lost_to_active};
use xcloud_core::journal::{Header, Outcome, Verb};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{CallCounts, ExecuteOptions, OnFailure, RunReport, execute};

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, NOTHING_CHANGED, Refusal};
use crate::input::Input;
use crate::notify;
use crate::options::Consent;
use crate::planning;
use crate::recording;
use crate::render::account;
use crate::render::json;
use crate::render::plan::{PlanView, one_line, page, part};
use crate::render::report::{self, ReportView};
use crate::session::Session;
use crate::settings::RUN_DEADLINE_SECS;

/// Resources that a refusal lists; the rest is counted.
const LISTED: usize = 10;

/// What is carried out, and under which name.
pub(crate) struct Order<'a> {
    /// What it is carried out with.
    pub(crate) opened: &'a Opened<'a>,
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// What the operator typed: `apply`, `destroy`.
    pub(crate) verb: Verb,
    /// Places of that part that did not answer, with the reason.
    pub(crate) unknown: Vec<(String, String)>,
    /// The plan was reviewed already: only its summary is shown again.
    pub(crate) reviewed: bool,
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// What happens on a failure before the commit point.
    pub(crate) on_failure: OnFailure,
    /// What followed the verb, where that is not a part of the estate: the run of a `rollback`.
    pub(crate) object: Option<String>,
    /// Why a limit was passed, if one was.
    pub(crate) reason: Option<String>,
}

impl<'a> Order<'a> {
    /// Returns the order to carry out a plan after asking; a failure before the commit point is undone.
    pub(crate) fn of(verb: Verb, opened: &'a Opened<'a>, plan: &'a Plan) -> Self {
        let unknown = planning::unknown_parts(plan, opened.desired, &opened.options);
        let (reviewed, yes, on_failure) = (false, false, OnFailure::Unwind);
        Self { opened, plan, verb, unknown, reviewed, yes, on_failure, object: None, reason: None }
    }

    /// Returns the same order with what the operator agreed to on the command line.
    pub(crate) fn agreed(self, Consent { yes, on_failure }: Consent) -> Self {
        Self { yes, on_failure: on_failure.into(), ..self }
    }
}

/// Plans towards the config, under options that say which part of it or that everything goes; asks and carries out.
///
/// # Errors
/// As [`Opened::write`], [`Opened::plan`] and [`carry_out`].
pub(crate) async fn converge_to(
    session: &Session,
    input: &Input,
    options: PlanOptions,
    verb: Verb,
    consent: Consent,
) -> Result<Exit, Failure> {
    let opened = Opened::write(session, input, options).await?;
    let plan = opened.plan().await?;
    carry_out(&Order::of(verb, &opened, &plan).agreed(consent)).await
}

/// Shows the plan, asks, carries it out and reports. Without anything to do nothing is written, not even the lock.
///
/// # Errors
/// If it may not be carried out, or the result cannot be written.
pub(crate) async fn carry_out(order: &Order<'_>) -> Result<Exit, Failure> {
    let Order { opened, plan, .. } = order;
    let session = opened.session;
    let ui = &session.ui;
    let calls = session.wired.pacer.calls();
    let view = PlanView { plan, calls: &calls, filter: &opened.options.filter, verbose: ui.verbose, undo: None };
    if order.reviewed {
        ui.remark(&format!("the saved plan holds: {}, {}", one_line(plan), counted(plan.steps.len(), "call")));
    } else {
        ui.say(&page(&view, ui.err_columns()));
    }
    if plan.is_empty() {
        return finish(order, &nothing_done());
    }
    no_failover_under_way(plan)?;
    if !order.yes {
        let question = format!("{} {}: {}.", order.verb, plan.product, one_line(plan));
        ui.confirm(&question, &plan.product, NOTHING_CHANGED)?;
    }
    let (header, report) = recorded(order).await?;
    let exit = finish(order, &report)?;
    notify::ended(session, &header, &report).await;
    Ok(exit)
}

/// While a failover is under way nothing else changes its environment.
pub(crate) fn no_failover_under_way(plan: &Plan) -> Result<(), Refusal> {
    let under_way = plan.active.iter().find_map(|(env, record)| Some((env, record, record.to.as_ref()?)));
    let Some((env, record, to)) = under_way else { return Ok(()) };
    let message = format!("a failover of {env} to {to} is under way (epoch {}):", record.epoch);
    Err(Refusal::unchanged(message).hint("`xcloud resume` finishes it, `xcloud resume --undo` undoes it"))
}

/// A rollback to before a failover takes nothing from the region that is active since.
pub(crate) fn nothing_lost_to_active(desired: &Desired, plan: &Plan) -> Result<(), Refusal> {
    let lost = lost_to_active(desired, plan);
    if lost.is_empty() {
        return Ok(());
    }
    let away = plan.active.iter().filter(|(_, record)| record.region != desired.regions.primary);
    let regions: Vec<String> = away.map(|(env, record)| format!("{} is active in {env}", record.region)).collect();
    let more = lost.len().saturating_sub(LISTED);
    let more = (more > 0).then(|| format!("and {more} more"));
    let message = format!("this would delete resources that the active region uses ({}),", regions.join(", "));
    let lines = lost.iter().take(LISTED).map(ToString::to_string).chain(more);
    Err(Refusal::unchanged(message).lines(lines).hint("run `xcloud failback` first"))
}

/// Takes the lock, executes and records.
async fn recorded(order: &Order<'_>) -> Result<(Header, RunReport), Failure> {
    let Order { opened: Opened { session, desired, config_sha256, options, head }, plan, verb, .. } = order;
    let run = Uuid::now_v7().to_string();
    let ledger = &head.named.ledger;
    let lease = recording::take(session, head, &run, verb.clone()).await?;
    if let Err(refusal) = recording::still_last(head).await {
        recording::give_back(session, &lease).await;
        return Err(refusal.into());
    }
    let header = Header {
        config_sha256: config_sha256.clone(),
        options: options.clone(),
        reason: order.reason.clone(),
        ..recording::header(session, verb.clone(), &run, desired, plan)
    };
    let key = RunKey { epoch: lease.epoch(), run };
    let run = recording::Run { session, ledger, key: &key, next: 0, lease: &lease, header: &header };
    let how = execute_options(session, order.on_failure);
    let report = run.carried_out(async |around| execute(around, header.clone(), &how).await).await;
    Ok((header, report))
}

/// How every run is carried out.
pub(crate) fn execute_options(session: &Session, on_failure: OnFailure) -> ExecuteOptions {
    ExecuteOptions {
        deadline_secs: RUN_DEADLINE_SECS,
        on_failure,
        out_of_sight_secs: session.settings.out_of_sight_secs(),
    }
}

fn finish(order: &Order<'_>, report: &RunReport) -> Result<Exit, Failure> {
    tell(order.opened.session, report, None, &order.unknown, &again(order))?;
    Ok(match report.outcome {
        Outcome::Done if report.steps.is_empty() && !order.plan.left_alone.is_empty() => Exit::Refused,
        Outcome::Done if !order.unknown.is_empty() => Exit::Left,
        outcome => outcome.into(),
    })
}

/// Ends a command that found nothing to do.
///
/// # Errors
/// If stdout cannot be written.
pub(crate) fn nothing_to_do(session: &Session, text: &str) -> Result<Exit, Failure> {
    let json = || serde_json::json!({ "run": null, "outcome": "done", "steps": [] });
    session.ui.answer(|| format!("{text}\n"), json)?;
    Ok(Exit::Done)
}

/// Writes the report of a run, and what it came to if it was a failover. `again` is the command that tries again.
///
/// # Errors
/// If stdout cannot be written.
pub(crate) fn tell(
    session: &Session,
    report: &RunReport,
    account: Option<&Account>,
    unknown: &[(String, String)],
    again: &str,
) -> std::io::Result<()> {
    let calls: CallCounts = session.wired.pacer.calls();
    let columns = session.ui.out_columns();
    let text = || {
        let view = ReportView {
            report,
            calls: &calls,
            unknown: unknown.to_vec(),
            verbose: session.ui.verbose,
            again: again.to_owned(),
            resume: command(session, &["resume"]),
        };
        let account = account.map(|account| account::page(account, columns));
        report::page(&view, columns) + &account.unwrap_or_default()
    };
    let value = || {
        let mut value = json::run(report, &calls);
        if let Some(account) = account {
            value["failover"] = account::value(account, report);
        }
        value
    };
    session.ui.answer(text, value)
}

/// The end of a run that had nothing to do.
fn nothing_done() -> RunReport {
    RunReport {
        run: Uuid::now_v7().to_string(),
        outcome: Outcome::Done,
        steps: Vec::new(),
        failures: Vec::new(),
        warnings: Vec::new(),
        left: Vec::new(),
        committed: false,
        broken: None,
        interrupted: false,
        elapsed_ms: 0,
    }
}

/// The command that tries again, with the same part of the estate.
fn again(order: &Order<'_>) -> String {
    let verb: Vec<&str> = std::iter::once(order.verb.word()).chain(order.object.as_deref()).collect();
    let mut words = command(order.opened.session, &verb);
    if order.object.is_some() {
        return words;
    }
    for word in part(&order.opened.options.filter) {
        words.push(' ');
        words.push_str(&word);
    }
    words
}

/// Returns a command line of this program with the options that choose config, ledger and clouds.
pub(crate) fn command(session: &Session, verb: &[&str]) -> String {
    let mut words = vec!["xcloud".to_owned()];
    words.extend(verb.iter().map(|word| (*word).to_owned()));
    words.extend(["-c".to_owned(), session.global.config.display().to_string()]);
    if session.global.sandbox {
        words.push("--sandbox".to_owned());
    } else if let Some(url) = &session.global.ledger {
        words.extend(["--ledger".to_owned(), url.clone()]);
    }
    words.join(" ")
}
