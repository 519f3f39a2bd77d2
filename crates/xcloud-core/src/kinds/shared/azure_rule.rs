//! Reading what the rules of network security groups and of firewalls share.

use std::collections::BTreeMap;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::config::names;
use crate::config::raw::{At, Fault, Node, Problems};
use crate::config::resources::{Header, Reading};
use crate::config::values::{Located, refuse_v6_ends, refuse_wide};
use crate::kinds::shared::{port_list, protocol, side};
use crate::model::{AddressSource, PortRange, Protocol};

/// What rules of both kinds have.
pub(crate) struct Common {
    pub(crate) at: At,
    pub(crate) name: String,
    pub(crate) env: String,
    pub(crate) region: Option<String>,
    pub(crate) protocol: Protocol,
    pub(crate) from: AddressSource,
    pub(crate) to: AddressSource,
    pub(crate) ports: Vec<PortRange>,
    /// The ranges of each side as written.
    pub(crate) written: [Vec<Located<IpNet>>; 2],
}

/// What a rule matches.
pub(crate) type Meaning = (Protocol, AddressSource, AddressSource, Vec<PortRange>);

impl Common {
    /// Returns what the rule matches.
    pub(crate) fn meaning(&self) -> Meaning {
        (self.protocol, self.from.clone(), self.to.clone(), self.ports.clone())
    }
}

/// Reads what rules of both kinds have.
pub(crate) fn common(node: &Node, header: &Header<'_>, permits: bool, reading: &mut Reading<'_, '_>) -> Option<Common> {
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
    if [&from, &to].into_iter().any(|side| matches!(side, AddressSource::Of { .. })) {
        refuse_v6_ends(from_nets.iter().chain(&to_nets), reading.problems);
    }
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
        written: [from_nets, to_nets],
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

/// Reports a name that another rule of the resource has.
pub(crate) fn unique_name(rule: &Common, names: &mut BTreeMap<String, At>, problems: &mut Problems<'_>) {
    if let Some(first) = names.insert(rule.name.to_ascii_lowercase(), rule.at) {
        let fault =
            Fault::new(ProblemCode::DuplicateName, format!("another rule here has this name, in line {}", first.line));
        problems.error(rule.at, fault);
    }
}
