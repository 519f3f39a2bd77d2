//! The simulated AWS side: EC2 (with PrivateLink), ELBv2, STS and Route 53 at the wire.
//!
//! ```text
//!  Request ── dispatch ── throttle ── operation (one file per family) ── Xml ── Response
//!                            │                 │
//!                            └──── AwsWorld ───┘   every later event is a time in it
//! ```
//!
//! `docs.aws.amazon.com` says what an API promises; where observation differs from it, the doc comment at the
//! place says so.

mod amazon_services;
mod census;
mod connections;
mod console;
mod dispatch;
mod elb_attributes;
mod elb_tags;
mod endpoint_changes;
mod endpoint_services;
mod endpoints;
mod failure;
mod filter;
mod governed;
mod hosted_zones;
mod interfaces;
mod listeners;
mod load_balancer_changes;
mod load_balancers;
mod operation;
mod page;
mod partition;
mod prefix_lists;
mod query;
mod record;
mod record_changes;
mod record_sets;
#[cfg(test)]
mod robust;
mod route53;
mod rule_changes;
mod rule_reads;
mod rule_updates;
mod rules;
mod security_groups;
mod seed;
mod service_changes;
mod service_permissions;
mod sts;
mod tags;
mod target_groups;
mod targets;
mod throttle;
mod view;
mod vpcs;
mod world;
mod xml;
mod zones;

pub use census::Object;
pub use dispatch::{error_response, handle, operation_of};
pub use record::pair_line;
pub use seed::{ListenerSeed, LoadBalancerSeed, SeedError, SubnetSeed, VpcSeed};
pub(crate) use view::{BalancerView, EndpointView, Holding, RecordView, TargetView, VpcView};
pub use world::{AwsWorld, Quotas};
pub use zones::ids as zone_ids;
