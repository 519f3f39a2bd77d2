//! What is asked about every call.

use super::bind::Late;
use super::{SubnetPin, Writes};
use crate::limits::Quota;
use crate::model::PlaceKey;

/// A call of one kind. Each kind answers all of it.
pub trait Call {
    /// Returns the operation's name as plans, journals and reports print it: `CreateVpcEndpoint`.
    fn name(&self) -> &'static str;

    /// Returns what of the call is known only after earlier steps.
    fn late(&mut self) -> Late<'_>;

    /// Returns the subnets in which the call takes an address, with the pinned ones.
    fn takes(&self) -> &[SubnetPin];

    /// Returns what the call writes, as far as it is read off a plan again.
    fn writes(&self) -> Writes<'_>;

    /// Returns the published request limit that the call counts against.
    fn quota(&self) -> Quota;

    /// Returns whether the call deletes the object that it names.
    fn deletes(&self) -> bool;

    /// Returns the id of the Azure object that it writes or deletes: locks on it, and on all above it, refuse the call.
    fn lockable(&self) -> Option<String> {
        None
    }

    /// Returns what takes one write at a time, whoever makes it, where that is more than the object: the call waits its turn.
    fn queue(&self) -> Option<String> {
        None
    }

    /// Returns the command line that makes the call in `place`.
    fn by_hand(&self, place: &PlaceKey) -> String;
}
