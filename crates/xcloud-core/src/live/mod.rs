//! What the clouds hold now, as the planner sees it: typed tables for each place, or why a place is unknown.
//!
//! Adapters fill these from bulk reads. Values are canonical (CIDRs, protocols, sorted lists), so equal means equal.

mod aws;
mod azure;
mod beyond;
mod ledger;
mod observed;
mod query;
mod state;

pub use aws::*;
pub use azure::*;
pub use beyond::{Beyond, Extra};
pub use ledger::{LedgerLive, LiveActiveRecord};
pub use observed::{Answer, Observed, PlaceState};
pub use query::Query;
pub use state::{
    BalancerState, ConnectionStatus, EndpointState, ProvisioningState, ServiceState, Spelled, TargetHealth,
};
