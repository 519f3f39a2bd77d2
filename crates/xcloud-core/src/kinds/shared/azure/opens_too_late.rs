//! No step uses an address before the rule that lets it through is written.

use std::collections::BTreeSet;

use crate::code::ProblemCode;
use crate::model::Addr;
use crate::plan::Phase;
use crate::plan::draft::Draft;

/// Refuses the plan if a step before the commit point uses addresses that a rule lets through only after it.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let mut shut: BTreeSet<(Addr, Addr)> = BTreeSet::new();
    for user in draft.steps.iter().filter(|step| step.phase == Phase::Build) {
        let opens = |followed| draft.steps.iter().filter(move |step| step.opens_late.contains(followed));
        for opener in user.follows.iter().flat_map(opens) {
            shut.insert((opener.addr.clone(), user.addr.clone()));
        }
    }
    for (rules, user) in shut {
        let message = format!("its rules would let {user} through only after {user} uses its new addresses");
        let hint = format!("apply the rules in a run of their own first: `--target {rules}`");
        draft.problem(&rules, ProblemCode::OpensTooLate, message, &hint);
    }
}
