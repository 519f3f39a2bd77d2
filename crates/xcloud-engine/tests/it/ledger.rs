//! The ledger and its lease, in memory and on the local disk, under a paused clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tokio::time::Instant;
use xcloud_core::journal::Holder;
use xcloud_engine::ledger::{
    Lease, LeaseError, LeaseLost, LeaseSettings, Ledger, LedgerError, RunKey, acquire, break_lease, preempt, read_lease,
};

/// The clock of a lease that can be set forward, as after a suspension.
fn settings() -> (LeaseSettings, Arc<AtomicU64>) {
    let (start, slept) = (Instant::now(), Arc::new(AtomicU64::new(0)));
    let asleep = slept.clone();
    let clock = move || start.elapsed() + Duration::from_secs(asleep.load(Ordering::Relaxed));
    (LeaseSettings::by(Arc::new(clock)), slept)
}

fn holder(user: &str) -> Holder {
    Holder { user: user.to_owned(), host: "h".to_owned(), ..Holder::default() }
}

async fn take(ledger: &Ledger, user: &str) -> Result<Lease, LeaseError> {
    acquire(ledger, &holder(user), &format!("run-{user}"), &settings().0, &|_| false, &|_| {}).await
}

fn key(run: &str) -> RunKey {
    RunKey { epoch: 1, run: run.to_owned() }
}

/// A folder of its own, gone when the test ends.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("xcloud-ledger-{}", uuid::Uuid::new_v4().simple()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _stays = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs a check on each store that needs no server.
pub(crate) async fn on_each_store<F: AsyncFn(Arc<dyn ObjectStore>)>(check: F) {
    check(Arc::new(InMemory::new())).await;
    let folder = Folder::new();
    let local = LocalFileSystem::new_with_prefix(&folder.0).expect("a folder").with_fsync(true);
    check(Arc::new(local)).await;
}

fn ledger(store: Arc<dyn ObjectStore>) -> Ledger {
    Ledger::new(store, Path::from("some/where"), "p")
}

#[tokio::test(start_paused = true)]
async fn entries_are_read_as_they_were_written_and_those_that_queue_go_together() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let ledger = ledger(store.clone());
        let writer = ledger.writer::<u64>(&key("a"), 0);
        writer.append(0).await.expect("written");
        let appended = join_all((1..100).map(|n| writer.append(n))).await;
        assert!(appended.iter().all(Result::is_ok));
        let (entries, next) = ledger.read::<u64>(&key("a")).await.expect("read");
        assert_eq!(entries, (0..100).collect::<Vec<u64>>());
        assert!((2..=4).contains(&next), "{next} objects for 100 entries");
        let (first, last) = ledger.ends::<u64>(&key("a")).await.expect("read");
        assert_eq!((first.first(), last.last()), (Some(&0), Some(&99)));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn runs_are_in_the_order_of_their_epochs() {
    let ledger = Ledger::in_memory("p");
    for (epoch, run) in [(10, "a"), (9, "z"), (100_000_000, "b")] {
        let key = RunKey { epoch, run: run.to_owned() };
        ledger.writer::<u64>(&key, 0).append(1).await.expect("written");
    }
    let runs: Vec<u64> = ledger.runs().await.expect("read").into_iter().map(|key| key.epoch).collect();
    assert_eq!(runs, [9, 10, 100_000_000]);
}

