//! `xcloud validate`: checks the config without calling a cloud.

use clap::Args;
use xcloud_core::failover::{least_secs, missing_calls};
use xcloud_core::model::Desired;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::invocation::{Invocation, Runnable};
use crate::render::{diagnostics, json};

/// How long a failover takes at least if everything of the disaster-recovery region had to be made first.
struct Floor {
    region: String,
    at_least_secs: u64,
    rto_secs: u64,
}

impl Floor {
    /// Returns the floor of a config with a second region and an objective.
    fn of(desired: &Desired) -> Option<Self> {
        let (region, rto_secs) = (desired.regions.dr.clone()?, desired.failover.as_ref()?.rto_secs);
        let envs = desired.environments.keys().filter(|env| desired.dr_of(env).is_some());
        let calls: Vec<_> = envs.flat_map(|env| missing_calls(desired, env, &region)).collect();
        Some(Self { at_least_secs: least_secs(&calls, &desired.limits), region, rto_secs })
    }

    fn is_met(&self) -> bool {
        self.at_least_secs <= self.rto_secs
    }
}

/// Check the config without calling a cloud.
#[derive(Debug, Clone, Args)]
pub(crate) struct ValidateArgs;

impl Runnable for ValidateArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let ui = &invocation.ui;
        let (file, text) = input::read(&invocation.global.config)?;
        let (desired, problems) = xcloud_core::config::load(&file, &text);
        let resources = desired.as_ref().map_or(0, |desired| desired.resources.len());
        let valid = desired.is_some() && !problems.has_errors();
        let floor = desired.as_ref().and_then(Floor::of);
        ui.diagnostics(&problems, &text);
        if let Some(floor) = floor.as_ref().filter(|floor| valid && (!floor.is_met() || ui.verbose)) {
            let text = format!(
                "building {} from nothing takes at least {} s under the clouds' request limits; the objective is {} s",
                floor.region, floor.at_least_secs, floor.rto_secs
            );
            if floor.is_met() {
                ui.remark(&text);
            } else {
                ui.warn(&format!("the recovery time objective cannot be met: {text}"));
            }
        }
        let shown = || match (valid, problems.0.is_empty()) {
            (true, true) => format!("{file} is valid: {resources} resources\n"),
            (true, false) => {
                format!("{file} is valid, with {}: {resources} resources\n", diagnostics::tally(&problems))
            }
            (false, _) => format!("{file} is not valid: {}\n", diagnostics::tally(&problems)),
        };
        let value = || {
            let mut value = json::validation(&file, resources, &problems);
            if let Some(floor) = &floor {
                value["failover_floor"] = serde_json::json!({
                    "region": floor.region,
                    "at_least_secs": floor.at_least_secs,
                    "rto_secs": floor.rto_secs,
                    "can_be_met": floor.is_met(),
                });
            }
            value
        };
        ui.answer(shown, value)?;
        Ok(if valid { Exit::Done } else { Exit::Refused })
    }
}
