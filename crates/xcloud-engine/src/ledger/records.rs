//! The active-region records of a product that has no zone for them: the ledger as a place of the engine's port.
//!
//! Every version of a record is an object that nobody may have written, `active/<env>/00000001.json`. The last number
//! stands for an `ETag`: whoever replaces version 1 writes version 2, and of two who do so one fails. So the same
//! compare-and-set holds on a local disk, in S3 and in Azure Blob.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::path::Path;
use xcloud_core::active::record_name;
use xcloud_core::failover::epochs_hold;
use xcloud_core::limits::Quota;
use xcloud_core::live::{Answer, LedgerLive, LiveActiveRecord, Query};
use xcloud_core::model::{Place, PlaceKey};
use xcloud_core::op::{Handle, LedgerOp, Op, WriteGuard};
use xcloud_core::plan::{Condition, Judge};
use xcloud_core::provider::{
    ApiCall, BoxFuture, Effect, ErrorKind, Gate, Left, Operation, Outcome, Performed, Polled, Progress, Provider,
    ProviderError, read_call,
};

use super::objects::Put;
use super::{Ledger, LedgerError};

/// What reads are called in counts and errors.
const READ: &str = "GET active-region";

impl Ledger {
    /// Returns the last version of every active-region record.
    ///
    /// # Errors
    /// If the ledger cannot be read, or is another product's.
    pub async fn active_records(&self) -> Result<Vec<LiveActiveRecord>, LedgerError> {
        self.check().await?;
        let prefix = self.path(&["active"]);
        let mut last: BTreeMap<String, (u64, Path)> = BTreeMap::new();
        for path in self.list(&prefix, None).await? {
            let (env, version) = named(&path).ok_or_else(|| LedgerError::format(&path, "no version".to_owned()))?;
            last.insert(env, (version, path));
        }
        let mut records = Vec::new();
        for (env, (version, path)) in last {
            let text = self.batch::<String>(&path).await?.into_iter().next();
            let text = text.ok_or_else(|| LedgerError::format(&path, "it holds no record".to_owned()))?;
            records.push(LiveActiveRecord { env, text, version });
        }
        Ok(records)
    }

    /// Writes a version of a record. Answers false if somebody else wrote it.
    async fn put_record(&self, env: &str, version: u64, text: &str) -> Result<bool, LedgerError> {
        let path = self.path(&["active", env, &format!("{version:08}.json")]);
        Ok(matches!(self.keep(&path, &text).await?, Put::Written))
    }
}

/// The environment and the number in the path of a version.
fn named(path: &Path) -> Option<(String, u64)> {
    let parts: Vec<_> = path.parts().collect();
    let [.., env, file] = parts.as_slice() else { return None };
    Some((env.as_ref().to_owned(), file.as_ref().strip_suffix(".json")?.parse().ok()?))
}

/// The ledger as the place in which a product's active-region records are read and written.
pub struct RecordsInLedger {
    /// The ledger, or why it cannot be opened.
    ledger: Result<Ledger, String>,
    product: String,
    place: PlaceKey,
    gate: Arc<dyn Gate>,
}

impl RecordsInLedger {
    /// Returns the place; every call passes the gate. A ledger that cannot be opened answers every call with the reason.
    #[must_use]
    pub fn new(product: &str, ledger: Result<Ledger, String>, gate: Arc<dyn Gate>) -> Self {
        let place = Place::Ledger { product: product.to_owned() }.key();
        Self { ledger, product: product.to_owned(), place, gate }
    }

    fn open(&self) -> Result<&Ledger, ProviderError> {
        self.ledger.as_ref().map_err(|why| self.refused("ledger", ErrorKind::Unreachable, why.clone()))
    }

    async fn read(&self) -> Result<Vec<LiveActiveRecord>, ProviderError> {
        let ledger = self.open()?;
        let call = ApiCall { place: self.place.clone(), operation: READ, quota: Quota::Ledger, mutating: false };
        read_call(&*self.gate, call, || async {
            let records = ledger.active_records().await;
            records.map(|records| (records, None)).map_err(|error| self.error(READ, &error))
        })
        .await
    }

    async fn last(&self, env: &str) -> Result<Option<LiveActiveRecord>, ProviderError> {
        Ok(self.read().await?.into_iter().find(|record| record.env == env))
    }

    async fn put(&self, name: &'static str, op: &LedgerOp) -> Result<Performed, ProviderError> {
        let ledger = self.open()?;
        let LedgerOp::PutActiveRecord { env, text, guard } = op;
        let version = replaced(guard).map_err(|why| self.refused(name, ErrorKind::Invalid, why))? + 1;
        let call = ApiCall { place: self.place.clone(), operation: name, quota: Quota::Ledger, mutating: true };
        self.gate.admit(&call).await?;
        let put = match ledger.put_record(env, version, text).await {
            Ok(true) => Ok(made(version)),
            Ok(false) => {
                let why = "the record was changed since it was looked at".to_owned();
                Err(self.refused(name, ErrorKind::Conflict, why))
            }
            Err(error) => Err(self.error(name, &error)),
        };
        let outcome = put.as_ref().map_or_else(Outcome::Failed, |_| Outcome::Answered(None));
        self.gate.settled(&call, 1, outcome).await;
        put
    }

