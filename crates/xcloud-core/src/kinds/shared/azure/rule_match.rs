//! What a rule matches, live or wanted: which side is wider, and what both together are.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::{IpNet, Ipv4Net};
use serde_json::Value;

use crate::live::{LiveFirewallRule, LiveNsgRule};
use crate::model::{Addresses, ArmName, PortRange, Protocol, disjoint};
use crate::plan::shown::short;
use crate::plan::{RulePart, Shown, rule_sets};
use crate::reach::{IpProtocol, Peers, Services, Traffic};

/// The protocol that stands for every protocol.
const ANY: &str = "ANY";

/// What a live rule matches, in the spelling in which rules are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// `TCP`, `UDP`, `ICMP`, `ANY`, ...
    pub(crate) protocols: BTreeSet<String>,
    /// Sources: CIDRs, tags, `*`; what is neither begins with what it is: `IP group hub/partners`, `FQDN app.example`.
    pub(crate) from: BTreeSet<String>,
    /// Destinations likewise.
    pub(crate) to: BTreeSet<String>,
    /// Destination ports.
    pub(crate) ports: BTreeSet<PortRange>,
    /// What a rule of ours never has: source ports, application security groups.
    pub(crate) odd: BTreeSet<String>,
}

/// What a rule should match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Want {
    pub(crate) protocol: Protocol,
    pub(crate) from: Addresses,
    pub(crate) to: Addresses,
    pub(crate) ports: Vec<PortRange>,
}

/// One part of the match that differs.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Difference {
    pub(crate) part: RulePart,
    pub(crate) before: Value,
    pub(crate) after: Shown,
    /// Something matches that did not.
    pub(crate) widens: bool,
    /// Something matches no more that did.
    pub(crate) narrows: bool,
}

impl Shape {
    pub(crate) fn of_nsg(rule: &LiveNsgRule) -> Self {
        let (ports, mut odd) = read_ports(&rule.ports);
        odd.extend(rule.security_groups.iter().cloned());
        odd.extend(rule.source_ports.iter().filter(|ports| *ports != "*").map(|ports| format!("source port {ports}")));
        Self {
            protocols: BTreeSet::from([fold_protocol(&rule.protocol)]),
            from: rule.from.clone(),
            to: rule.to.clone(),
            ports,
            odd,
        }
    }

    pub(crate) fn of_firewall(rule: &LiveFirewallRule) -> Self {
        Self::of_firewall_with(rule, &BTreeMap::new())
    }

    /// Likewise, with the addresses of the IP groups that are known.
    pub(crate) fn of_firewall_with(rule: &LiveFirewallRule, known: &BTreeMap<ArmName, BTreeSet<String>>) -> Self {
        let (ports, odd) = read_ports(&rule.ports);
        let behind = |id: &String| known.get(&ArmName(id.clone())).cloned().unwrap_or_else(|| [ip_group(id)].into());
        let groups = |ids: &BTreeSet<String>| -> BTreeSet<String> { ids.iter().flat_map(behind).collect() };
        let to = [rule.to.clone(), groups(&rule.to_groups), rule.to_names.clone()];
        Self {
            protocols: rule.protocols.iter().map(|protocol| fold_protocol(protocol)).collect(),
            from: rule.from.union(&groups(&rule.from_groups)).cloned().collect(),
            to: to.into_iter().flatten().collect(),
            ports,
            odd,
        }
    }

    /// Returns the source and destination networks if the rule is of the form in which we write rules.
    pub(crate) fn networks(&self) -> Option<(BTreeSet<IpNet>, BTreeSet<IpNet>)> {
        let nets = |texts: &BTreeSet<String>| -> Option<BTreeSet<IpNet>> {
            if texts.is_empty() { None } else { texts.iter().map(|text| text.parse().ok()).collect() }
        };
        if self.odd.is_empty() { Some((nets(&self.from)?, nets(&self.to)?)) } else { None }
    }

    /// Returns the protocol if the rule has exactly one that we can write.
    pub(crate) fn protocol(&self) -> Option<Protocol> {
        let mut protocols = self.protocols.iter();
        match (protocols.next()?.as_str(), protocols.next()) {
            ("TCP", None) => Some(Protocol::Tcp),
            ("UDP", None) => Some(Protocol::Udp),
            ("ICMP", None) => Some(Protocol::Icmp),
            (ANY, None) => Some(Protocol::All),
            _ => None,
        }
    }

    /// Returns the single addresses that the rule names: those that a cloud may give to others.
    pub(crate) fn single_addresses(&self) -> BTreeSet<IpNet> {
        let nets = self.from.iter().chain(&self.to).filter_map(|text| text.parse::<IpNet>().ok());
        nets.filter(|net| net.prefix_len() == net.max_prefix_len()).collect()
    }

    /// Returns every network that the rule names; all of them, where it names something else.
    pub(crate) fn named_networks(&self) -> BTreeSet<IpNet> {
        let all = || IpNet::V4(Ipv4Net::default());
        self.from.iter().chain(&self.to).map(|text| text.parse().unwrap_or_else(|_| all())).collect()
    }

