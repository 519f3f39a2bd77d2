//! A small world in which every packet can be tried, and random rule sets over it.
//!
//! Each end of a packet is one of 16 IPv4 addresses, two IPv6 addresses, two names, or the one point of each kind that
//! stands for all others; each service one of 8 ports of two protocols, or likewise. All bounds of the rules lie
//! inside the world, so a rule set that lets through a packet outside it lets through one of these points.

use std::cell::Cell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::model::{Access, PortRange, Protocol};
use crate::reach::{Allowed, IpProtocol, Packet, Peer, Peers, Services, Traffic};

/// Ends: bits 0-15 are IPv4 addresses, 16 any other; 17-18 are IPv6 addresses, 19 any other; 20-21 names, 22 any other.
const V4: u32 = 0x1_ffff;
const V6: u32 = 0b111 << 17;
const NAMES: u32 = 0b111 << 20;
const ENDS: usize = 23;
/// Services: bits 0-7 are TCP ports, 8 any other; 9-16 UDP ports, 17 any other; then ICMP, ICMPv6, any other protocol.
const TCP: u32 = 0x1ff;
const ICMP: u32 = 1 << 18;
const ICMPV6: u32 = 1 << 19;
const SERVICES: u32 = (1 << 21) - 1;

/// A set of points, and what a rule says for it.
#[derive(Debug, Clone)]
struct Said<Text> {
    points: u32,
    text: Text,
}

type Side = Vec<Said<String>>;

#[derive(Debug, Clone)]
struct Rule {
    access: Access,
    from: Side,
    to: Side,
    services: Said<(Protocol, Vec<PortRange>)>,
}

impl Rule {
    fn traffic(&self) -> Traffic {
        let peers = |side: &Side| Peers::of_texts(side.iter().map(|said| said.text.as_str()));
        let (protocol, ports) = &self.services.text;
        Traffic { from: peers(&self.from), to: peers(&self.to), services: Services::of(*protocol, ports) }
    }
}

fn points(side: &Side) -> u32 {
    side.iter().fold(0, |points, said| points | said.points)
}

/// For each two ends the services that the rules let through.
type Tried = Vec<u32>;

/// Tries every packet; the first rule that matches decides.
fn tried(rules: &[Rule]) -> Tried {
    let mut all = Vec::new();
    let rules: Vec<_> = rules.iter().map(|rule| (points(&rule.from), points(&rule.to), rule)).collect();
    for (from, to) in (0..ENDS).flat_map(|from| (0..ENDS).map(move |to| (from, to))) {
        let mixed = [(V4, V6), (V6, V4)].iter().any(|(a, b)| a & 1 << from != 0 && b & 1 << to != 0);
        let (mut open, mut allowed) = (if mixed { 0 } else { SERVICES }, 0);
        for (sources, destinations, rule) in &rules {
            let ends = sources & 1 << from != 0 && destinations & 1 << to != 0;
            let matched = if ends { rule.services.points & open } else { 0 };
            open &= !matched;
            allowed |= if rule.access == Access::Allow { matched } else { 0 };
        }
        all.push(allowed);
    }
    all
}

fn is_in(packet: &Packet, tried: &Tried) -> bool {
    tried[end(&packet.from) * ENDS + end(&packet.to)] & 1 << service(packet) != 0
}

fn end(peer: &Peer) -> usize {
    let within = |offset: u128, count: usize| usize::try_from(offset).unwrap_or(count).min(count);
    match peer {
        Peer::Address(IpAddr::V4(address)) => within(address.to_bits().wrapping_sub(first_v4()).into(), 16),
        Peer::Address(IpAddr::V6(address)) => 17 + within(address.to_bits().wrapping_sub(first_v6()), 2),
        Peer::Named(name) => 20 + usize::from(name != "sg-1") + usize::from(name != "sg-1" && name != "tag"),
        Peer::Unnamed => 22,
    }
}

