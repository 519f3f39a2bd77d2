//! Reads what a switch needs: Azure, the ledger that holds the records, and the target regions; and of the others what they answer in time.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::active::{self, Known, Reading, Standing};
use xcloud_core::failover::as_target;
use xcloud_core::failover::gates::{self, Gate, Question};
use xcloud_core::live::{Observed, Query};
use xcloud_core::model::{Cloud, Desired, Place, PlaceKey};
use xcloud_core::plan::{PlanOptions, compare, queries_for_failover};
use xcloud_engine::observe_some;

use crate::failure::Failure;
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
    let (needed, others): (BTreeMap<_, _>, BTreeMap<_, _>) =
        asked(desired).into_iter().partition(|(key, _)| key.cloud != Cloud::Aws || targets.contains(&key.region));
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

fn asked(desired: &Desired) -> BTreeMap<PlaceKey, (Place, Query)> {
    queries_for_failover(desired)
}

impl Survey {
    /// Returns the gates of an environment that `to` would take over.
    pub(crate) fn gates(
        &self,
        desired: &Desired,
        known: &Known,
        env: &str,
        standing: &Standing,
        to: &str,
    ) -> Vec<Gate> {
        let options = PlanOptions { known: known.clone(), ..PlanOptions::default() };
        let comparison = compare(desired, &self.observed, &options);
        let (wanted, seen) = as_target(desired, &self.observed, env, standing, to);
        let from = &standing.record.region;
        let shut = active::is_shut(desired, standing, to);
        gates::gates(&Question { desired: &wanted, observed: &seen, comparison: &comparison, env, from, to, shut })
    }
}