    /// Returns what the rule matches; `None` if it is of a form whose meaning is not known here.
    pub(crate) fn traffic(&self) -> Option<Traffic> {
        if self.odd.is_empty() { self.known() } else { None }
    }

    /// Returns what the rule matches at most, as addresses: what is odd about it can only narrow it, and a name stands for
    /// whatever may be behind it.
    pub(crate) fn at_most(&self) -> Traffic {
        let side = |texts: &BTreeSet<String>| match texts.is_empty() {
            true => Peers::everything(),
            false => texts.iter().map(|text| at_most(text)).collect(),
        };
        let services = self.known().map_or_else(Services::everything, |known| known.services);
        Traffic { from: side(&self.from), to: side(&self.to), services }
    }

    fn known(&self) -> Option<Traffic> {
        let all = self.ports.is_empty() || self.ports.contains(&PortRange::ALL);
        let ports: Vec<PortRange> = if all { Vec::new() } else { self.ports.iter().copied().collect() };
        let services: Option<Services> = self
            .protocols
            .iter()
            .map(|protocol| match protocol.as_str() {
                "TCP" => Some(Services::of(Protocol::Tcp, &ports)),
                "UDP" => Some(Services::of(Protocol::Udp, &ports)),
                "ICMP" => Some(Services::of(Protocol::Icmp, &[])),
                "ESP" => Some(Services::of_protocol(IpProtocol(50))),
                "AH" => Some(Services::of_protocol(IpProtocol(51))),
                ANY => Some(Services::of(Protocol::All, &ports)),
                _ => None,
            })
            .collect();
        Some(Traffic { from: peers(&self.from), to: peers(&self.to), services: services? })
    }

    /// Returns the rule in one line: `tcp 443 from 10.0.0.4 to 10.1.2.3`.
    pub(crate) fn line(&self) -> String {
        let protocols: Vec<String> = self.protocols.iter().map(|protocol| protocol.to_ascii_lowercase()).collect();
        let mut line = format!(
            "{} {} from {} to {}",
            protocols.join("+"),
            ports_text(&self.ports),
            texts(&self.from).join(", "),
            texts(&self.to).join(", "),
        );
        for odd in &self.odd {
            line.push_str(", ");
            line.push_str(odd);
        }
        line
    }
}

impl Want {
    /// Returns true if the rule is known to name exactly this network.
    pub(crate) fn names(&self, net: &IpNet) -> bool {
        [&self.from, &self.to].into_iter().any(|addresses| match addresses {
            Addresses::Known(set) => set.contains(net),
            Addresses::Late(late) => late.kept.contains(net),
        })
    }

    /// Returns what the rule is to match.
    pub(crate) fn traffic(&self) -> Traffic {
        let (from, to) = (rule_sets::of_addresses(&self.from), rule_sets::of_addresses(&self.to));
        Traffic { from, to, services: Services::of(self.protocol, &self.ports) }
    }

    /// Returns the ports as they are compared: none means all.
    pub(crate) fn port_set(&self) -> BTreeSet<PortRange> {
        if self.ports.is_empty() { BTreeSet::from([PortRange::ALL]) } else { self.ports.iter().copied().collect() }
    }

    /// Returns the rule in one line: `tcp 443 from 10.0.0.4 to 10.1.2.3`.
    pub(crate) fn line(&self) -> String {
        format!(
            "{} {} from {} to {}",
            self.protocol,
            ports_text(&self.port_set()),
            addresses_text(&self.from),
            addresses_text(&self.to)
        )
    }

    /// Returns true if a set that must name something is empty.
    pub(crate) fn names_nothing(&self) -> bool {
        let empty = |addresses: &Addresses| matches!(addresses, Addresses::Known(set) if set.is_empty());
        empty(&self.from) || empty(&self.to)
    }
}

/// Returns the parts in which the live rule is not as wanted.
pub(crate) fn differences(live: &Shape, want: &Want) -> Vec<Difference> {
    let mut found = Vec::new();
    let protocol = BTreeSet::from([protocol_text(want.protocol).to_owned()]);
    let any = |set: &BTreeSet<String>| set.contains(ANY);
    if live.protocols != protocol {
        found.push(Difference {
            part: RulePart::Protocol,
            before: Value::from(
                live.protocols.iter().map(|text| text.to_ascii_lowercase()).collect::<Vec<_>>().join("+"),
            ),
            after: want.protocol.to_string().into(),
            widens: !any(&live.protocols) && !protocol.is_subset(&live.protocols),
            narrows: !any(&protocol) && !live.protocols.is_subset(&protocol),
        });
    }
    found.extend(addresses_differ(RulePart::From, &live.from, &want.from));
    found.extend(addresses_differ(RulePart::To, &live.to, &want.to));
    let ports = want.port_set();
    let on = |ports: &BTreeSet<PortRange>| Services::of(Protocol::Tcp, &Vec::from_iter(ports.iter().copied()));
    if live.ports != ports {
        found.push(Difference {
            part: RulePart::Ports,
            before: ports_value(&live.ports),
            after: ports_value(&ports).into(),
            widens: !on(&live.ports).covers(&on(&ports)),
            narrows: !on(&ports).covers(&on(&live.ports)),
        });
    }
    if !live.odd.is_empty() {
        let before = live.odd.iter().cloned().collect::<Vec<_>>().into();
        found.push(Difference {
            part: RulePart::Odd,
            before,
            after: Value::Array(Vec::new()).into(),
            widens: true,
            narrows: true,
        });
    }
    found
}

