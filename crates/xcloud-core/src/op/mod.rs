//! The closed list of mutating calls: one value is exactly one call to a cloud, or one write to the ledger.
//!
//! An operation is plain data. What is not known when the plan is made (the id of a group that an earlier step
//! creates) is a [`Handle::Made`]; the engine replaces it with the id before the call, see [`Op::bind`].
//!
//! - [`call`](self): what is asked about every call; [`list`](self): [`Op`] and the enum of each cloud, which only pass
//!   on to the kind; [`aws`](self) and [`azure`](self): one file for each kind, with its calls and all that is decided
//!   about them
//! - [`handle`](self), [`guard`](self): what is known later; under which condition a whole object is written
//! - [`bind`](self), [`by_hand`](self): late binding; the command line of a call

mod aws;
mod azure;
mod bind;
mod by_hand;
mod call;
#[cfg(test)]
mod frozen_tests;
mod guard;
mod handle;
mod ledger;
mod list;
mod subnet;
mod writes;

pub use aws::*;
pub use azure::*;
pub use bind::{Bindings, Unbound};
pub use call::Call;
pub use guard::{Never, WriteGuard};
pub use handle::{Handle, Object};
pub use ledger::LedgerOp;
pub use list::{AwsOp, AzureOp, Op};
pub use subnet::SubnetPin;
pub use writes::{NameWrite, Writes};
