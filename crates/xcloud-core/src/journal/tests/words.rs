//! What entries say of themselves.

use super::{events, header};
use crate::journal::{Declaration, Header, Noted};
use crate::model::{Addr, AddressKind, Kind};
use crate::op::Object;
use crate::plan::{Failover, Fence};

#[test]
fn the_words_of_events_are_those_of_the_stored_form() {
    for event in events() {
        let stored = serde_json::to_value(&event).expect("JSON");
        let stored = stored.as_str().or_else(|| stored.as_object()?.keys().next().map(String::as_str));
        assert_eq!(stored, Some(event.word()), "{event:?}");
    }
}

#[test]
fn nothing_noted_is_known_as_nothing() {
    assert!(Noted::default().is_empty());
    let object = Noted { objects: [(Object("x".to_owned()), "n".to_owned())].into(), ..Noted::default() };
    let addr = Addr::new("dev", "eu-north-1", Kind::Endpoint, "a");
    let address = Noted { addresses: vec![(addr, AddressKind::EndpointIps, Default::default())], ..Noted::default() };
    assert!(!object.is_empty() && !address.is_empty());
}

#[test]
fn a_run_tells_why_limits_were_passed() {
    let plain = header("r", &[], &[]);
    assert_eq!(plain.reason(), None);
    let early = Header { reason: Some("the region is gone for good".to_owned()), ..plain.clone() };
    assert_eq!(early.reason(), Some("the region is gone for good"));
    let request = Failover {
        to: "eu-west-1".to_owned(),
        envs: Default::default(),
        run: "r".to_owned(),
        unplanned: true,
        fence: Fence::Now,
        passed: Default::default(),
    };
    let declared = Declaration {
        request,
        from: Default::default(),
        incident: None,
        declared_ms: 0,
        detected_ms: None,
        reason: Some("drill".to_owned()),
        gates: Default::default(),
        unread: Default::default(),
    };
    let declared = Header { declared: Some(Box::new(declared)), ..early };
    assert_eq!(declared.reason(), Some("drill"), "what was said with the failover comes first");
}
