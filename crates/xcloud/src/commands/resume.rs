//! `xcloud resume`: finishes a run that was cut off or left something, or undoes it.

use xcloud_core::journal::{Entry, Outcome, Phase, RunState, Status, Verb};
use xcloud_core::model::Desired;
use xcloud_core::provider::Clouds as _;
use xcloud_engine::ledger::RunKey;
use xcloud_engine::{Heir, OnFailure, Surroundings, Way, resume};

use super::dispatch::Invocation;
use super::replan;
use crate::cli::{Format, ResumeArgs};
use crate::exit::Exit;
use crate::input;
use crate::notify;
use crate::progress::Progress;
use crate::recording::{self, Head, LastRun, NotHeld};
use crate::render::json;
use crate::running::{agreed, command, options, tell};
use crate::session::{self, Session, Setup};
use crate::switching::record::Account;
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: ResumeArgs) -> anyhow::Result<Exit> {
    let (ui, global, settings) = (&invocation.ui, &invocation.global, &invocation.settings);
    let input = match input::load(ui, &global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| last(session, &input.desired, args).await)
}

/// Goes on with the last run that can be gone on with.
pub(crate) async fn last(session: &Session, desired: &Desired, args: ResumeArgs) -> anyhow::Result<Exit> {
    let head = match recording::head(session, desired).await {
        Ok(head) => head,
        Err(exit) => return Ok(exit),
    };
    let under_way = recording::under_way(session, desired, &head).await;
    match go_on(session, &head, under_way, args).await? {
        Ok(exit) | Err(exit) => Ok(exit),
    }
}

async fn go_on(
    session: &Session,
    head: &Head,
    under_way: Option<RunKey>,
    args: ResumeArgs,
) -> anyhow::Result<Result<Exit, Exit>> {
    let resumable = |run: &&LastRun| run.end.as_ref().is_none_or(|end| end.outcome == Outcome::Left);
    let last = head.last.as_ref().filter(resumable).or(head.overtaken.as_ref()).map(|run| run.key.clone());
    // A failover that is under way goes before whatever ran since.
    let Some(key) = under_way.or(last) else { return Ok(Ok(nothing(session)?)) };
    let Some((state, _)) = recording::read_run(&head.named.ledger, &key).await? else {
        return Ok(Ok(nothing(session)?));
    };
    if !state.can_resume() {
        return Ok(Ok(nothing(session)?));
    }
    match overtaken(session, &state).await {
        Ok(()) => {}
        Err(NotHeld::Overtaken(why)) => return replan::run(session, head, &key, &state, args, &why).await,
        Err(unreadable) => {
            let message = format!("{unreadable}; nothing was changed\nhint: resume again once Azure answers");
            return Ok(Err(session.ui.refuse_plainly(Exit::Refused, &message)));
        }
    }
    if args.undo && state.phase == Phase::Committed && !state.may_turn_back() {
        let back = if state.header.declared.is_some() { "failback" } else { "rollback" };
        let message = format!(
            "run {} is behind its commit point: what it deleted is gone, so it only goes forward\nhint: `{}` finishes it; `xcloud {back}` then plans the way back",
            key.epoch,
            command(session, &["resume"])
        );
        return Ok(Err(session.ui.refuse_plainly(Exit::Refused, &message)));
    }
    if !args.yes {
        let question = question(&key, &state, args.undo);
        if let Err(exit) = agreed(session, &question, &state.header.desired.product) {
            return Ok(Err(exit));
        }
    }
    locked(session, head, &key, &state.header.command, args).await
}

/// Under the lock the journal is read again: somebody else may have gone on with it meanwhile.
async fn locked(
    session: &Session,
    head: &Head,
    key: &RunKey,
    verb: &Verb,
    args: ResumeArgs,
) -> anyhow::Result<Result<Exit, Exit>> {
    // A failover that is resumed yields to nobody, as it did not before.
    let verb = if verb.switches() { verb.clone() } else { Verb::Resume };
    let lease = match recording::take(session, head, &key.run, verb).await {
        Ok(lease) => lease,
        Err(exit) => return Ok(Err(exit)),
    };
    let read = recording::read_run(&head.named.ledger, key).await?;
    let Some((state, next)) = read.filter(|(state, _)| state.can_resume()) else {
        recording::give_back(session, &lease).await;
        return Ok(Ok(nothing(session)?));
    };
    let plan = state.header.plan.clone();
    let header = state.header.clone();
    let this = recording::Run { lease: &lease, desired: &header.desired, plan: &plan };
    let journal = recording::recorder(session, &head.named.ledger, key, next, &this);
    let report = {
        let progress = Progress::start(&session.ui, Some(&plan), session.real_time);
        let listener = progress.listener();
        let wired = &session.wired;
        let (clouds, pacer, stop) = (&wired.clouds, &wired.pacer, session.stop.clone());
        let around = Surroundings { clouds, pacer, journal, listener: &listener, stop };
        let options = options(session, OnFailure::Unwind);
        let heir = Heir { by: recording::by(&recording::holder(session, Verb::Resume)), epoch: lease.epoch() };
        let way = if args.undo { Way::Unwind } else { Way::Finish };
        resume(&around, state, heir, way, &options).await
    };
    recording::give_back(session, &lease).await;
    let entries = head.named.ledger.read::<Entry>(key).await.map(|(entries, _)| entries).unwrap_or_default();
    let account = Account::resumed(&header, &entries, &report);
    if let Some(account) = &account
        && let Err(error) = account.keep(&head.named.ledger, key, &report).await
    {
        session.ui.warn(&format!("the report could not be kept beside the journal: {error:#}"));
    }
    match (&account, session.ui.format) {
        (Some(account), Format::Json) => {
            let mut value = json::run(&report, &session.wired.pacer.calls());
            value["failover"] = account.value(&report);
            session.ui.json(&value)?;
        }
        (Some(account), Format::Text) => {
            tell(session, &report, &[], &command(session, &["plan"]))?;
            session.ui.result(&crate::render::failover::account(account, session.ui.out_columns()))?;
        }
        (None, _) => tell(session, &report, &[], &command(session, &["plan"]))?,
    }
    notify::ended(session, &header, &report).await;
    Ok(Ok(report.outcome.into()))
}

/// Looks whether a failover has begun since the run was planned.
async fn overtaken(session: &Session, state: &RunState) -> Result<(), NotHeld> {
    let header = &state.header;
    match recording::epochs_hold(&header.desired, &header.plan, &header.run) {
        Some((place, condition)) => recording::holds(&*session.wired.clouds.provider(&place), &condition).await,
        None => Ok(()),
    }
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
