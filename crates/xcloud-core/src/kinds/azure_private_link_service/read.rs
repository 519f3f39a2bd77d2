//! From a node of the file to the kind.

use std::collections::BTreeSet;

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node};
use crate::config::resources::{Header, Reading};
use crate::config::values::{ArmKind, arm_id};
use crate::kinds::shared::{has_location, subscription};
use crate::model::PrivateLinkService;

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<PrivateLinkService> {
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
            reading
                .problems
                .error(item.at, Fault::new(ProblemCode::DuplicateSubscription, format!("{text} is listed twice")));
        }
    }
    found
}
