//! `xcloud close`: closes the rules of the region that is not active, once the time for it has come.

use std::collections::BTreeSet;

use uuid::Uuid;
use xcloud_core::active::OldRegion;
use xcloud_core::journal::Verb;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Closing, PlanOptions, close};
use xcloud_engine::OnFailure;

use super::dispatch::Invocation;
use crate::cli::{CloseArgs, Format};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::planning;
use crate::recording;
use crate::render::duration::human;
use crate::running::{Order, carry_out};
use crate::session::{self, Session, Setup};
use crate::switching::record::now_ms;
use crate::switching::survey::survey;
use crate::switching::{choice, gates};
use crate::wiring::Access;

/// AWS regions are read as long as Azure takes and so many seconds more.
const GRACE_SECS: u64 = 2;

pub(super) fn run(invocation: &Invocation, args: &CloseArgs) -> anyhow::Result<Exit> {
    let (ui, global, settings) = (&invocation.ui, &invocation.global, &invocation.settings);
    let input = match input::load(ui, &global.config) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let envs = match choice::named(global, &input.desired) {
        Ok(envs) => envs,
        Err(why) => return Ok(ui.refuse_plainly(Exit::Refused, &why)),
    };
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| match carry(session, &input, &envs, args).await? {
        Ok(exit) | Err(exit) => Ok(exit),
    })
}

pub(crate) async fn carry(
    session: &Session,
    input: &Input,
    envs: &BTreeSet<String>,
    args: &CloseArgs,
) -> anyhow::Result<Result<Exit, Exit>> {
    let (ui, desired) = (&session.ui, &input.desired);
    let head = match super::apply::unfinished(session, desired).await {
        Ok(head) => head,
        Err(exit) => return Ok(Err(exit)),
    };
    let options = recording::knowing(desired, Some(&head), PlanOptions::default()).await;
    // The region that is closed may be the lost one: nothing waits for it.
    let observed = match survey(session, desired, &options.known, &BTreeSet::new(), GRACE_SECS).await {
        Ok(survey) => survey.observed,
        Err(exit) => return Ok(Err(exit)),
    };
    let readings = xcloud_core::active::read(desired, &observed, &options.known);
    let away = |env: &&String| match readings.get(*env) {
        Some(Ok(standing)) => {
            let away = standing.record.region != desired.regions.primary;
            session.global.env.contains(env) || (away && standing.record.old != OldRegion::Closed)
        }
        Some(Err(_)) => true,
        None => false,
    };
    let envs: BTreeSet<String> = envs.iter().filter(away).cloned().collect();
    if envs.is_empty() {
        match ui.format {
            Format::Json => ui.json(&serde_json::json!({ "run": null, "outcome": "done", "steps": [] }))?,
            Format::Text => ui.result("Nothing to close: no other region is open after a failover\n")?,
        }
        return Ok(Ok(Exit::Done));
    }
    if let Err(exit) = late_enough(session, desired, &head, &envs, args).await {
        return Ok(Err(exit));
    }
    let closing = Closing { envs, run: Uuid::now_v7().to_string() };
    let (plan, problems) = close(desired, &observed, &options, &closing);
    let Some(plan) = plan else {
        return Ok(Err(ui.refuse(Exit::Refused, "there is no plan: nothing was changed", &problems, "")));
    };
    let order = Order {
        unknown: planning::unknown_parts(&plan, desired, &options)
            .into_iter()
            .filter(|(place, _)| !place.starts_with("aws/"))
            .collect(),
        plan: &plan,
        desired,
        options: &options,
        config_sha256: input.fingerprint(),
        head,
        reviewed: false,
        yes: args.yes,
        on_failure: OnFailure::Unwind,
        verb: Verb::Close,
        object: None,
        reason: args.early.clone(),
    };
    Ok(Ok(carry_out(session, &order).await?))
}

/// The old region stays open until `close_after` is over: the way back is quick until then. The sandbox's clock jumps:
/// there the time is not judged.
async fn late_enough(
    session: &Session,
    desired: &Desired,
    head: &recording::Head,
    envs: &BTreeSet<String>,
    args: &CloseArgs,
) -> Result<(), Exit> {
    let wanted = desired.failover.as_ref().map_or(0, |policy| policy.close_after_secs);
    if session.global.sandbox || args.early.is_some() {
        return Ok(());
    }
    let failovers = head.named.ledger.failovers().await.map_err(|error| error.to_string());
    let Some(last) = gates::last_commit(&failovers, |env| envs.contains(env)) else {
        let why = failovers.err().unwrap_or_else(|| "the ledger knows no failover of it".to_owned());
        let message = format!(
            "when the region was left is not known ({why}): nothing was changed\nhint: `--early TEXT` closes all the same"
        );
        return Err(session.ui.refuse_plainly(Exit::Refused, &message));
    };
    let stood = now_ms().saturating_sub(last) / 1000;
    if stood >= wanted {
        return Ok(());
    }
    let message = format!(
        "the last failover was {} ago, the config closes after {}: nothing was changed\nhint: `--early TEXT` closes now, and says why",
        human(stood * 1000),
        human(wanted * 1000)
    );
    Err(session.ui.refuse_plainly(Exit::Refused, &message))
}
