//! `xcloud resume`: finishes a run that was cut off or left something, or undoes it.

use xcloud_core::journal::{Phase, RunState, Status};
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{Heir, OnFailure, Surroundings, Way, resume};

use super::dispatch::Invocation;
use crate::cli::{Format, ResumeArgs};
use crate::exit::Exit;
use crate::input;
use crate::progress::Progress;
use crate::recording::{self, Head};
use crate::running::{agreed, command, options, tell};
use crate::session::{self, Session, Setup};
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: ResumeArgs) -> anyhow::Result<Exit> {
    let (ui, global, settings) = (&invocation.ui, &invocation.global, &invocation.settings);
    let input = match input::load(ui, &global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| {
        let head = match recording::head(session, &input.desired).await {
            Ok(head) => head,
            Err(exit) => return Ok(exit),
        };
        match go_on(session, &head, args).await? {
            Ok(exit) | Err(exit) => Ok(exit),
        }
    })
}

async fn go_on(session: &Session, head: &Head, args: ResumeArgs) -> anyhow::Result<Result<Exit, Exit>> {
    let Some(last) = &head.last else { return Ok(Ok(nothing(session)?)) };
    let Some((state, _)) = recording::read_run(&head.named.ledger, &last.key).await? else {
        return Ok(Ok(nothing(session)?));
    };
    if !state.can_resume() {
        return Ok(Ok(nothing(session)?));
    }
    if args.undo && state.phase == Phase::Committed {
        let message = format!(
            "run {} is behind its commit point: what it deleted is gone, so it only goes forward\nhint: `{}` finishes it; `xcloud rollback` then plans the way back",
            last.key.epoch,
            command(session, &["resume"])
        );
        return Ok(Err(session.ui.refuse_plainly(Exit::Refused, &message)));
    }
    if !args.yes {
        let question = question(&last.key, &state, args.undo);
        if let Err(exit) = agreed(session, &question, &state.header.desired.product) {
            return Ok(Err(exit));
        }
    }
    locked(session, head, &last.key, args).await
}

/// Under the lock the journal is read again: somebody else may have gone on with it meanwhile.
async fn locked(session: &Session, head: &Head, key: &RunKey, args: ResumeArgs) -> anyhow::Result<Result<Exit, Exit>> {
    let lease = match recording::take(session, head, &key.run, "resume").await {
        Ok(lease) => lease,
        Err(exit) => return Ok(Err(exit)),
    };
    let read = recording::read_run(&head.named.ledger, key).await?;
    let Some((state, next)) = read.filter(|(state, _)| state.can_resume()) else {
        recording::give_back(session, &lease).await;
        return Ok(Ok(nothing(session)?));
    };
    let plan = state.header.plan.clone();
    let journal = recording::recorder(&head.named.ledger, key, next, &lease);
    let report = {
        let progress = Progress::start(&session.ui, Some(&plan), session.real_time);
        let listener = progress.listener();
        let wired = &session.wired;
        let (clouds, pacer, stop) = (&wired.clouds, &wired.pacer, session.stop.clone());
        let around = Surroundings { clouds, pacer, journal, listener: &listener, stop };
        let options = options(session, OnFailure::Unwind);
        let heir = Heir { by: recording::by(&recording::holder(session, "resume")), epoch: lease.epoch() };
        let way = if args.undo { Way::Unwind } else { Way::Finish };
        resume(&around, state, heir, way, &options).await
    };
    recording::give_back(session, &lease).await;
    tell(session, &report, &[], &command(session, &["plan"]))?;
    Ok(Ok(report.outcome.into()))
}

fn question(key: &RunKey, state: &RunState, undo: bool) -> String {
    let count = |wanted: &[Status]| {
        let steps = state.header.plan.steps.iter();
        steps.filter(|step| wanted.contains(&state.status(&step.id))).count()
    };
    let done = count(&[Status::Done]);
    let unsure = count(&[Status::Started, Status::Unknown]);
    let open = count(&[Status::Pending, Status::Failed]);
    let header = &state.header;
    let doubt = if unsure > 0 { format!(", {unsure} with an outcome that is looked up first") } else { String::new() };
    let what = match (undo || state.phase == Phase::Unwinding, done) {
        (true, _) => format!("undo what it did: {done} calls done{doubt}"),
        (false, _) => format!("finish it: {done} calls done{doubt}, {open} to make"),
    };
    format!("Resume run {} (`{}` by {}), {what}.", key.epoch, header.command, header.by)
}

fn nothing(session: &Session) -> anyhow::Result<Exit> {
    match session.ui.format {
        Format::Json => session.ui.json(&serde_json::json!({ "run": null, "outcome": "done", "steps": [] }))?,
        Format::Text => session.ui.result("Nothing to resume: the last run has ended\n")?,
    }
    Ok(Exit::Done)
}
