//! From a node of the file to the kind.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node, Problems};
use crate::config::resources::{Header, Reading};
use crate::config::values::{ArmKind, Located, arm_id};
use crate::kinds::shared::{Meaning, common, subscription, unique_name};
use crate::model::{Access, FirewallRule, FirewallRules};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<FirewallRules> {
    let mut rules: Vec<FirewallRule> = Vec::new();
    let mut names = BTreeMap::new();
    let mut meanings: BTreeMap<Meaning, &str> = BTreeMap::new();
    for node in header.node.get("rules").map(Node::items).unwrap_or_default() {
        let Some(common) = common(node, header, true, reading) else { continue };
        unique_name(&common, &mut names, reading.problems);
        common.written.iter().flatten().for_each(|net| refuse_v6(net, reading.problems));
        let name = node.text_of("name").unwrap_or_default();
        if let Some(first) = meanings.insert(common.meaning(), name) {
            let fault = Fault::new(ProblemCode::DuplicateRule, format!("`{first}` permits exactly the same"));
            reading.problems.error(common.at, fault);
        }
        rules.push(FirewallRule {
            name: common.name,
            env: common.env,
            region: common.region,
            access: Access::Allow,
            protocol: common.protocol,
            from: common.from,
            to: common.to,
            ports: common.ports,
        });
    }
    rules.sort_by(|a, b| a.name.cmp(&b.name));
    let node = header.node;
    Some(FirewallRules {
        policy: arm_id(node.get("policy"), subscription(header), ArmKind::FirewallPolicy, reading.problems)?,
        group: node.text_of("group")?.to_owned(),
        priority: node.text_of("priority")?.parse().ok()?,
        rules,
    })
}

/// Azure Firewall filters IPv4 only (facts/azure 3.2).
fn refuse_v6(net: &Located<IpNet>, problems: &mut Problems<'_>) {
    if matches!(net.value, IpNet::V6(_)) {
        let fault = Fault::new(ProblemCode::FirewallFamily, format!("{} is IPv6", net.value));
        problems.error(net.at, fault.hint("Azure Firewall filters IPv4 only: name IPv4 ranges"));
    }
}
