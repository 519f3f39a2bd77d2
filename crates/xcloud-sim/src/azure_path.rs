//! What stands before an application in Azure.

use serde::{Deserialize, Serialize};

/// What traffic of an application in Azure has to get through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AzurePath {
    /// The application's subscription.
    pub subscription: String,
    /// The id of the policy of the firewall on the way, if there is one.
    pub firewall_policy: Option<String>,
    /// The id of the network security group of the application's subnet, if it has one.
    pub network_security_group: Option<String>,
}
