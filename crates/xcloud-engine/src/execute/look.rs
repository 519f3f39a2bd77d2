//! Looks whether a call whose outcome is unknown had its effect.

use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::model::Cloud;
use xcloud_core::op::Op;
use xcloud_core::plan::Step;
use xcloud_core::provider::{Disposition, Effect, ErrorKind, Performed, Provider, ProviderError};

use super::call::{CALL_SECS, Call};
use super::context::Context;
use crate::pace::backoff;

/// What a look answered.
pub(super) enum Sight {
    /// It had its effect.
    Happened(Performed),
    /// It had none.
    Absent,
    /// It cannot be told: the cloud does not say.
    Unclear(ProviderError),
    /// The run halted while looking.
    Halted,
}

/// How long what was made may stay out of sight: five minutes in AWS (facts/aws 2.2, Terraform's propagation timeout);
/// Resource Manager reads its own writes, so that a minute is for a call that is still on its way.
pub(super) fn out_of_sight_secs(ctx: &Context<'_>, step: &Step) -> u64 {
    ctx.out_of_sight_secs.unwrap_or(match step.place.cloud {
        Cloud::Aws => 300,
        Cloud::Azure | Cloud::Ledger => 60,
    })
}

/// Looks until the effect is seen, or `absent_after_secs` have passed without. A busy object is waited for.
pub(super) async fn look_for(
    ctx: &Context<'_>,
    step: &Step,
    (op, token): (&Op, &str),
    provider: &dyn Provider,
    absent_after_secs: u64,
) -> Sight {
    let call = Call { ctx, step, op, provider, token, doubtful: true, fresh: true };
    let start = Instant::now();
    let mut attempt = 0;
    loop {
        attempt += 1;
        let looked = match provider.find(op, token).await {
            Ok(Effect::Happened(performed)) => match call.follow(performed).await {
                Ok(performed) => return Sight::Happened(performed),
                Err(error) => Err(error),
            },
            Ok(Effect::NotSeen) => Ok(()),
            Err(error) => Err(error),
        };
        let so_far = start.elapsed();
        let pause = match looked {
            Ok(()) if so_far >= Duration::from_secs(absent_after_secs) => return Sight::Absent,
            Ok(()) => Duration::from_secs(10).min(Duration::from_secs(absent_after_secs) - so_far),
            Err(error) if passes(error.kind) && so_far < Duration::from_secs(CALL_SECS) => {
                backoff(attempt, &error).max(Duration::from_secs(5))
            }
            Err(error) => return Sight::Unclear(error),
        };
        if !ctx.sleep(pause).await {
            return Sight::Halted;
        }
    }
}

/// Returns true if a look that failed like this may succeed later.
pub(super) fn passes(kind: ErrorKind) -> bool {
    kind.disposition() != Disposition::Fail || kind == ErrorKind::NotFound
}
