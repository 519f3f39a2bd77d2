//! The layer below flows: resources one by one.

mod accounts;
mod header;
mod read;
mod reading;
mod refs;

pub(crate) use accounts::{Accounts, accounts, tenants};
pub(crate) use header::{Header, headers};
pub(crate) use read::read;
pub(crate) use reading::Reading;
pub(crate) use refs::Refs;
