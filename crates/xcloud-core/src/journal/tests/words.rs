//! What entries say of themselves.

use std::sync::Arc;

use super::{events, happened, header};
use crate::active::{Failover, Fence};
use crate::journal::{Declaration, Header, Noted, RunEvent, RunState};
use crate::model::{Addr, AddressKind, Kind};
use crate::op::Object;
use crate::plan::{Action, Phase as StepPhase, Plan};

fn declaration() -> Declaration {
    let request = Failover {
        to: "eu-west-1".to_owned(),
        envs: Default::default(),
        run: "r".to_owned(),
        unplanned: true,
        fence: Fence::Now,
        passed: Default::default(),
    };
    Declaration {
        request,
        from: Default::default(),
        incident: None,
        declared_ms: 0,
        detected_ms: None,
        reason: Some("drill".to_owned()),
        gates: Default::default(),
        unread: Default::default(),
    }
}

#[test]
fn a_failover_turns_back_after_its_commit_point_as_long_as_nothing_there_is_in_effect() {
    let changes =
        [("dev/eu-north-1/security-group/a", Action::Create), ("dev/eu-north-1/security-group/b", Action::Create)];
    let of = |declared: bool, done: &[&str]| {
        let mut head = header("r", &[], &changes);
        let mut steps = head.plan.steps.clone();
        steps[1].phase = StepPhase::Commit;
        head.plan = Arc::new(Plan { steps, ..(*head.plan).clone() });
        head.declared = declared.then(|| Box::new(declaration()));
        let mut state = RunState::new(head);
        assert!(state.may_turn_back());
        for step in done.iter().filter(|step| **step == "s001") {
            state.apply(&happened(step, events().remove(0))).expect("legal");
        }
        state.apply(&RunEvent::Committed).expect("legal");
        for step in done.iter().filter(|step| **step != "s001") {
            state.apply(&happened(step, events().remove(0))).expect("legal");
        }
        state.may_turn_back()
    };
    assert!(of(true, &[]));
    assert!(of(true, &["s001"]), "what is before the commit point can be undone");
    assert!(!of(true, &["s002"]), "what is after it cannot");
    assert!(!of(false, &[]), "any other run only goes forward there");
}

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
    let declared = Header { declared: Some(Box::new(declaration())), ..early };
    assert_eq!(declared.reason(), Some("drill"), "what was said with the failover comes first");
}
