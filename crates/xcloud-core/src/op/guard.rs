//! The condition under which a whole object is written.

use serde::{Deserialize, Serialize};

use super::bind::Late;
use super::call::Call;
use super::{Handle, SubnetPin, Writes};
use crate::limits::Quota;
use crate::model::PlaceKey;

/// What must hold for a whole-object write to happen: nobody wrote since we looked. `C` is the call whose effect the
/// object may be asked to hold; most objects are known by their `ETag` alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WriteGuard<C = Never> {
    /// The object must not exist (`If-None-Match: *`, and a look before).
    Absent,
    /// The object still has this `ETag` (`If-Match`). The adapter also looks before it writes: not every resource provider
    /// honours the header.
    Unchanged(String),
    /// The object still holds what this write would have made of it: its `ETag` may have moved, as that of a private
    /// link service does with every connection, or is not known, as after a write that Azure accepted and then failed.
    Holds(Box<C>),
    /// The object is as an earlier step of this run left it: the engine binds the `ETag` that the step answered.
    After(Handle),
    /// No condition (a resource that this run made).
    None,
}

impl<C: Call> WriteGuard<C> {
    /// Returns the guard that the object holds what this call writes.
    pub fn holds(call: C) -> Self {
        Self::Holds(Box::new(call))
    }

    /// Returns what of the guard is known later.
    pub(crate) fn late(&mut self) -> Late<'_> {
        match self {
            Self::After(handle) => Late::of(handle),
            Self::Holds(call) => call.late(),
            Self::Absent | Self::Unchanged(_) | Self::None => Late::default(),
        }
    }
}

/// The call of an object that is not compared by what it holds: there is none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Never {}

impl Call for Never {
    fn name(&self) -> &'static str {
        match *self {}
    }

    fn late(&mut self) -> Late<'_> {
        match *self {}
    }

    fn takes(&self) -> &[SubnetPin] {
        match *self {}
    }

    fn writes(&self) -> Writes<'_> {
        match *self {}
    }

    fn quota(&self) -> Quota {
        match *self {}
    }

    fn deletes(&self) -> bool {
        match *self {}
    }

    fn by_hand(&self, _: &PlaceKey) -> String {
        match *self {}
    }
}
