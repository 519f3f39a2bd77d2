//! Handles and subnets as the SDK wants them.

use std::collections::BTreeSet;

use xcloud_core::op::{Handle, SubnetPin};

/// Returns the ids.
pub(crate) fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

/// Returns the ids as a parameter. An empty list is not the same as none.
pub(crate) fn some(handles: &BTreeSet<Handle>) -> Option<Vec<String>> {
    (!handles.is_empty()).then(|| ids(handles).into_iter().collect())
}

/// Returns the subnets without their pinned addresses.
pub(crate) fn subnets(pins: &[SubnetPin]) -> BTreeSet<String> {
    pins.iter().map(|pin| pin.subnet.clone()).collect()
}