    fn error(&self, operation: &str, error: &LedgerError) -> ProviderError {
        let kind = match error {
            // The object may stand there all the same.
            LedgerError::Unreadable { .. } | LedgerError::Unwritable { .. } => ErrorKind::OutcomeUnknown,
            LedgerError::Overtaken { .. } => ErrorKind::Conflict,
            LedgerError::Gone { .. } | LedgerError::Format { .. } | LedgerError::OtherProduct { .. } => {
                ErrorKind::Other
            }
        };
        self.refused(operation, kind, error.to_string())
    }

    fn refused(&self, operation: &str, kind: ErrorKind, message: String) -> ProviderError {
        ProviderError {
            kind,
            operation: operation.to_owned(),
            place: self.place.clone(),
            code: None,
            message,
            request_id: None,
            retry_after_secs: None,
        }
    }

    fn foreign(&self) -> ProviderError {
        self.refused("ledger", ErrorKind::Invalid, "the ledger holds active-region records only".to_owned())
    }
}

/// Returns the version that the guard demands to be the last; 0: there is none.
fn replaced(guard: &WriteGuard) -> Result<u64, String> {
    match guard {
        WriteGuard::Absent => Ok(0),
        WriteGuard::Unchanged(version) | WriteGuard::After(Handle::Known(version)) => {
            version.parse().map_err(|_| format!("`{version}` is no version of a record"))
        }
        WriteGuard::After(Handle::Made(object)) => Err(format!("the version of {} is not bound", object.0)),
        WriteGuard::Holds(_) | WriteGuard::None => Err("a record is written by its version only".to_owned()),
    }
}

fn made(version: u64) -> Performed {
    let made = [(String::new(), version.to_string()), ("etag".to_owned(), version.to_string())].into();
    Performed { made, ..Performed::default() }
}

impl Provider for RecordsInLedger {
    fn observe<'a>(&'a self, _query: &'a Query) -> BoxFuture<'a, Result<Answer, ProviderError>> {
        Box::pin(async move { Ok(Answer::Ledger(LedgerLive { records: self.read().await? })) })
    }

    fn check<'a>(&'a self, condition: &'a Condition) -> BoxFuture<'a, Result<Progress, ProviderError>> {
        Box::pin(async move {
            let Judge::Records { epochs, run } = condition.judge() else { return Err(self.foreign()) };
            let records = self.read().await?;
            let text_of = |name: &str| {
                let is_it = |one: &&LiveActiveRecord| record_name(&self.product, &one.env) == name;
                records.iter().find(is_it).map(|one| Ok(one.text.clone()))
            };
            Ok(epochs_hold(epochs, run, text_of, |why| self.refused(READ, ErrorKind::Conflict, why)))
        })
    }

    fn perform<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Performed, ProviderError>> {
        Box::pin(async move {
            let Op::Ledger(put) = op else { return Err(self.foreign()) };
            self.put(op.name(), put).await
        })
    }

    fn find<'a>(&'a self, op: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Effect, ProviderError>> {
        Box::pin(async move {
            let Op::Ledger(LedgerOp::PutActiveRecord { env, text, .. }) = op else { return Err(self.foreign()) };
            let last = self.last(env).await?.filter(|last| last.text == *text);
            Ok(last.map_or(Effect::NotSeen, |last| Effect::Happened(made(last.version))))
        })
    }

    fn left<'a>(&'a self, op: &'a Op, undo: &'a Op, _token: &'a str) -> BoxFuture<'a, Result<Left, ProviderError>> {
        Box::pin(async move {
            let (Op::Ledger(op), Op::Ledger(undo)) = (op, undo) else { return Err(self.foreign()) };
            let LedgerOp::PutActiveRecord { env, text, guard } = op;
            let LedgerOp::PutActiveRecord { text: before, .. } = undo;
            let last = self.last(env).await?;
            Ok(match last {
                Some(last) if last.text == *text => Left::AsLeft,
                Some(last) if last.text == *before => Left::Back,
                None if matches!(guard, WriteGuard::Absent) => Left::Back,
                Some(last) if replaced(guard).is_ok_and(|version| version == last.version) => Left::Back,
                _ => Left::Changed(format!("the record of {env} does not hold what this run wrote any more")),
            })
        })
    }

    fn poll<'a>(&'a self, _op: &'a Op, _operation: &'a Operation) -> BoxFuture<'a, Result<Polled, ProviderError>> {
        Box::pin(async move { Err(self.foreign()) })
    }
}
