//! The provider's view of the endpoints that connect to its services.

use super::endpoint_services::find;
use super::endpoints::{Endpoint, PENDING_SECONDS, Phase, dns_entries, dns_entry_set};
use super::filter::Filters;
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::service_changes::unsuccessful;
use super::world::Region;
use super::xml::Xml;
use crate::Millis;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::read("DescribeVpcEndpointConnections", &["Filter", "MaxResults", "NextToken"], describe),
    Operation::write("AcceptVpcEndpointConnections", &["ServiceId", "VpcEndpointId"], |call| {
        let works = call.now.plus_secs(PENDING_SECONDS);
        decide(call, |state| state == "pendingAcceptance", Phase::Accepted(works))
    }),
    Operation::write("RejectVpcEndpointConnections", &["ServiceId", "VpcEndpointId"], |call| {
        decide(call, |state| matches!(state, "pendingAcceptance" | "pending" | "available"), Phase::Rejected)
    }),
];

/// The API text also lists `vpc-endpoint-id`, which the service refuses (hashicorp/terraform-provider-aws#48442).
const FILTERS: &[&str] =
    &["service-id", "vpc-endpoint-owner", "vpc-endpoint-state", "vpc-endpoint-region", "ip-address-type"];

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, FILTERS)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let found = region.endpoints.iter().filter(|(_, endpoint)| {
        let own = region.services.get(&endpoint.service).is_some_and(|service| service.owner == account);
        own && endpoint.visible <= now
            && filters.admit(&endpoint.tags, |filter| {
                vec![match filter {
                    "service-id" => endpoint.service.clone(),
                    "vpc-endpoint-owner" => endpoint.owner.clone(),
                    "vpc-endpoint-state" => endpoint.state(now).to_owned(),
                    "vpc-endpoint-region" => name.clone(),
                    _ => "ipv4".to_owned(),
                }]
            })
    });
    let items = found.map(|(id, endpoint)| (id.clone(), connection_xml(&name, region, id, endpoint, now))).collect();
    let page = ec2_page(&query, items)?;
    Ok(Xml::new().list("vpcEndpointConnectionSet", "item", page.items).maybe("nextToken", page.next))
}

fn connection_xml(region_name: &str, region: &Region, id: &str, endpoint: &Endpoint, now: Millis) -> Xml {
    let balancers = region.services.get(&endpoint.service).map(|service| service.load_balancers.clone());
    Xml::new()
        .text("serviceId", &endpoint.service)
        .text("vpcEndpointId", id)
        .text("vpcEndpointOwner", &endpoint.owner)
        .text("vpcEndpointState", endpoint.state(now))
        .text("creationTimestamp", endpoint.created.iso8601())
        .join(&dns_entry_set(dns_entries(region_name, region, id, endpoint)))
        .texts("networkLoadBalancerArnSet", "item", balancers.unwrap_or_default())
        .text("ipAddressType", "ipv4")
        .text("vpcEndpointConnectionId", &endpoint.connection)
        .list("tagSet", "item", [])
        .text("vpcEndpointRegion", region_name)
}

/// Accepts or rejects; what cannot be is listed in the answer, which has HTTP 200 all the same.
fn decide(call: &mut Call<'_>, from: fn(&str) -> bool, to: Phase) -> Answer {
    let service = call.query.required("ServiceId")?.to_owned();
    let ids = call.query.required_list("VpcEndpointId")?;
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    find(region, &account, now, &service)?;
    let mut failed = Vec::new();
    for id in ids {
        let endpoint =
            region.endpoints.get_mut(&id).filter(|endpoint| endpoint.service == service && endpoint.visible <= now);
        match endpoint {
            None => {
                let text = format!("The Vpc Endpoint Id '{id}' does not exist");
                failed.push(unsuccessful(&id, "InvalidVpcEndpointId.NotFound", &text));
            }
            Some(endpoint) if from(endpoint.state(now)) => endpoint.phase = to,
            Some(endpoint) => {
                let text = format!("The Vpc Endpoint '{id}' is in state {}", endpoint.state(now));
                failed.push(unsuccessful(&id, "InvalidState", &text));
            }
        }
    }
    Ok(Xml::new().list("unsuccessful", "item", failed))
}
