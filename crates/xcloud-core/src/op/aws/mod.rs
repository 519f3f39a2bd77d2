//! The calls to AWS: one file for each kind, and the tags of all of them.

mod endpoint;
mod endpoint_service;
mod load_balancer;
mod private_zone_record;
mod security_group;
mod tag;

pub use endpoint::EndpointOp;
pub use endpoint_service::EndpointServiceOp;
pub use load_balancer::LoadBalancerOp;
pub use private_zone_record::{PrivateZoneRecordOp, RecordAction, RecordChange, RecordValue};
pub use security_group::{GroupRule, PeerHandle, SecurityGroupOp};
pub use tag::TagOp;
