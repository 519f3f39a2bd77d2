//! Mutating calls on interface endpoints.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{ResourceType, SubnetConfiguration, VpcEndpointType};
use xcloud_core::op::{Call as _, EndpointOp, Handle, SubnetPin};
use xcloud_core::provider::{Performed, ProviderError};

use crate::answer::{done, gone_is_done, made, refused, required};
use crate::as_written::settled;
use crate::clients::Api;
use crate::handles::some;
use crate::tags;

fn subnet_ids(subnets: &[SubnetPin]) -> Option<Vec<String>> {
    (!subnets.is_empty()).then(|| subnets.iter().map(|pin| pin.subnet.clone()).collect())
}

/// The pinned addresses, beside the list of all subnets.
fn pins(subnets: &[SubnetPin]) -> Option<Vec<SubnetConfiguration>> {
    let pinned = subnets.iter().filter_map(|pin| {
        Some(SubnetConfiguration::builder().subnet_id(&pin.subnet).ipv4(pin.ip?.to_string()).build())
    });
    let pinned: Vec<SubnetConfiguration> = pinned.collect();
    (!pinned.is_empty()).then_some(pinned)
}

/// Makes the one call.
///
/// The client token is ours: the SDK does not fill it in. Private DNS is always said: left out, it may come on by
/// itself (terraform-provider-aws#37694). All changes go into one call: `ModifyVpcEndpoint` is refilled with 0.3 calls
/// a second (EC2 API request throttling).
pub(crate) async fn perform(api: &Api, op: &EndpointOp, token: &str) -> Result<Performed, ProviderError> {
    match op {
        EndpointOp::Create { service_name, vpc, subnets, groups, tags } => {
            let request = api
                .ec2
                .create_vpc_endpoint()
                .vpc_endpoint_type(VpcEndpointType::Interface)
                .service_name(service_name.id())
                .vpc_id(vpc)
                .set_subnet_ids(subnet_ids(subnets))
                .set_subnet_configurations(pins(subnets))
                .set_security_group_ids(some(groups))
                .private_dns_enabled(false)
                .set_tag_specifications(tags::specification(ResourceType::VpcEndpoint, tags))
                .client_token(token);
            let (output, request_ids) = api.mutate(op, request.send()).await?;
            let endpoint = output.vpc_endpoint;
            let dns = endpoint.as_ref().and_then(|endpoint| endpoint.dns_entries().first()).cloned();
            let (dns_name, dns_zone) = dns.map(|entry| (entry.dns_name, entry.hosted_zone_id)).unwrap_or_default();
            let id = required(api, op.name(), endpoint.and_then(|endpoint| endpoint.vpc_endpoint_id))?;
            Ok(made(id, [("dns-name", dns_name), ("dns-zone", dns_zone)], request_ids))
        }
        EndpointOp::Modify { endpoint, add_subnets, remove_subnets, add_groups, remove_groups, private_dns } => {
            let removed = (!remove_subnets.is_empty()).then(|| remove_subnets.iter().cloned().collect());
            let request = api
                .ec2
                .modify_vpc_endpoint()
                .vpc_endpoint_id(endpoint.id())
                .set_add_subnet_ids(subnet_ids(add_subnets))
                .set_subnet_configurations(pins(add_subnets))
                .set_remove_subnet_ids(removed)
                .set_add_security_group_ids(some(add_groups))
                .set_remove_security_group_ids(some(remove_groups))
                .set_private_dns_enabled(*private_dns);
            let answer = api.mutate(op, request.send()).await;
            settled(api, op, answer.map(|(_, request_ids)| done(request_ids))).await
        }
        EndpointOp::Delete { endpoints } => delete(api, op, endpoints).await,
    }
}

async fn delete(api: &Api, op: &EndpointOp, endpoints: &BTreeSet<Handle>) -> Result<Performed, ProviderError> {
    let request = api.ec2.delete_vpc_endpoints().set_vpc_endpoint_ids(some(endpoints));
    let answer = api.mutate(op, request.send()).await;
    gone_is_done(answer.and_then(|(output, request_ids)| {
        refused(api, op.name(), output.unsuccessful, &request_ids).map_or_else(|| Ok(done(request_ids)), Err)
    }))
}
