//! Carries out a plan after the operator agreed, under the product's lock, and tells how it ended.

use std::sync::Arc;

use uuid::Uuid;
use xcloud_core::journal::{Header, Outcome, Verb};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions, lost_to_active};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{CallCounts, ExecuteOptions, OnFailure, RunReport, Surroundings, execute};

use crate::cli::Format;
use crate::exit::Exit;
use crate::notify;
use crate::progress::Progress;
use crate::recording::{self, Head};
use crate::render::json;
use crate::render::plan::{PlanView, one_line, page, part};
use crate::render::report::{self, ReportView};
use crate::session::Session;
use crate::settings::RUN_DEADLINE_SECS;
use crate::ui::Answer;

/// What is carried out, and under which name.
pub(crate) struct Order<'a> {
    /// The plan.
    pub(crate) plan: &'a Plan,
    /// What was desired.
    pub(crate) desired: &'a Desired,
    /// How the plan was made.
    pub(crate) options: &'a PlanOptions,
    /// The SHA-256 of the config's text; empty if the desired state comes from elsewhere.
    pub(crate) config_sha256: String,
    /// The ledger as it was before the clouds were read.
    pub(crate) head: Head,
    /// Places of that part that did not answer, with the reason.
    pub(crate) unknown: Vec<(String, String)>,
    /// The plan was reviewed already: only its summary is shown again.
    pub(crate) reviewed: bool,
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// What happens on a failure before the commit point.
    pub(crate) on_failure: OnFailure,
    /// What the operator typed: `apply`, `destroy`.
    pub(crate) verb: Verb,
    /// What stood behind it, where that is not a part of the estate: the run of a `rollback`.
    pub(crate) object: Option<String>,
    /// Why a limit was passed, if one was.
    pub(crate) reason: Option<String>,
}

/// Shows the plan, asks, carries it out and reports. Without anything to do nothing is written, not even the lock.
///
/// # Errors
/// If the result cannot be written.
pub(crate) async fn carry_out(session: &Session, order: &Order<'_>) -> anyhow::Result<Exit> {
    let (ui, plan) = (&session.ui, order.plan);
    let calls = session.wired.pacer.calls();
    let view = PlanView { plan, calls: &calls, filter: &order.options.filter, verbose: ui.verbose, undo: None };
    if order.reviewed {
        ui.remark(&format!("the saved plan holds: {}, {} calls", one_line(plan), plan.steps.len()));
    } else {
        ui.say(&page(&view, ui.err_columns()));
    }
    if plan.is_empty() {
        return finish(session, order, &nothing_done());
    }
    if let Err(exit) = no_failover_under_way(session, plan) {
        return Ok(exit);
    }
    if !order.yes {
        let question = format!("{} {}: {}.", order.verb, plan.product, one_line(plan));
        if let Err(exit) = agreed(session, &question, &plan.product) {
            return Ok(exit);
        }
    }
    match recorded(session, order).await {
        Ok((header, report)) => {
            let exit = finish(session, order, &report)?;
            notify::ended(session, &header, &report).await;
            Ok(exit)
        }
        Err(exit) => Ok(exit),
    }
}

/// While a failover is under way nothing else changes its environment.
pub(crate) fn no_failover_under_way(session: &Session, plan: &Plan) -> Result<(), Exit> {
    let under_way = plan.active.iter().find_map(|(env, record)| Some((env, record, record.to.as_ref()?)));
    let Some((env, record, to)) = under_way else { return Ok(()) };
    let message = format!(
        "a failover of {env} to {to} is under way (epoch {}): nothing was changed\nhint: `xcloud resume` finishes it, `xcloud resume --undo` undoes it",
        record.epoch
    );
    Err(session.ui.refuse_plainly(Exit::Refused, &message))
}

/// A rollback to before a failover takes nothing from the region that is active since.
pub(crate) fn nothing_lost_to_active(session: &Session, desired: &Desired, plan: &Plan) -> Result<(), Exit> {
    let lost = lost_to_active(desired, plan);
    if lost.is_empty() {
        return Ok(());
    }
    let away = plan.active.iter().filter(|(_, record)| record.region != desired.regions.primary);
    let regions: Vec<String> = away.map(|(env, record)| format!("{} is active in {env}", record.region)).collect();
    let shown: Vec<String> = lost.iter().take(10).map(|one| format!("  {one}")).collect();
    let more = lost.len().saturating_sub(shown.len());
    let more = if more > 0 { format!("\n  and {more} more") } else { String::new() };
    let message = format!(
        "it would take away what the active region lives by ({}), nothing was changed\n{}{more}\nhint: `xcloud failback` first",
        regions.join(", "),
        shown.join("\n"),
    );
    Err(session.ui.refuse_plainly(Exit::Refused, &message))
}

