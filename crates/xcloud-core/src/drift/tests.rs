//! What rule sets come to, ignore rules, and what follows from something that is missing.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::ignore::part;
use super::rules::{Judged, Verdict};
use super::{Class, Finding, Severity, follows};
use crate::model::{Access, Addr, Ignore, Kind, PortRange, Protocol};
use crate::plan::{FieldChange, RuleSet, SetRule};
use crate::reach::{Peers, Services, Traffic};

/// A rule `name` that lets a range reach 10.1.0.0/16 at a port.
fn rule(name: &str, access: Access, priority: u16, from: &str, port: u16) -> SetRule {
    let services = Services::of(Protocol::Tcp, &[PortRange::single(port)]);
    let traffic = Traffic { from: Peers::of_texts([from]), to: Peers::of_texts(["10.1.0.0/16"]), services };
    SetRule { path: format!("rules[{name}]"), priority: (priority, 0), access, traffic: Some(traffic) }
}

fn allow(name: &str, from: &str) -> SetRule {
    rule(name, Access::Allow, 100, from, 443)
}

fn set(live: Vec<SetRule>, declared: Vec<SetRule>) -> RuleSet {
    let addr = Addr::new("prod", "azure", Kind::NetworkSecurityGroup, "n");
    RuleSet { addrs: BTreeSet::from([addr]), live, declared }
}

fn judged(live: Vec<SetRule>, declared: Vec<SetRule>, name: &str) -> Verdict {
    Judged::of(&set(live, declared)).judge(&format!("rules[{name}]"))
}

fn wider(example: &str) -> Verdict {
    Verdict::Differs { widens: true, example: Some(example.to_owned()) }
}

const NARROWER: Verdict = Verdict::Differs { widens: false, example: None };

#[test]
fn what_means_the_same_is_no_difference() {
    let halves = || vec![allow("low", "10.0.0.0/17"), allow("high", "10.0.128.0/17")];
    for name in ["low", "high", "whole"] {
        assert_eq!(judged(halves(), vec![allow("whole", "10.0.0.0/16")], name), Verdict::Same, "{name}");
    }
    let beside = vec![allow("whole", "10.0.0.0/16"), allow("part", "10.0.3.0/24")];
    assert_eq!(judged(beside, vec![allow("whole", "10.0.0.0/16")], "part"), Verdict::Same, "it is inside another");
}

#[test]
fn what_lets_more_in_says_which_traffic() {
    let (wide, narrow) = (vec![allow("a", "10.0.0.0/16")], vec![allow("a", "10.0.0.0/20")]);
    assert_eq!(judged(wide.clone(), narrow.clone(), "a"), wider("tcp 10.0.16.0 -> 10.1.0.0 port 443"));
    assert_eq!(judged(narrow, wide, "a"), NARROWER);
    let more = vec![allow("a", "10.0.0.0/20"), allow("b", "0.0.0.0/0")];
    assert_eq!(judged(more, vec![allow("a", "10.0.0.0/20")], "b"), wider("tcp 0.0.0.0 -> 10.1.0.0 port 443"));
    assert_eq!(judged(Vec::new(), vec![allow("a", "10.0.0.0/20")], "a"), NARROWER);
}

#[test]
fn a_deny_that_is_gone_lets_more_in_and_one_that_came_does_not() {
    let deny = || rule("deny", Access::Deny, 90, "10.0.4.0/24", 443);
    let open = || allow("a", "10.0.0.0/20");
    let gone = judged(vec![open()], vec![open(), deny()], "deny");
    assert_eq!(gone, wider("tcp 10.0.4.0 -> 10.1.0.0 port 443"));
    assert_eq!(judged(vec![open(), deny()], vec![open()], "deny"), NARROWER);
    let other = rule("deny", Access::Deny, 90, "10.9.0.0/16", 22);
    let gone = judged(vec![open()], vec![open(), other], "deny");
    assert_eq!(gone, wider("tcp 10.9.0.0 -> 10.1.0.0 port 22"), "behind ours others may let it in");
    let late = || SetRule { priority: (200, 0), ..deny() };
    assert_eq!(
        judged(vec![open(), late()], vec![open()], "deny"),
        NARROWER,
        "the allow decides before it, but not those of others"
    );
    assert_eq!(judged(vec![open(), late()], vec![open(), deny()], "deny"), wider("tcp 10.0.4.0 -> 10.1.0.0 port 443"));
}

