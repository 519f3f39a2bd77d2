//! What flows need of the rest of the file, and what no two of them may share.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::raw::{At, Fault, Node, Problems};
use crate::config::values::selector;
use crate::model::Selector;

use super::checks_pins;
use super::environment::Env;
use super::flow_layer::{Flow, Story, Way};

/// Reports everything that is wrong between flows, environments and accounts.
pub(super) fn check(story: &Story<'_>, problems: &mut Problems<'_>) {
    complete(story, problems);
    ports_and_acceptance(story, problems);
    load_balancers(story, problems);
    one_object_in_two_places(story, problems);
    checks_pins::check(story, problems);
}

fn missing(at: At, what: &str, why: &str, problems: &mut Problems<'_>) {
    problems.error(at, Fault::new(ProblemCode::MissingKey, format!("{what} is missing")).hint(why));
}

fn complete(story: &Story<'_>, problems: &mut Problems<'_>) {
    let Some(first) = story.flows.first() else { return };
    if story.hub.is_none() {
        missing(first.at, "`aws.hub`", "flows need the hub account: its id, VPC and subnets", problems);
    }
    if story.product.is_none() {
        missing(
            first.at,
            "`aws.product`",
            "flows need the selectors of VPC and subnets in the product's accounts",
            problems,
        );
    }
    if story.azure.is_none() {
        missing(first.at, "`azure`", "flows need the subscription", problems);
    }
    if story.environments.is_empty() {
        missing(first.at, "`environments`", "flows run in environments; name at least one", problems);
    }
    for env in &story.environments {
        environment_is_complete(env, story, problems);
    }
    if let Some(azure) = &story.azure
        && !azure.names_zone
    {
        for flow in story.flows.iter().filter(|flow| !flow.is_to_azure()) {
            if let Some(name) = flow.names.values().next() {
                missing(
                    name.at,
                    "`azure.private_dns_zone`",
                    "the name that Azure applications use needs a zone",
                    problems,
                );
            }
        }
    }
}

fn environment_is_complete(env: &Env, story: &Story<'_>, problems: &mut Problems<'_>) {
    let name = &env.name;
    if !env.names_account {
        missing(env.at, &format!("`account` of `{name}`"), "twelve digits, quoted", problems);
    }
    let way = |to_azure: bool| story.flows.iter().find(|flow| flow.is_to_azure() == to_azure);
    if let Some(flow) = way(false)
        && !env.names_azure_clients
    {
        let why = format!("`{}` is called from Azure: say by whom", flow.name);
        missing(env.azure_at, &format!("`azure.clients` of `{name}`"), &why, problems);
    }
    if let Some(flow) = way(true) {
        for region in env.regions.iter().filter(|region| !region.names_clients) {
            let why = format!("`{}` is called from AWS: say by whom", flow.name);
            missing(region.at, &format!("`clients` of `{name}` in {}", region.name), &why, problems);
        }
    }
    let Some(azure) = &story.azure else { return };
    if env.names_nsg && !azure.names_priorities {
        missing(
            env.azure_at,
            "`azure.nsg_priorities`",
            "rules in the network security group need priorities, for example 2000-2099",
            problems,
        );
    }
    if !env.names_nsg && azure.policy.is_none() {
        let fault = Fault::new(ProblemCode::NoAzureRules, format!("nothing is opened in Azure for `{name}`"))
            .hint("name its `nsg`, or a `firewall_policy` for all, or open it by hand");
        problems.warning(env.azure_at, fault);
    }
}

fn ports_and_acceptance(story: &Story<'_>, problems: &mut Problems<'_>) {
    let flows: Vec<&Flow<'_>> = story.flows.iter().filter(|flow| flow.is_to_azure()).collect();
    let mut ports: BTreeMap<u16, &str> = BTreeMap::new();
    for flow in &flows {
        let Some(port) = &flow.port else { continue };
        match ports.get(&port.value) {
            Some(first) => {
                let fault =
                    Fault::new(ProblemCode::PortTaken, format!("`{first}` listens on port {} already", port.value))
                        .hint("all aws-to-azure flows share one load balancer; give each its own port");
                problems.error(port.at, fault);
            }
            None => {
                ports.insert(port.value, &flow.name);
            }
        }
    }
    let mut words = flows.iter().filter_map(|flow| flow.acceptance.as_ref().map(|word| (flow, word)));
    let Some((first, agreed)) = words.next() else { return };
    for (_, word) in words.filter(|(_, word)| word.value != agreed.value) {
        let fault = Fault::new(ProblemCode::AcceptanceDiffers, format!("`{}` has another `acceptance`", first.name))
            .hint("all aws-to-azure flows share one endpoint service; give all the same");
        problems.error(word.at, fault);
    }
}

