//! How long the environment has stood since its last failover. The sandbox's clock jumps: there it is not judged.

use super::{Facts, Gate, GateName, Light};
use crate::duration::human;
use crate::failover::note::last_commit;

pub(super) fn gate(facts: &Facts<'_>, env: &str) -> Gate {
    let gate = |light: Light, text: String| Gate::new(GateName::Stable, light, text);
    let wanted = facts.desired.failover.as_ref().map_or(0, |policy| policy.close_after_secs);
    let last = facts.past.as_ref().ok().and_then(|past| last_commit(past, |one| one == env));
    match last.map(|at| facts.now_ms.saturating_sub(at) / 1000) {
        _ if facts.sandbox => gate(Light::Ok, "in the sandbox, not judged".to_owned()),
        None => gate(Light::Warn, "the ledger knows no failover".to_owned()),
        Some(stood) if stood < wanted => {
            let text = format!("active for {} of {}", human(stood * 1000), human(wanted * 1000));
            gate(Light::Red, text).saying("wait, or pass it with a reason")
        }
        Some(stood) => gate(Light::Ok, format!("active for {}", human(stood * 1000))),
    }
}
