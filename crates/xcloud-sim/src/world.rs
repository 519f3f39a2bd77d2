//! The state of both clouds.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::{Deserialize, Serialize};

use crate::azure_path::AzurePath;
use crate::{Millis, aws, azure};

/// The state of both clouds: one value that can be stored and loaded.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct World {
    /// Simulated time when the value was stored.
    pub now: Millis,
    /// The AWS accounts and regions.
    pub aws: aws::AwsWorld,
    /// The Azure subscriptions.
    pub azure: azure::AzureWorld,
    /// What stands before addresses of Azure: the health checks of load balancers in AWS meet it. Before an address that is not
    /// listed stands nothing.
    #[serde(default)]
    pub behind: BTreeMap<Ipv4Addr, AzurePath>,
}
