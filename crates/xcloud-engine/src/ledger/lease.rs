//! The lease on a product: taken, kept alive, looked at before every call, given back.

use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt as _;
use object_store::ObjectStoreExt as _;
use object_store::path::Path;
use serde::Serialize;
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};
use xcloud_core::journal::{Held, Holder, LeaseEntry, LeaseState};

use super::identity;
use super::objects::{self, Put};
use super::store::VERSION;
use super::{Ledger, LedgerError, SteadyClock};

/// Entries of the lease log are kept for so long.
const KEPT_SECS: i64 = 24 * 3600;

/// How a lease is kept.
#[derive(Clone)]
pub struct LeaseSettings {
    /// Without a heartbeat for so long, a waiter may take it over.
    pub length: Duration,
    /// The holder is heard so often.
    pub beat: Duration,
    /// A reading of the lease log is good for so long.
    pub fresh: Duration,
    /// By which a reading ages.
    pub clock: SteadyClock,
}

impl LeaseSettings {
    /// Returns the lengths of the contract (a reading is good for 5 s), by this clock.
    #[must_use]
    pub fn by(clock: SteadyClock) -> Self {
        let (length, beat, fresh) = (Duration::from_secs(60), Duration::from_secs(15), Duration::from_secs(5));
        Self { length, beat, fresh, clock }
    }
}

/// Why a lease was not taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeaseError {
    /// Another run holds it and is alive.
    #[error("{} holds the lock with run {}", .0.holder, .0.run)]
    Held(Box<Held>),
    /// The ledger says nothing.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

/// Why a run must not go on.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LeaseLost {
    /// Another run has taken it over.
    #[error("the lock was taken over by {} with run {}", .0.holder, .0.run)]
    TakenOver(Box<Held>),
    /// A person broke it, or it was released.
    #[error("the lock was broken by {0}: {1}")]
    Broken(String, String),
    /// A failover goes first.
    #[error("{0} takes precedence with the failover {1}")]
    Preempted(String, String),
    /// Whether it holds cannot be read.
    #[error("the lock cannot be read: {0}")]
    Unreadable(LedgerError),
}

/// The lease log as far as it was read.
struct Log {
    ledger: Ledger,
    state: LeaseState,
    /// The last object that was read.
    last: Option<(Path, u64)>,
    /// When it was read, by the steady clock.
    read_at: Duration,
    clock: SteadyClock,
}

#[derive(Serialize)]
struct Object<'a> {
    version: u64,
    writer: &'a str,
    entries: [&'a LeaseEntry; 1],
}

impl Log {
    async fn open(ledger: &Ledger, clock: SteadyClock) -> Result<Self, LedgerError> {
        let ledger = ledger.clone();
        let mut log = Self { ledger, state: LeaseState::default(), last: None, read_at: Duration::ZERO, clock };
        log.begin().await?;
        Ok(log)
    }

    /// Reads the log from the last holder on: what was before says nothing any more.
    async fn begin(&mut self) -> Result<(), LedgerError> {
        let began = (self.clock)();
        let mut newest_first: Vec<LeaseEntry> = Vec::new();
        let mut paths = self.ledger.list(&self.ledger.path(&["lease"]), None).await?;
        paths.retain(|path| number(path).is_some());
        for path in paths.iter().rev() {
            match self.ledger.batch::<LeaseEntry>(path).await {
                Ok(entries) => newest_first.extend(entries.into_iter().rev()),
                // Old entries are cleared away while we read.
                Err(LedgerError::Gone { .. }) => {}
                Err(error) => return Err(error),
            }
            if newest_first.iter().any(|entry| matches!(entry, LeaseEntry::Acquired { .. })) {
                break;
            }
        }
        newest_first.iter().rev().for_each(|entry| self.state.apply(entry));
        self.last = paths.pop().and_then(|path| number(&path).map(|at| (path, at)));
        self.read_at = began;
        Ok(())
    }

