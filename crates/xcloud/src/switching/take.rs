//! The ledger and the lock of a run that goes before others.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::timeout;
use xcloud_core::journal::{Held, Holder, Verb};
use xcloud_core::model::Desired;
use xcloud_engine::ledger::{Lease, LeaseError, Precedence, overrule};

use crate::failure::{Failure, Refusal};
use crate::ledger;
use crate::recording::{self, Head};
use crate::session::Session;

/// How long the ledger is waited for, in seconds.
const LEDGER_SECS: u64 = 10;

/// How long a holder may stay silent before it is overruled, in seconds.
const SILENT_SECS: u64 = 15;

/// Opens the ledger; one that cannot be reached is replaced by the local disk, with a warning, unless it holds the
/// record: else nothing depends on it but what is written down.
///
/// # Errors
/// If it holds the record, or if not even the local disk can be used.
pub(crate) async fn ledger(session: &Session, desired: &Desired) -> Result<Head, Failure> {
    let found = match timeout(Duration::from_secs(LEDGER_SECS), recording::look(session, desired)).await {
        Ok(Ok(head)) => return Ok(head),
        Ok(Err(error)) => format!("{error:#}"),
        Err(_) => format!("no answer within {LEDGER_SECS} s"),
    };
    if desired.record_home().is_some_and(|home| home.zone.is_none()) {
        let message = format!("the ledger cannot be reached ({found}), and it holds the active-region record:");
        return Err(Refusal::unchanged(message).into());
    }
    let refuse = |error: anyhow::Error| Refusal::unchanged(format!("{error:#};"));
    let local = ledger::open_local(&session.global, desired).map_err(refuse)?;
    session.ui.warn(&format!(
        "the ledger cannot be reached ({found}); this run is recorded on this machine, in {url}: `resume`, `settle` and `close` of it need `--ledger {url}`",
        url = local.url
    ));
    Ok(recording::look_at(local).await.map_err(refuse)?)
}

/// Takes the lock before others: asks who holds it to stop, and overrules who does not answer. Answers also whether
/// somebody was asked.
///
/// # Errors
/// Another failover holds it, or the ledger says nothing.
pub(crate) async fn lock(session: &Session, head: &Head, run: &str, verb: Verb) -> Result<(Arc<Lease>, bool), Failure> {
    let ui = &session.ui;
    let holder = recording::holder(&session.settings, verb);
    let yields = |held: &Holder| !held.command.switches();
    let waiting = |held: &Held| {
        ui.remark(&format!(
            "{} holds the lock with run {} and is asked to stop before its next call (at most {SILENT_SECS} s)",
            held.holder, held.epoch
        ));
    };
    let settings = recording::lease_settings(session);
    let precedence = Precedence { patience: Duration::from_secs(SILENT_SECS), yields: &yields };
    match overrule(&head.named.ledger, &holder, run, &settings, precedence, &waiting).await {
        Ok((lease, asked)) => Ok((Arc::new(lease), asked.is_some())),
        Err(LeaseError::Held(held)) => {
            let message = format!("{} already holds the lock with run {}:", held.holder, held.epoch);
            Err(Refusal::unchanged(message).locked().into())
        }
        Err(LeaseError::Ledger(error)) => Err(Refusal::unchanged(format!("{error};")).into()),
    }
}
