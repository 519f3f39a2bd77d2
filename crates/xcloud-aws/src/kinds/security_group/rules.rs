//! Security-group rules: from AWS's spelling to ours and back.

use aws_sdk_ec2::types::{
    IpPermission, IpRange, Ipv6Range, PrefixListId, SecurityGroupRule, SecurityGroupRuleRequest, UserIdGroupPair,
};
use ipnet::IpNet;
use xcloud_core::live::LiveRule;
use xcloud_core::model::{PortRange, Protocol};
use xcloud_core::op::{GroupRule, PeerHandle};

use crate::tags;

/// Returns a rule in canonical form; what has no form here is told in `raw`.
pub(super) fn live(rule: SecurityGroupRule) -> LiveRule {
    let name = rule.ip_protocol.unwrap_or_default();
    let (protocol, mut raw) = match protocol_of(&name) {
        Some(protocol) => (protocol, None),
        None => (Protocol::All, Some(format!("protocol {name}"))),
    };
    let ports = canonical_ports(protocol, rule.from_port, rule.to_port).unwrap_or_else(|what| {
        raw.get_or_insert(what);
        None
    });
    let written = rule.cidr_ipv4.or(rule.cidr_ipv6);
    let cidr = written.as_deref().and_then(|text| text.parse::<IpNet>().ok()).map(|net| net.trunc());
    if let (Some(text), None) = (&written, cidr) {
        raw.get_or_insert(format!("range {text}"));
    }
    LiveRule {
        id: rule.security_group_rule_id.unwrap_or_default(),
        egress: rule.is_egress.unwrap_or_default(),
        protocol,
        ports,
        cidr,
        prefix_list: rule.prefix_list_id,
        group: rule.referenced_group_info.and_then(|group| group.group_id),
        description: rule.description.filter(|text| !text.is_empty()),
        tags: tags::from_ec2(rule.tags),
        raw,
    }
}

/// EC2 writes names for tcp, udp, icmp and icmpv6, and numbers for the rest (EC2 API, SecurityGroupRule).
fn protocol_of(name: &str) -> Option<Protocol> {
    match name.to_ascii_lowercase().as_str() {
        "tcp" | "6" => Some(Protocol::Tcp),
        "udp" | "17" => Some(Protocol::Udp),
        "icmp" | "1" => Some(Protocol::Icmp),
        "icmpv6" | "58" => Some(Protocol::Icmpv6),
        "-1" | "all" => Some(Protocol::All),
        _ => None,
    }
}

/// `None` where the protocol has no ports: every port of TCP or UDP is 0-65535, as it is declared, in whichever way EC2
/// says it. For ICMP the two numbers are type and code.
fn canonical_ports(protocol: Protocol, from: Option<i32>, to: Option<i32>) -> Result<Option<PortRange>, String> {
    let (from, to) = (from.unwrap_or(-1), to.unwrap_or(-1));
    match protocol {
        Protocol::All => Ok(None),
        Protocol::Icmp | Protocol::Icmpv6 if from == -1 => Ok(None),
        Protocol::Icmp | Protocol::Icmpv6 if to == -1 => Err(format!("{protocol} type {from}")),
        Protocol::Icmp | Protocol::Icmpv6 => Err(format!("{protocol} type {from} code {to}")),
        Protocol::Tcp | Protocol::Udp if from == -1 => Ok(Some(PortRange::ALL)),
        Protocol::Tcp | Protocol::Udp => match (u16::try_from(from), u16::try_from(to)) {
            (Ok(from), Ok(to)) => Ok(Some(PortRange { from, to })),
            _ => Err(format!("{protocol} ports {from} to {to}")),
        },
    }
}

/// The ports of a rule that is to be written. Journals of version 0.1.0 hold none where every port is meant.
fn written_ports(rule: &GroupRule) -> Option<PortRange> {
    match rule.protocol {
        Protocol::Tcp | Protocol::Udp => Some(rule.ports.unwrap_or(PortRange::ALL)),
        Protocol::Icmp | Protocol::Icmpv6 | Protocol::All => None,
    }
}

/// Returns true if a live rule is the one that would be written; the description is no part of its identity.
pub(super) fn same(rule: &GroupRule, egress: bool, live: &LiveRule) -> bool {
    let peer = match &rule.peer {
        PeerHandle::Cidr(net) => live.cidr == Some(net.trunc()),
        PeerHandle::PrefixList(id) => live.prefix_list.as_ref() == Some(id),
        PeerHandle::Group(group) => live.group.as_deref() == Some(group.id()),
    };
    peer && live.egress == egress
        && live.raw.is_none()
        && live.protocol == rule.protocol
        && live.ports == written_ports(rule)
}

