//! Writing an object that nobody has written: the one way in which anything is written.

use std::time::Duration;

use bytes::Bytes;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _, PutMode, PutOptions};
use serde::Serialize;
use tokio::time::{Instant, sleep, timeout};

use super::LedgerError;
use super::error::told;

/// How long a write is tried before it is given up.
const WRITE_SECS: u64 = 20;

/// How long one attempt may take.
const ATTEMPT_SECS: u64 = 5;

/// Whose the object is.
pub(super) enum Put {
    /// It holds what we wrote.
    Written,
    /// Somebody else wrote it.
    Taken,
}

/// Writes an object that must not exist. A write whose answer was lost is looked up: if the object holds exactly these
/// bytes, it was ours.
pub(super) async fn put_new(store: &dyn ObjectStore, path: &Path, bytes: Bytes) -> Result<Put, LedgerError> {
    let until = Instant::now() + Duration::from_secs(WRITE_SECS);
    let mut pause = Duration::from_millis(100);
    loop {
        let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
        let put = store.put_opts(path, bytes.clone().into(), options);
        let why = match timeout(Duration::from_secs(ATTEMPT_SECS), put).await {
            Ok(Ok(_)) => return Ok(Put::Written),
            Ok(Err(object_store::Error::AlreadyExists { .. })) => return whose(store, path, &bytes).await,
            Ok(Err(error)) => told(&error),
            Err(_) => format!("no answer within {ATTEMPT_SECS} s"),
        };
        if Instant::now() + pause > until {
            return Err(LedgerError::Unwritable { path: path.to_string(), why });
        }
        tracing::debug!(%path, why, "a ledger write is tried again");
        sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(2));
    }
}

async fn whose(store: &dyn ObjectStore, path: &Path, ours: &Bytes) -> Result<Put, LedgerError> {
    let got = store.get(path).await.map_err(|error| LedgerError::unreadable(path, &error))?;
    let theirs = got.bytes().await.map_err(|error| LedgerError::unreadable(path, &error))?;
    Ok(if theirs == ours { Put::Written } else { Put::Taken })
}

pub(super) fn json<T: Serialize>(path: &Path, value: &T) -> Result<Bytes, LedgerError> {
    let text = serde_json::to_vec(value);
    text.map(Bytes::from).map_err(|error| LedgerError::format(path, error.to_string()))
}