    /// Reads what was written since the last look.
    async fn catch_up(&mut self) -> Result<(), LedgerError> {
        let began = (self.clock)();
        let prefix = self.ledger.path(&["lease"]);
        let last = self.last.as_ref().map(|(path, _)| path.clone());
        for path in self.ledger.list(&prefix, last.as_ref()).await? {
            let Some(at) = number(&path) else { continue };
            match self.ledger.batch::<LeaseEntry>(&path).await {
                Ok(entries) => entries.iter().for_each(|entry| self.state.apply(entry)),
                // Old entries are cleared away while we read: what counts stands in later ones.
                Err(LedgerError::Gone { .. }) => {}
                Err(error) => return Err(error),
            }
            self.last = Some((path, at));
        }
        self.read_at = began;
        Ok(())
    }

    /// Writes after what was read; `false`: somebody else wrote there first.
    async fn append(&mut self, entry: &LeaseEntry) -> Result<bool, LedgerError> {
        let at = self.last.as_ref().map_or(1, |(_, last)| last + 1);
        let path = self.ledger.path(&["lease", &format!("{at:012}.json")]);
        let writer = uuid::Uuid::new_v4().simple().to_string();
        let bytes = objects::json(&path, &Object { version: VERSION, writer: &writer, entries: [entry] })?;
        match objects::put_new(&*self.ledger.store, &path, bytes).await? {
            Put::Written => {
                self.state.apply(entry);
                self.last = Some((path, at));
                // Later entries were written while this process slept.
                self.catch_up().await?;
                Ok(true)
            }
            Put::Taken => Ok(false),
        }
    }

    /// Deletes what stands before this run's own entry and is a day older by the store's own clock, so that listings
    /// stay short. Younger entries stay: a process that was paused in the middle of a write must find its place taken.
    async fn clear_before(&self, own: u64) {
        let prefix = self.ledger.path(&["lease"]);
        let listed: Result<Vec<_>, _> = self.ledger.store.list(Some(&prefix)).try_collect().await;
        let Ok(listed) = listed else { return };
        let Some(newest) = listed.iter().map(|meta| meta.last_modified).max() else { return };
        let is_old = |meta: &&object_store::ObjectMeta| {
            let before = number(&meta.location).is_some_and(|at| at < own);
            before && (newest - meta.last_modified).num_seconds() > KEPT_SECS
        };
        for meta in listed.iter().filter(is_old) {
            if let Err(error) = self.ledger.store.delete(&meta.location).await {
                tracing::debug!(path = %meta.location, %error, "an old entry of the lease log stays");
            }
        }
    }
}

fn number(path: &Path) -> Option<u64> {
    path.filename()?.strip_suffix(".json")?.parse().ok()
}

/// Returns how the lease stands.
///
/// # Errors
/// If the ledger cannot be read.
pub async fn read_lease(ledger: &Ledger) -> Result<LeaseState, LedgerError> {
    Ok(Log::open(ledger, Arc::new(|| Duration::ZERO)).await?.state)
}

/// Ends the lease of whoever holds it; answers who did, if somebody did.
///
/// # Errors
/// If the ledger cannot be read or written.
pub async fn break_lease(ledger: &Ledger, by: &str, reason: &str) -> Result<Option<Held>, LedgerError> {
    let (by, reason) = (by.to_owned(), reason.to_owned());
    tell_holder(ledger, |epoch| LeaseEntry::Broken { epoch, by: by.clone(), reason: reason.clone() }).await
}

/// Asks whoever holds the lease to stop before its next call, without unwinding; answers who does, if somebody does.
///
/// # Errors
/// If the ledger cannot be read or written.
pub async fn preempt(ledger: &Ledger, by: &str, run: &str) -> Result<Option<Held>, LedgerError> {
    let (by, run) = (by.to_owned(), run.to_owned());
    tell_holder(ledger, |epoch| LeaseEntry::Preempt { epoch, by: by.clone(), run: run.clone() }).await
}

async fn tell_holder(ledger: &Ledger, entry: impl Fn(u64) -> LeaseEntry) -> Result<Option<Held>, LedgerError> {
    let mut log = Log::open(ledger, Arc::new(|| Duration::ZERO)).await?;
    loop {
        let Some(held) = log.state.held.clone() else { return Ok(None) };
        if log.append(&entry(held.epoch)).await? {
            return Ok(Some(held));
        }
        log.catch_up().await?;
    }
}

