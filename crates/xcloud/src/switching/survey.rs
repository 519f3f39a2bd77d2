//! Reads what a switch needs: Azure, the ledger that holds the records, and the target regions; and of the others what they answer in time.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::active::{self, Known, Reading};
use xcloud_core::failover::{Facts, Past};
use xcloud_core::live::Observed;
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::queries_for_failover;
use xcloud_engine::ledger::Ledger;
use xcloud_engine::observe_some;

use crate::clock::now_ms;
use crate::context::Opened;
use crate::failure::{Failure, Refusal};
use crate::input::among;
use crate::options::Global;
use crate::planning::interrupted;
use crate::progress::Progress;
use crate::session::Session;
use crate::settings::OBSERVE_DEADLINE_SECS;
use crate::stop::stopped;

/// What was read, and what follows for each environment.
pub(crate) struct Survey {
    /// What each place answered.
    pub(crate) observed: Observed,
    /// How the environments stand.
    pub(crate) readings: BTreeMap<String, Reading>,
    /// AWS places of other regions that did not answer, with the reason.
    pub(crate) silent: BTreeMap<PlaceKey, String>,
}

/// Reads everything of Azure and of `targets`, and the other regions as long as that takes and `grace_secs` more. A
/// Ctrl-C ends it: reading has changed nothing.
pub(crate) async fn survey(
    session: &Session,
    desired: &Desired,
    known: &Known,
    targets: &BTreeSet<String>,
    grace_secs: u64,
) -> Result<Survey, Failure> {
    let progress = Progress::start(&session.ui, None, session.real_time);
    let listener = progress.listener();
    let (needed, others): (BTreeMap<_, _>, BTreeMap<_, _>) = queries_for_failover(desired)
        .into_iter()
        .partition(|(key, _)| !key.cloud.has_regions() || targets.contains(&key.region));
    let limits = (OBSERVE_DEADLINE_SECS, grace_secs);
    let reading = observe_some(&session.wired.clouds, &needed, &others, limits, &listener);
    let observed = tokio::select! {
        observed = reading => Some(observed),
        () = stopped(session.stop.clone()) => None,
    };
    drop(progress);
    let observed = observed.ok_or_else(interrupted)?;
    let silent = others.keys().filter_map(|key| Some((key.clone(), observed.unknown(key)?.to_string()))).collect();
    Ok(Survey { readings: active::read(desired, &observed, known), observed, silent })
}

impl Survey {
    /// Returns what gates are judged by, with the failovers that were.
    pub(crate) fn facts<'a>(&'a self, opened: &'a Opened<'a>, past: &'a Result<Vec<Past>, String>) -> Facts<'a> {
        let Opened { session, desired, options, head, .. } = opened;
        Facts {
            desired,
            observed: &self.observed,
            options,
            ledger: Ok(&head.named.url),
            past,
            now_ms: now_ms(),
            sandbox: session.global.sandbox,
        }
    }
}

/// Returns the failovers that were, or why the ledger does not tell.
pub(crate) async fn past(ledger: &Ledger) -> Result<Vec<Past>, String> {
    let kept = ledger.failovers().await.map_err(|error| error.to_string())?;
    Ok(kept.into_iter().map(|(_, past)| past).collect())
}

/// The environments of the command line that have two regions; without `--env`, all of those.
///
/// # Errors
/// For an environment that does not exist or has one region only.
pub(crate) fn named(global: &Global, desired: &Desired) -> Result<BTreeSet<String>, Refusal> {
    let all: BTreeSet<String> =
        desired.environments.keys().filter(|env| desired.dr_of(env).is_some()).cloned().collect();
    if all.is_empty() {
        return Err(Refusal::new("no environment of this config has a disaster-recovery region"));
    }
    among("environment", &global.env, &desired.environments.keys().map(String::as_str).collect())?;
    for env in &global.env {
        if !all.contains(env) {
            return Err(Refusal::new(format!("{env} has no disaster-recovery region")));
        }
    }
    Ok(if global.env.is_empty() { all } else { global.env.iter().cloned().collect() })
}
