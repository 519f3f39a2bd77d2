//! Rules in one line.

use crate::model::{PortRange, Protocol};
use crate::reach::{Allowed, Peers, Services, Traffic};

/// Reads `tcp 10.0.0.0/16,sg-1 -> 10.1.2.3 80-81,443`; no ports means all.
pub(super) fn rule(text: &str) -> Traffic {
    let words: Vec<&str> = text.split(' ').collect();
    let (protocol, from, to, ports) = match words.as_slice() {
        [protocol, from, "->", to] => (protocol, from, to, Vec::new()),
        [protocol, from, "->", to, ports] => (protocol, from, to, ports.split(',').map(range).collect()),
        _ => panic!("not a rule: {text}"),
    };
    Traffic {
        from: Peers::of_texts(from.split(',')),
        to: Peers::of_texts(to.split(',')),
        services: Services::of(named(protocol), &ports),
    }
}

pub(super) fn allowed(rules: &[&str]) -> Allowed {
    Allowed::of(rules.iter().map(|text| rule(text)))
}

/// Returns the example of what the first rules let through and the others do not, as text.
pub(super) fn beyond(rules: &[&str], others: &[&str]) -> Option<String> {
    allowed(rules).beyond(&allowed(others)).map(|packet| packet.to_string())
}

fn range(text: &str) -> PortRange {
    PortRange::try_from(text.to_owned()).expect("a port range")
}

fn named(protocol: &str) -> Protocol {
    match protocol {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "icmp" => Protocol::Icmp,
        "icmpv6" => Protocol::Icmpv6,
        "all" => Protocol::All,
        other => panic!("not a protocol: {other}"),
    }
}
