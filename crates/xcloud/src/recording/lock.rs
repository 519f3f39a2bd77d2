//! The lock of a product, taken for a run.

use std::sync::Arc;

use tokio::time::Instant;
use xcloud_core::journal::{Held, Holder, Verb};
use xcloud_engine::ledger::{
    Lease, LeaseError, LeaseSettings, SteadyClock, acquire, is_gone, suspension_clock, this_process,
};

use super::last_run::Head;
use crate::failure::Refusal;
use crate::session::Session;
use crate::settings::Settings;
use crate::stop::stopped;

/// Returns who works here, for people.
pub(crate) fn by(settings: &Settings) -> String {
    let Holder { user, host, .. } = holder(settings, Verb::Resume);
    format!("{user}@{host}")
}

/// Returns this process as the holder of a lock.
pub(crate) fn holder(settings: &Settings, command: Verb) -> Holder {
    this_process(&settings.user(), command, env!("CARGO_PKG_VERSION"))
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
    let holder = holder(&session.settings, command);
    let taken = acquire(&head.named.ledger, &holder, run, &settings, &is_gone, &waiting);
    let taken = tokio::select! {
        taken = taken => taken,
        () = stopped(session.stop.clone()) => {
            return Err(Refusal::unchanged("interrupted while waiting for the lock:"));
        }
    };
    match taken {
        Ok(lease) => Ok(Arc::new(lease)),
        Err(LeaseError::Held(held)) => {
            let message = format!("{} holds the lock with run {}:", held.holder, held.epoch);
            let hint = "wait for it, or `xcloud lock break` if it is known to be dead";
            Err(Refusal::unchanged(message).locked().hint(hint))
        }
        Err(LeaseError::Ledger(error)) => Err(Refusal::unchanged(format!("{error};"))),
    }
}

/// Gives the lock back. If that fails it is free as soon as this process is gone.
pub(crate) async fn give_back(session: &Session, lease: &Lease) {
    if let Err(error) = lease.release().await {
        session.ui.warn(&format!("the lock could not be released, it expires by itself: {error}"));
    }
}

/// Returns how a lease is kept: by the machine's clock, or by the sandbox's.
pub(crate) fn lease_settings(session: &Session) -> LeaseSettings {
    LeaseSettings::by(if session.real_time { suspension_clock() } else { simulated_clock() })
}

fn simulated_clock() -> SteadyClock {
    let start = Instant::now();
    Arc::new(move || start.elapsed())
}
