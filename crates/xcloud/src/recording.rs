//! What a changing command does with the ledger: looks whether a run was cut off, takes the lock, records.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::time::Instant;
use xcloud_core::journal::{Entry, Header, Held, Holder, RunEnd, RunEvent, RunState};
use xcloud_core::model::Desired;
use xcloud_engine::ledger::{
    Lease, LeaseError, LeaseSettings, Ledger, LedgerError, Recorder, RunKey, WallClock, acquire, is_gone,
    suspension_clock, this_process,
};

use crate::exit::Exit;
use crate::ledger::{self, Named};
use crate::session::Session;

/// The ledger as a command found it.
pub(crate) struct Head {
    /// The ledger.
    pub(crate) named: Named,
    /// The last run, if there is one.
    pub(crate) last: Option<LastRun>,
}

/// The last run of a product.
pub(crate) struct LastRun {
    /// Where it stands in the ledger.
    pub(crate) key: RunKey,
    /// What it was to do.
    pub(crate) header: Header,
    /// How it ended; `None`: it was cut off, or is still running.
    pub(crate) end: Option<RunEnd>,
}

/// Opens the ledger and looks at the last run.
///
/// # Errors
/// An exit code, after saying what is wrong with the ledger: nothing was changed.
pub(crate) async fn head(session: &Session, desired: &Desired) -> Result<Head, Exit> {
    let refuse = |text: String| {
        let hint = "hint: `--ledger URL` names another ledger; plan works without one";
        session.ui.refuse_plainly(Exit::Refused, &format!("{text}; nothing was changed\n{hint}"))
    };
    look(session, desired).await.map_err(|error| refuse(format!("{error:#}")))
}

/// Opens the ledger and looks at the last run.
///
/// # Errors
/// What is wrong with the ledger.
pub(crate) async fn look(session: &Session, desired: &Desired) -> anyhow::Result<Head> {
    let named = ledger::open(&session.global, &session.settings, desired).await;
    let named = named.context("the ledger cannot be opened")?;
    let last = last_run(&named.ledger).await?;
    Ok(Head { named, last })
}

async fn last_run(ledger: &Ledger) -> Result<Option<LastRun>, LedgerError> {
    ledger.check().await?;
    // A folder without a beginning is a run that died before its first entry: it did nothing.
    for key in ledger.runs().await?.into_iter().rev() {
        let (first, last): (Vec<Entry>, Vec<Entry>) = ledger.ends(&key).await?;
        let Some(RunEvent::Began(header)) = first.into_iter().next().map(|entry| entry.event) else { continue };
        let end = match last.into_iter().next_back().map(|entry| entry.event) {
            Some(RunEvent::Ended(end)) => Some(end),
            _ => None,
        };
        return Ok(Some(LastRun { key, header: *header, end }));
    }
    Ok(None)
}

impl Head {
    /// Refuses a new run while the last one was cut off: what it did is not known until it is resumed.
    pub(crate) fn refuse_if_cut_off(&self, session: &Session) -> Result<(), Exit> {
        let Some(last) = self.last.as_ref().filter(|last| last.end.is_none()) else { return Ok(()) };
        let message = format!(
            "{}; nothing was changed\nhint: `xcloud resume` finishes it, `xcloud resume --undo` undoes it, `xcloud show` tells what it did",
            cut_off(last)
        );
        Err(session.ui.refuse_plainly(Exit::Refused, &message))
    }

    /// Warns that the last run was cut off.
    pub(crate) fn warn_if_cut_off(&self, session: &Session) {
        if let Some(last) = self.last.as_ref().filter(|last| last.end.is_none()) {
            session.ui.warn(&format!("{}: `xcloud resume` finishes or undoes it", cut_off(last)));
        }
    }
}

fn cut_off(last: &LastRun) -> String {
    let Header { command, by, .. } = &last.header;
    format!("run {} (`{command}` by {by}) was cut off, or is still running", last.key.epoch)
}

