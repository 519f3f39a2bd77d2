//! How long calls take at least, by the limits of the interfaces alone: what no haste can shorten.

use std::collections::BTreeMap;

use crate::kinds::creating_calls;
use crate::limits::Paced;
use crate::model::{Desired, Limit, PlaceKey};

/// Returns the least number of seconds in which the calls can be made: each bucket lets through its burst at once and
/// refills at its rate; the slowest bucket counts, since buckets refill side by side. Limits that AWS has raised count
/// where they are given, by operation.
#[must_use]
pub fn least_secs(calls: &[(PlaceKey, Paced)], raised: &BTreeMap<String, Limit>) -> u64 {
    let mut buckets: BTreeMap<String, (u32, Limit)> = BTreeMap::new();
    for (place, Paced { operation, quota }) in calls {
        let limit = raised.get(*operation).copied().unwrap_or_else(|| quota.published());
        buckets.entry(quota.bucket(place, operation)).or_insert((0, limit)).0 += 1;
    }
    let secs = buckets.into_values().map(|(count, limit)| {
        let beyond = f64::from(count) - limit.burst;
        if beyond > 0.0 { beyond / limit.per_second } else { 0.0 }
    });
    whole_secs(secs.fold(0.0, f64::max))
}

/// Rounds down: a floor promises nothing that is not certain.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a non-negative number of seconds")]
fn whole_secs(secs: f64) -> u64 {
    secs.max(0.0).floor() as u64
}

/// Returns the creating calls that the resources of an environment in a region would take if none of them stood.
#[must_use]
pub fn missing_calls(desired: &Desired, env: &str, region: &str) -> Vec<(PlaceKey, Paced)> {
    let here = desired.resources.values().filter(|one| one.addr.env() == env && one.addr.region() == region);
    here.flat_map(|resource| creating_calls(&resource.spec).into_iter().map(|call| (resource.place.key(), call)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Quota;
    use crate::model::Cloud;

    const ENDPOINT: Paced = Paced { operation: "CreateVpcEndpoint", quota: Quota::Endpoints };

    fn place(account: &str) -> PlaceKey {
        PlaceKey { cloud: Cloud::Aws, account: account.to_owned(), region: "eu-west-1".to_owned() }
    }

    #[test]
    fn fifty_endpoints_take_at_least_153_seconds_and_each_account_has_its_own_limit() {
        let fifty = vec![(place("1"), ENDPOINT); 50];
        assert_eq!(least_secs(&fifty, &BTreeMap::new()), 153);
        let spread: Vec<_> = fifty.iter().cloned().chain(vec![(place("2"), ENDPOINT); 50]).collect();
        assert_eq!(least_secs(&spread, &BTreeMap::new()), 153);
        assert_eq!(least_secs(&fifty[..4], &BTreeMap::new()), 0);
        let raised = BTreeMap::from([("CreateVpcEndpoint".to_owned(), Limit { burst: 4.0, per_second: 3.0 })]);
        assert_eq!(least_secs(&fifty, &raised), 15);
    }
}
