//! The state machine over all pairs, the stored form, and the return to an earlier state.

mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::{
    Entry, Header, IllegalEvent, Look, Noted, Outcome, Phase, RunEnd, RunEvent, RunState, Status, StepEvent, Verb,
    restore,
};
use crate::model::{Addr, AddressKind, Cloud, Desired, Kind, PlaceKey, Resource};
use crate::op::{Handle, Object, Op, SecurityGroupOp};
use crate::plan::{Action, Change, Phase as StepPhase, Plan, PlanOptions, Step, StepId, Undo};
use crate::provider::{ErrorKind, ProviderError};
use crate::tests::account;

const EVERY: [Status; 8] = [
    Status::Pending,
    Status::Started,
    Status::Done,
    Status::Failed,
    Status::Unknown,
    Status::Undoing,
    Status::Undone,
    Status::Stuck,
];

fn place() -> PlaceKey {
    account("100000000001", "eu-north-1").key()
}

fn op() -> Op {
    SecurityGroupOp::Delete { group: Handle::Known("sg-1".to_owned()) }.into()
}

fn cloud_said() -> ProviderError {
    ProviderError {
        kind: ErrorKind::Denied,
        operation: "DeleteSecurityGroup".to_owned(),
        place: place(),
        code: Some("UnauthorizedOperation".to_owned()),
        message: "no".to_owned(),
        request_id: Some("req-1".to_owned()),
        retry_after_secs: None,
    }
}

/// Each event once, in the order of its words below.
fn events() -> Vec<StepEvent> {
    let failed = |unknown| StepEvent::Failed {
        unknown,
        message: "no".to_owned(),
        error: Some(cloud_said()),
        request_ids: vec!["req-1".to_owned()],
    };
    let noted = Noted { objects: [(Object("x.dns-name".to_owned()), "n".to_owned())].into(), ..Noted::default() };
    vec![
        StepEvent::Started { token: "run-s001".to_owned(), op: op(), noted },
        StepEvent::NotMade,
        StepEvent::Retried { error: cloud_said() },
        StepEvent::Succeeded {
            made: [(String::new(), "sg-1".to_owned())].into(),
            request_ids: vec!["req-2".to_owned()],
            elapsed_ms: 12,
        },
        failed(false),
        failed(true),
        StepEvent::UndoStarted { op: op() },
        StepEvent::Undone { look: Look::CarriedOut, request_ids: vec!["req-3".to_owned()] },
        StepEvent::UndoFailed { message: "no".to_owned(), error: None },
    ]
}

#[test]
fn every_event_from_every_status() {
    let row = |from: Status| {
        let ends: Vec<String> = events()
            .iter()
            .map(|event| from.next(event).map_or_else(|_| "-".to_owned(), |next| format!("{next:?}").to_lowercase()))
            .collect();
        format!("{:<8} {}\n", format!("{from:?}").to_lowercase(), ends.join(" "))
    };
    let table: String = EVERY.into_iter().map(row).collect();
    // Columns: started not-made retried succeeded failed unknown undo-started undone undo-failed.
    let expected = "\
pending  started - - - - - - - -
started  started pending started done failed unknown - - -
done     - - - - - - undoing undone stuck
failed   started - - - - - - - -
unknown  started - - done failed - - - -
undoing  - - undoing - - - undoing undone stuck
undone   - - - - - - - - -
stuck    - - - - - - undoing undone stuck
";
    assert_eq!(table, expected);
}

fn step(id: &str, addr: &str, phase: StepPhase) -> Step {
    Step {
        id: StepId(id.to_owned()),
        addr: Addr::parse(addr).expect("an address"),
        place: place(),
        op: op(),
        needs: Vec::new(),
        awaits: Vec::new(),
        makes: Some(Object(format!("{addr}#{id}"))),
        undo: Undo::Nothing,
        phase,
    }
}

fn desired(groups: &[(&str, &str)]) -> Desired {
    let group = |(addr, description): &(&str, &str)| Resource {
        addr: Addr::parse(addr).expect("an address"),
        place: account("100000000001", "eu-north-1"),
        flow: None,
        spec: serde_json::from_value(json!({
            "kind": "aws/security-group", "name": addr, "vpc": {"id": "vpc-1"}, "description": description,
            "ownership": "exclusive", "ingress": [], "egress": [],
        }))
        .expect("a group"),
    };
    crate::tests::desired(groups.iter().map(group))
}

