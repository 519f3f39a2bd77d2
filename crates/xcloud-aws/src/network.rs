//! VPCs and subnets: found, never made.

use std::collections::BTreeSet;

use aws_sdk_ec2::types::{Subnet, Vpc};
use ipnet::Ipv4Net;
use xcloud_core::limits::Quota;
use xcloud_core::live::{AwsQuery, LiveSubnet, LiveVpc};
use xcloud_core::model::{Selector, SubnetSelector};
use xcloud_core::provider::ProviderError;

use crate::call::PAGE;
use crate::clients::Api;
use crate::tags::{self, Tags};

/// The VPCs and subnets that a query names.
#[derive(Debug, Default)]
pub(crate) struct Network {
    pub(crate) vpcs: Vec<LiveVpc>,
    pub(crate) subnets: Vec<LiveSubnet>,
}

/// Reads them with one call each: a region has few, and selectors by id and by tag do not fit into one filter.
pub(crate) async fn observe(api: &Api, query: &AwsQuery) -> Result<Network, ProviderError> {
    let selectors: BTreeSet<&Selector> =
        query.vpcs.iter().chain(query.records.iter().map(|(selector, _)| selector)).collect();
    if selectors.is_empty() && query.subnets.is_empty() {
        return Ok(Network::default());
    }
    let (vpcs, subnets) = futures_util::try_join!(
        api.listed(|lists| &lists.vpcs, (), || vpcs(api)),
        api.listed(|lists| &lists.subnets, (), || subnets(api)),
    )?;
    let named: BTreeSet<String> = vpcs
        .iter()
        .filter(|vpc| selectors.iter().any(|selector| matches(selector, &vpc.id, &vpc.tags)))
        .map(|vpc| vpc.id.clone())
        .collect();
    let subnets: Vec<LiveSubnet> = subnets
        .into_iter()
        .filter(|subnet| named.contains(&subnet.vpc) || query.subnets.iter().any(|wanted| selects(wanted, subnet)))
        .collect();
    // A subnet that is named by id brings its VPC with it: the VPC's ranges decide how targets are registered.
    let vpcs = vpcs
        .into_iter()
        .filter(|vpc| named.contains(&vpc.id) || subnets.iter().any(|subnet| subnet.vpc == vpc.id))
        .collect();
    Ok(Network { vpcs, subnets })
}

/// Returns true if the selector means this object.
pub(crate) fn matches(selector: &Selector, id: &str, live: &Tags) -> bool {
    match selector {
        Selector::Id(wanted) => wanted == id,
        Selector::Tag(wanted) => tags::contain(live, wanted),
    }
}

fn selects(selector: &SubnetSelector, subnet: &LiveSubnet) -> bool {
    match selector {
        SubnetSelector::Ids(ids) => ids.contains(&subnet.id),
        SubnetSelector::Tag(wanted) => tags::contain(&subnet.tags, wanted),
    }
}

async fn vpcs(api: &Api) -> Result<Vec<LiveVpc>, ProviderError> {
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeVpcs",
            |token| api.ec2.describe_vpcs().max_results(PAGE).set_next_token(token).send(),
            |page| (page.vpcs, page.next_token),
        )
        .await?;
    Ok(found.into_iter().map(live_vpc).collect())
}

fn live_vpc(vpc: Vpc) -> LiveVpc {
    let associated = vpc.cidr_block_association_set.iter().flatten().filter(|association| {
        let state = association.cidr_block_state.as_ref().and_then(|state| state.state.as_ref());
        state.is_none_or(|state| state.as_str().eq_ignore_ascii_case("associated"))
    });
    let cidrs = associated
        .filter_map(|association| association.cidr_block.as_deref())
        .chain(vpc.cidr_block.as_deref())
        .filter_map(|text| text.parse::<Ipv4Net>().ok())
        .map(|net| net.trunc())
        .collect();
    LiveVpc { id: vpc.vpc_id.unwrap_or_default(), cidrs, tags: tags::from_ec2(vpc.tags) }
}

async fn subnets(api: &Api) -> Result<Vec<LiveSubnet>, ProviderError> {
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeSubnets",
            |token| api.ec2.describe_subnets().max_results(PAGE).set_next_token(token).send(),
            |page| (page.subnets, page.next_token),
        )
        .await?;
    Ok(found.into_iter().filter_map(live_subnet).collect())
}

/// `None` for a subnet without IPv4: nothing that xcloud makes can live there.
fn live_subnet(subnet: Subnet) -> Option<LiveSubnet> {
    Some(LiveSubnet {
        cidr: subnet.cidr_block.as_deref()?.parse::<Ipv4Net>().ok()?.trunc(),
        id: subnet.subnet_id.unwrap_or_default(),
        vpc: subnet.vpc_id.unwrap_or_default(),
        az_id: subnet.availability_zone_id.unwrap_or_default(),
        tags: tags::from_ec2(subnet.tags),
    })
}
