//! `xcloud readiness`: tells whether the other region could take over now.

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use xcloud_core::active::{Failover, Fence, OldRegion, Standing};
use xcloud_core::failover::gates::{Gate, Light};
use xcloud_core::model::{Cloud, Desired, FailoverRules, PlaceKey};
use xcloud_core::plan::PlanOptions;

use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::invocation::{Invocation, Runnable};
use crate::recording::{self, Head};
use crate::render::gates::{self as show, Judged};
use crate::session::{self, Session};
use crate::switching::survey::{Survey, survey};
use crate::switching::{choice, gates};
use crate::wiring::Access;

/// A silent region is waited for so long: readiness is not in a hurry.
const GRACE_SECS: u64 = 20;

/// Tell whether the other region could take over now. Reads only, and fits a schedule.
#[derive(Debug, Clone, Args)]
pub(crate) struct ReadinessArgs {
    /// Judge only environments that this region would take over; without it, each one's other region.
    #[arg(long, value_name = "REGION")]
    pub(crate) to: Option<String>,
}

impl Runnable for ReadinessArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let input = invocation.input()?;
        let envs = choice::named(&invocation.global, &input.desired)?;
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
    let mut judged = Vec::new();
    for env in envs {
        let reading = survey.readings.get(env).map(|reading| reading.as_ref().map_err(String::as_str));
        let Some(reading) = reading else { continue };
        let active = reading.map_or(desired.regions.primary.as_str(), |standing| &standing.record.region);
        let Some(to) = desired.other_region(env, active).filter(|to| args.to.as_deref().is_none_or(|only| only == *to))
        else {
            continue;
        };
        let url = head.as_ref().map_or("", |head| head.named.url.as_str());
        let lone = gates::lone(desired, url, session.global.sandbox);
        let mut all = vec![gates::record(env, reading, to, lone)];
        if let Ok(standing) = reading {
            all.extend(of_environment(desired, &survey, &options, (env, standing, to)));
        }
        all.push(ledger_gate(session, desired, &head));
        judged.push(Judged { env: env.clone(), from: active.to_owned(), to: to.to_owned(), gates: all });
    }
    if judged.is_empty() {
        let to = args.to.as_deref().unwrap_or_default();
        return Err(Refusal::new(format!("no environment would move to {to}")).into());
    }
    let text = || {
        let page = show::page(&desired.product, &judged, ui.verbose, ui.out_columns());
        format!("{page}{}", show::sentence(&judged))
    };
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

pub(super) fn ledger_gate(session: &Session, desired: &Desired, head: &anyhow::Result<Head>) -> Gate {
    match head {
        Ok(head) => gates::ledger(&head.named.url, desired, session.global.sandbox),
        Err(error) => Gate {
            name: "ledger",
            light: Light::Warn,
            text: format!("it cannot be reached: {error:#}"),
            details: vec!["a failover would be recorded on the machine where it runs".to_owned()],
        },
    }
}

/// The gates of the environment's objects, and of the time that a failover would need.
pub(super) fn of_environment(
    desired: &Desired,
    survey: &Survey,
    options: &PlanOptions,
    (env, standing, to): (&str, &Standing, &str),
) -> Vec<Gate> {
    let mut all = survey.gates(desired, &options.known, env, standing, to);
    let on_failover = desired.failover.as_ref().is_some_and(|policy| policy.rules == FailoverRules::OnFailover);
    let opens = standing.record.old != OldRegion::Open || (on_failover && to != desired.regions.primary);
    for gate in all.iter_mut().filter(|gate| opens && gate.name == "targets" && gate.light == Light::Red) {
        // A fence or a closed rule stands before them: the failover opens the way first, and waits for them then.
        gate.light = Light::Warn;
        gate.details
            .push("the way to them is opened by the failover, which then waits until they are healthy".to_owned());
    }
    let request = Failover {
        to: to.to_owned(),
        envs: BTreeSet::from([env.to_owned()]),
        run: "readiness".to_owned(),
        unplanned: true,
        fence: Fence::Now,
        passed: BTreeSet::new(),
    };
    let (plan, problems) = request.plan(desired, &survey.observed, options);
    all.push(match plan {
        Some(plan) => {
            let creates: Vec<(PlaceKey, &'static str)> = plan
                .steps
                .iter()
                .filter(|step| step.place.cloud == Cloud::Aws)
                .map(|step| (step.place.clone(), step.op.name()))
                .collect();
            gates::rto(desired, &creates, env, to)
        }
        None => Gate {
            name: "rto",
            light: Light::Red,
            text: "there is no plan of a failover".to_owned(),
            details: problems.0.iter().map(|problem| problem.message.clone()).collect(),
        },
    });
    all
}

/// The gates of a failback beside those of a failover.
pub(super) fn of_failback(
    session: &Session,
    desired: &Desired,
    failovers: &gates::Kept,
    env: &str,
    all: &mut Vec<Gate>,
) {
    for gate in all.iter_mut().filter(|gate| gate.name == "parity" && gate.light == Light::Warn) {
        gate.light = Light::Red;
        gate.details.push("a failback waits until the region is as declared: `xcloud apply --region`".to_owned());
    }
    all.push(gates::debts(failovers, env));
    all.push(gates::stable(failovers, env, desired, crate::clock::now_ms(), session.global.sandbox));
}

/// Returns the gates by environment.
pub(super) fn by_env(judged: &[Judged]) -> BTreeMap<String, Vec<Gate>> {
    judged.iter().map(|one| (one.env.clone(), one.gates.clone())).collect()
}
