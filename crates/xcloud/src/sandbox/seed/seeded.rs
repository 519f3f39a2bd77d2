//! What was seeded already.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use serde::{Deserialize, Serialize};
use xcloud_core::model::{Desired, Place};
use xcloud_sim::World;

use super::{aws, azure, demand};
use crate::sandbox::ACCESS_KEY;

/// What was seeded already, and the address ranges that are taken.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Seeded {
    /// The id of each object by what asked for it.
    pub(super) objects: BTreeMap<String, String>,
    /// The ranges of each VPC.
    pub(super) vpcs: BTreeMap<String, Range>,
    /// How many ranges for VPCs without pins were given out.
    pub(super) given: u32,
}

/// The address range of a VPC and what is taken of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    /// The whole.
    pub(super) cidr: Ipv4Net,
    /// The subnets.
    pub(super) taken: Vec<Ipv4Net>,
}

/// Adds what the config expects to find and is not there yet; returns what cannot be played.
pub(crate) fn add(world: &mut World, seeded: &mut Seeded, desired: &Desired) -> Vec<String> {
    let mut gaps = Vec::new();
    add_key(world, seeded, desired, &mut gaps);
    for place in &demand::aws(desired) {
        aws::add(world, seeded, place, &mut gaps);
    }
    azure::add(world, seeded, desired, &mut gaps);
    gaps
}

/// The caller's own account: that of a place without a role, since such a place is reached without assuming one.
fn add_key(world: &mut World, seeded: &mut Seeded, desired: &Desired, gaps: &mut Vec<String>) {
    let places = desired.places.iter().chain(desired.resources.values().map(|resource| &resource.place));
    let own = places.into_iter().find_map(|place| match place {
        Place::Aws { account, role: None, .. } => Some(account.clone()),
        _ => None,
    });
    let account = own.unwrap_or_else(|| "900000000009".to_owned());
    if seeded.objects.get("key") != Some(&account) {
        match world.aws.add_access_key(ACCESS_KEY, &account) {
            Ok(()) => {
                seeded.objects.insert("key".to_owned(), account);
            }
            Err(error) => gaps.push(error.to_string()),
        }
    }
}