/// Takes the lease, waiting for a holder that may be dead; tells `on_wait` whom it waits for.
///
/// A holder whose process on this host is gone is passed over at once. Any other is watched by this process's own clock:
/// if it is heard, the lease is held; if it is not for the whole length of its lease, it is taken over.
///
/// # Errors
/// [`LeaseError::Held`], or what is wrong with the ledger.
pub async fn acquire(
    ledger: &Ledger,
    holder: &Holder,
    run: &str,
    settings: &LeaseSettings,
    is_gone: &(dyn Fn(&Holder) -> bool + Send + Sync),
    on_wait: &(dyn Fn(&Held) + Send + Sync),
) -> Result<Lease, LeaseError> {
    ledger.claim().await?;
    let mut log = Log::open(ledger, settings.clock.clone()).await?;
    loop {
        if let Some(held) = log.state.held.clone().filter(|held| !is_gone(&held.holder)) {
            on_wait(&held);
            // A holder that is alive is noticed soon after its next heartbeat.
            watch_silence(&mut log, &held, settings.beat / 15).await?;
        }
        let entry = LeaseEntry::Acquired {
            epoch: log.state.epoch + 1,
            run: run.to_owned(),
            holder: holder.clone(),
            length_secs: settings.length.as_secs(),
        };
        let epoch = log.state.epoch + 1;
        if log.append(&entry).await? && standing(&log.state, epoch).is_ok() {
            return Ok(Lease::kept(log, settings).await);
        }
        log.catch_up().await?;
    }
}

/// How a run goes before others.
pub struct Precedence<'a> {
    /// How long a holder that was asked to stop is waited for.
    pub patience: Duration,
    /// Whether a holder makes room; one that goes before others itself does not.
    pub yields: &'a (dyn Fn(&Holder) -> bool + Send + Sync),
}

/// Takes the lease for a run that goes before others: asks the holder to stop before its next call, waits for that so
/// long, and takes the lease over from one that stays silent. Answers also whom it asked.
///
/// # Errors
/// [`LeaseError::Held`] by a run that does not yield, or what is wrong with the ledger.
pub async fn overrule(
    ledger: &Ledger,
    holder: &Holder,
    run: &str,
    settings: &LeaseSettings,
    Precedence { patience, yields }: Precedence<'_>,
    on_wait: &(dyn Fn(&Held) + Send + Sync),
) -> Result<(Lease, Option<Held>), LeaseError> {
    ledger.claim().await?;
    let mut log = Log::open(ledger, settings.clock.clone()).await?;
    let mut asked: Option<(Held, Instant)> = None;
    loop {
        if let Some(held) = log.state.held.clone().filter(|held| !identity::is_gone(&held.holder)) {
            if !yields(&held.holder) {
                // It goes first, unless it is dead: then it is not heard for its whole length.
                watch_silence(&mut log, &held, settings.beat / 15).await?;
                asked = None;
                if log.state.held.as_ref().is_none_or(|now| now.epoch != held.epoch) {
                    continue;
                }
            } else {
                let since = asked.as_ref().filter(|(whom, _)| whom.epoch == held.epoch).map(|(_, since)| *since);
                match since {
                    None => {
                        let by = format!("{}@{}", holder.user, holder.host);
                        let entry = LeaseEntry::Preempt { epoch: held.epoch, by, run: run.to_owned() };
                        if log.append(&entry).await? {
                            on_wait(&held);
                            asked = Some((held, Instant::now()));
                        } else {
                            log.catch_up().await?;
                        }
                        continue;
                    }
                    Some(since) if since.elapsed() < patience => {
                        sleep(Duration::from_millis(500).min(patience - since.elapsed())).await;
                        log.catch_up().await?;
                        continue;
                    }
                    Some(_) => {}
                }
            }
        }
        let epoch = log.state.epoch + 1;
        let length_secs = settings.length.as_secs();
        let entry = LeaseEntry::Acquired { epoch, run: run.to_owned(), holder: holder.clone(), length_secs };
        if log.append(&entry).await? && standing(&log.state, epoch).is_ok() {
            return Ok((Lease::kept(log, settings).await, asked.map(|(held, _)| held)));
        }
        log.catch_up().await?;
    }
}

