//! Where runs are recorded: the ledger that an option, the config or the default names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context as _;
use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Below;
use xcloud_aws::{AwsSettings, s3_ledger};
use xcloud_azure::blob_ledger;
use xcloud_core::model::Desired;
use xcloud_engine::ledger::Ledger;

use crate::input;
use crate::options::Global;
use crate::settings::Settings;

/// A ledger with the name under which people know it.
pub(crate) struct Named {
    /// The ledger.
    pub(crate) ledger: Ledger,
    /// Its URL.
    pub(crate) url: String,
}

/// Opens the ledger of a product. Nothing is read or written yet.
///
/// # Errors
/// If the URL cannot be understood, or the store cannot be reached with what the environment gives.
pub(crate) async fn open(global: &Global, settings: &Settings, desired: &Desired) -> anyhow::Result<Named> {
    let (url, base) = chosen(global, desired);
    let (store, root) = store_of(&url, &base, settings, desired).await.with_context(|| format!("ledger {url}"))?;
    Ok(Named { ledger: Ledger::new(store, root, &desired.product), url })
}

/// Opens the ledger on this machine that stands in for one that cannot be reached.
///
/// # Errors
/// If its folder cannot be made.
pub(crate) fn open_local(global: &Global, desired: &Desired) -> anyhow::Result<Named> {
    let url = default_of(desired);
    let store: Arc<dyn ObjectStore> = Arc::new(local(&beside(global).join(url.trim_start_matches("file:")))?);
    Ok(Named { ledger: Ledger::new(store, Below::default(), &desired.product), url })
}

/// Returns the URL and the folder to which a `file:` URL is relative. The sandbox never touches the configured ledger.
fn chosen(global: &Global, desired: &Desired) -> (String, PathBuf) {
    match (global.sandbox, &global.ledger, &desired.ledger) {
        (true, _, _) => (format!("file:.xcloud/sandbox/{}/ledger", desired.product), beside(global)),
        (false, Some(option), _) => (option.clone(), PathBuf::from(".")),
        (false, None, Some(config)) => (config.clone(), beside(global)),
        (false, None, None) => (default_of(desired), beside(global)),
    }
}

fn default_of(desired: &Desired) -> String {
    format!("file:.xcloud/{}", desired.product)
}

/// The folder of the config.
fn beside(global: &Global) -> PathBuf {
    input::state_dir(&global.config).parent().map(Path::to_path_buf).unwrap_or_default()
}

async fn store_of(
    url: &str,
    base: &Path,
    settings: &Settings,
    desired: &Desired,
) -> anyhow::Result<(Arc<dyn ObjectStore>, Below)> {
    if let Some(dir) = url.strip_prefix("file:") {
        let dir = base.join(dir.strip_prefix("//").unwrap_or(dir));
        return Ok((Arc::new(local(&dir)?), Below::default()));
    }
    let (scheme, rest) = url.split_once("://").context("it must begin with file:, s3:// or az://")?;
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = rest.splitn(if scheme == "az" { 3 } else { 2 }, '/');
    let mut part =
        |what: &str| parts.next().filter(|part| !part.is_empty()).with_context(|| format!("it has no {what}"));
    match scheme {
        "s3" => {
            let bucket = part("bucket")?;
            let aws = AwsSettings { endpoints: settings.aws_endpoints()?, ..AwsSettings::default() };
            let region = query.split('&').find_map(|pair| pair.strip_prefix("region="));
            let store = s3_ledger(&aws, bucket, region).await.map_err(anyhow::Error::msg)?;
            Ok((Arc::new(store), Below::from(parts.next().unwrap_or_default())))
        }
        "az" => {
            let (account, container) = (part("account")?, part("container")?);
            let azure = settings.azure(desired.auth)?;
            let emulator = settings.blob_emulator()?;
            let store = blob_ledger(&azure, account, container, emulator.as_ref()).map_err(anyhow::Error::msg)?;
            Ok((Arc::new(store), Below::from(parts.next().unwrap_or_default())))
        }
        other => anyhow::bail!("`{other}` is none of file, s3 and az"),
    }
}

/// Journals name accounts and addresses: they are for their owner's eyes.
fn local(dir: &Path) -> anyhow::Result<LocalFileSystem> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).with_context(|| format!("{} cannot be created", dir.display()))?;
    Ok(LocalFileSystem::new_with_prefix(dir)?.with_fsync(true))
}