/// Two azure-to-aws flows on one load balancer would need two services in front of it: an NLB has only one.
fn load_balancers(story: &Story<'_>, problems: &mut Problems<'_>) {
    let mut seen: BTreeMap<(&str, Selector), &str> = BTreeMap::new();
    for flow in &story.flows {
        let Way::ToAws { nlb: Some(nlb), .. } = &flow.way else { continue };
        for env in &story.environments {
            let (Some(account), Some(found)) = (&env.account, selector(Some(nlb), &env.name)) else { continue };
            let key = (account.value.as_str(), found);
            match seen.get(&key) {
                Some(first) if *first != flow.name => {
                    let fault = Fault::new(
                        ProblemCode::LoadBalancerShared,
                        format!("`{first}` selects the same load balancer"),
                    )
                    .hint("a load balancer belongs to one endpoint service only, which exposes all its listeners");
                    problems.error(nlb.at, fault);
                }
                Some(_) => {
                    let fault = Fault::new(
                        ProblemCode::LoadBalancerShared,
                        format!("two environments in account {} select the same load balancer", account.value),
                    )
                    .hint("never one load balancer for two environments; select it with {env}");
                    problems.error(nlb.at, fault);
                }
                None => {
                    seen.insert(key, &flow.name);
                }
            }
        }
    }
}

/// An id names one object in one region and account; selectors serve several.
fn one_object_in_two_places(story: &Story<'_>, problems: &mut Problems<'_>) {
    let regions = story.environments.iter().flat_map(|env| env.regions.iter().map(|region| region.name.as_str()));
    let regions: std::collections::BTreeSet<&str> = regions.collect();
    if regions.len() > 1 {
        for node in
            [&story.hub, &story.product].into_iter().flatten().flat_map(|side| [side.vpc, side.subnets]).flatten()
        {
            for id in written_ids(node) {
                let regions: Vec<&str> = regions.iter().copied().collect();
                let text = id.text().unwrap_or_default();
                let fault = Fault::new(
                    ProblemCode::IdInTwoRegions,
                    format!("{text} cannot be in both {}", regions.join(" and ")),
                )
                .hint("select by tag: {tag: {key: value}}");
                problems.error(id.at, fault);
            }
        }
    }
    for flow in &story.flows {
        let Way::ToAws { nlb: Some(nlb), .. } = &flow.way else { continue };
        if let Some(arn) = nlb.get("arn") {
            arn_fits(arn, story, problems);
        }
    }
}

fn written_ids(node: &Node) -> Vec<&Node> {
    node.get("id").into_iter().chain(node.get("ids").map(Node::items).unwrap_or_default()).collect()
}

fn arn_fits(arn: &Node, story: &Story<'_>, problems: &mut Problems<'_>) {
    let parts: Vec<&str> = arn.text().unwrap_or_default().split(':').collect();
    let [_, _, _, region, account, name] = parts.as_slice() else { return };
    if !name.starts_with("loadbalancer/net/") {
        return;
    }
    for env in &story.environments {
        let wrong_account = env.account.as_ref().is_some_and(|known| known.value != *account);
        let wrong_region = env.regions.iter().find(|lived| lived.name != *region);
        let place = match wrong_region {
            _ if wrong_account => format!("the account of `{}`", env.name),
            Some(region) => format!("{}, where `{}` lives too", region.name, env.name),
            None => continue,
        };
        let fault = Fault::new(ProblemCode::ArnElsewhere, format!("this load balancer is not in {place}"))
            .hint("select by tag: {tag: {key: value}}");
        return problems.error(arn.at, fault);
    }
}
