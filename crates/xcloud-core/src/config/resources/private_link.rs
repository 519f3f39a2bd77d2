//! `azure/private-link-service` and `azure/private-endpoint`.

use std::collections::BTreeSet;

use crate::code::ProblemCode;
use crate::config::flows::acceptance;
use crate::config::lower::{ArmKind, arm_id};
use crate::config::raw::{Fault, Node};
use crate::model::{Kind, LinkServiceRef, Place, PrivateEndpoint, PrivateLinkService};

use super::Header;
use super::azure_rules::subscription;
use super::reading::Reading;

pub(super) fn read_service(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateLinkService> {
    has_location(header, reading);
    let node = header.node;
    let visibility = subscriptions(node.get("visibility"), reading);
    let auto_approval = subscriptions(node.get("auto_approval"), reading);
    if let Some(stranger) = auto_approval.iter().find(|id| !visibility.contains(*id) && !visibility.contains("*")) {
        let fault = Fault::new(
            ProblemCode::ApprovedUnseen,
            format!("{stranger} is approved at once but does not see the service"),
        )
        .hint("add it to `visibility`");
        reading.problems.error(node.key_at("auto_approval"), fault);
    }
    let frontend =
        arm_id(node.get("load_balancer_frontend"), subscription(header), ArmKind::Frontend, reading.problems);
    let nat_subnet = arm_id(node.get("nat_subnet"), subscription(header), ArmKind::Subnet, reading.problems);
    Some(PrivateLinkService {
        name: reading.name(header),
        resource_group: node.text_of("resource_group")?.to_owned(),
        frontend: frontend?,
        nat_subnet: nat_subnet?,
        visibility,
        auto_approval,
    })
}

fn subscriptions(node: Option<&Node>, reading: &mut Reading<'_, '_>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for item in node.map(Node::items).unwrap_or_default() {
        let Some(text) = item.text() else { continue };
        if !found.insert(text.to_ascii_lowercase()) {
            reading.problems.error(
                item.at,
                Fault::new(ProblemCode::DuplicateSubscription, format!("{text} stands in this list twice")),
            );
        }
    }
    found
}

/// What is made whole needs a location.
fn has_location(header: &Header<'_>, reading: &mut Reading<'_, '_>) {
    if matches!(header.place, Place::Azure { location: None, .. }) {
        let fault = Fault::new(
            ProblemCode::MissingLocation,
            format!("an {} is made in a location, and its account names none", header.kind),
        )
        .hint("add `location: norwayeast` to the account");
        reading.problems.error(header.node.key_at("in"), fault);
    }
}

pub(super) fn read_endpoint(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateEndpoint> {
    has_location(header, reading);
    let node = header.node;
    let service = node.get("service").and_then(|service| link_service(service, reading));
    let subnet = arm_id(node.get("subnet"), subscription(header), ArmKind::Subnet, reading.problems);
    Some(PrivateEndpoint {
        name: reading.name(header),
        resource_group: node.text_of("resource_group")?.to_owned(),
        subnet: subnet?,
        service: service?,
        approval: acceptance(node.text_of("approval")?)?,
    })
}

/// A full resource id, an alias (`<prefix>.<guid>.<location>.azure.privatelinkservice`), or a service in this file.
fn link_service(node: &Node, reading: &mut Reading<'_, '_>) -> Option<LinkServiceRef> {
    let text = node.text()?;
    if text.starts_with('/') || text.to_ascii_lowercase().ends_with(".azure.privatelinkservice") {
        return Some(LinkServiceRef::Id(text.to_owned()));
    }
    reading.refs.resolve(node, Kind::PrivateLinkService, reading.problems).map(LinkServiceRef::Declared)
}
