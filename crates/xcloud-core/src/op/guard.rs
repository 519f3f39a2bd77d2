//! The condition under which a whole object is written.

use serde::{Deserialize, Serialize};

use super::bind::Late;
use super::{AzureOp, Handle};

/// What must hold for a whole-object write to happen: nobody wrote since we looked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteGuard {
    /// The object must not exist (`If-None-Match: *`, and a look before).
    Absent,
    /// The object still has this `ETag` (`If-Match`), and the adapter compares content before the write.
    Unchanged(String),
    /// The object still holds what this write would have made of it: its `ETag` may have moved, as that of a private
    /// link service does with every connection, or is not known, as after a write that Azure accepted and then failed.
    Holds(Box<AzureOp>),
    /// The object is as an earlier step of this run left it: the engine binds the `ETag` that the step answered.
    After(Handle),
    /// No condition (a resource that this run made).
    None,
}

impl WriteGuard {
    /// Returns the guard that the object holds what this call writes.
    pub fn holds(op: impl Into<AzureOp>) -> Self {
        Self::Holds(Box::new(op.into()))
    }

    /// Returns what of the guard is known later.
    pub(crate) fn late(&mut self) -> Late<'_> {
        match self {
            Self::After(handle) => Late::of(handle),
            Self::Holds(op) => op.call_mut().late(),
            Self::Absent | Self::Unchanged(_) | Self::None => Late::default(),
        }
    }
}