/// The name and the two numbers by which EC2 knows protocol and ports.
fn wire(rule: &GroupRule) -> (&'static str, Option<i32>, Option<i32>) {
    let ports = rule.ports.unwrap_or(PortRange::ALL);
    let (from, to) = (Some(i32::from(ports.from)), Some(i32::from(ports.to)));
    match rule.protocol {
        Protocol::Tcp => ("tcp", from, to),
        Protocol::Udp => ("udp", from, to),
        Protocol::Icmp => ("icmp", Some(-1), Some(-1)),
        Protocol::Icmpv6 => ("icmpv6", Some(-1), Some(-1)),
        Protocol::All => ("-1", None, None),
    }
}

/// Returns the rule in the form of Authorize calls.
pub(super) fn permission(rule: &GroupRule) -> IpPermission {
    let (protocol, from, to) = wire(rule);
    let description = rule.description.clone();
    let builder = IpPermission::builder().ip_protocol(protocol).set_from_port(from).set_to_port(to);
    match &rule.peer {
        PeerHandle::Cidr(IpNet::V4(net)) => {
            builder.ip_ranges(IpRange::builder().cidr_ip(net.to_string()).set_description(description).build())
        }
        PeerHandle::Cidr(IpNet::V6(net)) => {
            builder.ipv6_ranges(Ipv6Range::builder().cidr_ipv6(net.to_string()).set_description(description).build())
        }
        PeerHandle::PrefixList(id) => {
            builder.prefix_list_ids(PrefixListId::builder().prefix_list_id(id).set_description(description).build())
        }
        PeerHandle::Group(group) => builder
            .user_id_group_pairs(UserIdGroupPair::builder().group_id(group.id()).set_description(description).build()),
    }
    .build()
}

/// Returns the rule in the form of `ModifySecurityGroupRules`.
pub(super) fn request(rule: &GroupRule) -> SecurityGroupRuleRequest {
    let (protocol, from, to) = wire(rule);
    // Unlike Authorize, this call wants numbers also for all protocols (EC2 API, SecurityGroupRuleRequest).
    let builder = SecurityGroupRuleRequest::builder()
        .ip_protocol(protocol)
        .from_port(from.unwrap_or(-1))
        .to_port(to.unwrap_or(-1))
        .set_description(rule.description.clone());
    match &rule.peer {
        PeerHandle::Cidr(IpNet::V4(net)) => builder.cidr_ipv4(net.to_string()),
        PeerHandle::Cidr(IpNet::V6(net)) => builder.cidr_ipv6(net.to_string()),
        PeerHandle::PrefixList(id) => builder.prefix_list_id(id),
        PeerHandle::Group(group) => builder.referenced_group_id(group.id()),
    }
    .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(protocol: &str, from: i32, to: i32, cidr: &str) -> LiveRule {
        live(
            SecurityGroupRule::builder()
                .security_group_rule_id("sgr-1")
                .is_egress(false)
                .ip_protocol(protocol)
                .from_port(from)
                .to_port(to)
                .cidr_ipv4(cidr)
                .build(),
        )
    }

    #[test]
    fn rules_are_canonical() {
        let tcp = rule("6", 443, 443, "10.1.2.3/16");
        assert_eq!((tcp.protocol, tcp.ports), (Protocol::Tcp, Some(PortRange::single(443))));
        assert_eq!(tcp.cidr.map(|net| net.to_string()).as_deref(), Some("10.1.0.0/16"));
        assert_eq!(rule("tcp", 0, 65535, "10.0.0.0/8").ports, Some(PortRange::ALL));
        assert_eq!(rule("udp", -1, -1, "10.0.0.0/8").ports, Some(PortRange::ALL));
        assert_eq!(rule("-1", 0, 65535, "10.0.0.0/8").ports, None);
        assert_eq!(rule("-1", -1, -1, "10.0.0.0/8").protocol, Protocol::All);
        assert_eq!(rule("icmp", -1, -1, "10.0.0.0/8").raw, None);
    }

    #[test]
    fn what_cannot_be_said_is_told_and_equals_nothing() {
        assert_eq!(rule("icmp", 3, 4, "10.0.0.0/8").raw.as_deref(), Some("icmp type 3 code 4"));
        assert_eq!(rule("icmp", 8, -1, "10.0.0.0/8").raw.as_deref(), Some("icmp type 8"));
        let esp = rule("50", -1, -1, "10.0.0.0/8");
        assert_eq!(esp.raw.as_deref(), Some("protocol 50"));
        let all = GroupRule {
            protocol: Protocol::All,
            ports: None,
            peer: PeerHandle::Cidr("10.0.0.0/8".parse().expect("a range")),
            description: None,
        };
        assert!(!same(&all, false, &esp), "ESP is not every protocol");
        assert!(same(&all, false, &rule("-1", -1, -1, "10.0.0.0/8")));
        assert!(!same(&all, true, &rule("-1", -1, -1, "10.0.0.0/8")), "the direction counts");
    }
}
