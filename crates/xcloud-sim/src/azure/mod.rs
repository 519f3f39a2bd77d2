//! Azure Resource Manager: Microsoft.Network at API 2024-03-01 and private DNS at 2024-06-01.
//!
//! ```text
//!  Request ─ route ─ bearer? api-version? throttle? subscription? resource group? ─┬─ one file per kind ─ Reply
//!                                                                                  └─ operations (polling)
//! ```
//!
//! [`handle`] is a function of the state, the time and the request. A long-running operation is a record with the
//! moment it ends; every call first lets the operations that are over by now take their effect, in order.
//!
//! Sources: Microsoft's OpenAPI files for the wire format; Azure's documentation and public issue threads for the
//! behaviour. Error codes that no public text gives are marked as such where they are made.

mod addresses;
mod call;
mod dns;
mod firewall_policies;
mod governance;
mod governing;
mod ids;
mod interfaces;
mod link_connections;
mod link_services;
mod listing;
mod load_balancers;
mod networks;
mod operation;
mod operation_name;
mod operations;
mod private_endpoints;
mod record;
mod record_sets;
mod render;
mod reply;
mod roles;
mod route;
mod rule_groups;
mod schema;
mod security_groups;
mod security_rules;
mod seed;
mod settle;
mod shapes;
mod subnets;
mod tamper;
mod throttle;
mod views;
mod world;
mod write;

pub use governing::{AddedTag, Lock, RequiredTag};
pub use ids::{Kind, ResourceId, same_region};
pub use operation::{Operation, OperationStatus, Verb};
pub use operation_name::operation_of;
pub use record::pair_line;
pub use reply::error_response;
pub use route::handle;
pub use seed::{RuleSeed, SeedError, SubnetSeed};
pub use throttle::Throttle;
pub use world::{AzureWorld, Decision, Durations, IfMatch, PlannedFailure, ResourceGroup, State, Stored, Subscription};
