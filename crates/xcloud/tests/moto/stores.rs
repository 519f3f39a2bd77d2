//! The ledger on real stores: the local disk, S3 (moto) and Azure Blob (Azurite). What must hold is the same on each.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Below;
use xcloud_aws::{AwsSettings, Endpoints, s3_ledger};
use xcloud_azure::{AzureSettings, BlobEmulator, Secret, blob_ledger};
use xcloud_core::journal::Holder;
use xcloud_core::op::{LedgerOp, Op, WriteGuard};
use xcloud_core::provider::Provider as _;
use xcloud_engine::ledger::{
    Lease, LeaseError, LeaseLost, LeaseSettings, Ledger, LedgerError, RecordsInLedger, RunKey, acquire, break_lease,
    read_lease,
};
use xcloud_engine::{PaceSettings, Pacer};

use crate::server::{Moto, Ran, TestResult, Workplace, free_port, listening, root, venv};

/// The account that Azurite always has, and its published key.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Two runs race for one lease so often, on each store.
const RACES: u32 = 200;
/// They race on so many ledgers at once.
const LANES: u32 = 8;

/// Short lengths, so that a race is decided in a blink.
fn settings() -> LeaseSettings {
    let start = Instant::now();
    LeaseSettings {
        length: Duration::from_secs(30),
        beat: Duration::from_millis(500),
        fresh: Duration::from_secs(5),
        clock: Arc::new(move || start.elapsed()),
    }
}

async fn take(ledger: &Ledger, user: &str) -> Result<Lease, LeaseError> {
    let holder = Holder { user: user.to_owned(), host: "h".to_owned(), ..Holder::default() };
    acquire(ledger, &holder, &format!("run-{user}"), &settings(), &|_| false, &|_| {}).await
}

fn at(store: &Arc<dyn ObjectStore>, folder: &str) -> Ledger {
    Ledger::new(store.clone(), Below::from(folder), "p")
}

#[expect(clippy::print_stderr, reason = "what was raced, or skipped, belongs to the test's own output")]
fn tell(text: &str) {
    eprintln!("{text}");
}

/// Everything that a ledger promises.
async fn suite(store: Arc<dyn ObjectStore>) -> TestResult {
    journal(&at(&store, "some/where")).await?;
    marker(&store).await?;
    lease(&at(&store, "lease")).await?;
    records(&at(&store, "records")).await?;
    let began = Instant::now();
    let lanes = (0..LANES).map(|lane| races(store.clone(), lane));
    futures_util::future::try_join_all(lanes).await?;
    tell(&format!("{RACES} races, one winner each, in {:.0} s", began.elapsed().as_secs_f64()));
    Ok(())
}

/// Entries are read as they were written; who is overtaken writes no more.
async fn journal(ledger: &Ledger) -> TestResult {
    let key = RunKey { epoch: 1, run: "a".to_owned() };
    let old = ledger.writer::<u64>(&key, 0);
    old.append(0).await?;
    futures_util::future::try_join_all((1..50).map(|n| old.append(n))).await?;
    let (entries, next) = ledger.read::<u64>(&key).await?;
    assert_eq!(entries, (0..50).collect::<Vec<u64>>());
    assert!(next < 50, "entries that queue go together: {next} objects");
    ledger.writer::<u64>(&key, next).append(50).await?;
    assert!(matches!(old.append(51).await, Err(LedgerError::Overtaken { .. })));
    let (first, last) = ledger.ends::<u64>(&key).await?;
    assert_eq!((first.first(), last.last()), (Some(&0), Some(&50)));
    let later = RunKey { epoch: 100_000_000, run: "b".to_owned() };
    ledger.writer::<u64>(&later, 0).append(1).await?;
    assert_eq!(ledger.runs().await?, [key, later], "in the order of their epochs");
    Ok(())
}

/// A ledger belongs to one product.
async fn marker(store: &Arc<dyn ObjectStore>) -> TestResult {
    at(store, "marked").check().await?;
    at(store, "marked").claim().await?;
    let other = Ledger::new(store.clone(), Below::from("marked"), "q");
    assert!(matches!(other.claim().await, Err(LedgerError::OtherProduct { .. })));
    Ok(())
}

/// Taken, held, given back, broken; counted.
async fn lease(ledger: &Ledger) -> TestResult {
    let first = take(ledger, "a").await?;
    assert!(matches!(take(ledger, "b").await, Err(LeaseError::Held(held)) if held.holder.user == "a"));
    first.check().await?;
    first.release().await?;
    let second = take(ledger, "b").await?;
    assert_eq!((first.epoch(), second.epoch()), (1, 2));
    break_lease(ledger, "ops", "a test").await?.ok_or("somebody held it")?;
    tokio::time::sleep(settings().fresh + Duration::from_millis(200)).await;
    assert!(matches!(second.check().await, Err(LeaseLost::Broken(..))));
    Ok(())
}

