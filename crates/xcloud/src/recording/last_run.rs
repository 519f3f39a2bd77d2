//! The ledger as a command finds it: what ran last, and whether that was cut off.

use anyhow::Context as _;
use xcloud_core::journal::Header;
use xcloud_core::model::Desired;
use xcloud_engine::ledger::{Ledger, LedgerError, Outline, RunKey};

use crate::failure::Refusal;
use crate::ledger::{self, Named};
use crate::session::Session;

/// The ledger as a command found it.
pub(crate) struct Head {
    /// The ledger.
    pub(crate) named: Named,
    /// The last run, if there is one.
    pub(crate) last: Option<Outline>,
    /// The last run before the failovers at the end, if it was cut off: they went before it.
    pub(crate) overtaken: Option<Outline>,
}

/// Opens the ledger and looks at the last run.
///
/// # Errors
/// What is wrong with the ledger: nothing was changed.
pub(crate) async fn head(session: &Session, desired: &Desired) -> Result<Head, Refusal> {
    look(session, desired).await.map_err(|error| {
        let hint = "`--ledger URL` names another ledger; plan works without one";
        Refusal::unchanged(format!("{error:#};")).hint(hint)
    })
}

/// Opens the ledger and looks at the last run.
///
/// # Errors
/// What is wrong with the ledger.
pub(crate) async fn look(session: &Session, desired: &Desired) -> anyhow::Result<Head> {
    let named = ledger::open(&session.global, &session.settings, desired).await;
    look_at(named.context("the ledger cannot be opened")?).await
}

/// Looks at the last run of a ledger.
///
/// # Errors
/// What is wrong with the ledger.
pub(crate) async fn look_at(named: Named) -> anyhow::Result<Head> {
    let (last, overtaken) = last_runs(&named.ledger).await?;
    Ok(Head { named, last, overtaken })
}

/// Returns the last run, and the one that the failovers at the end have overtaken, if it was cut off.
async fn last_runs(ledger: &Ledger) -> Result<(Option<Outline>, Option<Outline>), LedgerError> {
    ledger.check().await?;
    let mut runs = ledger.runs().await?;
    let last = newest(ledger, &mut runs).await?;
    let mut before = last.as_ref().is_some_and(|last| last.header.command.switches());
    while before {
        match newest(ledger, &mut runs).await? {
            Some(run) if run.header.command.switches() => {}
            Some(run) if run.end.is_none() => return Ok((last, Some(run))),
            Some(_) | None => before = false,
        }
    }
    Ok((last, None))
}

/// Takes the newest of the runs that did something.
async fn newest(ledger: &Ledger, runs: &mut Vec<RunKey>) -> Result<Option<Outline>, LedgerError> {
    while let Some(key) = runs.pop() {
        let outline = ledger.outline(key).await?;
        if outline.is_some() {
            return Ok(outline);
        }
    }
    Ok(None)
}

impl Head {
    /// Returns the run that was cut off, or is still running.
    pub(crate) fn cut_off(&self) -> Option<&Outline> {
        self.last.as_ref().filter(|last| last.end.is_none()).or(self.overtaken.as_ref())
    }

    /// Refuses a new run while the last one was cut off: what it did is not known until it is resumed.
    pub(crate) fn refuse_if_cut_off(&self) -> Result<(), Refusal> {
        let Some(last) = self.cut_off() else { return Ok(()) };
        let hint = "`xcloud resume` finishes it, `xcloud resume --undo` undoes it, `xcloud show` shows what it did";
        Err(Refusal::unchanged(format!("{};", cut_off(last))).hint(hint))
    }

    /// Warns that the last run was cut off.
    pub(crate) fn warn_if_cut_off(&self, session: &Session) {
        if let Some(last) = self.cut_off() {
            session.ui.warn(&format!("{}: `xcloud resume` finishes or undoes it", cut_off(last)));
        }
    }
}

fn cut_off(last: &Outline) -> String {
    let Header { command, by, .. } = &last.header;
    format!("run {} (`{command}` by {by}) was cut off, or is still running", last.key.epoch)
}

/// Returns true if another run came after the look at the ledger.
pub(crate) async fn moved_on(head: &Head) -> Result<bool, LedgerError> {
    let (now, _) = last_runs(&head.named.ledger).await?;
    Ok(now.map(|last| last.key).as_ref() != head.last.as_ref().map(|last| &last.key))
}

/// Refuses if another run came between the look at the ledger and the lock: the plan is older than the clouds.
pub(crate) async fn still_last(head: &Head) -> Result<(), Refusal> {
    match moved_on(head).await {
        Ok(false) => Ok(()),
        Ok(true) => Err(Refusal::unchanged("another run has changed this product meanwhile,").hint("plan again")),
        Err(error) => Err(Refusal::unchanged(format!("{error};"))),
    }
}
