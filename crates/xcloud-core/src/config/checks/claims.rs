//! Claims that two resources make.

use std::collections::BTreeMap;

use crate::config::parsed_resource::Draft;
use crate::config::raw::Problems;
use crate::kinds::Claim;
use crate::model::Addr;

/// Reports claims that two resources make. Of load balancers only those that a declared resource shares: flows say it
/// in their own words.
pub(super) fn check(expanded: &[Draft], declared: &[Draft], problems: &mut Problems<'_>) {
    let mut taken: BTreeMap<Claim, &Addr> = BTreeMap::new();
    let both = expanded.iter().map(|draft| (draft, false)).chain(declared.iter().map(|draft| (draft, true)));
    for (draft, is_declared) in both {
        for claim in draft.resource.spec.declared().claims(&draft.resource.place.key()) {
            match taken.get(&claim) {
                Some(first) if **first == draft.resource.addr => {}
                Some(_) if !is_declared && matches!(claim, Claim::LoadBalancer(..)) => {}
                Some(first) => problems.error(draft.at, claim.refused(first)),
                None => {
                    taken.insert(claim, &draft.resource.addr);
                }
            }
        }
    }
}
