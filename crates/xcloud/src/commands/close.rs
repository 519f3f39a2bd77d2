//! `xcloud close`: closes the rules of the region that is not active, once the time for it has come.

use std::collections::BTreeSet;

use clap::Args;
use uuid::Uuid;
use xcloud_core::active::OldRegion;
use xcloud_core::duration::human;
use xcloud_core::failover::{Closing, last_commit};
use xcloud_core::journal::Verb;
use xcloud_core::plan::PlanOptions;

use crate::clock::now_ms;
use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::input::Input;
use crate::invocation::{Invocation, Runnable};
use crate::planning::no_plan;
use crate::running::{Order, carry_out, nothing_to_do};
use crate::session::{self, Session};
use crate::switching::survey::{Survey, named, past, survey};
use crate::wiring::Access;

/// How much longer than Azure an AWS region may take to be read, in seconds.
const GRACE_SECS: u64 = 2;

/// Close the rules of the region that is not active.
#[derive(Debug, Clone, Args)]
pub(crate) struct CloseArgs {
    /// Close before `close_after` is over, for this reason.
    #[arg(long, value_name = "TEXT")]
    pub(crate) early: Option<String>,
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
}

impl Runnable for CloseArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let input = invocation.input()?;
        let envs = named(&invocation.global, &input.desired)?;
        session::run(invocation, &input.desired, Access::Write, async |session| {
            carry(session, &input, &envs, self).await
        })
    }
}

pub(crate) async fn carry(
    session: &Session,
    input: &Input,
    envs: &BTreeSet<String>,
    args: &CloseArgs,
) -> Result<Exit, Failure> {
    let opened = Opened::write(session, input, PlanOptions::default()).await?;
    let Opened { desired, options, .. } = &opened;
    // The region that is closed may be the lost one: nothing waits for it.
    let Survey { observed, readings, .. } =
        survey(session, desired, &options.known, &BTreeSet::new(), GRACE_SECS).await?;
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
        return nothing_to_do(session, "Nothing to close: no other region is open after a failover");
    }
    late_enough(&opened, &envs, args).await?;
    let closing = Closing { envs, run: Uuid::now_v7().to_string() };
    let (plan, problems) = closing.plan(desired, &observed, options);
    let Some(plan) = plan else { return Err(no_plan(problems)) };
    let mut order = Order { yes: args.yes, reason: args.early.clone(), ..Order::of(Verb::Close, &opened, &plan) };
    order.unknown.retain(|(place, _)| !place.starts_with("aws/"));
    carry_out(&order).await
}

/// The old region stays open until `close_after` is over: the way back is quick until then. The sandbox's clock jumps:
/// there the time is not judged.
async fn late_enough(opened: &Opened<'_>, envs: &BTreeSet<String>, args: &CloseArgs) -> Result<(), Refusal> {
    let wanted = opened.desired.failover.as_ref().map_or(0, |policy| policy.close_after_secs);
    if opened.session.global.sandbox || args.early.is_some() {
        return Ok(());
    }
    let past = past(&opened.head.named.ledger).await;
    let Some(last) = past.as_ref().ok().and_then(|past| last_commit(past, |env| envs.contains(env))) else {
        let why = past.err().unwrap_or_else(|| "the ledger knows no failover of it".to_owned());
        let message = format!("the time of the last failover is not known ({why}):");
        return Err(Refusal::unchanged(message).hint("`--early TEXT` closes anyway"));
    };
    let stood = now_ms().saturating_sub(last) / 1000;
    if stood >= wanted {
        return Ok(());
    }
    let (ago, after) = (human(stood * 1000), human(wanted * 1000));
    let message = format!("the last failover was {ago} ago, `close_after` is {after}:");
    Err(Refusal::unchanged(message).hint("`--early TEXT` closes now, and says why"))
}
