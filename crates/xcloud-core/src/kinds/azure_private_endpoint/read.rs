//! From a node of the file to the kind.

use crate::config::raw::Node;
use crate::config::resources::{Header, Reading};
use crate::config::values::{ArmKind, arm_id};
use crate::kinds::shared::{has_location, subscription};
use crate::model::{Approval, Kind, LinkServiceRef, PrivateEndpoint};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateEndpoint> {
    has_location(header, reading);
    let node = header.node;
    let service = node.get("service").and_then(|service| link_service(service, reading));
    let subnet = arm_id(node.get("subnet"), subscription(header), ArmKind::Subnet, reading.problems);
    Some(PrivateEndpoint {
        name: reading.name(header),
        resource_group: node.text_of("resource_group")?.to_owned(),
        subnet: subnet?,
        service: service?,
        approval: Approval::of(node.text_of("approval")?)?,
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
