//! Writes the entries of one run: those that queue while a write is under way go together into the next object.

use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::objects::{self, Put};
use super::store::VERSION;
use super::{Ledger, LedgerError, RunKey};

/// An entry with who waits for it.
type Waiting<T> = (T, oneshot::Sender<Result<(), LedgerError>>);

/// Writes the entries of one run. After the first failure every further entry fails: what comes after a gap would mean
/// something else.
#[derive(Debug)]
pub struct RunWriter<T> {
    queue: mpsc::UnboundedSender<Waiting<T>>,
    task: JoinHandle<()>,
}

#[derive(Serialize)]
struct Batch<'a, T> {
    version: u64,
    /// Tells this writer's objects from another one's with the same entries.
    writer: &'a str,
    entries: &'a [T],
}

impl<T: Serialize + Send + Sync + 'static> RunWriter<T> {
    pub(super) fn start(ledger: Ledger, key: RunKey, next: u64) -> Self {
        let (queue, entries) = mpsc::unbounded_channel();
        let task = tokio::spawn(write_all(ledger, key, next, entries));
        Self { queue, task }
    }

    /// Appends an entry; answers when it is stored.
    ///
    /// # Errors
    /// [`LedgerError::Unwritable`], or [`LedgerError::Overtaken`] if somebody else goes on with the run.
    pub async fn append(&self, entry: T) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        let ended = || LedgerError::Unwritable { path: String::new(), why: "the writer has ended".to_owned() };
        self.queue.send((entry, answer)).map_err(|_closed| ended())?;
        answered.await.unwrap_or_else(|_closed| Err(ended()))
    }
}

impl<T> Drop for RunWriter<T> {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn write_all<T: Serialize + Send + Sync>(
    ledger: Ledger,
    key: RunKey,
    mut next: u64,
    mut entries: mpsc::UnboundedReceiver<Waiting<T>>,
) {
    let writer = uuid::Uuid::new_v4().simple().to_string();
    let mut broken: Option<LedgerError> = None;
    let mut waiting: Vec<Waiting<T>> = Vec::new();
    while entries.recv_many(&mut waiting, usize::MAX).await > 0 {
        let (batch, answers): (Vec<T>, Vec<_>) = waiting.drain(..).unzip();
        if broken.is_none() {
            broken = write(&ledger, &key, next, &writer, &batch).await.err();
            next += 1;
        }
        for answer in answers {
            let result = broken.clone().map_or(Ok(()), Err);
            let _who_asked_is_gone = answer.send(result);
        }
    }
}

async fn write<T: Serialize>(
    ledger: &Ledger,
    key: &RunKey,
    next: u64,
    writer: &str,
    entries: &[T],
) -> Result<(), LedgerError> {
    let path = ledger.run_path(key, next);
    let bytes = objects::json(&path, &Batch { version: VERSION, writer, entries })?;
    match objects::put_new(&*ledger.store, &path, bytes).await? {
        Put::Written => Ok(()),
        Put::Taken => Err(LedgerError::Overtaken { path: path.to_string() }),
    }
}
