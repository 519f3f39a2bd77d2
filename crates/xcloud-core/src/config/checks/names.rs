//! Names in the clouds: their limits, and that no two resources get the same.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::draft::Draft;
use crate::config::raw::{Fault, Problems};
use crate::config::shape::azure_name;
use crate::model::{Addr, PlaceKey, Selector, Spec};

/// What makes a name unique: the place, and in it the VPC or resource group.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Scope {
    Place,
    Vpc(Selector),
    ResourceGroup(String),
}

pub(super) fn check(drafts: &[&Draft], product: &str, problems: &mut Problems<'_>) {
    let mut taken: BTreeMap<(PlaceKey, &str, Scope, String), &Addr> = BTreeMap::new();
    for draft in drafts {
        limits(draft, product, problems);
        let resource = &draft.resource;
        let Some((scope, name)) = scoped_name(&resource.spec) else { continue };
        let kind = resource.spec.kind().full();
        let key = (resource.place.key(), kind, scope, name.to_ascii_lowercase());
        if let Some(first) = taken.insert(key, &resource.addr) {
            let fault = Fault::new(ProblemCode::NameTaken, format!("{first} is named {name} too"))
                .hint("names of one kind are unique in an account and region; give it another `name`");
            problems.error(draft.at, fault);
        }
    }
}

/// The names that must be unique, and where. Group names are unique in a VPC, without regard to case.
fn scoped_name(spec: &Spec) -> Option<(Scope, &str)> {
    match spec {
        Spec::SecurityGroup(group) => Some((Scope::Vpc(group.vpc.clone()), &group.name)),
        Spec::LoadBalancer(balancer) => Some((Scope::Place, &balancer.name)),
        Spec::EndpointService(service) => Some((Scope::Place, &service.name)),
        Spec::Endpoint(endpoint) => Some((Scope::Place, &endpoint.name)),
        Spec::PrivateLinkService(service) => {
            Some((Scope::ResourceGroup(service.resource_group.to_ascii_lowercase()), &service.name))
        }
        Spec::PrivateEndpoint(endpoint) => {
            Some((Scope::ResourceGroup(endpoint.resource_group.to_ascii_lowercase()), &endpoint.name))
        }
        _ => None,
    }
}

/// Azure network objects have at most 80 characters, EC2 groups and tag values 255 and 256.
fn limits(draft: &Draft, product: &str, problems: &mut Problems<'_>) {
    let azure: Vec<&str> = match &draft.resource.spec {
        Spec::NetworkSecurityGroup(group) => group.rules.iter().map(|rule| rule.name.as_str()).collect(),
        Spec::FirewallRules(group) => group.rules.iter().map(|rule| rule.name.as_str()).collect(),
        Spec::PrivateLinkService(service) => vec![&service.name],
        Spec::PrivateEndpoint(endpoint) => vec![&endpoint.name],
        _ => Vec::new(),
    };
    for name in azure {
        if let Err(mut fault) = azure_name(name) {
            fault.message = format!("the name in Azure would be {name}: {}", fault.message);
            fault.hint = Some("shorten the names that it is made of".to_owned());
            problems.error(draft.at, fault);
        }
    }
    mark_fits(draft, product, problems);
    let aws = match &draft.resource.spec {
        Spec::SecurityGroup(group) => &group.name,
        Spec::LoadBalancer(balancer) => &balancer.name,
        Spec::EndpointService(service) => &service.name,
        Spec::Endpoint(endpoint) => &endpoint.name,
        _ => return,
    };
    // Two characters are left for the suffix of a replacement.
    if aws.len() > 253 {
        let fault = Fault::new(
            ProblemCode::TooLong,
            format!("the name in AWS would have {} characters; at most 253 are allowed", aws.len()),
        );
        problems.error(draft.at, fault);
    }
}

/// The description of an Azure rule, at most 140 characters, is its mark: it names the product and the whole address.
fn mark_fits(draft: &Draft, product: &str, problems: &mut Problems<'_>) {
    if !matches!(draft.resource.spec, Spec::NetworkSecurityGroup(_) | Spec::FirewallRules(_)) {
        return;
    }
    let length = "xcloud:".len() + product.len() + 1 + draft.resource.addr.as_str().len();
    if length > 140 {
        let message = format!("the mark in its rules' descriptions would have {length} characters; Azure takes 140");
        problems.error(draft.at, Fault::new(ProblemCode::TooLong, message).hint("shorten the names of the address"));
    }
}
