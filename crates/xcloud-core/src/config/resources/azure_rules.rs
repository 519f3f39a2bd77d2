//! `azure/network-security-group` and `azure/firewall-rules`.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::config::lower::{ArmKind, Located, arm_id, refuse_wide};
use crate::config::names;
use crate::config::raw::{At, Fault, Node, Problems};
use crate::config::shape::priorities;
use crate::model::{
    Access, AddressSource, Direction, FirewallRule, FirewallRules, NetworkSecurityGroup, NsgRule, Place, PortRange,
    Priority, Protocol,
};

use super::Header;
use super::address_source::side;
use super::reading::Reading;
use super::security_group::{port_list, protocol};

/// What rules of both kinds have.
struct Common {
    at: At,
    name: String,
    env: String,
    region: Option<String>,
    protocol: Protocol,
    from: AddressSource,
    to: AddressSource,
    ports: Vec<PortRange>,
}

pub(super) fn read_nsg(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<NetworkSecurityGroup> {
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

pub(super) fn read_firewall(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<FirewallRules> {
    let mut rules: Vec<FirewallRule> = Vec::new();
    let mut names = BTreeMap::new();
    let mut meanings: BTreeMap<Meaning, &str> = BTreeMap::new();
    for node in header.node.get("rules").map(Node::items).unwrap_or_default() {
        let Some(common) = common(node, header, true, reading) else { continue };
        unique_name(&common, &mut names, reading.problems);
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

type Meaning = (Protocol, AddressSource, AddressSource, Vec<PortRange>);

impl Common {
    fn meaning(&self) -> Meaning {
        (self.protocol, self.from.clone(), self.to.clone(), self.ports.clone())
    }
}

pub(super) fn subscription<'h>(header: &'h Header<'_>) -> &'h str {
    match &header.place {
        Place::Azure { subscription, .. } => subscription,
        Place::Aws { .. } | Place::Ledger { .. } => "",
    }
}

fn common(node: &Node, header: &Header<'_>, permits: bool, reading: &mut Reading<'_, '_>) -> Option<Common> {
    let name = node.get("name")?;
    let from = side(node.get("from"), reading);
    let to = side(node.get("to"), reading);
    let protocol = node.text_of("protocol").and_then(protocol);
    let ports = protocol.map(|protocol| ports(node, protocol, reading.problems));
    let ((from, from_nets), (to, to_nets)) = (from?, to?);
    if permits {
        refuse_wide(&from_nets, node.get("wide"), reading.problems);
    }
    one_family(&from_nets, &to_nets, reading.problems);
    let region = match node.text_of("region") {
        Some("none") => None,
        Some(region) => Some(region.to_owned()),
        None => region_of(&from, &to),
    };
    Some(Common {
        at: name.at,
        name: names::declared(reading.product, name.text()?),
        env: node.text_of("env").unwrap_or(&header.env).to_owned(),
        region,
        protocol: protocol?,
        from,
        to,
        ports: ports?,
    })
}

/// A rule serves the region of the addresses that it refers to, if that is one.
fn region_of(from: &AddressSource, to: &AddressSource) -> Option<String> {
    let region = |source: &AddressSource| match source {
        AddressSource::Of { addr, .. } => Some(addr.region().to_owned()),
        AddressSource::Listed(_) => None,
    };
    match (region(from), region(to)) {
        (Some(from), Some(to)) => (from == to).then_some(from),
        (one, other) => one.or(other),
    }
}

/// The ports of an Azure rule; every port where a protocol has none.
fn ports(rule: &Node, protocol: Protocol, problems: &mut Problems<'_>) -> Vec<PortRange> {
    match (rule.get("ports"), protocol) {
        (Some(node), Protocol::Icmp) => {
            problems.error(node.at, Fault::new(ProblemCode::PortsWithoutProtocol, format!("{protocol} has no ports")));
            vec![PortRange::ALL]
        }
        (Some(node), _) => port_list(node, problems),
        (None, Protocol::Tcp | Protocol::Udp) => {
            let fault = Fault::new(ProblemCode::MissingKey, format!("`ports` is missing: {protocol} has ports"))
                .hint("0-65535 is every port");
            problems.error(rule.key_at("protocol"), fault);
            Vec::new()
        }
        (None, _) => vec![PortRange::ALL],
    }
}

/// Azure: the addresses of a rule are all IPv4 or all IPv6.
fn one_family(from: &[Located<IpNet>], to: &[Located<IpNet>], problems: &mut Problems<'_>) {
    let mut nets = from.iter().chain(to);
    let Some(first) = nets.next() else { return };
    let is_v4 = |net: &Located<IpNet>| matches!(net.value, IpNet::V4(_));
    if let Some(other) = nets.find(|net| is_v4(net) != is_v4(first)) {
        let fault = Fault::new(ProblemCode::MixedFamilies, format!("{} and {} in one rule", first.value, other.value))
            .hint("Azure takes IPv4 or IPv6 in a rule, not both; write two rules");
        problems.error(other.at, fault);
    }
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

fn unique_name(rule: &Common, names: &mut BTreeMap<String, At>, problems: &mut Problems<'_>) {
    if let Some(first) = names.insert(rule.name.to_ascii_lowercase(), rule.at) {
        let fault =
            Fault::new(ProblemCode::DuplicateName, format!("another rule here has this name, in line {}", first.line));
        problems.error(rule.at, fault);
    }
}
