//! Carries out a plan after the operator agreed, and tells how it ended.

use uuid::Uuid;
use xcloud_core::journal::Header;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_engine::{CallCounts, ExecuteOptions, OnFailure, Outcome, RunReport, Surroundings, execute};

use crate::cli::Format;
use crate::exit::Exit;
use crate::progress::Progress;
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
    /// Places of that part that did not answer, with the reason.
    pub(crate) unknown: Vec<(String, String)>,
    /// The plan was reviewed already: only its summary is shown again.
    pub(crate) reviewed: bool,
    /// Nobody is asked.
    pub(crate) yes: bool,
    /// What the operator typed: `apply`, `destroy`.
    pub(crate) verb: &'static str,
}

/// Shows the plan, asks, carries it out and reports.
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
        let report = nothing_done();
        return finish(session, order, &report);
    }
    if !order.yes {
        let question = format!("{} {}: {}.", order.verb, plan.product, one_line(plan));
        match ui.confirm(&question, &plan.product) {
            Answer::Yes => {}
            Answer::No => return Ok(ui.refuse_plainly(Exit::Refused, "not confirmed: nothing was changed")),
            Answer::NobodyThere => {
                let message = "there is no terminal to ask on: nothing was changed\nhint: --yes goes on without asking";
                return Ok(ui.refuse_plainly(Exit::Refused, message));
            }
        }
    }
    let report = {
        let progress = Progress::start(ui, Some(plan), session.real_time);
        let options = ExecuteOptions { deadline_secs: RUN_DEADLINE_SECS, on_failure: OnFailure::Unwind };
        let wired = &session.wired;
        let listener = progress.listener();
        let around = Surroundings {
            clouds: &wired.clouds,
            pacer: &wired.pacer,
            journal: std::sync::Arc::new(crate::testbed::Notebook::default()),
            listener: &listener,
            stop: session.stop.clone(),
        };
        execute(&around, header(session, order), &options).await
    };
    finish(session, order, &report)
}

fn finish(session: &Session, order: &Order<'_>, report: &RunReport) -> anyhow::Result<Exit> {
    let calls: CallCounts = session.wired.pacer.calls();
    match session.ui.format {
        Format::Json => session.ui.json(&json::run(report, &calls))?,
        Format::Text => {
            let unknown = order.unknown.clone();
            let view = ReportView {
                report,
                calls: &calls,
                unknown,
                verbose: session.ui.verbose,
                again: again(session, order),
            };
            session.ui.result(&report::page(&view, session.ui.out_columns()))?;
        }
    }
    Ok(match report.outcome {
        Outcome::Done if !order.unknown.is_empty() => Exit::Left,
        outcome => outcome.into(),
    })
}

fn header(session: &Session, order: &Order<'_>) -> Header {
    Header {
        run: Uuid::now_v7().to_string(),
        command: order.verb.to_owned(),
        by: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        config: session.global.config.display().to_string(),
        config_sha256: order.config_sha256.clone(),
        desired: order.desired.clone(),
        options: order.options.clone(),
        plan: std::sync::Arc::new(order.plan.clone()),
    }
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

/// The command that goes on where this one stopped, with the same part of the estate.
fn again(session: &Session, order: &Order<'_>) -> String {
    let mut words = vec!["xcloud".to_owned(), order.verb.to_owned()];
    words.extend(["-c".to_owned(), session.global.config.display().to_string()]);
    if session.global.sandbox {
        words.push("--sandbox".to_owned());
    }
    words.extend(part(&order.options.filter));
    words.join(" ")
}