fn service(packet: &Packet) -> u16 {
    let port = packet.port.map(|port| port.min(8));
    match (packet.protocol, port) {
        (IpProtocol::TCP, Some(port)) => port,
        (IpProtocol::UDP, Some(port)) => 9 + port,
        (IpProtocol::ICMP, None) => 18,
        (IpProtocol::ICMPV6, None) => 19,
        (IpProtocol(_), None) => 20,
        _ => panic!("a port where there is none: {packet}"),
    }
}

fn first_v4() -> u32 {
    Ipv4Addr::new(10, 0, 0, 16).to_bits()
}

fn first_v6() -> u128 {
    Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 2).to_bits()
}

fn said(points: u32, text: &str) -> Said<String> {
    Said { points, text: text.to_owned() }
}

/// Returns a network of the world's IPv4 addresses, written with any of its addresses.
fn net(at: u32, bits: u32) -> Said<String> {
    let first = at >> bits << bits;
    let points = (0..1 << bits).fold(0, |points, offset| points | 1 << (first + offset));
    Said { points, text: format!("{}/{}", Ipv4Addr::from_bits(first_v4() + at), 32 - bits) }
}

fn span(a: u32, b: u32) -> Said<String> {
    let (from, to) = (a.min(b), a.max(b));
    let address = |at| Ipv4Addr::from_bits(first_v4() + at);
    let points = (from..=to).fold(0, |points, at| points | 1 << at);
    Said { points, text: format!("{}-{}", address(from), address(to)) }
}

fn sides() -> impl Strategy<Value = Side> {
    let one = (0..13u8, 0..16u32, 0..16u32).prop_map(|(how, a, b)| match how {
        0 => said(V4, "0.0.0.0/0"),
        1 => said(V6, "::/0"),
        2 => said(0b11 << 17, "fd00::2/127"),
        3 => said(1 << 18, "fd00::3"),
        4 => said(1 << 20, "sg-1"),
        5 => said(1 << 21, "tag"),
        6 => said(V4 | V6 | NAMES, "*"),
        7 | 8 => span(a, b),
        _ => net(a, b % 5),
    });
    vec(one, 1..4)
}

fn services() -> impl Strategy<Value = Said<(Protocol, Vec<PortRange>)>> {
    let range = (0..8u16, 0..8u16, 0..10u8).prop_map(|(a, b, how)| match how {
        0 => PortRange::ALL,
        _ => PortRange { from: a.min(b), to: a.max(b) },
    });
    let ports = vec(range, 0..3);
    let protocols = vec![Protocol::Tcp, Protocol::Udp, Protocol::Icmp, Protocol::Icmpv6, Protocol::All];
    (prop::sample::select(protocols), ports).prop_map(|(protocol, ports)| {
        let every = ports.is_empty() || ports.contains(&PortRange::ALL);
        let numbers =
            (0..8u32).filter(|at| ports.iter().any(|range| (range.from.into()..=range.to.into()).contains(at)));
        let on_ports = if every { TCP } else { numbers.fold(0, |points, at| points | 1 << at) };
        let points = match protocol {
            Protocol::Tcp => on_ports,
            Protocol::Udp => on_ports << 9,
            Protocol::Icmp => ICMP,
            Protocol::Icmpv6 => ICMPV6,
            Protocol::All if every => SERVICES,
            Protocol::All => on_ports | on_ports << 9,
        };
        Said { points, text: (protocol, ports) }
    })
}

fn rules(access: impl Strategy<Value = Access> + Clone) -> impl Strategy<Value = Vec<Rule>> {
    let rule = (access, sides(), sides(), services());
    vec(rule.prop_map(|(access, from, to, services)| Rule { access, from, to, services }), 0..7)
}

/// Returns two rule sets: often they share rules, in another order or with every source a rule of its own.
fn pairs(access: impl Strategy<Value = Access> + Clone) -> impl Strategy<Value = (Vec<Rule>, Vec<Rule>)> {
    (rules(access.clone()), rules(access), 0..4u8).prop_map(|(a, b, how)| match how {
        0 => (a, b),
        1 => (a.clone(), split(&a).into_iter().chain(b).collect()),
        2 => (a.clone(), b.into_iter().take(2).chain(split(&a)).collect()),
        _ => (a.clone(), split(&a).into_iter().rev().collect()),
    })
}