fn addresses_differ(part: RulePart, live: &BTreeSet<String>, want: &Addresses) -> Option<Difference> {
    let (widens, narrows) = match want {
        Addresses::Known(set) => {
            let wanted: BTreeSet<String> = set.iter().map(ToString::to_string).collect();
            if &wanted == live {
                return None;
            }
            let (live, wanted) = (peers(live), rule_sets::of_addresses(want));
            (!live.covers(&wanted), !wanted.covers(&live))
        }
        Addresses::Late(_) => (true, true),
    };
    Some(Difference { part, before: texts(live).into(), after: Shown::addresses(want), widens, narrows })
}

/// Returns the IP group as rules are compared and shown: `IP group rg-hub/partners`.
fn ip_group(id: &str) -> String {
    let parts: Vec<&str> = id.split('/').collect();
    match parts.as_slice() {
        ["", _, _, _, group, .., name] => format!("IP group {group}/{name}"),
        _ => format!("IP group {id}"),
    }
}

/// The addresses that may be behind a text. A service tag is the public addresses of a service, and `Internet` what is
/// outside of the network; `VirtualNetwork` alone is private, with all that is connected (facts/azure 2.4).
fn at_most(text: &str) -> Peers {
    let is_tag = text.starts_with(|c: char| c.is_ascii_alphabetic()) && !text.contains([' ', ':', '/']);
    match text {
        _ if is_tag && text.eq_ignore_ascii_case("VirtualNetwork") => Peers::everything(),
        _ if is_tag => Peers::public(),
        _ => {
            let known = Peers::of_texts([text]);
            if known.names_some() { Peers::everything() } else { known }
        }
    }
}

fn peers(texts: &BTreeSet<String>) -> Peers {
    Peers::of_texts(texts.iter().map(String::as_str))
}

/// Returns the set that names what both name, as networks that share no address.
pub(crate) fn union(live: &BTreeSet<IpNet>, want: &Addresses) -> Addresses {
    match want {
        Addresses::Known(set) => Addresses::Known(disjoint(&set.union(live).copied().collect())),
        Addresses::Late(late) => {
            let mut late = late.clone();
            late.kept.extend(live.iter().copied());
            late.kept = disjoint(&late.kept);
            Addresses::Late(late)
        }
    }
}

/// Returns the ports as they are written: none means all.
pub(crate) fn written_ports(ports: BTreeSet<PortRange>) -> Vec<PortRange> {
    if ports.contains(&PortRange::ALL) { Vec::new() } else { ports.into_iter().collect() }
}

fn read_ports(texts: &BTreeSet<String>) -> (BTreeSet<PortRange>, BTreeSet<String>) {
    let (mut ports, mut odd) = (BTreeSet::new(), BTreeSet::new());
    for text in texts {
        match PortRange::try_from(text.clone()) {
            _ if text == "*" => ports.insert(PortRange::ALL),
            Ok(range) => ports.insert(range),
            Err(_) => odd.insert(format!("port {text}")),
        };
    }
    (ports, odd)
}

/// Azure answers protocols in several spellings (facts/azure 2.2).
fn fold_protocol(text: &str) -> String {
    if text == "*" { ANY.to_owned() } else { text.to_ascii_uppercase() }
}

/// Returns the protocol as rules are compared.
pub(crate) fn protocol_text(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "TCP",
        Protocol::Udp => "UDP",
        Protocol::Icmp | Protocol::Icmpv6 => "ICMP",
        Protocol::All => ANY,
    }
}

fn ports_value(ports: &BTreeSet<PortRange>) -> Value {
    ports.iter().map(|range| Value::from(port_text(*range))).collect()
}

fn port_text(range: PortRange) -> String {
    if range == PortRange::ALL { "*".to_owned() } else { range.to_string() }
}

fn ports_text(ports: &BTreeSet<PortRange>) -> String {
    ports.iter().map(|range| port_text(*range)).collect::<Vec<_>>().join(",")
}

/// Returns the texts in the order of addresses, without `/32`.
fn texts(set: &BTreeSet<String>) -> Vec<String> {
    let nets: BTreeSet<IpNet> = set.iter().filter_map(|text| text.parse().ok()).collect();
    let others = set.iter().filter(|text| text.parse::<IpNet>().is_err()).cloned();
    nets.iter().map(short).chain(others).collect()
}

fn addresses_text(addresses: &Addresses) -> String {
    match addresses {
        Addresses::Known(set) => set.iter().map(short).collect::<Vec<_>>().join(", "),
        Addresses::Late(late) => late.to_string(),
    }
}