fn change(addr: &str, action: Action) -> Change {
    Change {
        addr: Addr::parse(addr).expect("an address"),
        kind: crate::model::Kind::SecurityGroup,
        cloud: Cloud::Aws,
        account: "100000000001".to_owned(),
        region: "eu-north-1".to_owned(),
        action,
        fields: Vec::new(),
        reasons: Vec::new(),
        id: None,
    }
}

fn header(run: &str, groups: &[(&str, &str)], changes: &[(&str, Action)]) -> Header {
    let is_step = |(_, action): &&(&str, Action)| *action != Action::Same;
    let steps = changes.iter().filter(is_step).enumerate();
    let plan = Plan {
        format_version: Plan::FORMAT_VERSION.to_owned(),
        product: "shop".to_owned(),
        places: BTreeMap::new(),
        changes: changes.iter().map(|(addr, action)| change(addr, *action)).collect(),
        notes: Vec::new(),
        steps: steps.map(|(at, (addr, _))| step(&format!("s{:03}", at + 1), addr, StepPhase::Build)).collect(),
        before_commit: Vec::new(),
        settle: Vec::new(),
        rules: Vec::new(),
        depends: BTreeMap::new(),
        unknown: BTreeMap::new(),
        active: BTreeMap::new(),
        left_alone: BTreeMap::new(),
    };
    Header {
        run: run.to_owned(),
        command: Verb::Apply,
        by: "ops@host".to_owned(),
        version: "0.1.0".to_owned(),
        config: "xcloud.yaml".to_owned(),
        config_sha256: "00".to_owned(),
        desired: desired(groups),
        options: PlanOptions::default(),
        plan: Arc::new(plan),
        declared: None,
        reason: None,
    }
}

fn happened(step: &str, event: StepEvent) -> RunEvent {
    RunEvent::Step { step: StepId(step.to_owned()), event }
}

fn end(outcome: Outcome) -> RunEvent {
    RunEvent::Ended(RunEnd { outcome, failures: Vec::new(), left: Vec::new() })
}

/// One entry of every kind, in an order that can happen.
fn whole_run() -> Vec<Entry> {
    let [started, not_made, retried, succeeded, failed, unknown, undo_started, undone, undo_failed] =
        <[StepEvent; 9]>::try_from(events()).expect("nine events");
    let mut all = vec![RunEvent::Began(Box::new(header(
        "0192-run",
        &[("dev/eu-north-1/security-group/a", "one"), ("dev/eu-north-1/security-group/b", "two")],
        &[
            ("dev/eu-north-1/security-group/a", Action::Create),
            ("dev/eu-north-1/security-group/b", Action::Create),
            ("dev/eu-north-1/security-group/c", Action::Delete),
        ],
    )))];
    all.extend([
        happened("s001", started.clone()),
        happened("s001", retried),
        happened("s001", succeeded),
        happened("s002", started.clone()),
        happened("s002", not_made),
        happened("s002", started.clone()),
        happened("s002", unknown),
        happened("s003", started),
        happened("s003", failed.clone()),
        RunEvent::Resumed { by: "ops@other".to_owned(), epoch: 7 },
        RunEvent::Unwinding { reason: "denied".to_owned() },
        happened("s002", failed),
        happened("s001", undo_started),
        happened("s001", undo_failed),
        end(Outcome::Left),
        RunEvent::Resumed { by: "ops@other".to_owned(), epoch: 8 },
        happened("s001", undone),
        end(Outcome::Unwound),
    ]);
    all.into_iter().enumerate().map(|(at, event)| Entry { at_ms: 1_795_348_800_000 + at as u64, event }).collect()
}

#[test]
fn the_stored_form_of_version_1_is_read_for_ever() {
    let golden = include_str!("../../../tests/journal/v1.json");
    let text = serde_json::to_string_pretty(&whole_run()).expect("JSON") + "\n";
    assert_eq!(text, golden, "the stored form has changed: a new version is needed");
    let read: Vec<Entry> = serde_json::from_str(golden).expect("it is read");
    assert_eq!(read, whole_run());
}

