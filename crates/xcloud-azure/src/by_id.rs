//! Reading whatever an id names.

use xcloud_core::model::{ArmName, AzureKind};

use crate::arm::{Arm, Found};
use crate::ids;
use crate::kinds::{
    firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service,
};

/// Reads the object of an id: each kind knows the ids of its own objects.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Found {
    for kind in AzureKind::ALL {
        let read = match kind {
            AzureKind::NetworkSecurityGroup => network_security_group::by_id(arm, id).await,
            AzureKind::FirewallRules => firewall_rules::by_id(arm, id).await,
            AzureKind::PrivateLinkService => private_link_service::by_id(arm, id).await,
            AzureKind::PrivateEndpoint => private_endpoint::by_id(arm, id).await,
            AzureKind::PrivateDnsRecord => private_dns_record::by_id(arm, id).await,
        };
        if let Some(found) = read {
            return found;
        }
    }
    let types = ids::types_of(id).map_err(|why| arm.invalid("GET", &why))?;
    Err(arm.invalid("GET", &format!("resources of type {types} are not read")))
}
