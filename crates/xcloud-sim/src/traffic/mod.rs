//! Whether one TCP connection would come through the simulated clouds now, and if not, which hop refuses it and why.
//!
//! ```text
//!  way 1  name ── endpoint ── its groups ── service ── load balancer ── its groups ── listener ── target
//!           └ Route 53                                                                  └ from every node: Azure
//!  way 2  name ── Azure, to every address ── endpoint ── its groups ── service ── ... ── listener ── target
//!           └ Azure private DNS
//!  Azure  firewall policy and network security group, both of which must admit the connection
//! ```
//!
//! It is a judge: it reads the state and computes each answer by itself, one connection at a time, as the clouds' own
//! documentation says. [`from_aws`] and [`from_azure`] are strict: a connection passes only if it passes from every node
//! and to every address, and, while a write of a rule runs or after one has failed, with the rule as it was and as it
//! shall be. [`admitted`] is strict the other way round: what could pass, passes.
//!
//! What the simulator does not hold lets a connection through:
//! - routes, transit gateways, Direct Connect, ExpressRoute and VPN; network ACLs; AWS Network Firewall;
//! - the client's own security groups; policies of endpoints; permissions of a service after its endpoint was made;
//! - zones: an endpoint's interface reaches every node, and a node every target, as with cross-zone load balancing;
//! - second addresses of load balancer nodes; clients in a security group that a rule refers to (only the interfaces of
//!   endpoints and load balancers are known, so such a rule admits nobody else);
//! - Azure: admin rules, threat intelligence, DNAT and application rules, IP groups, FQDNs, application security groups
//!   and service tags but `VirtualNetwork` (a rule with nothing else matches nothing);
//! - DNS: caches, spreading, wildcards and, in Azure, anything but A records;
//! - a security group of Azure that is written as a whole counts as written at once.

mod addresses;
mod filters;
mod firewall;
mod first_match;
mod from_aws;
mod from_azure;
mod in_force;
mod names;
mod private_link;
mod question;
mod security_rules;
mod verdict;

pub use crate::azure_path::AzurePath;
pub use filters::{admitted, surely_admitted};
pub use from_aws::from_aws;
pub use from_azure::from_azure;
pub use question::{Direction, FromAws, FromAzure, Packet};
pub use verdict::{Judgement, Verdict};
