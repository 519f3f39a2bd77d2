//! What an operator declares, fully resolved: no options left open, every reference an address.

mod addr;
mod desired;
mod kind;
mod list;
mod net;
mod place;
mod spec;
mod spec_azure;

pub use addr::{Addr, InvalidAddr};
pub use desired::{
    Auth, Desired, Environment, FailoverPolicy, FailoverRules, Ignore, Limit, Notify, NotifyForm, Regions,
};
pub use kind::{Cloud, Kind};
pub(crate) use list::for_each_kind;
pub use net::{AddressKind, AddressSource, Addresses, LateAddresses, PortRange, Protocol};
pub use place::{Place, PlaceKey};
pub use spec::{
    Acceptance, Endpoint, EndpointService, FoundLoadBalancer, GroupRef, Health, Listener, LoadBalancer,
    LoadBalancerRef, Ownership, Peer, PrivateLinkIngress, PrivateZoneRecord, Resource, Rule, SecurityGroup, Selector,
    ServiceRef, Spec, SubnetSelector, Target,
};
pub use spec_azure::{
    Access, ArmName, Direction, DnsAddresses, FirewallRule, FirewallRules, LinkServiceRef, NetworkSecurityGroup,
    NsgRule, Priority, PrivateDnsRecord, PrivateEndpoint, PrivateLinkService,
};
