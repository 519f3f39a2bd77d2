//! Failover, failback and rollback as an operator types them: the results with `--format json`, and the ledger behind
//! them.

use std::future::Future;

use serde_json::{Value, json};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::Operator;

use super::desk::{Desk, result};
use super::golden;
use super::scene::RESOURCES;
use crate::bed::{OPEN_API, later};
use crate::cases::{edit, edited};

const NORTH: &str = "eu-north-1";
const WEST: &str = "eu-west-1";

/// What was typed, how it ended, and what was answered.
struct Typed<'a> {
    desk: &'a Desk,
    results: Vec<Value>,
}

impl<'a> Typed<'a> {
    fn at(desk: &'a Desk) -> Self {
        Self { desk, results: Vec::new() }
    }

    async fn types<'o, F: Future<Output = u8>>(
        &mut self,
        what: &str,
        work: impl FnOnce(&'o Operator) -> F,
        operator: &'o Operator,
    ) {
        let exit = work(operator).await;
        self.results.push(json!({ "typed": what, "exit": exit, "result": result(&operator.heard()) }));
    }

    async fn readiness(&mut self, to: &str) {
        let operator = self.desk.operator();
        self.types(&format!("readiness --to {to}"), |operator| operator.readiness(to), &operator).await;
    }

    async fn failover(&mut self, to: &str, incident: Option<&str>, overrides: &[&str]) {
        let operator = self.desk.operator();
        let what = format!("failover --to {to} {incident:?} {overrides:?}");
        self.types(&what, |operator| operator.failover(to, incident, overrides), &operator).await;
    }

    async fn failback(&mut self) {
        let operator = self.desk.operator();
        self.types("failback", Operator::failback, &operator).await;
    }

    async fn apply(&mut self) {
        let operator = self.desk.operator();
        self.types("apply", Operator::apply, &operator).await;
        later(&self.desk.bed).await;
    }

    async fn resume(&mut self, undo: bool) {
        let operator = self.desk.operator();
        self.types(&format!("resume, undo {undo}"), |operator| operator.resume(undo), &operator).await;
    }

    async fn rollback(&mut self, run: &str) {
        let operator = self.desk.operator();
        self.types(&format!("rollback {run}"), |operator| operator.rollback(run), &operator).await;
        later(&self.desk.bed).await;
    }

    fn told(self, name: &str) -> (String, Value) {
        (name.to_owned(), json!({ "results": self.results, "ledger": self.desk.told() }))
    }
}

/// Blanks the durations of a report that come from the journal: a resumed failover is timed by the hosts' clocks.
fn by_the_wall_clock((name, mut told): (String, Value)) -> (String, Value) {
    blank_durations(&mut told);
    (name, told)
}

fn blank_durations(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.iter_mut().for_each(|(key, value)| {
            let timed = ["at_ms", "declaration_to_commit_ms", "detection_to_commit_ms"].contains(&key.as_str());
            if timed && value.is_number() {
                *value = "<duration>".into();
            }
            blank_durations(value);
        }),
        Value::Array(items) => items.iter_mut().for_each(blank_durations),
        _ => {}
    }
}

fn lost(region: &str, kind: FaultKind) -> Vec<Fault> {
    vec![Fault { operation: None, region: Some(region.to_owned()), skip: 0, times: u32::MAX, kind }]
}

fn refused(operation: &str) -> Vec<Fault> {
    let kind = FaultKind::Error { status: 403, code: "AuthorizationFailed".to_owned(), message: "played".to_owned() };
    vec![Fault { operation: Some(operation.to_owned()), region: None, skip: 1, times: u32::MAX, kind }]
}

#[tokio::test(start_paused = true)]
async fn there_and_back() {
    let made = Desk::story().await;
    let mut told = Vec::new();
    for (name, incident) in [("planned", None), ("unplanned", Some("INC-1"))] {
        let desk = made.fork();
        let mut typed = Typed::at(&desk);
        if incident.is_none() {
            typed.readiness(WEST).await;
        }
        typed.failover(WEST, incident, &["ledger"]).await;
        if incident.is_some() {
            typed.failover(WEST, incident, &["ledger"]).await;
        } else {
            typed.readiness(NORTH).await;
            later(&desk.bed).await;
            typed.failback().await;
        }
        told.push(typed.told(name));
    }
    golden::hold("switches/there-and-back", told);
}

