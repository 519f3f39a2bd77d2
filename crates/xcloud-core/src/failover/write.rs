//! The write of an environment's record, in a zone or in the ledger.

use std::collections::BTreeMap;

use crate::active::{ActiveRecord, RecordHome, Standing, record_addr, record_name};
use crate::marks;
use crate::model::{Addr, ArmName, PlaceKey};
use crate::op::{Handle, LedgerOp, Object, Op, PrivateDnsRecordOp, WriteGuard};
use crate::plan::draft::Draft;

/// The record of one environment.
pub(super) struct Record {
    pub(super) env: String,
    pub(super) addr: Addr,
    pub(super) place: PlaceKey,
    /// The zone that holds it; `None`: the ledger does.
    zone: Option<ArmName>,
    name: String,
    ttl_secs: u32,
    metadata: BTreeMap<String, String>,
    /// What a write that replaces it must name; `None`: there is none yet.
    etag: Option<String>,
}

impl Record {
    pub(super) fn of(draft: &Draft<'_>, env: &str, standing: &Standing, home: &RecordHome) -> Self {
        let product = &draft.desired.product;
        let addr = record_addr(draft.desired, env);
        let mut metadata = standing.live.as_ref().map(|live| live.metadata.clone()).unwrap_or_default();
        metadata.extend(marks::metadata(draft.desired, &addr));
        Self {
            env: env.to_owned(),
            place: home.place.key(),
            zone: home.zone.clone(),
            name: record_name(product, env),
            ttl_secs: draft.desired.failover.as_ref().map_or(30, |policy| policy.ttl_secs),
            metadata,
            etag: standing.live.as_ref().map(|live| live.etag.clone()),
            addr,
        }
    }

    /// The record is still as it was read.
    pub(super) fn unchanged(&self) -> WriteGuard {
        self.etag.clone().map_or(WriteGuard::Absent, WriteGuard::Unchanged)
    }
}

pub(super) fn put(record: &Record, text: &ActiveRecord, guard: WriteGuard) -> Op {
    let text = text.to_string();
    let Some(zone) = record.zone.clone() else {
        return LedgerOp::PutActiveRecord { env: record.env.clone(), text, guard }.into();
    };
    let (ttl_secs, metadata) = (record.ttl_secs, record.metadata.clone());
    PrivateDnsRecordOp::PutText { zone, record: record.name.clone(), ttl_secs, text, metadata, guard }.into()
}

pub(super) fn etag_of(made: &Object) -> WriteGuard {
    WriteGuard::After(Handle::Made(made.fact("etag")))
}
