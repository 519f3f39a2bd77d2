//! Pinned addresses: each belongs to one object, is on one side only, and their numbers agree.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Problems};
use crate::config::values::{Located, is_wide};

use super::environment::{Env, Region};
use super::flow_layer::{Flow, Story, Way};

/// Pins of one object: what they are, and the addresses.
type Pins<'a> = (String, &'a [Located<Ipv4Addr>]);

/// Reports what is wrong with pins and with addresses that are on both sides.
pub(super) fn check(story: &Story<'_>, problems: &mut Problems<'_>) {
    let ways: Vec<&Flow<'_>> = story.flows.iter().filter(|flow| !flow.is_to_azure()).collect();
    let mut holders: BTreeMap<Ipv4Addr, String> = BTreeMap::new();
    for env in &story.environments {
        for region in &env.regions {
            shared_endpoint_ips(env, region, &ways, problems);
            unused(region, story, problems);
            let pins = pins_of(env, region, &ways);
            overlapping(&pins, &mut holders, problems);
            counts(&pins, problems);
            for (_, list) in &pins {
                in_azure(list, story, problems);
            }
        }
    }
    azure_addresses(story, &holders, problems);
    both_sides(story, problems);
}

/// All pins of an environment and region, each list with what it belongs to.
fn pins_of<'a>(env: &'a Env, region: &'a Region, ways: &[&'a Flow<'a>]) -> Vec<Pins<'a>> {
    let at = format!("{} in {}", env.name, region.name);
    let mut pins = vec![
        (format!("the load balancer of {at}"), region.service_ips.as_slice()),
        (format!("the endpoint of {at}"), region.endpoint_ips.as_slice()),
    ];
    for flow in ways {
        if let Way::ToAws { endpoint_ips, .. } = &flow.way
            && let Some(list) = endpoint_ips.get(&(env.name.clone(), region.name.clone()))
        {
            pins.push((format!("the endpoint of {} for {at}", flow.name), list.as_slice()));
        }
    }
    pins
}