#[test]
fn a_run_stands_where_its_entries_led() {
    let entries = whole_run();
    let state = RunState::after(entries.clone()).expect("legal").expect("a run");
    assert_eq!((state.phase, state.can_resume(), state.is_in_effect()), (Phase::Unwinding, false, false));
    assert_eq!(state.bindings.objects.len(), 2, "what a step made and what a watch answered: {:?}", state.bindings);
    let cut = RunState::after(entries[..5].to_vec()).expect("legal").expect("a run");
    assert_eq!((cut.phase, cut.can_resume(), cut.is_in_effect()), (Phase::Building, true, true));
    assert_eq!(cut.step(&StepId("s002".to_owned())).call, Some((op(), "run-s001".to_owned())));
    assert_eq!(RunState::after(Vec::new()), Ok(None));
}

#[test]
fn what_cannot_follow_is_refused_and_changes_nothing() {
    let begun = RunState::after(whole_run()[..1].to_vec()).expect("legal").expect("a run");
    let started = events().remove(0);
    let undo = events().remove(6);
    let refused = |state: &RunState, event: &RunEvent| {
        let mut copy = state.clone();
        let illegal = copy.apply(event).expect_err("it is refused");
        assert_eq!(&copy, state, "{illegal}");
        illegal
    };
    refused(&begun, &happened("s001", undo));
    refused(&begun, &happened("s009", started.clone()));
    let mut unwinding = begun.clone();
    unwinding.apply(&RunEvent::Unwinding { reason: String::new() }).expect("legal");
    refused(&unwinding, &happened("s001", started.clone()));
    refused(&unwinding, &RunEvent::Committed);
    let mut ended = begun.clone();
    ended.apply(&end(Outcome::Done)).expect("legal");
    refused(&ended, &RunEvent::Resumed { by: String::new(), epoch: 1 });
    let mut left = begun.clone();
    left.apply(&end(Outcome::Left)).expect("legal");
    refused(&left, &happened("s001", started.clone()));
    let mut committed = begun;
    committed.apply(&RunEvent::Committed).expect("legal");
    refused(&committed, &RunEvent::Unwinding { reason: String::new() });
    let first = Entry { at_ms: 0, event: happened("s001", started) };
    assert!(matches!(RunState::after(vec![first]), Err(IllegalEvent::Run { .. })));
}

#[test]
fn nothing_after_the_commit_point_starts_before_it() {
    let mut plan = header("r", &[], &[("dev/eu-north-1/security-group/a", Action::Delete)]);
    let mut steps = plan.plan.steps.clone();
    steps[0].phase = StepPhase::Commit;
    plan.plan = Arc::new(Plan { steps, ..(*plan.plan).clone() });
    let mut state = RunState::new(plan);
    let started = happened("s001", events().remove(0));
    assert!(state.apply(&started).is_err());
    state.apply(&RunEvent::Committed).expect("legal");
    state.apply(&started).expect("legal");
}

#[test]
fn what_a_watch_answered_binds_what_comes_later() {
    let mut state = RunState::new(header("r", &[], &[]));
    let object = Object("x.dns-name".to_owned());
    let of = Addr::new("prod", "eu-north-1", Kind::Endpoint, "a");
    let nets = BTreeSet::from(["10.0.0.4/32".parse().expect("a network")]);
    state.note(&Noted {
        objects: [(object.clone(), "n".to_owned())].into(),
        addresses: vec![(of.clone(), AddressKind::EndpointIps, nets.clone())],
    });
    assert_eq!(state.bindings.objects.get(&object).map(String::as_str), Some("n"));
    assert_eq!(state.bindings.addresses.get(&(of, AddressKind::EndpointIps)), Some(&nets));
}

fn done(run: &str, groups: &[(&str, &str)], changes: &[(&str, Action)]) -> RunState {
    let mut state = RunState::new(header(run, groups, changes));
    let steps = state.header.plan.steps.clone();
    for step in &steps {
        for event in [events().remove(0), events().remove(3)] {
            state.apply(&happened(&step.id.0, event)).expect("legal");
        }
    }
    state.apply(&end(Outcome::Done)).expect("legal");
    state
}

const A: &str = "dev/eu-north-1/security-group/a";
const B: &str = "dev/eu-north-1/security-group/b";
const C: &str = "dev/eu-north-1/security-group/c";

