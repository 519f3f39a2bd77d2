//! Reading whatever an id names.

use xcloud_core::model::ArmName;

use crate::arm::{Arm, Found};
use crate::ids;
use crate::kinds::private_dns_record::RecordType;
use crate::kinds::{
    firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service,
};

/// Reads the object of an id, of the kinds that operations and conditions name.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Found {
    let types = ids::types_of(id).map_err(|why| arm.invalid("GET", &why))?;
    match types.to_ascii_lowercase().as_str() {
        "networksecuritygroups/securityrules" => network_security_group::rule(arm, id).await,
        "firewallpolicies/rulecollectiongroups" => firewall_rules::one(arm, id).await,
        "privatelinkservices" => private_link_service::one(arm, id).await,
        "privateendpoints" => private_endpoint::one(arm, id).await,
        "privatednszones/a" => private_dns_record::one(arm, id, RecordType::A).await,
        "privatednszones/txt" => private_dns_record::one(arm, id, RecordType::Txt).await,
        other => Err(arm.invalid("GET", &format!("resources of type {other} are not read"))),
    }
}