/// With several azure-to-aws flows there are several endpoints: which of them would `endpoint_ips` of the region pin?
fn shared_endpoint_ips(env: &Env, region: &Region, ways: &[&Flow<'_>], problems: &mut Problems<'_>) {
    let Some(first) = region.endpoint_ips.first() else { return };
    let key = (env.name.clone(), region.name.clone());
    let own = ways
        .iter()
        .find(|flow| matches!(&flow.way, Way::ToAws { endpoint_ips, .. } if endpoint_ips.contains_key(&key)));
    if ways.len() > 1 {
        let names: Vec<&str> = ways.iter().map(|flow| flow.name.as_str()).collect();
        let fault = Fault::new(
            ProblemCode::EndpointIpsShared,
            format!("{} each have an endpoint of their own", names.join(", ")),
        )
        .hint(format!("move the pins to the flows: `endpoint_ips: {{{}: {{{}: [...]}}}}`", env.name, region.name));
        problems.error(first.at, fault);
    } else if let Some(flow) = own {
        let fault = Fault::new(ProblemCode::EndpointIpsTwice, format!("`{}` pins this endpoint too", flow.name))
            .hint("keep one of them");
        problems.error(first.at, fault);
    }
}

fn unused(region: &Region, story: &Story<'_>, problems: &mut Problems<'_>) {
    for (list, to_azure, key, way) in [
        (&region.service_ips, true, "service_ips", "aws-to-azure"),
        (&region.endpoint_ips, false, "endpoint_ips", "azure-to-aws"),
    ] {
        if let Some(first) = list.first()
            && !story.flows.iter().any(|flow| flow.is_to_azure() == to_azure)
        {
            let fault = Fault::new(ProblemCode::UnusedPins, format!("`{key}` has no effect: there is no {way} flow"));
            problems.warning(first.at, fault);
        }
    }
}

/// All pins are in the hub, and Azure tells regions and environments apart by them: none is pinned twice.
fn overlapping(pins: &[Pins<'_>], holders: &mut BTreeMap<Ipv4Addr, String>, problems: &mut Problems<'_>) {
    for (holder, list) in pins {
        for pin in *list {
            match holders.get(&pin.value) {
                Some(first) => {
                    let fault =
                        Fault::new(ProblemCode::PinTaken, format!("{} is pinned for {first} already", pin.value));
                    problems.error(pin.at, fault);
                }
                None => {
                    holders.insert(pin.value, holder.clone());
                }
            }
        }
    }
}

/// All of a region's pins are in the same hub subnets: one address for each.
fn counts(pins: &[Pins<'_>], problems: &mut Problems<'_>) {
    let mut pinned = pins.iter().filter(|(_, list)| !list.is_empty());
    let Some((first, list)) = pinned.next() else { return };
    for (holder, other) in pinned.filter(|(_, other)| other.len() != list.len()) {
        let fault = Fault::new(
            ProblemCode::PinCount,
            format!("pinned addresses differ in number: {} for {holder}, {} for {first}", other.len(), list.len()),
        )
        .hint("both take one address of each hub subnet");
        problems.error(other[0].at, fault);
    }
}

fn in_azure(list: &[Located<Ipv4Addr>], story: &Story<'_>, problems: &mut Problems<'_>) {
    for pin in list {
        for env in &story.environments {
            let inside = env.azure_clients.iter().find(|net| holds(&net.value, pin.value));
            if let Some(net) = inside {
                let message = format!("{} is inside {}, the Azure clients of `{}`", pin.value, net.value, env.name);
                problems.error(
                    pin.at,
                    Fault::new(ProblemCode::BothSides, message).hint("a pin is an address of the hub in AWS"),
                );
            }
        }
    }
}

/// A range that is wide on purpose holds both clouds, and says nothing about an address.
fn holds(net: &IpNet, ip: Ipv4Addr) -> bool {
    !is_wide(net) && matches!(net, IpNet::V4(net) if net.contains(&ip))
}

/// An Azure application has no address of AWS.
fn azure_addresses(story: &Story<'_>, holders: &BTreeMap<Ipv4Addr, String>, problems: &mut Problems<'_>) {
    for flow in &story.flows {
        let Way::ToAzure { azure_ip, .. } = &flow.way else { continue };
        for ip in azure_ip.values() {
            if let Some(holder) = holders.get(&ip.value) {
                let fault = Fault::new(ProblemCode::BothSides, format!("{} is pinned in AWS for {holder}", ip.value));
                problems.error(ip.at, fault);
            }
            let regions = story.environments.iter().flat_map(|env| env.regions.iter().map(move |region| (env, region)));
            for (env, region) in regions {
                if let Some(net) = region.clients.iter().find(|net| holds(&net.value, ip.value)) {
                    let message = format!(
                        "{} is inside {}, the AWS clients of `{}` in {}",
                        ip.value, net.value, env.name, region.name
                    );
                    let fault = Fault::new(ProblemCode::BothSides, message)
                        .hint("`azure_ip` is the application's address in Azure");
                    problems.error(ip.at, fault);
                }
            }
        }
    }
}

/// Clients of both clouds in one range: legal behind `PrivateLink`, and hard to tell apart in a rule.
fn both_sides(story: &Story<'_>, problems: &mut Problems<'_>) {
    for env in &story.environments {
        for region in &env.regions {
            for net in &region.clients {
                let other = env.azure_clients.iter().find(|azure| overlap(&azure.value, &net.value));
                if let Some(azure) = other {
                    let message =
                        format!("{} overlaps {}, the Azure clients of `{}`", net.value, azure.value, env.name);
                    problems.warning(net.at, Fault::new(ProblemCode::BothSides, message));
                }
            }
        }
    }
}

fn overlap(a: &IpNet, b: &IpNet) -> bool {
    !is_wide(a) && !is_wide(b) && (a.contains(b) || b.contains(a))
}
