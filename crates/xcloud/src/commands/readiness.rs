//! `xcloud readiness`: tells whether the other region could take over now.

use std::collections::BTreeSet;

use clap::Args;
use xcloud_core::failover::{Facts, Light, When};
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;

use crate::clock::now_ms;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::recording;
use crate::render::gates as show;
use crate::session::{self, Session};
use crate::switching::survey::{named, survey};
use crate::wiring::Access;

/// A silent region is waited for so long: readiness is not in a hurry.
const GRACE_SECS: u64 = 20;

/// Check whether the other region could take over now. Reads only, and fits a schedule.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadinessArgs {
    /// Judge only environments that would move to this region; without it, each one's other region.
    #[arg(long, value_name = "REGION")]
    pub(crate) to: Option<String>,
}

impl Runnable for ReadinessArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let input = invocation.input()?;
        let envs = named(&invocation.global, &input.desired)?;
        // As a failover sees it: without what answers from us-east-1 alone.
        let desired = input.desired.without_global_services();
        session::run(invocation, &input.desired, Access::Read, async |session| {
            judge(session, &desired, &envs, self).await
        })
    }
}

pub(crate) async fn judge(
    session: &Session,
    desired: &Desired,
    envs: &BTreeSet<String>,
    args: &ReadinessArgs,
) -> Result<Exit, Failure> {
    let ui = &session.ui;
    let head = recording::look(session, desired).await;
    let options = recording::knowing(desired, head.as_ref().ok(), PlanOptions::default()).await;
    let targets: BTreeSet<String> = args.to.iter().cloned().chain(targets(desired, args)).collect();
    let survey = survey(session, desired, &options.known, &targets, GRACE_SECS).await?;
    let facts = Facts {
        desired,
        observed: &survey.observed,
        options: &options,
        ledger: head.as_ref().map(|head| head.named.url.as_str()).map_err(|error| format!("{error:#}")),
        past: &Err("it was not asked".to_owned()),
        now_ms: now_ms(),
        sandbox: session.global.sandbox,
    };
    let mut judged = Vec::new();
    for (env, reading) in survey.readings.iter().filter(|(env, _)| envs.contains(*env)) {
        let reading = reading.as_ref().map_err(String::as_str);
        let active = reading.map_or(desired.regions.primary.as_str(), |standing| &standing.record.region);
        let to = desired.other_region(env, active);
        if let Some(to) = to.filter(|to| args.to.as_deref().is_none_or(|only| only == *to)) {
            judged.push(facts.judge(env, reading, to, When::Readiness));
        }
    }
    if judged.is_empty() {
        let to = args.to.as_deref().unwrap_or_default();
        return Err(Refusal::new(format!("no environment would move to {to}")).into());
    }
    let text = || show::judged(&desired.product, &judged, ui.verbose, ui.out_columns());
    ui.answer(text, || show::value(&desired.product, &judged, &session.wired.pacer.calls()))?;
    Ok(match show::worst(&judged) {
        Light::Ok => Exit::Done,
        Light::Warn => Exit::Differences,
        Light::Red => Exit::Refused,
    })
}

/// Both regions may be targets, as their environments stand.
fn targets(desired: &Desired, args: &ReadinessArgs) -> Vec<String> {
    let all = std::iter::once(&desired.regions.primary).chain(&desired.regions.dr);
    all.filter(|region| args.to.is_none() && **region != desired.regions.primary).cloned().collect()
}
