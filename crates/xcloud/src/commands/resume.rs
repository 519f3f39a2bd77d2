//! `xcloud resume`: finishes a run that was cut off or left something, or undoes it.

use std::collections::BTreeMap;

use clap::Args;
use xcloud_core::counted::counted;
use xcloud_core::failover::{Account, NotHeld, done_ms, epochs_of, may_go_on};
use xcloud_core::journal::{Entry, Outcome, Phase, RunState, Status, Verb};
use xcloud_core::model::Desired;
use xcloud_core::provider::Clouds as _;
use xcloud_engine::ledger::{Outline, RunKey};
use xcloud_engine::{Heir, OnFailure, Way, resume};

use super::replan::{self, Overtaken};
use crate::exit::Exit;
use crate::failure::{Failure, NOTHING_CHANGED, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::notify;
use crate::recording::{self, Head};
use crate::running::{command, execute_options, nothing_to_do, tell};
use crate::session::{self, Session};
use crate::switching::record;
use crate::wiring::Access;

/// What is said if there is no run to go on with.
const NOTHING: &str = "Nothing to resume: the last run has ended";

/// Finish a run that was cut off or is incomplete, or undo it.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct ResumeArgs {
    /// Undo what the run did, instead of finishing it.
    #[arg(long)]
    pub(crate) undo: bool,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl Runnable for ResumeArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let desired = invocation.input()?.desired;
        session::run(invocation, &desired, Access::Write, async |session| last(session, &desired, *self).await)
    }
}

/// Goes on with the last run that can be gone on with.
pub(crate) async fn last(session: &Session, desired: &Desired, args: ResumeArgs) -> Result<Exit, Failure> {
    let head = recording::head(session, desired).await?;
    let under_way = recording::under_way(session, desired, &head).await;
    let resumable = |run: &&Outline| run.end.as_ref().is_none_or(|(_, end)| end.outcome == Outcome::Left);
    let last = head.last.as_ref().filter(resumable).or(head.overtaken.as_ref()).map(|run| run.key.clone());
    // A failover that is under way goes before whatever ran since.
    let Some(key) = under_way.or(last) else { return nothing_to_do(session, NOTHING) };
    let read = recording::read_run(&head.named.ledger, &key).await?;
    let Some((state, _)) = read.filter(|(state, _)| state.can_resume()) else {
        return nothing_to_do(session, NOTHING);
    };
    match overtaken(session, &state).await {
        Ok(()) => {}
        Err(NotHeld::Overtaken(why)) => {
            let ResumeArgs { undo, yes } = args;
            let overtaken = Overtaken { key: &key, state: &state, why: &why, undo, yes };
            return replan::run(session, head, &overtaken).await;
        }
        Err(unreadable) => {
            let refusal = Refusal::unchanged(format!("{unreadable};"));
            return Err(refusal.hint("resume again once Azure answers").into());
        }
    }
    if args.undo && state.phase == Phase::Committed && !state.may_turn_back() {
        let back = if state.header.declared.is_some() { "failback" } else { "rollback" };
        let epoch = key.epoch;
        let message =
            format!("run {epoch} has passed its commit point: its deletions cannot be undone, it can only be finished");
        let forward = command(session, &["resume"]);
        let hint = format!("`{forward}` finishes it; then `xcloud {back}` plans the return");
        return Err(Refusal::new(message).hint(hint).into());
    }
    if !args.yes {
        let question = question(&key, &state, args.undo);
        session.ui.confirm(&question, &state.header.desired.product, NOTHING_CHANGED)?;
    }
    locked(session, &head, &key, &state.header.command, args).await
}

/// Under the lock the journal is read again: somebody else may have gone on with it meanwhile.
async fn locked(session: &Session, head: &Head, key: &RunKey, verb: &Verb, args: ResumeArgs) -> Result<Exit, Failure> {
    // A failover that is resumed yields to nobody, as it did not before.
    let verb = if verb.switches() { verb.clone() } else { Verb::Resume };
    let lease = recording::take(session, head, &key.run, verb).await?;
    let read = recording::read_run(&head.named.ledger, key).await?;
    let Some((state, next)) = read.filter(|(state, _)| state.can_resume()) else {
        recording::give_back(session, &lease).await;
        return nothing_to_do(session, NOTHING);
    };
    let (ledger, header) = (&head.named.ledger, state.header.clone());
    let heir = Heir { by: recording::by(&session.settings), epoch: lease.epoch() };
    let way = if args.undo { Way::Unwind } else { Way::Finish };
    let options = execute_options(session, OnFailure::Unwind);
    let run = recording::Run { session, ledger, key, next, lease: &lease, header: &header };
    let report = run.carried_out(async |around| resume(around, state, heir, way, &options).await).await;
    let entries = ledger.read::<Entry>(key).await.map(|(entries, _)| entries).unwrap_or_default();
    let account = Account::of(&header, &report.reached(), done_ms(&header, &entries), BTreeMap::new());
    if let Some(account) = &account {
        record::keep(session, ledger, key, account, &report).await;
    }
    tell(session, &report, account.as_ref(), &[], &command(session, &["plan"]))?;
    notify::ended(session, &header, &report).await;
    Ok(report.outcome.into())
}

/// Looks whether a failover has begun since the run was planned.
async fn overtaken(session: &Session, state: &RunState) -> Result<(), NotHeld> {
    let header = &state.header;
    match epochs_of(&header.desired, &header.plan, &header.run) {
        Some((place, condition)) => may_go_on(session.wired.clouds.provider(&place).check(&condition).await),
        None => Ok(()),
    }
}

fn question(key: &RunKey, state: &RunState, undo: bool) -> String {
    let count = |wanted: &[Status]| {
        let steps = state.header.plan.steps.iter();
        steps.filter(|step| wanted.contains(&state.status(&step.id))).count()
    };
    let done = counted(count(&[Status::Done]), "call");
    let unsure = count(&[Status::Started, Status::Unknown]);
    let open = count(&[Status::Pending, Status::Failed]);
    let header = &state.header;
    let doubt = if unsure > 0 { format!(", {unsure} with an outcome that is looked up first") } else { String::new() };
    let what = if undo || state.phase == Phase::Unwinding {
        format!("undo what it did: {done} done{doubt}")
    } else {
        format!("finish it: {done} done{doubt}, {open} to make")
    };
    format!("Resume run {} (`{}` by {}), {what}.", key.epoch, header.command, header.by)
}
