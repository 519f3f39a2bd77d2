//! The form of the file as tables: one source for the reader's checks and for the JSON Schema that editors use.

mod aws;
mod azure;
mod file;
mod flow;
mod format;
mod format_aws;
mod format_azure;
mod format_net;
mod resource;
mod selectors;
mod types;
mod walk;

pub(crate) use file::FILE;
pub(crate) use format::seconds;
pub(crate) use format_aws::hex_id;
pub(crate) use format_aws::is_region;
pub(crate) use format_azure::{azure_name, is_guid, priorities};
pub(crate) use format_net::is_dns_name;
pub(crate) use format_net::{cidr, is_address_like, ports};
pub(crate) use resource::RESOURCE;
pub(crate) use types::{Format, Key, Shape, Type};
pub(crate) use walk::walk;
