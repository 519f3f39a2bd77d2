//! What an operator declares, fully resolved: no options left open, every reference an address.

mod acceptance;
mod addr;
mod aws_region;
mod desired;
mod drains;
mod kind;
mod list;
mod net;
mod place;
mod protected;
mod spec;
mod spec_azure;

pub use acceptance::{Acceptance, Approval};
pub use addr::{Addr, InvalidAddr};
pub use aws_region::{AWS_REGIONS, aws_global_region, aws_partition};
pub use desired::{
    Auth, Desired, Environment, FailoverPolicy, FailoverRules, Ignore, Limit, Notify, NotifyForm, Regions,
};
pub use drains::Drains;
pub use kind::{AzureKind, Cloud, Kind};
pub(crate) use list::for_each_kind;
pub use net::{AddressKind, AddressSource, Addresses, LateAddresses, PortRange, Protocol, disjoint};
pub use place::{Place, PlaceKey};
pub use protected::Protected;
pub use spec::*;
pub use spec_azure::*;
