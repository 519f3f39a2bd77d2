//! A resource on its way into the desired state, with its place in the file.

use crate::model::Resource;

use super::raw::At;
use super::tags::Said;

/// A resource and what in the file it comes from.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) at: At,
    pub(crate) resource: Resource,
    /// How long what it leaves drains, where that is said of it.
    pub(crate) drain_secs: Option<u64>,
    /// The tags that are said of it and of its account.
    pub(crate) tags: Said,
}