fn split(rules: &[Rule]) -> Vec<Rule> {
    let one = |rule: &Rule| rule.from.iter().map(|from| Rule { from: vec![from.clone()], ..rule.clone() }).collect();
    rules.iter().flat_map(|rule| -> Vec<Rule> { one(rule) }).collect()
}

/// Tries 10,000 pairs of rule sets, and sees that both answers are frequent.
fn agrees(access: impl Strategy<Value = Access> + Clone, read: fn(&[Rule]) -> Allowed) {
    let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() };
    let (within, beyond) = (Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&pairs(access), |(a, b)| {
        let (allowed, other) = (read(&a), read(&b));
        let (a, b) = (tried(&a), tried(&b));
        let is_beyond = a.iter().zip(&b).any(|(a, b)| a & !b != 0);
        let counted = if is_beyond { &beyond } else { &within };
        counted.set(counted.get() + 1);
        let packet = allowed.beyond(&other);
        prop_assert_eq!(packet.is_some(), is_beyond, "{:?}", packet);
        prop_assert!(packet.is_none_or(|packet| is_in(&packet, &a) && !is_in(&packet, &b)));
        prop_assert_eq!(allowed.covers(&other), b.iter().zip(&a).all(|(b, a)| b & !a == 0));
        prop_assert_eq!(allowed.same(&other), a == b);
        Ok(())
    });
    outcome.expect("both ways agree");
    assert!(within.get() > 1000 && beyond.get() > 1000, "{} within, {} beyond", within.get(), beyond.get());
}

#[test]
fn unordered_rules_let_through_what_trying_every_packet_finds() {
    agrees(Just(Access::Allow), |rules| Allowed::of(rules.iter().map(Rule::traffic)));
}

#[test]
fn ordered_rules_let_through_what_trying_every_packet_finds() {
    let access = prop::sample::select(vec![Access::Allow, Access::Allow, Access::Deny]);
    agrees(access, |rules| {
        Allowed::of_ordered(rules.iter().enumerate().map(|(at, rule)| (at, rule.access, rule.traffic())))
    });
}

/// Returns the access that the first rule with the packet gives.
fn decided(rules: &[Rule], packet: &Packet) -> Option<Access> {
    rules.iter().find(|rule| rule.traffic().has(packet)).map(|rule| rule.access)
}

#[test]
fn the_first_rule_that_has_a_packet_decides_about_it() {
    let access = prop::sample::select(vec![Access::Allow, Access::Allow, Access::Deny]);
    let config = ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() };
    let (allowed, denied, unmatched) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let outcome = TestRunner::new(config).run(&pairs(access), |(a, b)| {
        let read = |rules: &[Rule]| {
            Allowed::of_ordered(rules.iter().enumerate().map(|(at, rule)| (at, rule.access, rule.traffic())))
        };
        let Some(packet) = read(&a).beyond(&read(&b)) else { return Ok(()) };
        prop_assert_eq!(decided(&a, &packet), Some(Access::Allow));
        allowed.set(allowed.get() + 1);
        let by = decided(&b, &packet);
        prop_assert_ne!(by, Some(Access::Allow));
        let counted = if by.is_some() { &denied } else { &unmatched };
        counted.set(counted.get() + 1);
        for rule in a.iter().chain(&b) {
            let tried = tried(&[Rule { access: Access::Allow, ..rule.clone() }]);
            prop_assert_eq!(rule.traffic().has(&packet), is_in(&packet, &tried), "{} in {:?}", packet, rule);
        }
        Ok(())
    });
    outcome.expect("both ways agree");
    let counts = [allowed.get(), denied.get(), unmatched.get()];
    assert!(counts.into_iter().all(|count| count > 300), "allowed, denied, unmatched: {counts:?}");
}
