//! What the config protects: a plan that deletes or replaces such a thing is refused before any call.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::{Action, Change};
use crate::code::ProblemCode;
use crate::kinds::shared::azure::Served;
use crate::model::Addr;

/// Refuses every deletion and replacement of what is protected, whatever the plan is for.
pub(super) fn check(draft: &mut Draft<'_>) {
    if draft.desired.protected.is_empty() {
        return;
    }
    let mut refused: Vec<(Addr, String, String)> = Vec::new();
    for change in &draft.changes {
        let Some(message) = going(change) else { continue };
        let protectors = protectors(draft, &change.addr);
        if !protectors.is_empty() {
            let hint = format!(
                "leave it as it is, or take `protect` away from {} first, in a change of its own",
                protectors.join(" and from ")
            );
            refused.push((change.addr.clone(), message, hint));
        }
    }
    for (addr, message, hint) in refused {
        draft.problem(&addr, ProblemCode::Protected, message, &hint);
    }
}

/// Returns what is refused of a change, if something goes.
fn going(change: &Change) -> Option<String> {
    let id = change.id.as_deref().unwrap_or("it");
    match change.action {
        Action::Same | Action::Create | Action::Update => None,
        Action::Delete => Some(format!("{id} is protected and would be deleted")),
        Action::Replace => {
            let reasons = change.reasons.join(", ");
            let why = if reasons.is_empty() { reasons } else { format!(": {reasons}") };
            Some(format!("{id} is protected and would be replaced{why}"))
        }
    }
}

/// Returns what protects a resource: it is protected itself, its environment is, or one whose rules it holds.
fn protectors(draft: &Draft<'_>, addr: &Addr) -> Vec<String> {
    let protected = &draft.desired.protected;
    let mut envs: BTreeSet<&str> = BTreeSet::from([addr.env()]);
    let declared = draft.desired.resources.get(addr).into_iter();
    envs.extend(declared.flat_map(|resource| resource.spec.declared().rules()).map(|rule| rule.env));
    let live = draft.rules.iter().filter(|rule| rule.addr == *addr);
    envs.extend(live.filter_map(|rule| Served::by_live(draft.desired, &rule.name).env));
    let envs = envs.into_iter().filter(|env| protected.environments.contains(*env));
    let own = protected.resources.contains(addr).then(|| "the resource".to_owned());
    own.into_iter().chain(envs.map(|env| format!("the environment `{env}`"))).collect()
}