#[tokio::test(start_paused = true)]
async fn who_is_overtaken_writes_no_more() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let ledger = ledger(store);
        let old = ledger.writer::<u64>(&key("a"), 0);
        old.append(1).await.expect("written");
        let heir = ledger.writer::<u64>(&key("a"), 1);
        heir.append(2).await.expect("written");
        assert!(matches!(old.append(3).await, Err(LedgerError::Overtaken { .. })));
        assert!(matches!(old.append(4).await, Err(LedgerError::Overtaken { .. })), "for ever after");
        assert_eq!(ledger.read::<u64>(&key("a")).await.expect("read").0, [1, 2]);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_gap_another_version_and_another_product_are_said() {
    let store: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
    let ledger = ledger(store.clone());
    ledger.writer::<u64>(&key("a"), 1).append(1).await.expect("written");
    assert!(matches!(ledger.read::<u64>(&key("a")).await, Err(LedgerError::Format { .. })), "the first is missing");
    let path = Path::from("some/where/runs/00000001-b/00000000.json");
    store.put(&path, r#"{"version":2,"entries":[]}"#.into()).await.expect("written");
    let error = ledger.read::<u64>(&key("b")).await.expect_err("another version").to_string();
    assert!(error.contains("version 2") && error.contains("00000001-b"), "{error}");
    ledger.claim().await.expect("ours");
    let other = Ledger::new(store, Path::from("some/where"), "q");
    assert!(matches!(other.claim().await, Err(LedgerError::OtherProduct { .. })));
    assert!(matches!(other.check().await, Err(LedgerError::OtherProduct { .. })));
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_taken_held_released_and_counted() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        let ledger = ledger(store);
        let first = take(&ledger, "a").await.expect("free");
        assert_eq!(first.epoch(), 1);
        let began = Instant::now();
        match take(&ledger, "b").await {
            Err(LeaseError::Held(held)) => assert_eq!(held.holder.user, "a"),
            other => panic!("it is held: {:?}", other.err()),
        }
        assert!(began.elapsed() <= Duration::from_secs(17), "a heartbeat tells it: {:?}", began.elapsed());
        first.check().await.expect("it holds");
        first.release().await.expect("released");
        let second = take(&ledger, "b").await.expect("free");
        assert_eq!(second.epoch(), 2);
        assert!(matches!(first.check().await, Ok(()) | Err(LeaseLost::TakenOver(_) | LeaseLost::Broken(..))));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_holder_is_taken_over_after_its_length_and_learns_it() {
    let ledger = Ledger::in_memory("p");
    let (settings, slept) = settings();
    let paused = acquire(&ledger, &holder("a"), "run-a", &settings, &|_| false, &|_| {}).await.expect("free");
    paused.stop_beating();
    let began = Instant::now();
    let heir = take(&ledger, "b").await.expect("taken over");
    assert!((60..=62).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    slept.store(120, Ordering::Relaxed);
    assert!(matches!(paused.check().await, Err(LeaseLost::TakenOver(held)) if held.holder.user == "b"));
    heir.check().await.expect("it holds");
    paused.release().await.expect("nothing to release");
    heir.check().await.expect("it still holds");
}

#[tokio::test(start_paused = true)]
async fn a_reading_is_good_for_five_seconds() {
    let ledger = Ledger::in_memory("p");
    let lease = take(&ledger, "a").await.expect("free");
    break_lease(&ledger, "ops", "why not").await.expect("written").expect("somebody held it");
    lease.check().await.expect("the last reading is young");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(lease.check().await, Err(LeaseLost::Broken("ops".to_owned(), "why not".to_owned())));
    take(&ledger, "b").await.expect("a broken lease is free at once");
}

#[tokio::test(start_paused = true)]
async fn a_preempted_holder_stops_and_a_gone_one_is_passed_over() {
    let ledger = Ledger::in_memory("p");
    assert_eq!(preempt(&ledger, "ops", "f").await, Ok(None));
    let lease = take(&ledger, "a").await.expect("free");
    preempt(&ledger, "ops", "f").await.expect("written").expect("somebody holds it");
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(lease.check().await, Err(LeaseLost::Preempted("ops".to_owned(), "f".to_owned())));
    let began = Instant::now();
    let heir = acquire(&ledger, &holder("b"), "r", &settings().0, &|gone| gone.user == "a", &|_| {}).await;
    assert_eq!((heir.expect("free").epoch(), began.elapsed()), (2, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn of_many_that_race_one_wins() {
    on_each_store(async |store: Arc<dyn ObjectStore>| {
        for round in 0..50 {
            let ledger = Ledger::new(store.clone(), Path::from(format!("round-{round}")), "p");
            let winners: Mutex<Vec<Lease>> = Mutex::default();
            let racers = (0..4).map(|n| {
                let (ledger, winners) = (&ledger, &winners);
                async move {
                    if let Ok(lease) = take(ledger, &n.to_string()).await {
                        winners.lock().expect("no panic").push(lease);
                    }
                }
            });
            join_all(racers).await;
            assert_eq!(winners.lock().expect("no panic").len(), 1, "round {round}");
            assert_eq!(read_lease(&ledger).await.expect("read").epoch, 1);
        }
    })
    .await;
}

/// A store that fails, or loses its answers, for a while.
#[derive(Debug)]
struct Faulty {
    inner: InMemory,
    /// So many writes fail.
    fails: AtomicU64,
    /// They have their effect all the same.
    lost: bool,
}

impl std::fmt::Display for Faulty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("faulty")
    }
}

fn refused() -> object_store::Error {
    object_store::Error::Generic { store: "faulty", source: "the store is down".into() }
}

#[async_trait::async_trait]
impl ObjectStore for Faulty {
    async fn put_opts(
        &self,
        location: &Path,
        payload: object_store::PutPayload,
        opts: object_store::PutOptions,
    ) -> object_store::Result<object_store::PutResult> {
        let fails = self.fails.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
        if !fails {
            return self.inner.put_opts(location, payload, opts).await;
        }
        if self.lost {
            self.inner.put_opts(location, payload, opts).await?;
        }
        Err(refused())
    }

    async fn put_multipart_opts(
        &self,
        location: &Path,
        opts: object_store::PutMultipartOptions,
    ) -> object_store::Result<Box<dyn object_store::MultipartUpload>> {
        self.inner.put_multipart_opts(location, opts).await
    }

    async fn get_opts(
        &self,
        location: &Path,
        options: object_store::GetOptions,
    ) -> object_store::Result<object_store::GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(
        &self,
        locations: futures_util::stream::BoxStream<'static, object_store::Result<Path>>,
    ) -> futures_util::stream::BoxStream<'static, object_store::Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(
        &self,
        prefix: Option<&Path>,
    ) -> futures_util::stream::BoxStream<'static, object_store::Result<object_store::ObjectMeta>> {
        self.inner.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> object_store::Result<object_store::ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: object_store::CopyOptions) -> object_store::Result<()> {
        self.inner.copy_opts(from, to, options).await
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_whose_answer_is_lost_is_looked_up_and_one_that_fails_is_repeated() {
    for lost in [false, true] {
        let store = Faulty { inner: InMemory::new(), fails: AtomicU64::new(3), lost };
        let ledger = ledger(Arc::new(store));
        ledger.writer::<u64>(&key("a"), 0).append(7).await.expect("written in the end");
        assert_eq!(ledger.read::<u64>(&key("a")).await.expect("read"), (vec![7], 1));
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_down_ends_every_append_in_time() {
    let store = Faulty { inner: InMemory::new(), fails: AtomicU64::new(u64::MAX), lost: false };
    let ledger = ledger(Arc::new(store));
    let began = Instant::now();
    let writer = ledger.writer::<u64>(&key("a"), 0);
    let ends = join_all((0..10).map(|n| writer.append(n))).await;
    assert!(began.elapsed() <= Duration::from_secs(21), "{:?}", began.elapsed());
    let told =
        ends.iter().filter(|end| matches!(end, Err(LedgerError::Unwritable { why, .. }) if why.contains("down")));
    assert_eq!(told.count(), 10);
}
