//! Everything that is there, in one list.

use std::collections::{BTreeMap, BTreeSet};

use super::amazon_services::AMAZON;
use super::tags::tagged;
use super::world::AwsWorld;

/// One object of the world.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Object {
    /// The account that owns it.
    pub account: String,
    /// The region, or `global`.
    pub region: String,
    /// `vpc`, `subnet`, `security-group`, `vpc-endpoint`, `load-balancer`, `record-set`, ...
    pub kind: String,
    /// The id or ARN.
    pub id: String,
    /// The tags.
    pub tags: BTreeMap<String, String>,
}

impl AwsWorld {
    /// Returns every object of every account, sorted: what a test compares before and after.
    #[must_use]
    pub fn objects(&self) -> Vec<Object> {
        let mut objects = Vec::new();
        for (name, region) in &self.regions {
            let owners: BTreeSet<&String> = region
                .vpcs
                .values()
                .map(|vpc| &vpc.owner)
                .chain(region.services.values().map(|service| &service.owner))
                .filter(|owner| owner.as_str() != AMAZON)
                .collect();
            for owner in owners {
                let tagged = tagged(region, owner).into_iter();
                objects.extend(tagged.map(|(id, kind, tags)| object(owner, name, kind, id, tags.clone())));
            }
            let balancers = region.load_balancers.iter().map(|(arn, it)| ("load-balancer", arn, &it.owner, &it.tags));
            let groups = region.target_groups.iter().map(|(arn, it)| ("target-group", arn, &it.owner, &it.tags));
            let listeners = region.listeners.iter().map(|(arn, it)| ("listener", arn, &it.owner, &it.tags));
            for (kind, arn, owner, tags) in balancers.chain(groups).chain(listeners) {
                objects.push(object(owner, name, kind, arn.clone(), tags.clone()));
            }
            for (id, interface) in &region.interfaces {
                objects.push(object(&interface.owner, name, "network-interface", id.clone(), BTreeMap::new()));
            }
        }
        for (id, zone) in &self.zones {
            for record in zone.records.values() {
                let label = format!("{id} {} {}", record.name, record.kind);
                objects.push(object(&zone.owner, "global", "record-set", label, BTreeMap::new()));
            }
        }
        objects.sort();
        objects
    }
}

fn object(account: &str, region: &str, kind: &str, id: String, tags: BTreeMap<String, String>) -> Object {
    Object { account: account.to_owned(), region: region.to_owned(), kind: kind.to_owned(), id, tags }
}