fn description(desired: &Desired, addr: &str) -> Option<String> {
    let resource = desired.resources.get(&Addr::parse(addr).expect("an address"))?;
    let spec = serde_json::to_value(&resource.spec).expect("JSON");
    spec["description"].as_str().map(str::to_owned)
}

#[test]
fn a_run_is_taken_back_to_what_stood_before_it() {
    let past = [
        done("1", &[(A, "one"), (B, "one")], &[(A, Action::Create), (B, Action::Create)]),
        done("2", &[(A, "two"), (B, "one")], &[(A, Action::Update), (B, Action::Same)]),
        done("3", &[(A, "two"), (C, "three")], &[(A, Action::Same), (B, Action::Delete), (C, Action::Create)]),
    ];
    let now = desired(&[(A, "two"), (C, "three")]);
    let to = |at: usize| {
        let restored = restore(&past, at, &now);
        assert!(restored.unknown.is_empty() && restored.options.prune);
        let all = [A, B, C].map(|addr| description(&restored.desired, addr));
        (all.map(Option::unwrap_or_default), restored.options.filter.targets.into_iter().collect::<Vec<_>>())
    };
    assert_eq!(to(2), (["two".into(), "one".into(), String::new()], vec![B.to_owned(), C.to_owned()]));
    assert_eq!(to(1), (["one".into(), "one".into(), String::new()], vec![A.to_owned(), B.into(), C.into()]));
    assert_eq!(to(0), ([String::new(), String::new(), String::new()], vec![A.to_owned(), B.into(), C.into()]));
}

#[test]
fn what_the_journals_do_not_tell_is_left_alone_and_said() {
    let mut half = RunState::new(header("1", &[(A, "one")], &[(A, Action::Create)]));
    half.apply(&happened("s001", events().remove(0))).expect("legal");
    half.apply(&end(Outcome::Left)).expect("legal");
    let past = [half, done("2", &[(A, "two"), (B, "two")], &[(A, Action::Update), (B, Action::Update)])];
    let restored = restore(&past, 1, &desired(&[(A, "two"), (B, "two")]));
    assert!(restored.options.filter.targets.is_empty());
    let why: Vec<&str> = restored.unknown.values().map(String::as_str).collect();
    assert!(why[0].contains("did not finish") && why[1].contains("before the first run"), "{why:?}");
}

#[test]
fn an_undone_run_left_nothing_to_take_back() {
    let mut undone = RunState::new(header("1", &[(A, "one")], &[(A, Action::Create)]));
    for event in [events().remove(0), events().remove(3)] {
        undone.apply(&happened("s001", event)).expect("legal");
    }
    undone.apply(&RunEvent::Unwinding { reason: "denied".to_owned() }).expect("legal");
    undone.apply(&happened("s001", events().remove(7))).expect("legal");
    undone.apply(&end(Outcome::Unwound)).expect("legal");
    let past = [undone, done("2", &[(A, "two")], &[(A, Action::Create)])];
    assert!(restore(&past[..1], 0, &desired(&[])).options.filter.targets.is_empty());
    let restored = restore(&past, 1, &desired(&[(A, "two")]));
    assert!(restored.desired.resources.is_empty() && restored.unknown.is_empty());
}

/// The rules of a shared resource of both kinds, by environment, each with a text of its own.
fn shared(rules: &[(&str, &str)]) -> Desired {
    let rule = |env: &str, port: &str| {
        let (from, to) = (json!({"listed": ["10.0.0.1/32"]}), json!({"listed": ["10.0.0.2/32"]}));
        json!({"name": format!("xc-shop-{env}"), "env": env, "region": "eu-north-1", "priority": {"within": [2000, 2099]},
               "direction": "inbound", "access": "allow", "protocol": "tcp", "from": from, "to": to, "ports": [port]})
    };
    let rules: Vec<_> = rules.iter().map(|(env, port)| rule(env, port)).collect();
    let specs = [
        (
            "shared/azure/network-security-group/n",
            json!({"kind": "azure/network-security-group", "group": "/n", "rules": rules}),
        ),
        (
            "shared/azure/firewall-rules/g",
            json!({"kind": "azure/firewall-rules", "policy": "/p", "group": "g", "priority": 300, "rules": rules}),
        ),
    ];
    let mut state = desired(&[]);
    for (addr, spec) in specs {
        let place = json!({"cloud": "azure", "subscription": "s", "location": null});
        let resource = json!({"addr": addr, "place": place, "flow": null, "spec": spec});
        let resource: Resource = serde_json::from_value(resource).expect("a resource");
        state.resources.insert(resource.addr.clone(), resource);
    }
    state
}

