//! From a node of the file to the kind.

use std::collections::BTreeSet;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::config::grammar::{cidr, hex_id, is_address_like};
use crate::config::raw::{Fault, Node, Problems};
use crate::config::resources::{Header, Reading};
use crate::config::values::{Located, check_selector, refuse_wide, selector};
use crate::kinds::shared::{port_list, protocol};
use crate::model::{Ownership, Peer, PortRange, Protocol, Rule, SecurityGroup};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<SecurityGroup> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    let ingress = rules(node.get("ingress"), "from", reading);
    let egress = rules(node.get("egress"), "to", reading);
    Some(SecurityGroup {
        name: reading.name(header),
        vpc: selector(node.get("vpc"), &header.env)?,
        description: node.text_of("description")?.to_owned(),
        ingress,
        egress,
        ownership: match node.text_of("ownership") {
            Some("additive") => Ownership::Additive,
            _ => Ownership::Exclusive,
        },
    })
}

/// Reads rules as sorted single-peer rules, and reports those that mean the same.
fn rules(node: Option<&Node>, side: &str, reading: &mut Reading<'_, '_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut seen = BTreeSet::new();
    for rule in node.map(Node::items).unwrap_or_default() {
        let Some(protocol) = rule.text_of("protocol").and_then(protocol) else { continue };
        let ports = group_ports(rule, protocol, reading.problems);
        let description = rule.text_of("description").map(str::to_owned);
        for (peer_node, peer) in peers(rule, side, protocol, reading) {
            for ports in &ports {
                let key = (protocol, *ports, peer.clone());
                if seen.insert(key) {
                    rules.push(Rule { protocol, ports: *ports, peer: peer.clone(), description: description.clone() });
                } else {
                    let what = ports.map_or(protocol.to_string(), |ports| format!("{protocol} {ports}"));
                    let text = peer_node.text().unwrap_or_default();
                    let fault =
                        Fault::new(ProblemCode::DuplicateRule, format!("{what} {side} {text} is permitted already"))
                            .hint("one rule is enough; AWS refuses a second");
                    reading.problems.error(peer_node.at, fault);
                }
            }
        }
    }
    rules.sort();
    rules
}

/// The ports of a group's rule: for TCP and UDP at least one, for the others none.
fn group_ports(rule: &Node, protocol: Protocol, problems: &mut Problems<'_>) -> Vec<Option<PortRange>> {
    let with_ports = matches!(protocol, Protocol::Tcp | Protocol::Udp);
    match (rule.get("ports"), with_ports) {
        (None, true) => {
            let fault = Fault::new(ProblemCode::MissingKey, format!("`ports` is missing: {protocol} has ports"))
                .hint("0-65535 is every port");
            problems.error(rule.key_at("protocol"), fault);
            Vec::new()
        }
        (None, false) => vec![None],
        (Some(node), false) => {
            problems.error(node.at, Fault::new(ProblemCode::PortsWithoutProtocol, format!("{protocol} has no ports")));
            Vec::new()
        }
        (Some(node), true) => port_list(node, problems).into_iter().map(Some).collect(),
    }
}

fn peers<'n>(rule: &'n Node, side: &str, protocol: Protocol, reading: &mut Reading<'_, '_>) -> Vec<(&'n Node, Peer)> {
    let mut peers = Vec::new();
    let mut nets: Vec<Located<IpNet>> = Vec::new();
    for node in rule.get(side).map(Node::items).unwrap_or_default() {
        let Some(text) = node.text() else { continue };
        let peer = if is_address_like(text) {
            cidr(text).map(|net| {
                nets.push(Located { at: node.at, value: net });
                Peer::Cidr(net)
            })
        } else if text.starts_with("pl-") {
            hex_id(text, "pl-", "pl-0aa11bb22cc33dd44").map(|()| Peer::PrefixList(text.to_owned()))
        } else {
            peers.extend(reading.group(node).map(|group| (node, Peer::Group(group))));
            continue;
        };
        match peer {
            Ok(peer) => peers.push((node, peer)),
            Err(fault) => reading.problems.error(node.at, fault),
        }
    }
    for net in nets.iter().filter(|net| of_the_other_family(protocol, &net.value)) {
        let way = if side == "from" { "come from" } else { "go to" };
        let fault = Fault::new(ProblemCode::MixedFamilies, format!("{protocol} does not {way} {}", net.value))
            .hint("icmp is IPv4, icmpv6 is IPv6");
        reading.problems.error(net.at, fault);
    }
    if side == "from" {
        refuse_wide(&nets, rule.get("wide"), reading.problems);
    }
    peers
}

/// ICMP is carried by IPv4 alone, ICMPv6 by IPv6 alone (RFC 792, RFC 4443): such a rule matches no packet.
fn of_the_other_family(protocol: Protocol, net: &IpNet) -> bool {
    match protocol {
        Protocol::Icmp => matches!(net, IpNet::V6(_)),
        Protocol::Icmpv6 => matches!(net, IpNet::V4(_)),
        Protocol::Tcp | Protocol::Udp | Protocol::All => false,
    }
}
