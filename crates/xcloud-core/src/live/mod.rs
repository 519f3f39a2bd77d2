//! What the clouds hold now, as the planner sees it: typed tables for each place, or why a place is unknown.
//!
//! Adapters fill these from bulk reads. Values are canonical (CIDRs, protocols, sorted lists), so equal means equal.

mod aws;
mod azure;
mod ledger;
mod observed;
mod query;
mod state;

pub use aws::{
    AwsLive, Interface, LiveConnection, LiveEndpoint, LiveGroup, LiveHealth, LiveListener, LiveLoadBalancer,
    LiveRecord, LiveRule, LiveService, LiveSubnet, LiveTargetGroup, LiveVpc, LiveZone,
};
pub use azure::{
    AzureLive, LiveFirewallRule, LiveLinkConnection, LiveLinkService, LiveNsg, LiveNsgRule, LivePrivateEndpoint,
    LiveRecordSet, LiveRuleGroup, LiveSubnetAz,
};
pub use ledger::{LedgerLive, LiveActiveRecord};
pub use observed::{Answer, Observed, PlaceState};
pub use query::{AwsQuery, AzureQuery, Query};
pub use state::{
    BalancerState, ConnectionStatus, EndpointState, ProvisioningState, ServiceState, Spelled, TargetHealth,
};