/// Two failovers replace the same version of an active-region record: one of them does.
async fn records(ledger: &Ledger) -> TestResult {
    let pacer = Pacer::new(PaceSettings { enabled: false, limits: BTreeMap::new() });
    let records = RecordsInLedger::new("p", Ok(ledger.clone()), Arc::new(pacer));
    let put = |epoch: u64, run: &str, guard: &WriteGuard| -> Op {
        let text = format!("v=1;epoch={epoch};region=eu-west-1;to=;old=open;run={run}");
        LedgerOp::PutActiveRecord { env: "prod".to_owned(), text, guard: guard.clone() }.into()
    };
    for epoch in 0..20 {
        let guard = if epoch == 0 { WriteGuard::Absent } else { WriteGuard::Unchanged(epoch.to_string()) };
        let (one, other) = (put(epoch, "one", &guard), put(epoch, "other", &guard));
        let (one, other) = tokio::join!(records.perform(&one, ""), records.perform(&other, ""));
        assert!(one.is_ok() != other.is_ok(), "epoch {epoch}: {one:?} and {other:?}");
        let last = ledger.active_records().await?.pop().ok_or("a record")?;
        let winner = if one.is_ok() { "run=one" } else { "run=other" };
        assert!(last.version == epoch + 1 && last.text.ends_with(winner), "epoch {epoch}: {last:?}");
    }
    Ok(())
}

/// Two runs race for the lease again and again: one of them gets it, and the other is told by whom it is held.
async fn races(store: Arc<dyn ObjectStore>, lane: u32) -> TestResult {
    let ledger = at(&store, &format!("lane-{lane}"));
    for round in 1..=RACES / LANES {
        let (one, other) = tokio::join!(take(&ledger, "one"), take(&ledger, "other"));
        let winner = match (one, other) {
            (Ok(winner), Err(LeaseError::Held(held))) | (Err(LeaseError::Held(held)), Ok(winner)) => {
                assert_eq!(held.epoch, u64::from(round), "lane {lane}");
                winner
            }
            (Ok(_), Ok(_)) => return Err(format!("lane {lane}, round {round}: both have it").into()),
            (one, other) => {
                return Err(format!("lane {lane}, round {round}: {:?} and {:?}", one.err(), other.err()).into());
            }
        };
        assert_eq!(read_lease(&ledger).await?.epoch, u64::from(round));
        winner.release().await?;
        assert!(read_lease(&ledger).await?.held.is_none(), "it is free");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_the_local_disk() -> TestResult {
    let place = Workplace::new("store")?;
    let store = LocalFileSystem::new_with_prefix(place.path())?.with_fsync(true);
    suite(Arc::new(store)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_s3() -> TestResult {
    let moto = Moto::one_at_a_time()?;
    moto.judge("bucket", &Workplace::new("store-s3")?)?;
    let settings = AwsSettings {
        endpoints: Endpoints::from_variables([("AWS_ENDPOINT_URL", moto.url.as_str())])?,
        base_credentials: Some(SharedCredentialsProvider::new(Credentials::new("judge", "judge", None, None, "judge"))),
        ..AwsSettings::default()
    };
    suite(Arc::new(s3_ledger(&settings, "ledger", Some("eu-north-1")).await?)).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_azure_blob() -> TestResult {
    let Some(azurite) = Azurite::start()? else {
        tell("skipped: Azurite is not there; `make test` installs it where npm is");
        return Ok(());
    };
    let emulator = BlobEmulator { endpoint: azurite.url.parse()?, key: Secret::new(KEY) };
    let store = blob_ledger(&AzureSettings::default(), ACCOUNT, "ledger", Some(&emulator))?;
    suite(Arc::new(store)).await
}

/// A running Azurite with a container `ledger`; killed when dropped.
struct Azurite {
    child: Child,
    url: String,
}

impl Azurite {
    /// `None` where it is not installed.
    fn start() -> TestResult<Option<Self>> {
        let program: PathBuf = root().join(".judges/node_modules/.bin/azurite-blob");
        if !program.exists() {
            return Ok(None);
        }
        let port = free_port()?;
        let child = Command::new(program)
            .args(["--inMemoryPersistence", "--skipApiVersionCheck", "--silent", "--disableTelemetry"])
            .args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let azurite = Self { child, url: format!("http://127.0.0.1:{port}/{ACCOUNT}") };
        listening(port, "Azurite")?;
        let script = root().join("tests/judge/blob_container.py");
        let made =
            Command::new(venv("python")?).arg(script).args([azurite.url.as_str(), ACCOUNT, KEY, "ledger"]).output()?;
        Ran::of("blob_container.py".to_owned(), made).expect_code(0)?;
        Ok(Some(azurite))
    }
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let killed = self.child.kill().and_then(|()| self.child.wait());
        drop(killed);
    }
}
