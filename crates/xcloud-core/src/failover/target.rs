//! What is desired and seen of a region that would take over: as if the failover had done its part of the rules.

use std::collections::BTreeMap;

use crate::active::{ActiveRecord, OldRegion, Standing, fence_name, under};
use crate::live::{Answer, Observed};
use crate::marks;
use crate::model::{Desired, FailoverRules};

/// Returns what is desired if `to` were active in the environment, and what is observed without the fence that a
/// failover to `to` lifts. Rules that it opens count as opened on failover.
pub(crate) fn as_target(
    desired: &Desired,
    observed: &Observed,
    env: &str,
    standing: &Standing,
    to: &str,
) -> (Desired, Observed) {
    let record = ActiveRecord { region: to.to_owned(), old: OldRegion::Open, ..standing.record.clone() };
    let after = BTreeMap::from([(env.to_owned(), Standing { record, live: standing.live.clone() })]);
    let mut wanted = under(desired, observed, &after).into_owned();
    if let Some(policy) = wanted.failover.as_mut().filter(|_| standing.record.old == OldRegion::Closed) {
        policy.rules = FailoverRules::OnFailover;
    }
    let mut seen = observed.clone();
    let names = rules_of(desired, env, to);
    let product = &desired.product;
    let lifted = |name: &str, description: &str| {
        marks::rule_is_ours(name, description, product)
            && names.iter().any(|one| fence_name(one).eq_ignore_ascii_case(name))
    };
    for state in seen.places.values_mut() {
        let Answer::Azure(live) = &mut state.answer else { continue };
        for group in &mut live.rule_groups {
            group.rules.retain(|rule| !lifted(&rule.name, &rule.description));
        }
        for nsg in &mut live.nsgs {
            nsg.rules.retain(|rule| !lifted(&rule.name, &rule.description));
        }
    }
    (wanted, seen)
}

/// The names of the declared rules that serve an environment in a region.
fn rules_of(desired: &Desired, env: &str, region: &str) -> Vec<String> {
    let rules = desired.resources.values().flat_map(|resource| resource.spec.declared().rules());
    let serving = rules.filter(|rule| rule.env == env && rule.region == Some(region));
    serving.map(|rule| rule.name.to_owned()).collect()
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
