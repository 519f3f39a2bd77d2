//! What stands above the resources, as the world keeps it.

use serde::{Deserialize, Serialize};

/// A lock on a subscription, a resource group or a resource, which everything below it inherits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Lock {
    /// The scope, as an id without a slash at its end.
    pub scope: String,
    /// Whether it refuses changes, and not deletions only.
    pub read_only: bool,
}

/// An assignment of Azure Policy that denies what is written without a tag.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RequiredTag {
    /// The tag.
    pub tag: String,
    /// The name of the assignment.
    pub assignment: String,
}

/// A tag that an assignment of Azure Policy with the effect `modify` adds to what is written without it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddedTag {
    /// The tag.
    pub tag: String,
    /// Its value.
    pub value: String,
}
