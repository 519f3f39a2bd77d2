//! Named cases.

use super::fixture::{allowed, beyond, rule};
use crate::model::Access::{self, Allow, Deny};
use crate::model::{PortRange, Protocol};
use crate::reach::{Allowed, IpProtocol, Peers, Services, Traffic};

const EVERYTHING: &str = "all * -> *";

fn ordered(rules: &[(u16, Access, &str)]) -> Allowed {
    Allowed::of_ordered(rules.iter().map(|(priority, access, text)| (*priority, *access, rule(text))))
}

fn example(allowed: &Allowed, other: &Allowed) -> Option<String> {
    allowed.beyond(other).map(|packet| packet.to_string())
}

#[track_caller]
fn same(rules: &[&str], others: &[&str]) {
    assert!(allowed(rules).same(&allowed(others)), "{rules:?} and {others:?} should mean the same");
}

#[test]
fn the_same_meaning_in_other_words_is_the_same() {
    same(&["tcp 10.0.0.0/16 -> sg-1 443"], &["tcp 10.0.128.0/17 -> sg-1 443", "tcp 10.0.0.0/17 -> sg-1 443"]);
    same(&["tcp 10.0.0.0/16 -> sg-1 80-81"], &["tcp 10.0.0.0/16 -> sg-1 81", "tcp 10.0.0.0/16 -> sg-1 80"]);
    same(&["tcp 10.0.0.0/16 -> sg-1 80-81"], &["tcp 10.0.0.0/16 -> sg-1 81,80"]);
    same(&["udp 10.0.0.7 -> sg-1"], &["udp 10.0.0.7/32 -> sg-1 0-65535"]);
    same(&["udp 10.0.0.0/31 -> sg-1"], &["udp 10.0.0.0-10.0.0.1 -> sg-1"]);
    same(&["tcp 10.0.0.9/8 -> sg-1"], &["tcp 10.0.0.0/8 -> sg-1", "tcp 10.3.0.0/16 -> sg-1 22"]);
    same(&["tcp ::/0 -> sg-1"], &["tcp 8000::/1 -> sg-1", "tcp ::/1 -> sg-1"]);
    same(&[EVERYTHING], &["tcp * -> sg-1", EVERYTHING]);
}

#[test]
fn a_square_in_four_other_pieces_is_the_same() {
    let whole = ["tcp 10.0.0.0/30 -> 10.1.0.0/30 0-3"];
    let pieces = [
        "tcp 10.0.0.0-10.0.0.2 -> 10.1.0.0 0-3",
        "tcp 10.0.0.3 -> 10.1.0.0-10.1.0.2 0-3",
        "tcp 10.0.0.1-10.0.0.3 -> 10.1.0.3 0-3",
        "tcp 10.0.0.0 -> 10.1.0.1-10.1.0.3 0-3",
        "tcp 10.0.0.1-10.0.0.2 -> 10.1.0.1-10.1.0.2 0-3",
    ];
    same(&whole, &pieces);
    let hole = beyond(&whole, &pieces[..4]);
    assert_eq!(hole.as_deref(), Some("tcp 10.0.0.1 -> 10.1.0.1 port 0"));
}

#[test]
fn wider_sources_are_beyond() {
    let declared = ["tcp 10.0.0.0/20 -> 10.1.2.3 22"];
    let live = ["tcp 10.0.0.0/16 -> 10.1.2.3 22"];
    assert_eq!(beyond(&live, &declared).as_deref(), Some("tcp 10.0.16.0 -> 10.1.2.3 port 22"));
    assert_eq!(beyond(&declared, &live), None);
    assert!(allowed(&live).covers(&allowed(&declared)) && !allowed(&declared).covers(&allowed(&live)));
}

#[test]
fn wider_ports_and_destinations_are_beyond() {
    let declared = ["tcp 203.0.113.7 -> 10.1.2.3 443"];
    let ports = beyond(&["tcp 203.0.113.7 -> 10.1.2.3 440-443"], &declared);
    assert_eq!(ports.as_deref(), Some("tcp 203.0.113.7 -> 10.1.2.3 port 440"));
    let destinations = beyond(&["tcp 203.0.113.7 -> 10.1.2.2/31 443"], &declared);
    assert_eq!(destinations.as_deref(), Some("tcp 203.0.113.7 -> 10.1.2.2 port 443"));
}

