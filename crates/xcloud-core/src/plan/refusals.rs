//! What is refused of a plan that makes everything as declared.

use super::{Ground, Plan, Step};
use crate::code::ProblemCode;
use crate::diag::Diagnostics;
use crate::model::Desired;

/// What is gone of the active region is gone for those who use it now.
pub(super) fn refuse_away_from_primary(ground: &Ground<'_>, problems: &mut Diagnostics) {
    for (env, record) in ground.records() {
        if record.region != ground.desired.regions.primary {
            let message = format!("{} is active in {env} since a failover (epoch {})", record.region, record.epoch);
            let hint =
                "run `xcloud failback` first: nothing is destroyed while a region other than the primary is active";
            problems.error(None, ProblemCode::ActiveElsewhere, message, Some(hint.to_owned()));
        }
    }
}

/// What the config asks for: in these environments no call that cannot be undone.
pub(super) fn refuse_irreversible(desired: &Desired, plan: &Plan, problems: &mut Diagnostics) {
    let guarded = |step: &&Step| desired.require_reversible.contains(step.addr.env()) && !step.undo.is_reversible();
    for step in plan.steps.iter().filter(guarded) {
        let message = format!("{}: {} is {}", step.addr, step.op.name(), step.undo.word());
        let hint = format!("the config asks for reversible plans in {} (`require_reversible`)", step.addr.env());
        problems.error(None, ProblemCode::Irreversible, message, Some(hint));
    }
}
