//! Active-region records in the ledger: compare-and-set, and what a lost answer left.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;
use object_store::ObjectStore;
use object_store::path::Path;
use xcloud_core::live::{Answer, Query};
use xcloud_core::op::{Handle, LedgerOp, Object, Op, WriteGuard};
use xcloud_core::plan::Condition;
use xcloud_core::provider::{Effect, ErrorKind, Left, Performed, Progress, Provider as _};
use xcloud_engine::ledger::{Ledger, RecordsInLedger};
use xcloud_engine::{PaceSettings, Pacer};

use crate::ledger::on_each_store;

fn records(store: &Arc<dyn ObjectStore>, product: &str) -> RecordsInLedger {
    let pacer = Pacer::new(PaceSettings { enabled: false, limits: BTreeMap::new() });
    RecordsInLedger::new(product, Ok(Ledger::new(store.clone(), Path::default(), product)), Arc::new(pacer))
}

fn text(epoch: u64, run: &str) -> String {
    format!("v=1;epoch={epoch};region=eu-west-1;to=;old=open;run={run}")
}

fn put(epoch: u64, run: &str, guard: WriteGuard) -> Op {
    LedgerOp::PutActiveRecord { env: "prod".to_owned(), text: text(epoch, run), guard }.into()
}

fn after(version: &str) -> WriteGuard {
    WriteGuard::After(Handle::Known(version.to_owned()))
}

async fn version(records: &RecordsInLedger) -> Option<(u64, String)> {
    let Answer::Ledger(live) = records.observe(&Query::Ledger).await.expect("an answer") else {
        panic!("it is a ledger")
    };
    live.records.into_iter().find(|one| one.env == "prod").map(|one| (one.version, one.text))
}

#[tokio::test(start_paused = true)]
async fn a_record_is_replaced_by_its_last_version_only() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let records = records(&store, "p");
        assert_eq!(version(&records).await, None);
        let made = records.perform(&put(1, "a", WriteGuard::Absent), "t").await.expect("the first one");
        assert_eq!(made.made.get("etag").map(String::as_str), Some("1"));
        let twice = records.perform(&put(1, "b", WriteGuard::Absent), "t").await.expect_err("there is one");
        assert_eq!(twice.kind, ErrorKind::Conflict);
        records.perform(&put(2, "a", after("1")), "t").await.expect("the second one");
        let late = records.perform(&put(2, "b", WriteGuard::Unchanged("1".to_owned())), "t").await;
        assert_eq!(late.expect_err("it was replaced").kind, ErrorKind::Conflict);
        assert_eq!(version(&records).await, Some((2, text(2, "a"))));
        let unbound = put(3, "a", WriteGuard::After(Handle::Made(Object("x.etag".to_owned()))));
        assert_eq!(records.perform(&unbound, "t").await.expect_err("nothing is bound").kind, ErrorKind::Invalid);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_a_lost_answer_left_is_found() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let records = records(&store, "p");
        let (intent, withdrawn) = (put(1, "a", WriteGuard::Absent), put(0, "a", after("1")));
        assert_eq!(records.find(&intent, "t").await, Ok(Effect::NotSeen));
        assert_eq!(records.left(&intent, &withdrawn, "t").await, Ok(Left::Back), "it never came");
        records.perform(&intent, "t").await.expect("written");
        // The same write again is the same write.
        records.perform(&intent, "t").await.expect("it is ours");
        let found = records.find(&intent, "t").await.expect("a look");
        assert!(matches!(found, Effect::Happened(Performed { made, .. }) if made["etag"] == "1"));
        assert_eq!(records.left(&intent, &withdrawn, "t").await, Ok(Left::AsLeft));
        records.perform(&withdrawn, "t").await.expect("undone");
        assert_eq!(records.left(&intent, &withdrawn, "t").await, Ok(Left::Back));
        records.perform(&put(2, "b", after("2")), "t").await.expect("somebody else's");
        assert!(matches!(records.left(&intent, &withdrawn, "t").await, Ok(Left::Changed(_))));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn of_many_writers_one_replaces_a_version() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let records = records(&store, "p");
        for round in 0..50_u64 {
            let guard = if round == 0 { WriteGuard::Absent } else { after(&round.to_string()) };
            let writers = ["a", "b", "c", "d"].map(|run| (run, put(round, run, guard.clone())));
            let written = join_all(writers.iter().map(async |(run, op)| (*run, records.perform(op, "t").await))).await;
            let winners: Vec<&str> = written.iter().filter(|(_, put)| put.is_ok()).map(|(run, _)| *run).collect();
            assert_eq!(winners.len(), 1, "round {round}: {winners:?}");
            assert_eq!(version(&records).await, Some((round + 1, text(round, winners[0]))));
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_run_of_an_older_epoch_may_not_go_on() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let records = records(&store, "p");
        let holds = |epoch: u64| Condition::EpochsHold {
            zone: None,
            epochs: BTreeMap::from([("_active.p-prod".to_owned(), epoch)]),
            run: "mine".to_owned(),
        };
        assert!(matches!(records.check(&holds(0)).await, Ok(Progress::Done(_))), "there is none yet");
        assert!(matches!(records.check(&holds(1)).await, Ok(Progress::NotYet(_))), "it is gone");
        records.perform(&put(1, "theirs", WriteGuard::Absent), "t").await.expect("written");
        assert!(matches!(records.check(&holds(1)).await, Ok(Progress::Done(_))));
        assert!(matches!(records.check(&holds(0)).await, Ok(Progress::Never(_))), "a failover has begun since");
        records.perform(&put(2, "mine", after("1")), "t").await.expect("written");
        assert!(matches!(records.check(&holds(1)).await, Ok(Progress::Done(_))), "the run's own");
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn another_products_ledger_and_one_that_is_not_there_say_so() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        records(&store, "p").perform(&put(1, "a", WriteGuard::Absent), "t").await.expect("written");
        let theirs = records(&store, "q").observe(&Query::Ledger).await.expect_err("it is not ours");
        assert!(theirs.message.contains("belongs to the product p"), "{theirs}");
        let pacer = Pacer::new(PaceSettings { enabled: false, limits: BTreeMap::new() });
        let nowhere = RecordsInLedger::new("p", Err("no such bucket".to_owned()), Arc::new(pacer));
        let error = nowhere.observe(&Query::Ledger).await.expect_err("it cannot be opened");
        assert!(error.to_string().contains("no such bucket"), "{error}");
    })
    .await;
}
