//! Network interfaces: where the addresses of load balancers and endpoints are, and who holds a group.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, NetworkInterface};
use xcloud_core::live::Interface;
use xcloud_core::provider::ProviderError;

use crate::call::{FILTER_VALUES, PAGE, side_by_side};
use crate::clients::Api;

/// Reads the interfaces of load balancers, by load balancer.
///
/// They are known by their description, `ELB net/<name>/<id>` (NLB user guide). Anybody who may make an interface can
/// write that text, so the interface must also be of the type that only load balancers get.
pub(crate) async fn of_load_balancers(
    api: &Api,
    arns: &BTreeSet<String>,
) -> Result<BTreeMap<String, Vec<Interface>>, ProviderError> {
    let by_description: BTreeMap<String, &String> =
        arns.iter().filter_map(|arn| Some((description_of(arn)?, arn))).collect();
    let descriptions: BTreeSet<String> = by_description.keys().cloned().collect();
    let mut found: BTreeMap<String, Vec<Interface>> = BTreeMap::new();
    let of_type = filter("interface-type", ["network_load_balancer".to_owned()]);
    for interface in filtered(api, "description", &descriptions, &[of_type]).await? {
        let arn = interface.description.as_ref().and_then(|text| by_description.get(text));
        if let Some(arn) = arn {
            found.entry((*arn).clone()).or_default().push(live(&interface));
        }
    }
    Ok(found)
}

/// Reads interfaces by id; one that is gone is left out.
pub(crate) async fn by_ids(api: &Api, ids: &BTreeSet<String>) -> Result<BTreeMap<String, Interface>, ProviderError> {
    // By filter and not by id: one unknown id would fail the whole call.
    let interfaces = filtered(api, "network-interface-id", ids, &[]).await?;
    Ok(interfaces.iter().map(live).map(|interface| (interface.id.clone(), interface)).collect())
}

/// Reads the interfaces that use a security group.
pub(crate) async fn using_group(api: &Api, group: &str) -> Result<Vec<NetworkInterface>, ProviderError> {
    filtered(api, "group-id", &BTreeSet::from([group.to_owned()]), &[]).await
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
    values: &BTreeSet<String>,
    others: &[Filter],
) -> Result<Vec<NetworkInterface>, ProviderError> {
    let values: Vec<String> = values.iter().cloned().collect();
    let calls = values
        .chunks(FILTER_VALUES)
        .map(|chunk| {
            let mut filters = others.to_vec();
            filters.push(filter(name, chunk.iter().cloned()));
            let request = api.ec2.describe_network_interfaces().set_filters(Some(filters)).max_results(PAGE);
            api.pages(
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
