//! Which environments a switch is about.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::active::{Reading, Standing};
use xcloud_core::model::Desired;

use crate::failure::Refusal;
use crate::options::Global;

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
    for env in &global.env {
        if !desired.environments.contains_key(env) {
            let known: Vec<&str> = desired.environments.keys().map(String::as_str).collect();
            return Err(Refusal::new(format!("there is no environment `{env}`; there are {}", known.join(", "))));
        }
        if !all.contains(env) {
            return Err(Refusal::new(format!("{env} has no disaster-recovery region")));
        }
    }
    Ok(if global.env.is_empty() { all } else { global.env.iter().cloned().collect() })
}

/// The environments that `to` would take over, with how they stand. Those in which it is active already are left out;
/// one in which a failover is under way is not.
pub(crate) fn taken_over<'r>(
    readings: &'r BTreeMap<String, Reading>,
    envs: &BTreeSet<String>,
    to: &str,
) -> BTreeMap<String, Result<&'r Standing, &'r str>> {
    let moves = |standing: &Standing| standing.record.region != to || standing.record.to.is_some();
    let chosen = envs.iter().filter_map(|env| Some((env, readings.get(env)?)));
    let chosen = chosen.filter(|(_, reading)| reading.as_ref().map_or(true, moves));
    chosen.map(|(env, reading)| (env.clone(), reading.as_ref().map_err(String::as_str))).collect()
}
