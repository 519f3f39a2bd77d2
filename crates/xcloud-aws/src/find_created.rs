//! Looks whether a create call whose answer was lost made its object.

use std::collections::BTreeSet;

use xcloud_core::live::{AwsQuery, EndpointState, LiveEndpoint, LiveService, ServiceState};
use xcloud_core::op::{AwsOp, EndpointOp, EndpointServiceOp, LoadBalancerOp, SecurityGroupOp};
use xcloud_core::provider::{Performed, ProviderError};

use crate::clients::Api;
use crate::interfaces::filter;
use crate::observe::{balancer_parts, endpoints, groups, load_balancers, services};
use crate::perform::load_balancers as made_balancers;
use crate::perform::{made, target_groups as made_target_groups};
use crate::tags;

/// Returns what the create call made, if it is there: by its name where it has one, and always by its mark.
pub(crate) async fn created(api: &Api, op: &AwsOp) -> Result<Option<Performed>, ProviderError> {
    match op {
        AwsOp::SecurityGroup(SecurityGroupOp::Create { name, vpc, tags, .. }) => {
            let filters = vec![filter("group-name", [name.clone()]), filter("vpc-id", [vpc.clone()])];
            let found = groups::describe(api, filters).await?;
            let ours = found.into_iter().find(|live| live.name == *name && tags::marked(&live.tags, tags));
            Ok(ours.map(|live| made(Some(live.id), [], Vec::new())))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::Create { name, .. }) => {
            let found = load_balancers::named(api, name).await?;
            let ours = found.into_iter().find(|live| made_balancers::is_the_one(live, op));
            Ok(ours.map(|live| made(Some(live.arn), [], Vec::new())))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { name, .. }) => {
            let found = load_balancers::target_groups_named(api, name).await?;
            let ours = found.into_iter().find(|live| made_target_groups::is_the_one(live, op));
            Ok(ours.map(|live| made(Some(live.arn), [], Vec::new())))
        }
        AwsOp::LoadBalancer(LoadBalancerOp::CreateListener { load_balancer, port, target_group, .. }) => {
            let found = balancer_parts::listeners(api, load_balancer.id()).await?;
            let ours = found
                .into_iter()
                .find(|live| live.port == *port && live.target_group.as_deref() == Some(target_group.id()));
            Ok(ours.map(|live| made(Some(live.arn), [], Vec::new())))
        }
        AwsOp::EndpointService(EndpointServiceOp::Create { .. }) => {
            let found = services::list(api).await?;
            let ours = found.into_iter().find(|live| is_the_service(live, op));
            Ok(ours.map(|live| made(Some(live.id), [("service-name", Some(live.service_name))], Vec::new())))
        }
        AwsOp::Endpoint(EndpointOp::Create { .. }) => {
            let listed = endpoints::list(api, &AwsQuery { endpoints: true, ..AwsQuery::default() }).await?;
            let ours = listed.into_iter().map(|listed| listed.endpoint).find(|live| is_the_endpoint(live, op));
            Ok(ours.map(|live| {
                let (name, zone) = live.dns.unzip();
                made(Some(live.id), [("dns-name", name), ("dns-zone", zone)], Vec::new())
            }))
        }
        _ => Ok(None),
    }
}

/// All tags must be there, not the mark alone: a replacement has its predecessor's address but its own name.
fn is_the_service(live: &LiveService, op: &AwsOp) -> bool {
    let AwsOp::EndpointService(EndpointServiceOp::Create { load_balancers, acceptance_required, tags }) = op else {
        return false;
    };
    let wanted: BTreeSet<String> = load_balancers.iter().map(|handle| handle.id().to_owned()).collect();
    tags::marked(&live.tags, tags)
        && tags::contain(&live.tags, tags)
        && live.load_balancers == wanted
        && live.acceptance_required == *acceptance_required
        && live.state != ServiceState::Deleting
}

fn is_the_endpoint(live: &LiveEndpoint, op: &AwsOp) -> bool {
    let AwsOp::Endpoint(EndpointOp::Create { service_name, vpc, subnets, groups, tags }) = op else { return false };
    let wanted_groups: BTreeSet<String> = groups.iter().map(|handle| handle.id().to_owned()).collect();
    let wanted_subnets: BTreeSet<String> = subnets.iter().map(|pin| pin.subnet.clone()).collect();
    tags::marked(&live.tags, tags)
        && tags::contain(&live.tags, tags)
        && live.service_name == service_name.id()
        && live.vpc == *vpc
        && live.subnets == wanted_subnets
        && (wanted_groups.is_empty() || live.groups == wanted_groups)
        && live.state != EndpointState::Deleting
}
