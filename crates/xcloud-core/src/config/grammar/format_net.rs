//! Addresses, ranges, ports and DNS names.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;

use super::Format;
use crate::code::ProblemCode;
use crate::config::raw::Fault;
use crate::model::PortRange;

pub(crate) static CIDR: Format =
    Format { what: "a CIDR", pattern: Some("^[0-9a-fA-F.:]+/[0-9]{1,3}$"), check: |text| cidr(text).map(drop) };

pub(crate) static IPV4: Format = Format {
    what: "an IPv4 address",
    pattern: Some("^([0-9]{1,3}\\.){3}[0-9]{1,3}$"),
    check: |text| {
        let address: Ipv4Addr = text.parse().map_err(|_| {
            let fault = Fault::new(ProblemCode::Address, format!("`{text}` is not an IPv4 address"));
            if text.contains('/') { fault.hint("one address, without a prefix length") } else { fault }
        })?;
        if address.is_unspecified() || address.is_loopback() || address.is_multicast() || address.is_broadcast() {
            return Err(Fault::new(ProblemCode::Address, format!("{text} cannot be the address of an interface")));
        }
        Ok(())
    },
};

/// A target in Azure, as a load balancer reaches it.
pub(crate) static TARGET: Format = Format {
    what: "a private IPv4 address",
    pattern: IPV4.pattern,
    check: |text| {
        (IPV4.check)(text)?;
        text.parse().map_or(Ok(()), outside_target)
    },
};

/// ELBv2 takes a target outside the load balancer's VPC from RFC 1918 and RFC 6598 alone (RegisterTargets,
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-register-targets.html>).
pub(crate) fn outside_target(ip: Ipv4Addr) -> Result<(), Fault> {
    let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
    if ip.is_private() || shared {
        return Ok(());
    }
    Err(Fault::new(ProblemCode::Address, format!("AWS does not take {ip} as a target"))
        .hint("a target is in 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10 or a range of the VPC itself"))
}

pub(crate) static PORTS: Format = Format {
    what: "a port or a range such as 8000-8080",
    pattern: Some("^(0|[1-9][0-9]{0,4})( *- *(0|[1-9][0-9]{0,4}))?$"),
    check: |text| ports(text).map(drop),
};

/// RFC 1035: labels of at most 63 characters, at most 253 in all.
pub(crate) static DNS_NAME: Format = Format {
    what: "a DNS name",
    pattern: Some("^[A-Za-z0-9_*-]+(\\.[A-Za-z0-9_-]+)+$"),
    check: |text| {
        let fault = |why: &str| Err(Fault::new(ProblemCode::DnsName, format!("`{text}` is not a DNS name: {why}")));
        if text.ends_with('.') {
            return Err(Fault::new(ProblemCode::DnsName, format!("`{text}` ends with a dot"))
                .hint(format!("write {}", text.trim_end_matches('.'))));
        }
        if text.len() > 253 {
            return fault("more than 253 characters");
        }
        if !text.contains('.') {
            return Err(Fault::new(ProblemCode::DnsName, format!("`{text}` is not a full DNS name"))
                .hint("write it with its zone"));
        }
        labels(text).or_else(fault)
    },
};

/// A record's name inside its zone; `@` is the zone itself.
pub(crate) static RECORD: Format = Format {
    what: "a record name inside the zone",
    pattern: Some("^(@|[A-Za-z0-9_*-]+(\\.[A-Za-z0-9_-]+)*)$"),
    check: |text| {
        if text == "@" {
            return Ok(());
        }
        labels(text).map_err(|why| Fault::new(ProblemCode::DnsName, format!("`{text}` is not a record name: {why}")))
    },
};

fn labels(text: &str) -> Result<(), &'static str> {
    for (index, label) in text.split('.').enumerate() {
        if label.is_empty() {
            return Err("a label is empty");
        }
        if label.len() > 63 {
            return Err("a label has more than 63 characters");
        }
        if index == 0 && label == "*" {
            continue;
        }
        if !label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_') {
            return Err("only letters, digits, `-` and `_`");
        }
        if label.starts_with('-') || label.ends_with('-') {
            return Err("a label starts or ends with a dash");
        }
    }
    Ok(())
}

