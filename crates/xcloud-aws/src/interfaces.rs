//! Network interfaces: where the addresses of load balancers and endpoints are, and who holds a group.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, NetworkInterface};
use xcloud_core::limits::Quota;
use xcloud_core::live::Interface;
use xcloud_core::provider::ProviderError;

use crate::call::{FILTER_VALUES, PAGE, side_by_side};
use crate::clients::Api;

/// The types that load balancers and endpoints alone get.
const TYPES: [&str; 2] = ["network_load_balancer", "vpc_endpoint"];

/// Reads the interfaces of load balancers and endpoints in one go, by their holder.
///
/// AWS describes them as `ELB net/<name>/<id>` (NLB user guide) and `VPC Endpoint Interface <id>`. Anybody who may
/// make an interface can write such a text, so it must also be of a type that only AWS can make.
pub(crate) async fn of_holders(
    api: &Api,
    balancers: &BTreeSet<String>,
    endpoints: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Interface>>, ProviderError> {
    let balancers = balancers.iter().filter_map(|arn| Some((description_of(arn)?, arn)));
    let endpoints = endpoints.iter().map(|id| (format!("VPC Endpoint Interface {id}"), id));
    let holders: BTreeMap<String, &String> = balancers.chain(endpoints).collect();
    let mut found: BTreeMap<String, Vec<Interface>> = BTreeMap::new();
    let of_type = filter("interface-type", TYPES.map(str::to_owned));
    for interface in filtered(api, "description", holders.keys().cloned().collect(), &[of_type]).await? {
        if let Some(holder) = interface.description.as_ref().and_then(|text| holders.get(text)) {
            found.entry((*holder).clone()).or_default().push(live(&interface));
        }
    }
    Ok(found)
}

/// Reads the interfaces of load balancers, by load balancer.
pub(crate) async fn of_load_balancers(
    api: &Api,
    arns: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Interface>>, ProviderError> {
    of_holders(api, arns, &BTreeSet::new()).await
}

/// Reads interfaces by id; one that is gone is left out.
pub(crate) async fn by_ids(api: &Api, ids: Vec<String>) -> Result<BTreeMap<String, Interface>, ProviderError> {
    // By filter and not by id: one unknown id would fail the whole call.
    let interfaces = filtered(api, "network-interface-id", ids, &[]).await?;
    Ok(interfaces.iter().map(live).map(|interface| (interface.id.clone(), interface)).collect())
}

/// Reads the interfaces that use a security group.
pub(crate) async fn using_group(api: &Api, group: &str) -> Result<Vec<NetworkInterface>, ProviderError> {
    filtered(api, "group-id", vec![group.to_owned()], &[]).await
}

/// The part of a load balancer's ARN that its interfaces repeat. The type in the ARN is not trusted.
fn description_of(arn: &str) -> Option<String> {
    let mut parts = arn.rsplit('/');
    let (id, name) = (parts.next()?, parts.next()?);
    Some(format!("ELB net/{name}/{id}"))
}

async fn filtered(
    api: &Api,
    name: &str,
    values: Vec<String>,
    others: &[Filter],
) -> Result<Vec<NetworkInterface>, ProviderError> {
    let calls = values
        .chunks(FILTER_VALUES)
        .map(|chunk| {
            let mut filters = others.to_vec();
            filters.push(filter(name, chunk.iter().cloned()));
            let request = api.ec2.describe_network_interfaces().set_filters(Some(filters)).max_results(PAGE);
            api.pages(
                Quota::Ec2Reads,
                "DescribeNetworkInterfaces",
                move |token| request.clone().set_next_token(token).send(),
                |page| (page.network_interfaces, page.next_token),
            )
        })
        .collect();
    Ok(side_by_side(calls).await?.into_iter().flatten().collect())
}

/// Returns an EC2 filter.
pub(crate) fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values.into_iter().collect())).build()
}

fn live(interface: &NetworkInterface) -> Interface {
    let all = interface.private_ip_addresses().iter().filter_map(|address| address.private_ip_address());
    let ips = all.chain(interface.private_ip_address()).filter_map(|text| text.parse().ok()).collect();
    Interface {
        id: interface.network_interface_id.clone().unwrap_or_default(),
        subnet: interface.subnet_id.clone().unwrap_or_default(),
        ips,
    }
}