/// Returns who works here, for people.
pub(crate) fn by(holder: &Holder) -> String {
    format!("{}@{}", holder.user, holder.host)
}

/// Returns this process as the holder of a lock.
pub(crate) fn holder(session: &Session, command: &str) -> Holder {
    this_process(&session.settings.user(), command, env!("CARGO_PKG_VERSION"))
}

/// Takes the lock of the product for a run.
///
/// # Errors
/// An exit code, after saying who holds it, or that another run was faster.
pub(crate) async fn take(session: &Session, head: &Head, run: &str, command: &str) -> Result<Arc<Lease>, Exit> {
    let ui = &session.ui;
    let waiting = |held: &Held| {
        ui.remark(&format!(
            "{} holds the lock with run {}; waiting until it is heard or its time is up (at most {} s)",
            held.holder, held.epoch, held.length_secs
        ));
    };
    let settings = LeaseSettings::by(if session.real_time { suspension_clock() } else { simulated_clock() });
    let holder = holder(session, command);
    let taken = acquire(&head.named.ledger, &holder, run, &settings, &is_gone, &waiting);
    let taken = tokio::select! {
        taken = taken => taken,
        () = crate::stop::stopped(session.stop.clone()) => {
            return Err(ui.refuse_plainly(Exit::Refused, "interrupted while waiting for the lock: nothing was changed"));
        }
    };
    match taken {
        Ok(lease) => Ok(Arc::new(lease)),
        Err(LeaseError::Held(held)) => {
            let message = format!(
                "{} works on this product with run {}: nothing was changed\nhint: wait for it, or `xcloud lock break` if it is known to be dead",
                held.holder, held.epoch
            );
            Err(ui.refuse_plainly(Exit::Locked, &message))
        }
        Err(LeaseError::Ledger(error)) => {
            Err(ui.refuse_plainly(Exit::Refused, &format!("{error}; nothing was changed")))
        }
    }
}

/// Refuses if another run came between the look at the ledger and the lock: the plan is older than the clouds.
pub(crate) async fn still_last(session: &Session, head: &Head) -> Result<(), Exit> {
    let refuse = |text: String| Err(session.ui.refuse_plainly(Exit::Refused, &text));
    match last_run(&head.named.ledger).await {
        Ok(now) if now.as_ref().map(|last| &last.key) == head.last.as_ref().map(|last| &last.key) => Ok(()),
        Ok(_) => {
            refuse("another run has changed this product meanwhile, nothing was changed\nhint: plan again".to_owned())
        }
        Err(error) => refuse(format!("{error}; nothing was changed")),
    }
}

/// Returns the journal of a run.
pub(crate) fn recorder(ledger: &Ledger, key: &RunKey, next: u64, lease: &Arc<Lease>) -> Arc<Recorder> {
    Arc::new(Recorder::new(ledger.writer(key, next), lease.clone(), wall_clock()))
}

/// Gives the lock back. If that fails it is free as soon as this process is gone.
pub(crate) async fn give_back(session: &Session, lease: &Lease) {
    if let Err(error) = lease.release().await {
        session.ui.warn(&format!("the lock could not be given back, it runs out by itself: {error}"));
    }
}

/// Reads a whole run.
///
/// # Errors
/// If the ledger cannot be read, or its entries contradict each other.
pub(crate) async fn read_run(ledger: &Ledger, key: &RunKey) -> anyhow::Result<Option<(RunState, u64)>> {
    let (entries, next) = ledger.read::<Entry>(key).await?;
    Ok(RunState::after(entries)?.map(|state| (state, next)))
}

fn simulated_clock() -> xcloud_engine::ledger::SteadyClock {
    let start = Instant::now();
    Arc::new(move || start.elapsed())
}

fn wall_clock() -> WallClock {
    Arc::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(now.as_millis()).unwrap_or(u64::MAX)
    })
}
