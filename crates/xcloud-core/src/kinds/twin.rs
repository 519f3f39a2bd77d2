//! What must be the same for a resource in both regions. Addresses, pins, CIDRs, VPCs and subnets may differ.

use std::collections::BTreeSet;

use crate::model::Resource;

/// One property that both regions share.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Property {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Its value, in which the region is written as `<region>`.
    pub(crate) value: String,
    /// Whether some traffic would find nothing in the other region if it differs there.
    pub(crate) cuts: bool,
}

/// Returns the properties of a resource, always the same names for the same kind.
pub(crate) fn properties(resource: &Resource) -> Vec<Property> {
    let region = resource.addr.region();
    let mapped = |one: Property| Property { value: one.value.replace(region, "<region>"), ..one };
    resource.spec.declared().properties().into_iter().map(mapped).collect()
}

/// A difference in it lets some traffic find nothing.
pub(crate) fn red(name: &'static str, value: impl ToString) -> Property {
    Property { name, value: value.to_string(), cuts: true }
}

/// A difference in it is told.
pub(crate) fn warn(name: &'static str, value: impl ToString) -> Property {
    Property { name, value: value.to_string(), cuts: false }
}

/// A set as one text.
pub(crate) fn joined(set: BTreeSet<String>) -> String {
    set.into_iter().collect::<Vec<_>>().join(", ")
}
