//! Everything that a config expects to find, added to the simulated clouds.

use xcloud_core::model::{Desired, Place};
use xcloud_sim::World;

use super::{Seeded, aws, azure, demand};

/// The access key with which the sandbox signs; it opens nothing anywhere else.
pub(crate) const ACCESS_KEY: &str = "AKIASANDBOX000000000";

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
        Place::Aws { .. } | Place::Azure { .. } | Place::Ledger { .. } => None,
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
