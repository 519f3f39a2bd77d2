//! What the addresses and ports of an Azure rule name.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde_json::{Map, Value};

/// The ports that clients connect from.
const CLIENT_PORTS: std::ops::RangeInclusive<u16> = 1024..=65535;

/// Returns the texts of a property: one text, a list of them, or nothing.
pub(super) fn texts<'a>(object: &'a Map<String, Value>, name: &str) -> Vec<&'a str> {
    match object.get(name) {
        Some(Value::String(text)) => vec![text],
        Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// Tells whether one of the texts names the address: `*`, an address, a range, a CIDR, or `VirtualNetwork`, which is
/// every private address, as the gateway brings in what is beyond it. Other service tags name nothing.
pub(super) fn name_address(texts: &[&str], address: Ipv4Addr) -> bool {
    let names = |text: &&str| {
        if let Some((low, high)) = text.split_once('-') {
            let (low, high) = (low.trim().parse::<Ipv4Addr>(), high.trim().parse::<Ipv4Addr>());
            return matches!((low, high), (Ok(low), Ok(high)) if (low..=high).contains(&address));
        }
        *text == "*"
            || (text.eq_ignore_ascii_case("VirtualNetwork") && address.is_private())
            || text.parse() == Ok(address)
            || text.parse::<Ipv4Net>().is_ok_and(|range| range.contains(&address))
    };
    texts.iter().any(names)
}

/// Tells whether one of the texts names the port.
pub(super) fn name_port(texts: &[&str], port: u16) -> bool {
    ranges(texts).any(|(low, high)| (low..=high).contains(&port))
}

/// How many of the ports that clients connect from a rule names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// None: the rule never matches.
    Nothing,
    /// Some: the rule matches some connections.
    Part,
    /// All of them.
    Everything,
}

/// Returns how many of the ports that clients connect from the texts name.
pub(super) fn client_ports(texts: &[&str]) -> Share {
    let named = |port: u16| ranges(texts).any(|(low, high)| (low..=high).contains(&port));
    // Between two bounds of ranges all ports are alike.
    let mut bounds = vec![*CLIENT_PORTS.start()];
    bounds.extend(ranges(texts).flat_map(|(low, high)| [low, high.saturating_add(1)]));
    let mut within = bounds.into_iter().filter(|port| CLIENT_PORTS.contains(port)).map(named).peekable();
    let first = within.peek().copied().unwrap_or(false);
    match within.all(|other| other == first) {
        true if first => Share::Everything,
        true => Share::Nothing,
        false => Share::Part,
    }
}

fn ranges<'a>(texts: &'a [&str]) -> impl Iterator<Item = (u16, u16)> + 'a {
    texts.iter().flat_map(|text| text.split(',')).filter_map(|text| {
        let text = text.trim();
        if text == "*" {
            return Some((0, u16::MAX));
        }
        let (low, high) = text.split_once('-').unwrap_or((text, text));
        Some((low.trim().parse().ok()?, high.trim().parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::{Share, client_ports, name_address, name_port};

    #[test]
    fn addresses_are_named_singly_by_range_by_cidr_or_by_tag() {
        let address = Ipv4Addr::new(10, 60, 2, 20);
        for text in ["*", "10.60.2.20", "10.60.2.0/27", "10.60.2.4-10.60.2.20", "VirtualNetwork", "virtualnetwork"] {
            assert!(name_address(&["192.0.2.1", text], address), "{text}");
        }
        for text in ["10.60.2.21", "10.60.2.32/27", "10.60.2.21-10.60.2.40", "Internet", "AzureCloud", "fd00::/8", ""] {
            assert!(!name_address(&[text], address), "{text}");
        }
        assert!(!name_address(&["VirtualNetwork"], Ipv4Addr::new(192, 0, 2, 1)));
        assert!(!name_address(&[], address));
    }

    #[test]
    fn ports_are_named_singly_by_range_or_in_lists() {
        for texts in [&["*"][..], &["443"], &["80", "440-443"], &["80, 443"]] {
            assert!(name_port(texts, 443), "{texts:?}");
        }
        for texts in [&[][..], &["444"], &["80", "444-500"], &["https"]] {
            assert!(!name_port(texts, 443), "{texts:?}");
        }
    }

    #[test]
    fn a_rule_for_some_client_ports_matches_some_connections() {
        for (texts, share) in [
            (&["*"][..], Share::Everything),
            (&["1024-65535"], Share::Everything),
            (&["1-30000", "30001-65535"], Share::Everything),
            (&["443"], Share::Nothing),
            (&[], Share::Nothing),
            (&["1024"], Share::Part),
            (&["65535"], Share::Part),
            (&["49152-65535"], Share::Part),
        ] {
            assert_eq!(client_ports(texts), share, "{texts:?}");
        }
    }
}
