//! Reading protocols and ports.

use crate::code::ProblemCode;
use crate::config::grammar::ports;
use crate::config::raw::{Fault, Node, Problems};
use crate::model::{PortRange, Protocol};

/// Reads a protocol.
pub(crate) fn protocol(word: &str) -> Option<Protocol> {
    match word {
        "tcp" => Some(Protocol::Tcp),
        "udp" => Some(Protocol::Udp),
        "icmp" => Some(Protocol::Icmp),
        "icmpv6" => Some(Protocol::Icmpv6),
        "all" => Some(Protocol::All),
        _ => None,
    }
}

/// Reads ports, sorted, and reports those that overlap.
pub(crate) fn port_list(node: &Node, problems: &mut Problems<'_>) -> Vec<PortRange> {
    let mut found: Vec<PortRange> = Vec::new();
    for item in node.one_or_many() {
        let Some(range) = item.text().and_then(|text| ports(text).ok()) else { continue };
        if let Some(other) = found.iter().find(|other| other.from <= range.to && range.from <= other.to) {
            problems.error(
                item.at,
                Fault::new(ProblemCode::DuplicatePort, format!("{range} overlaps {other} in this list")),
            );
        } else {
            found.push(range);
        }
    }
    found.sort();
    found
}