/// Reads a canonical range.
pub(crate) fn cidr(text: &str) -> Result<IpNet, Fault> {
    let net = text.parse::<IpNet>().map_err(|_| not_a_cidr(text))?;
    if matches!(net, IpNet::V4(_)) && net.to_string() != text {
        return Err(Fault::new(
            ProblemCode::Cidr,
            format!("{text} has leading zeros, which some programs take for octal"),
        )
        .hint(format!("write {net}")));
    }
    let canonical = net.trunc();
    if net != canonical {
        return Err(Fault::new(ProblemCode::CidrNotCanonical, format!("{text} is not the first address of its range"))
            .hint(format!("write {canonical}, or {}/{} if one address is meant", net.addr(), net.max_prefix_len())));
    }
    if let IpNet::V6(v6) = net
        && v6.addr().to_ipv4_mapped().is_some()
    {
        return Err(
            Fault::new(ProblemCode::Cidr, format!("{text} is an IPv4 range written as IPv6")).hint("write it as IPv4")
        );
    }
    Ok(net)
}

fn not_a_cidr(text: &str) -> Fault {
    match text.parse::<IpAddr>() {
        Ok(address) => Fault::new(ProblemCode::Cidr, format!("`{text}` has no prefix length"))
            .hint(format!("write {address}/{}", if address.is_ipv4() { 32 } else { 128 })),
        Err(_) => Fault::new(ProblemCode::Cidr, format!("`{text}` is not a CIDR")).hint("for example 10.12.0.0/20"),
    }
}

/// Returns true for a full DNS name.
pub(crate) fn is_dns_name(text: &str) -> bool {
    (DNS_NAME.check)(text).is_ok()
}

/// Reads a port or a range of ports.
pub(crate) fn ports(text: &str) -> Result<PortRange, Fault> {
    if let Some(number) = text.split('-').map(str::trim).find_map(after_zeros) {
        return Err(octal(text, number));
    }
    let range = PortRange::try_from(text.to_owned()).map_err(|why| {
        Fault::new(ProblemCode::Port, why).hint("a port from 1 to 65535, or a range such as 8000-8080")
    })?;
    if range.from == 0 && range != PortRange::ALL {
        return Err(Fault::new(ProblemCode::Port, "port 0 is not a port").hint("ports are 1 to 65535"));
    }
    Ok(range)
}

/// Returns a number without its leading zeros, if it has some.
pub(crate) fn after_zeros(text: &str) -> Option<&str> {
    let digits = text.len() > 1 && text.starts_with('0') && text.chars().all(|c| c.is_ascii_digit());
    digits.then(|| text.trim_start_matches('0')).map(|rest| if rest.is_empty() { "0" } else { rest })
}

/// YAML 1.1 reads such a number as octal, YAML 1.2 as decimal: nobody can know which was meant.
pub(crate) fn octal(text: &str, number: &str) -> Fault {
    Fault::new(ProblemCode::LeadingZero, format!("{text} has a leading zero, which some programs take for octal"))
        .hint(format!("write {number}"))
}

/// Returns true if a text can only be meant as an address or a range.
pub(crate) fn is_address_like(text: &str) -> bool {
    (text.contains('.') || text.contains(':')) && text.chars().all(|c| c.is_ascii_hexdigit() || ".:/".contains(c))
        || text.split_once('/').is_some_and(|(address, _)| address.parse::<IpAddr>().is_ok())
}

#[cfg(test)]
mod tests {
    use super::{TARGET, cidr, ports};

    #[test]
    fn ranges_are_canonical() {
        for good in ["10.12.0.0/20", "10.122.8.10/32", "2001:db8::/32", "0.0.0.0/0"] {
            assert!(cidr(good).is_ok(), "{good}");
        }
        for bad in
            ["10.1.2.3/16", "10.0.0.0", "10.0.0.0/33", "ten", "2001:db8::1/32", "::ffff:10.0.0.0/104", "010.0.0.0/8"]
        {
            assert!(cidr(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_are_private() {
        for good in ["10.122.8.10", "172.31.0.1", "192.168.0.1", "100.127.255.255"] {
            assert!((TARGET.check)(good).is_ok(), "{good}");
        }
        for bad in ["52.1.2.3", "169.254.169.254", "192.0.2.7", "100.128.0.1", "172.32.0.1", "127.0.0.1", "x"] {
            assert!((TARGET.check)(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ports_are_in_range() {
        assert_eq!(ports("443").map(|range| range.to_string()).ok(), Some("443".to_owned()));
        assert_eq!(ports("1024 - 2048").map(|range| range.to_string()).ok(), Some("1024-2048".to_owned()));
        assert_eq!(ports("8000-8080").map(|range| range.to_string()).ok(), Some("8000-8080".to_owned()));
        for bad in ["0", "65536", "80-70", "http", "", "0-1", "-1", "0443", "080-90", "00"] {
            assert!(ports(bad).is_err(), "{bad}");
        }
    }
}