#[test]
fn what_cannot_be_told_counts_as_more() {
    let odd = SetRule { traffic: None, ..allow("odd", "10.0.0.0/20") };
    let verdict = judged(vec![odd], vec![allow("a", "10.0.0.0/20")], "odd");
    assert_eq!(verdict, Verdict::Differs { widens: true, example: None });
}

#[test]
fn a_property_names_its_rule_and_the_part_of_it() {
    let set = set(vec![allow("a", "10.0.0.0/20"), allow("a.b", "10.0.0.0/20")], Vec::new());
    let judged = Judged::of(&set);
    assert_eq!(judged.rule("rules[a].from"), Some(("rules[a]", "from")));
    assert_eq!(judged.rule("rules[a.b]"), Some(("rules[a.b]", "")));
    assert_eq!(judged.rule("priority"), None);
}

#[test]
fn who_may_connect_and_what_is_served_is_access() {
    let (none, yes) = (Value::Null, json!(true));
    assert!((Kind::EndpointService.rules().widens)("principals[*]", &none, &yes));
    assert!(!(Kind::EndpointService.rules().widens)("principals[*]", &yes, &none));
    assert!((Kind::EndpointService.rules().widens)("acceptance", &json!("managed"), &json!("automatic")));
    assert!((Kind::LoadBalancer.rules().widens)("listeners[22]", &none, &json!("TCP to x")));
    assert!(!(Kind::LoadBalancer.rules().widens)("listeners[443].targets[10.0.0.1:443]", &none, &yes));
    assert!((Kind::Endpoint.rules().widens)("security_groups", &json!(["sg-1"]), &json!(["sg-1", "sg-2"])));
    assert!(!(Kind::Endpoint.rules().widens)("security_groups", &json!(["sg-1", "sg-2"]), &json!(["sg-1"])));
    assert!((Kind::PrivateLinkService.rules().widens)("visibility", &json!([]), &json!(["*"])));
}

fn finding(address: &str, property: &str) -> Finding {
    Finding {
        address: address.to_owned(),
        kind: "aws/endpoint".to_owned(),
        region: "eu-north-1".to_owned(),
        property: property.to_owned(),
        expected: Value::Null,
        actual: Value::Null,
        class: Class::Changed,
        severity: Severity::High,
        widens_access: false,
        example: None,
        id: None,
    }
}

#[test]
fn an_ignore_rule_holds_to_its_last_day_and_is_a_finding_afterwards() {
    let rules = [Ignore {
        address: "dev/*".to_owned(),
        property: Some("tags.*".to_owned()),
        reason: "a cost tool writes tags".to_owned(),
        expires: "2026-11-30".to_owned(),
    }];
    let findings =
        || vec![finding("dev/eu-north-1/endpoint/a", "tags.x"), finding("prod/eu-north-1/endpoint/a", "tags.x")];
    let (reported, ignored) = part(findings(), &rules, "2026-11-30");
    assert_eq!((reported.len(), ignored.len()), (1, 1));
    assert_eq!(ignored[0].reason, "a cost tool writes tags");
    let (reported, ignored) = part(findings(), &rules, "2026-12-01");
    assert_eq!((reported.len(), ignored.len()), (3, 0), "what it hid, and itself");
    assert!(reported.iter().any(|one| one.kind == "ignore" && one.address == "dev/*"));
}

#[test]
fn a_value_that_waits_for_what_is_missing_is_no_finding_of_its_own() {
    let endpoint = Addr::new("prod", "eu-north-1", Kind::Endpoint, "a");
    let missing = BTreeSet::from([&endpoint]);
    let field = |path: &str, after: Value| FieldChange { path: path.to_owned(), before: json!("x"), after };
    assert!(follows(&field("alias", json!("(known after apply: the regional name of x)")), &missing));
    assert!(follows(&field("groups", json!(["sg-1", "(prod/eu-north-1/endpoint/a)"])), &missing));
    assert!(!follows(&field("groups", json!(["(prod/eu-north-1/endpoint/b)"])), &missing));
    assert!(!follows(&field("description", json!("(old)")), &missing));
}
