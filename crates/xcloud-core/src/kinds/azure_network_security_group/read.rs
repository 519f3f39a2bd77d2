//! From a node of the file to the kind.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::config::grammar::priorities;
use crate::config::raw::{At, Fault, Node, Problems};
use crate::config::resources::{Header, Reading};
use crate::config::values::{ArmKind, arm_id, refuse_overlaps};
use crate::kinds::shared::{Meaning, common, subscription, unique_name};
use crate::model::{Access, Direction, NetworkSecurityGroup, NsgRule, Priority};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<NetworkSecurityGroup> {
    let mut rules: Vec<NsgRule> = Vec::new();
    let mut names = BTreeMap::new();
    let mut meanings: BTreeMap<(Direction, Access, Meaning), &str> = BTreeMap::new();
    let mut priorities: BTreeMap<(Direction, u16), At> = BTreeMap::new();
    for node in header.node.get("rules").map(Node::items).unwrap_or_default() {
        let priority = priority(node, reading.problems);
        let denies = node.text_of("access") == Some("deny");
        let (Some(common), Some(direction)) = (common(node, header, !denies, reading), node.text_of("direction"))
        else {
            continue;
        };
        unique_name(&common, &mut names, reading.problems);
        common.written.iter().for_each(|side| refuse_overlaps(side, reading.problems));
        let direction = if direction == "inbound" { Direction::Inbound } else { Direction::Outbound };
        let access = if denies { Access::Deny } else { Access::Allow };
        let name = node.text_of("name").unwrap_or_default();
        if let Some(first) = meanings.insert((direction, access, common.meaning()), name) {
            let fault = Fault::new(ProblemCode::DuplicateRule, format!("`{first}` does exactly the same"));
            reading.problems.error(common.at, fault);
        }
        let Some(priority) = priority else { continue };
        if let Priority::Fixed(number) = priority
            && let Some(first) = priorities.insert((direction, number), common.at)
        {
            let fault = Fault::new(
                ProblemCode::PriorityTaken,
                format!("the rule in line {} has the priority {number} already", first.line),
            )
            .hint("Azure takes a priority once for each direction");
            reading.problems.error(common.at, fault);
        }
        rules.push(NsgRule {
            name: common.name,
            env: common.env,
            region: common.region,
            priority,
            direction,
            access,
            protocol: common.protocol,
            from: common.from,
            to: common.to,
            ports: common.ports,
        });
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let group =
        arm_id(header.node.get("group"), subscription(header), ArmKind::NetworkSecurityGroup, reading.problems)?;
    Some(NetworkSecurityGroup { group, rules })
}

fn priority(node: &Node, problems: &mut Problems<'_>) -> Option<Priority> {
    match (node.get("priority"), node.get("priorities")) {
        (Some(one), None) => one.text()?.parse().ok().map(Priority::Fixed),
        (None, Some(range)) => {
            let (from, to) = priorities(range.text()?).ok()?;
            Some(Priority::Within(from, to))
        }
        (None, None) => {
            let fault = Fault::new(ProblemCode::MissingKey, "`priority` is missing")
                .hint("a number, or `priorities: 2000-2099` to take a free one");
            problems.error(node.at, fault);
            None
        }
        (Some(_), Some(range)) => {
            problems.error(range.at, Fault::new(ProblemCode::OneOf, "expected `priority` or `priorities`, not both"));
            None
        }
    }
}