fn ports(desired: &Desired, addr: &str) -> Vec<String> {
    let resource = &desired.resources[&Addr::parse(addr).expect("an address")];
    let spec = serde_json::to_value(&resource.spec).expect("JSON");
    let text = |rule: &serde_json::Value| format!("{} {}", rule["env"].as_str().unwrap_or_default(), rule["ports"][0]);
    let mut ports: Vec<String> = spec["rules"].as_array().into_iter().flatten().map(text).collect();
    ports.sort();
    ports
}

#[test]
fn a_partial_run_is_taken_back_to_its_own_rules_and_those_that_it_kept() {
    const NSG: &str = "shared/azure/network-security-group/n";
    const WALL: &str = "shared/azure/firewall-rules/g";
    let run = |name: &str, state: Desired, env: Option<&str>, action: Action| {
        let mut run = done(name, &[], &[(NSG, action), (WALL, action)]);
        run.header.desired = state;
        run.header.options.filter.envs.extend(env.map(str::to_owned));
        run
    };
    let past = [
        run("1", shared(&[("dev", "1"), ("prod", "1")]), None, Action::Create),
        run("2", shared(&[("dev", "2"), ("prod", "2")]), Some("dev"), Action::Update),
        run("3", shared(&[("dev", "3"), ("prod", "3")]), None, Action::Update),
    ];
    let restored = restore(&past, 2, &shared(&[("dev", "3"), ("prod", "3")]));
    for addr in [NSG, WALL] {
        assert_eq!(ports(&restored.desired, addr), [r#"dev "2""#, r#"prod "1""#], "{addr}");
    }
}

#[test]
fn what_a_first_run_found_as_declared_stood_before_it() {
    let past = [done("1", &[(A, "one")], &[(A, Action::Same)]), done("2", &[(A, "two")], &[(A, Action::Update)])];
    for at in [0, 1] {
        let restored = restore(&past, at, &desired(&[(A, "two")]));
        assert_eq!(description(&restored.desired, A).as_deref(), Some("one"), "before run {at}");
        assert!(restored.unknown.is_empty());
    }
}

#[test]
fn a_change_without_calls_of_its_own_comes_with_its_run() {
    // B changes with A's call: in a run that was undone it did not.
    let mut undone = RunState::new(header("1", &[(A, "one"), (B, "one")], &[(A, Action::Create)]));
    undone.header.plan = Arc::new(Plan {
        changes: vec![change(A, Action::Create), change(B, Action::Create)],
        ..(*undone.header.plan).clone()
    });
    let mut whole = undone.clone();
    undone.apply(&end(Outcome::Unwound)).expect("legal");
    for event in [events().remove(0), events().remove(3)] {
        whole.apply(&happened("s001", event)).expect("legal");
    }
    whole.apply(&end(Outcome::Done)).expect("legal");
    let later = || done("2", &[(A, "two"), (B, "two")], &[(A, Action::Update), (B, Action::Update)]);
    let stood = |first: &RunState| {
        let restored = restore(&[first.clone(), later()], 1, &desired(&[(A, "two"), (B, "two")]));
        description(&restored.desired, B)
    };
    assert_eq!(stood(&whole).as_deref(), Some("one"));
    assert_eq!(stood(&undone), None);
}

#[test]
fn places_of_the_past_are_looked_at_too_and_each_once() {
    let mut first = done("1", &[(A, "one")], &[(A, Action::Create)]);
    let place = serde_json::from_value(json!({"cloud": "azure", "subscription": "old", "location": null}));
    first.header.desired.places = vec![place.expect("a place")];
    let mut second = done("2", &[(A, "two")], &[(A, Action::Update)]);
    second.header.desired.places.clone_from(&first.header.desired.places);
    let places = first.header.desired.places.clone();
    let restored = restore(&[first, second], 1, &desired(&[(A, "two")]));
    assert_eq!((&restored.desired.places, &restored.seen.places), (&places, &places));
}
