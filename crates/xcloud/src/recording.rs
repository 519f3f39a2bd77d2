//! What a changing command does with the ledger: looks whether a run was cut off, takes the lock, records.

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use tokio::time::Instant;
use xcloud_core::active::{self, Known, RecordHome};
use xcloud_core::failover::{epochs_of, may_go_on};
use xcloud_core::journal::{Entry, Header, Held, Holder, RunEnd, RunEvent, RunState, Verb};
use xcloud_core::live::{AzureQuery, Observed, PlaceState, Query};
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_core::provider::Clouds as _;
use xcloud_engine::ledger::{
    Lease, LeaseError, LeaseSettings, Ledger, LedgerError, RecordCheck, Recorder, RunKey, WallClock, acquire, is_gone,
    suspension_clock, this_process,
};

use crate::failure::Refusal;
use crate::ledger::{self, Named};
use crate::session::Session;

/// The ledger as a command found it.
pub(crate) struct Head {
    /// The ledger.
    pub(crate) named: Named,
    /// The last run, if there is one.
    pub(crate) last: Option<LastRun>,
    /// The last run before the failovers at the end, if it was cut off: they went before it.
    pub(crate) overtaken: Option<LastRun>,
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
async fn last_runs(ledger: &Ledger) -> Result<(Option<LastRun>, Option<LastRun>), LedgerError> {
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
async fn newest(ledger: &Ledger, runs: &mut Vec<RunKey>) -> Result<Option<LastRun>, LedgerError> {
    // A folder without a beginning is a run that died before its first entry: it did nothing.
    while let Some(key) = runs.pop() {
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
    /// Returns the run that was cut off, or is still running.
    pub(crate) fn cut_off(&self) -> Option<&LastRun> {
        self.last.as_ref().filter(|last| last.end.is_none()).or(self.overtaken.as_ref())
    }

    /// Refuses a new run while the last one was cut off: what it did is not known until it is resumed.
    pub(crate) fn refuse_if_cut_off(&self) -> Result<(), Refusal> {
        let Some(last) = self.cut_off() else { return Ok(()) };
        let hint = "`xcloud resume` finishes it, `xcloud resume --undo` undoes it, `xcloud show` tells what it did";
        Err(Refusal::unchanged(format!("{};", cut_off(last))).hint(hint))
    }

    /// Warns that the last run was cut off.
    pub(crate) fn warn_if_cut_off(&self, session: &Session) {
        if let Some(last) = self.cut_off() {
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
pub(crate) fn holder(session: &Session, command: Verb) -> Holder {
    this_process(&session.settings.user(), command, env!("CARGO_PKG_VERSION"))
}

/// Takes the lock of the product for a run.
///
/// # Errors
/// Another run holds it.
pub(crate) async fn take(session: &Session, head: &Head, run: &str, command: Verb) -> Result<Arc<Lease>, Refusal> {
    let ui = &session.ui;
    let waiting = |held: &Held| {
        ui.remark(&format!(
            "{} holds the lock with run {}; waiting until it is heard or its time is up (at most {} s)",
            held.holder, held.epoch, held.length_secs
        ));
    };
    let settings = lease_settings(session);
    let holder = holder(session, command);
    let taken = acquire(&head.named.ledger, &holder, run, &settings, &is_gone, &waiting);
    let taken = tokio::select! {
        taken = taken => taken,
        () = crate::stop::stopped(session.stop.clone()) => {
            return Err(Refusal::unchanged("interrupted while waiting for the lock:"));
        }
    };
    match taken {
        Ok(lease) => Ok(Arc::new(lease)),
        Err(LeaseError::Held(held)) => {
            let message = format!("{} works on this product with run {}:", held.holder, held.epoch);
            let hint = "wait for it, or `xcloud lock break` if it is known to be dead";
            Err(Refusal::unchanged(message).locked().hint(hint))
        }
        Err(LeaseError::Ledger(error)) => Err(Refusal::unchanged(format!("{error};"))),
    }
}

/// Returns true if another run came after the look at the ledger.
pub(crate) async fn moved_on(head: &Head) -> bool {
    let now = last_runs(&head.named.ledger).await.map(|(now, _)| now.map(|last| last.key));
    now.is_ok_and(|now| now.as_ref() != head.last.as_ref().map(|last| &last.key))
}

/// Refuses if another run came between the look at the ledger and the lock: the plan is older than the clouds.
pub(crate) async fn still_last(head: &Head) -> Result<(), Refusal> {
    match last_runs(&head.named.ledger).await {
        Ok((now, _)) if now.as_ref().map(|last| &last.key) == head.last.as_ref().map(|last| &last.key) => Ok(()),
        Ok(_) => Err(Refusal::unchanged("another run has changed this product meanwhile,").hint("plan again")),
        Err(error) => Err(Refusal::unchanged(format!("{error};"))),
    }
}

/// Returns the journal of a run from its object `next` on. Before its calls the run also looks whether a failover has
/// begun since its plan was made, where it is about environments with a record.
pub(crate) fn recorder(session: &Session, ledger: &Ledger, key: &RunKey, next: u64, run: &Run<'_>) -> Arc<Recorder> {
    let recorder = Recorder::new(ledger.writer(key, next), run.lease.clone(), wall_clock());
    Arc::new(match epochs_of(run.desired, run.plan, &key.run) {
        Some((place, condition)) => {
            // The adapter asks the pacer, which asks this journal: whoever holds the adapters keeps them alive.
            let provider = Arc::downgrade(&session.wired.clouds.provider(&place));
            let check: RecordCheck = Arc::new(move || {
                let (provider, condition) = (provider.upgrade(), condition.clone());
                Box::pin(async move {
                    match provider {
                        Some(provider) => {
                            may_go_on(provider.check(&condition).await).map_err(|not_held| not_held.to_string())
                        }
                        None => Err("the run has ended".to_owned()),
                    }
                })
            });
            recorder.checking(check, lease_settings(session))
        }
        None => recorder,
    })
}

/// A run as its journal sees it.
pub(crate) struct Run<'a> {
    /// Its lease.
    pub(crate) lease: &'a Arc<Lease>,
    /// What was desired.
    pub(crate) desired: &'a Desired,
    /// What it carries out.
    pub(crate) plan: &'a Plan,
}

/// Returns the failover that a live record says is under way, if the ledger holds its run.
pub(crate) async fn under_way(session: &Session, desired: &Desired, head: &Head) -> Option<RunKey> {
    let RecordHome { place, zone } = desired.record_home()?;
    let query = match zone {
        Some(zone) => {
            let (product, zones) = (desired.product.clone(), [zone].into());
            Query::Azure(AzureQuery { product, zones, ..AzureQuery::default() })
        }
        None => Query::Ledger,
    };
    let answer = session.wired.clouds.provider(&place).observe(&query).await.ok()?;
    let state = PlaceState { place: place.clone(), query, answer };
    let observed = Observed { places: [(place.key(), state)].into() };
    let mut standings = active::read(desired, &observed, &Known::default()).into_values().flatten();
    let run = standings.find(|standing| standing.record.to.is_some())?.record.run;
    head.named.ledger.runs().await.ok()?.into_iter().find(|key| key.run == run)
}

/// Returns the options of a plan with what the ledger knows of active-region records. A ledger that cannot be read
/// knows nothing.
pub(crate) async fn knowing(desired: &Desired, head: Option<&Head>, options: PlanOptions) -> PlanOptions {
    let has_records = desired.environments.keys().any(|env| desired.dr_of(env).is_some());
    let Some(head) = head.filter(|_| has_records) else { return options };
    match head.named.ledger.known_records().await {
        Ok(known) => PlanOptions { known, ..options },
        Err(error) => {
            tracing::warn!(%error, "what the ledger knows of failovers cannot be read");
            options
        }
    }
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

pub(crate) fn lease_settings(session: &Session) -> LeaseSettings {
    LeaseSettings::by(if session.real_time { suspension_clock() } else { simulated_clock() })
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
