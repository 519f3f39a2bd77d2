//! The form of the file as tables: one source for the reader's checks and for the JSON Schema that editors use.

mod file;
mod flow;
pub(crate) mod format;
pub(crate) mod format_aws;
pub(crate) mod format_azure;
pub(crate) mod format_net;
mod resource;
mod selectors;
mod types;
mod walk;

pub(crate) use file::FILE;
pub(crate) use flow::{ACCEPTANCE, HEALTH, NLB};
pub(crate) use format::seconds;
pub(crate) use format_aws::hex_id;
pub(crate) use format_aws::is_region;
pub(crate) use format_azure::{azure_name, is_guid, priorities};
pub(crate) use format_net::is_dns_name;
pub(crate) use format_net::{cidr, is_address_like, outside_target, ports};
pub(crate) use resource::{
    ADDRESS_KEY, CIDR_TYPE, DRAIN_KEY, ENV_KEY, FLOW_KEY, GROUP_TYPE, IN_KEY, IPV4_TYPE, NAME_KEY, PORTS_TYPE,
    PROTECT_KEY, TAGS_KEY,
};
pub(crate) use selectors::{SUBNETS_KEY, VPC, VPC_KEY};
pub(crate) use types::{Format, Key, Shape, Type};
pub(crate) use walk::walk;