#[test]
fn every_protocol_is_more_than_tcp() {
    let all = ["all 10.0.0.0/8 -> sg-1"];
    assert_eq!(beyond(&["tcp 10.0.0.0/8 -> sg-1 22"], &all), None);
    let tcp = ["tcp 10.0.0.0/8 -> sg-1"];
    assert_eq!(beyond(&all, &tcp).as_deref(), Some("udp 10.0.0.0 -> sg-1 port 0"));
    let known: Vec<String> = ["tcp", "udp", "icmp", "icmpv6"].map(|name| format!("{name} 10.0.0.0/8 -> sg-1")).into();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    assert_eq!(beyond(&all, &known).as_deref(), Some("protocol 0 10.0.0.0 -> sg-1"));
    let number =
        |number| Traffic { services: Services::of_protocol(IpProtocol(number)), ..rule("tcp 10.0.0.0/8 -> sg-1") };
    let numbered = (0..=u8::MAX).filter(|at| *at != 50).map(number);
    assert_eq!(example(&allowed(&all), &Allowed::of(numbered)).as_deref(), Some("protocol 50 10.0.0.0 -> sg-1"));
    assert!(allowed(&all).same(&Allowed::of((0..=u8::MAX).map(number))));
}

#[test]
fn every_protocol_on_some_ports_is_tcp_and_udp() {
    same(&["all 10.0.0.0/8 -> * 53"], &["tcp 10.0.0.0/8 -> * 53", "udp 10.0.0.0/8 -> * 53"]);
    same(&["all 10.0.0.0/8 -> *"], &["all 10.0.0.0/8 -> * 0-65535"]);
    same(&["all 10.0.0.0/8 -> *"], &["all 10.0.0.0/8 -> * 8-65535,0-7"]);
}

#[test]
fn icmp_has_no_ports() {
    same(&["icmp 10.0.0.0/8 -> sg-1"], &["icmp 10.0.0.0/8 -> sg-1 0-65535"]);
    let icmp = beyond(&["icmp 10.0.0.0/8 -> 10.1.2.3"], &["tcp 10.0.0.0/8 -> 10.1.2.3"]);
    assert_eq!(icmp.as_deref(), Some("icmp 10.0.0.0 -> 10.1.2.3"));
    let v6 = beyond(&["icmpv6 fd00::/8 -> sg-1"], &["icmp fd00::/8 -> sg-1"]);
    assert_eq!(v6.as_deref(), Some("icmpv6 fd00:: -> sg-1"));
}

#[test]
fn the_families_are_apart() {
    let v6 = beyond(&["tcp fd00::/32 -> sg-1 22"], &["tcp fd00::/48 -> sg-1 22", "tcp 0.0.0.0/0 -> sg-1 22"]);
    assert_eq!(v6.as_deref(), Some("tcp fd00:0:1:: -> sg-1 port 22"));
    assert_eq!(beyond(&["tcp 10.0.0.0/8 -> fd00::/8"], &[]), None, "no packet has both families");
    same(&["tcp 0.0.0.0/0,::/0 -> 0.0.0.0/0,::/0"], &["tcp 0.0.0.0/0 -> 0.0.0.0/0", "tcp ::/0 -> ::/0"]);
}

#[test]
fn all_of_ipv4_is_every_address_and_no_name() {
    let open = ["tcp 0.0.0.0/0 -> sg-1 22"];
    assert_eq!(beyond(&["tcp 203.0.113.7 -> sg-1 22"], &open), None);
    let opened = beyond(&open, &["tcp 10.0.0.0/8 -> sg-1 22"]);
    assert_eq!(opened.as_deref(), Some("tcp 0.0.0.0 -> sg-1 port 22"));
    assert_eq!(beyond(&["tcp ::1 -> sg-1 22"], &open).as_deref(), Some("tcp ::1 -> sg-1 port 22"));
    assert_eq!(beyond(&["tcp sg-2 -> sg-1 22"], &open).as_deref(), Some("tcp sg-2 -> sg-1 port 22"));
    let star = beyond(&["tcp * -> sg-1 22"], &["tcp 0.0.0.0/0,::/0,sg-2 -> sg-1 22"]);
    assert_eq!(star.as_deref(), Some("tcp * -> sg-1 port 22"));
}

#[test]
fn a_name_is_covered_by_itself_and_by_everything() {
    let tag = ["tcp VirtualNetwork -> 10.1.2.3 443"];
    assert_eq!(beyond(&tag, &["tcp AzureCloud,VirtualNetwork -> 10.1.2.3 443"]), None);
    assert_eq!(beyond(&tag, &["tcp * -> 10.1.2.3 443"]), None);
    let other = beyond(&tag, &["tcp AzureCloud -> 10.1.2.3 443"]);
    assert_eq!(other.as_deref(), Some("tcp VirtualNetwork -> 10.1.2.3 port 443"));
    let domain = beyond(&["tcp 10.0.0.4 -> pay.example.com,pl-1 443"], &["tcp 10.0.0.4 -> pl-1 443"]);
    assert_eq!(domain.as_deref(), Some("tcp 10.0.0.4 -> pay.example.com port 443"));
}