#[tokio::test(start_paused = true)]
async fn a_region_is_lost() {
    let made = Desk::story().await;
    made.bed.cloud().set_faults(lost(NORTH, FaultKind::SilentBefore));
    let mut typed = Typed::at(&made);
    typed.failover(WEST, Some("INC-1"), &["ledger"]).await;
    made.bed.cloud().set_faults(Vec::new());
    typed.failback().await;
    golden::hold("switches/lost", vec![typed.told("silent")]);
}

/// The failover is refused by its gates, or fails before its switch and is undone.
#[tokio::test(start_paused = true)]
async fn it_does_not_come_to_it() {
    let made = Desk::story().await;
    let desk = made.fork();
    desk.bed.cloud().set_faults(lost(WEST, FaultKind::Refuse));
    let mut typed = Typed::at(&desk);
    typed.readiness(WEST).await;
    typed.failover(WEST, Some("INC-1"), &["ledger"]).await;
    let red = typed.told("refused");

    let desk = made.fork();
    desk.bed.cloud().set_faults(refused("PUT A"));
    let mut typed = Typed::at(&desk);
    typed.failover(WEST, None, &["ledger"]).await;
    desk.bed.cloud().set_faults(Vec::new());
    typed.resume(false).await;
    golden::hold("switches/failed", vec![red, by_the_wall_clock(typed.told("switch-denied"))]);
}

/// Lets a failover go on until so many changing calls have reached the cloud, and drops it then.
async fn killed(desk: &Desk, count: usize) {
    let operator = desk.operator();
    let before = desk.bed.cloud().changes();
    let reached = async {
        while desk.bed.cloud().changes() < before + count {
            desk.bed.cloud().clock().sleep(0.005).await;
        }
    };
    tokio::select! {
        biased;
        exit = operator.failover(WEST, Some("INC-1"), &["ledger"]) => panic!("it ended with {exit}"),
        () = reached => {}
    }
}

#[tokio::test(start_paused = true)]
async fn cut_off_and_resumed() {
    let made = Desk::story().await;
    let mut told = Vec::new();
    for (name, count, undo) in [("taken back", 2, true), ("finished", 2, false), ("finished late", 4, false)] {
        let desk = made.fork();
        killed(&desk, count).await;
        let mut typed = Typed::at(&desk);
        typed.resume(undo).await;
        let (name, mut value) = by_the_wall_clock(typed.told(name));
        // It is that of `there-and-back/unplanned.json`.
        let began = value.pointer_mut("/ledger/runs/0/journal/0/event/began").expect("a run begins");
        began["plan"].take();
        told.push((name, value));
    }
    golden::hold("switches/resumed", told);
}

#[tokio::test(start_paused = true)]
async fn other_policies() {
    let without = |line: &&str| !line.contains("firewall_policy:") && !line.contains("rule_collection_group:");
    let no_firewall: String = OPEN_API.lines().filter(without).map(|line| format!("{line}\n")).collect();
    let on_failover = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let mut told = Vec::new();
    for (name, text) in [("fenced by security groups", no_firewall), ("opened on failover", on_failover)] {
        let desk = Desk::made(&text).await;
        let mut typed = Typed::at(&desk);
        typed.failover(WEST, Some("INC-1"), &["ledger"]).await;
        told.push(typed.told(name));
    }
    golden::hold("switches/policies", told);
}

/// Two applies and the ways back, also over a failed apply.
#[tokio::test(start_paused = true)]
async fn applied_and_rolled_back() {
    let mut desk = Desk::new(RESOURCES);
    let mut results = Vec::new();
    let mut typed = Typed::at(&desk);
    typed.apply().await;
    typed.apply().await;
    results.append(&mut typed.results);
    let clients = "aws/security-group\n    name: clients";
    desk.config(&edited(
        RESOURCES,
        &[
            edit(clients, "description: clients of the payments endpoint", "description: clients"),
            edit("kind: azure/private-dns-record", "ttl: 30s", "ttl: 60s"),
        ],
    ));
    desk.bed.cloud().set_faults(vec![Fault { skip: 0, ..refused("PUT A").remove(0) }]);
    let mut typed = Typed::at(&desk);
    typed.apply().await;
    desk.bed.cloud().set_faults(Vec::new());
    typed.apply().await;
    typed.rollback("3").await;
    results.append(&mut typed.results);
    let told = json!({ "results": results, "ledger": desk.told() });
    golden::hold("switches/rollback", vec![("resources".to_owned(), told)]);
}