/// Waits until the holder has ended or was silent for its whole length.
async fn watch_silence(log: &mut Log, held: &Held, pause: Duration) -> Result<(), LeaseError> {
    let until = Instant::now() + Duration::from_secs(held.length_secs);
    loop {
        log.catch_up().await?;
        match &log.state.held {
            None => return Ok(()),
            Some(now) if now.epoch != held.epoch || now.beats != held.beats => {
                return Err(LeaseError::Held(Box::new(now.clone())));
            }
            Some(_) if Instant::now() >= until => return Ok(()),
            Some(_) => sleep(pause.min(until - Instant::now())).await,
        }
    }
}

/// A lease that this process holds; heard from in a task of its own until it is released or dropped.
pub struct Lease {
    epoch: u64,
    log: Arc<Mutex<Log>>,
    fresh: Duration,
    beats: JoinHandle<()>,
}

impl Lease {
    async fn kept(log: Log, settings: &LeaseSettings) -> Self {
        let epoch = log.state.epoch;
        if let Some((_, own)) = &log.last {
            log.clear_before(*own).await;
        }
        let log = Arc::new(Mutex::new(log));
        let beats = tokio::spawn(beat(log.clone(), epoch, settings.beat));
        Self { epoch, log, fresh: settings.fresh, beats }
    }

    /// Returns the number of this holder; a later one has a higher number.
    #[must_use]
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Looks whether the lease still holds. A reading that is not older than the contract allows is enough.
    ///
    /// # Errors
    /// [`LeaseLost`], and why.
    pub async fn check(&self) -> Result<(), LeaseLost> {
        let mut log = self.log.lock().await;
        if (log.clock)().saturating_sub(log.read_at) >= self.fresh {
            log.catch_up().await.map_err(LeaseLost::Unreadable)?;
        }
        standing(&log.state, self.epoch)
    }

    /// Is heard no more, as a process that is paused; for tests.
    pub fn stop_beating(&self) {
        self.beats.abort();
    }

    /// Gives the lease back. If that cannot be written it runs out by itself.
    ///
    /// # Errors
    /// What is wrong with the ledger.
    pub async fn release(&self) -> Result<(), LedgerError> {
        self.beats.abort();
        let mut log = self.log.lock().await;
        loop {
            // Also one that was asked to stop is given back: who asked waits for that.
            let ours = log.state.held.as_ref().is_some_and(|held| held.epoch == self.epoch);
            if !ours || log.append(&LeaseEntry::Released { epoch: self.epoch }).await? {
                return Ok(());
            }
            log.catch_up().await?;
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.beats.abort();
    }
}

fn standing(state: &LeaseState, epoch: u64) -> Result<(), LeaseLost> {
    match (&state.held, &state.broken) {
        (Some(held), _) if held.epoch != epoch => Err(LeaseLost::TakenOver(Box::new(held.clone()))),
        (Some(Held { preempted: Some((by, run)), .. }), _) => Err(LeaseLost::Preempted(by.clone(), run.clone())),
        (Some(_), _) => Ok(()),
        (None, Some((by, reason))) => Err(LeaseLost::Broken(by.clone(), reason.clone())),
        (None, None) => Err(LeaseLost::Broken("its holder".to_owned(), "it was released".to_owned())),
    }
}

/// Is heard every so often, until the lease is lost. A ledger that does not answer is tried again with the next beat.
async fn beat(log: Arc<Mutex<Log>>, epoch: u64, every: Duration) {
    loop {
        sleep(every).await;
        let mut log = log.lock().await;
        match log.append(&LeaseEntry::Beat { epoch }).await {
            Ok(true) => continue,
            Ok(false) => {
                if let Err(error) = log.catch_up().await {
                    tracing::warn!(%error, "the lease log cannot be read");
                }
            }
            Err(error) => tracing::warn!(%error, "the lease's heartbeat cannot be written"),
        }
        if standing(&log.state, epoch).is_err() {
            return;
        }
    }
}