#[test]
fn texts_that_are_no_addresses_are_names() {
    for text in ["10.0.0.9-10.0.0.1", "10.0.0.1-::1", "10.0.0.0/33", "aks-prod.example.com"] {
        let packet = beyond(&[&format!("udp {text} -> sg-1 53")], &[]);
        assert_eq!(packet, Some(format!("udp {text} -> sg-1 port 53")));
    }
}

#[test]
fn a_deny_before_an_allow_takes_away_and_one_after_does_not() {
    let before = ordered(&[(200, Allow, "tcp 10.0.0.0/8 -> * 443"), (100, Deny, "tcp 10.0.0.0/9 -> * 443")]);
    let half = allowed(&["tcp 10.128.0.0/9 -> * 443"]);
    assert!(before.same(&half));
    let after = ordered(&[(200, Deny, "tcp 10.0.0.0/9 -> * 443"), (100, Allow, "tcp 10.0.0.0/8 -> * 443")]);
    assert!(after.same(&allowed(&["tcp 10.0.0.0/8 -> * 443"])));
    assert_eq!(example(&after, &before).as_deref(), Some("tcp 10.0.0.0 -> 0.0.0.0 port 443"));
}

#[test]
fn of_equal_priorities_the_one_given_first_decides() {
    let allow = (1, Allow, "tcp 10.0.0.4 -> * 443");
    let deny = (1, Deny, "tcp * -> * 443");
    assert!(ordered(&[allow, deny]).same(&allowed(&[allow.2])));
    assert!(ordered(&[deny, allow]).same(&Allowed::default()));
}

#[test]
fn a_shadowed_rule_lets_nothing_through() {
    let shadowed = ordered(&[(100, Deny, EVERYTHING), (200, Allow, "tcp 10.0.0.4 -> 10.1.2.3 443")]);
    assert!(!shadowed.covers(&allowed(&["tcp 10.0.0.4 -> 10.1.2.3 443"])));
    assert!(shadowed.same(&Allowed::default()));
}

#[test]
fn what_is_refused_first_is_not_in_everything() {
    let rest = ordered(&[(100, Deny, "tcp VirtualNetwork,10.0.0.0/8 -> * 22"), (200, Allow, EVERYTHING)]);
    assert_eq!(example(&allowed(&[EVERYTHING]), &rest).as_deref(), Some("tcp 10.0.0.0 -> 0.0.0.0 port 22"));
    assert!(rest.covers(&allowed(&["tcp 10.0.0.0/8,VirtualNetwork -> * 23-65535", "tcp AzureCloud,11.0.0.1 -> * 22"])));
    let tag = example(&allowed(&["tcp VirtualNetwork -> sg-1 22"]), &rest);
    assert_eq!(tag.as_deref(), Some("tcp VirtualNetwork -> sg-1 port 22"));
}

#[test]
fn nothing_is_within_everything() {
    let nothing = Allowed::default();
    assert!(nothing.same(&allowed(&[])) && allowed(&[EVERYTHING]).covers(&nothing));
    assert_eq!(example(&allowed(&[EVERYTHING]), &nothing).as_deref(), Some("tcp 0.0.0.0 -> 0.0.0.0 port 0"));
    let upside_down = PortRange { from: 2, to: 1 };
    let empty = Traffic { services: Services::of(Protocol::Tcp, &[upside_down]), ..rule(EVERYTHING) };
    let nobody = Traffic { from: Peers::of_nets([]), ..rule(EVERYTHING) };
    assert!(nothing.same(&Allowed::of([empty, nobody])));
}

#[test]
fn a_rule_has_the_packets_that_it_matches() {
    let packet = |text: &str| allowed(&[text]).beyond(&Allowed::default()).expect("a packet");
    let open = rule("tcp 10.0.0.0/8,sg-1 -> 10.1.2.3 443");
    assert!(open.has(&packet("tcp 10.9.0.1 -> 10.1.2.3 443")));
    assert!(open.has(&packet("tcp sg-1 -> 10.1.2.3 443")));
    for other in ["tcp 10.9.0.1 -> 10.1.2.3 444", "udp 10.9.0.1 -> 10.1.2.3 443", "tcp sg-2 -> 10.1.2.3 443"] {
        assert!(!open.has(&packet(other)), "{other}");
    }
    assert!(open.from.names_some() && !open.to.names_some() && !Peers::everything().names_some());
}