/// Asks the operator to type the product's name.
///
/// # Errors
/// An exit code, after saying that nothing was changed.
pub(crate) fn agreed(session: &Session, question: &str, product: &str) -> Result<(), Exit> {
    let ui = &session.ui;
    match ui.confirm(question, product) {
        Answer::Yes => Ok(()),
        Answer::No => Err(ui.refuse_plainly(Exit::Refused, "not confirmed: nothing was changed")),
        Answer::NobodyThere => {
            let message = "there is no terminal to ask on: nothing was changed\nhint: --yes goes on without asking";
            Err(ui.refuse_plainly(Exit::Refused, message))
        }
    }
}

/// Takes the lock, executes and records.
async fn recorded(session: &Session, order: &Order<'_>) -> Result<(Header, RunReport), Exit> {
    let run = Uuid::now_v7().to_string();
    let ledger = &order.head.named.ledger;
    let lease = recording::take(session, &order.head, &run, order.verb.clone()).await?;
    if let Err(exit) = recording::still_last(session, &order.head).await {
        recording::give_back(session, &lease).await;
        return Err(exit);
    }
    let key = RunKey { epoch: lease.epoch(), run: run.clone() };
    let this = recording::Run { lease: &lease, desired: order.desired, plan: order.plan };
    let journal = recording::recorder(session, ledger, &key, 0, &this);
    let header = header(session, order, run);
    let report = {
        let progress = Progress::start(&session.ui, Some(order.plan), session.real_time);
        let listener = progress.listener();
        let wired = &session.wired;
        let (clouds, pacer, stop) = (&wired.clouds, &wired.pacer, session.stop.clone());
        let around = Surroundings { clouds, pacer, journal, listener: &listener, stop };
        let options = options(session, order.on_failure);
        execute(&around, header.clone(), &options).await
    };
    recording::give_back(session, &lease).await;
    Ok((header, report))
}

/// How every run is carried out.
pub(crate) fn options(session: &Session, on_failure: OnFailure) -> ExecuteOptions {
    ExecuteOptions {
        deadline_secs: RUN_DEADLINE_SECS,
        on_failure,
        out_of_sight_secs: session.settings.out_of_sight_secs(),
    }
}

fn header(session: &Session, order: &Order<'_>, run: String) -> Header {
    Header {
        run,
        command: order.verb.clone(),
        by: recording::by(&recording::holder(session, order.verb.clone())),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: session.global.config.display().to_string(),
        config_sha256: order.config_sha256.clone(),
        desired: order.desired.clone(),
        options: order.options.clone(),
        plan: Arc::new(order.plan.clone()),
        declared: None,
        reason: order.reason.clone(),
    }
}

fn finish(session: &Session, order: &Order<'_>, report: &RunReport) -> anyhow::Result<Exit> {
    let again = again(session, order);
    tell(session, report, &order.unknown, &again)?;
    Ok(match report.outcome {
        Outcome::Done if report.steps.is_empty() && !order.plan.left_alone.is_empty() => Exit::Refused,
        Outcome::Done if !order.unknown.is_empty() => Exit::Left,
        outcome => outcome.into(),
    })
}

/// Writes the report of a run.
///
/// # Errors
/// If stdout cannot be written.
pub(crate) fn tell(
    session: &Session,
    report: &RunReport,
    unknown: &[(String, String)],
    again: &str,
) -> anyhow::Result<()> {
    let calls: CallCounts = session.wired.pacer.calls();
    match session.ui.format {
        Format::Json => session.ui.json(&json::run(report, &calls))?,
        Format::Text => {
            let view = ReportView {
                report,
                calls: &calls,
                unknown: unknown.to_vec(),
                verbose: session.ui.verbose,
                again: again.to_owned(),
                resume: command(session, &["resume"]),
            };
            session.ui.result(&report::page(&view, session.ui.out_columns()))?;
        }
    }
    Ok(())
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
fn again(session: &Session, order: &Order<'_>) -> String {
    let verb: Vec<&str> = std::iter::once(order.verb.word()).chain(order.object.as_deref()).collect();
    let mut words = command(session, &verb);
    if order.object.is_some() {
        return words;
    }
    for word in part(&order.options.filter) {
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
