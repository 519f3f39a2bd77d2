//! Runs that do not go well: unwound, held, left, cut off, resumed.

use std::sync::Arc;

use serde_json::{Value, json};
use xcloud_core::model::Desired;
use xcloud_core::plan::PlanOptions;
use xcloud_engine::{OnFailure, Way};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::{Notebook, Testbed, only_env};

use super::golden;
use super::scene::{RESOURCES, calls, journal, planned, played};
use crate::bed::{OPEN_API, load, make};
use crate::cases::{Edit, edit, edited};

/// Every call of the operation behind the first ones is refused.
fn refused(operation: &str, skip: u32) -> Fault {
    let azure = operation.contains(' ');
    let code = if azure { "AuthorizationFailed" } else { "UnauthorizedOperation" };
    let kind = FaultKind::Error { status: 403, code: code.to_owned(), message: format!("played: {code}") };
    Fault { operation: Some(operation.to_owned()), region: None, skip, times: u32::MAX, kind }
}

async fn with_faults(bed: &Testbed, desired: &Desired, faults: Vec<Fault>, on_failure: OnFailure) -> Value {
    bed.cloud().set_faults(faults);
    played(bed, desired, &PlanOptions::default(), on_failure).await
}

/// Fails for good at a call, and is unwound.
#[tokio::test(start_paused = true)]
async fn unwound() {
    let desired = load(RESOURCES);
    let mut told = Vec::new();
    let (_, plan) = planned(&Testbed::new(&desired), &desired, &PlanOptions::default()).await;
    let operations = ["CreateVpcEndpoint", "PUT privateEndpoints", "PUT A", "ChangeResourceRecordSets"];
    for operation in operations {
        let bed = Testbed::new(&desired);
        let mut value = with_faults(&bed, &desired, vec![refused(operation, 0)], OnFailure::Unwind).await;
        assert_eq!(value["ended"]["outcome"], "unwound", "{operation}: {}", value["ended"]);
        // It is that of `resources/create.json`.
        assert_eq!(value["plan"].take(), json!(plan), "{operation}");
        told.push((format!("create until {operation}"), value));
    }
    golden::hold("failures/unwound", told);
}

/// The story fails late: much is under way at once and is undone.
#[tokio::test(start_paused = true)]
async fn the_story_is_unwound() {
    let desired = load(OPEN_API);
    let bed = Testbed::new(&desired);
    bed.cloud().set_faults(vec![refused("CreateVpcEndpoint", 1)]);
    let value = played(&bed, &desired, &only_env("prod"), OnFailure::Unwind).await;
    assert_eq!(value["ended"]["outcome"], "unwound", "{}", value["ended"]);
    golden::hold("failures/story", vec![("create".to_owned(), value)]);
}

fn changed(edits: &[Edit]) -> Desired {
    load(&edited(RESOURCES, edits))
}

/// Updates and replacements fail at their last calls, and what stood before stands again.
#[tokio::test(start_paused = true)]
async fn changes_are_unwound() {
    let made = make(&load(RESOURCES)).await;
    let clients = "aws/security-group\n    name: clients";
    let rules = changed(&[
        edit(clients, "10.122.16.0/26], description", "10.122.17.0/26], description"),
        edit("name: from-aws", "priority: 2201", "priority: 2202"),
        edit("kind: azure/firewall-rules", "ports: 443", "ports: 8443"),
        edit("kind: azure/private-dns-record", "ttl: 30s", "ttl: 60s"),
    ]);
    let group = changed(&[edit(clients, "description: clients of the payments endpoint", "description: clients")]);
    let balancer = changed(&[edit("aws/load-balancer", "[10.60.8.4, 10.60.8.20]", "[10.60.8.6, 10.60.8.22]")]);
    let cases = [
        ("rules", rules, "PUT A"),
        ("group replaced", group, "ModifyVpcEndpoint"),
        ("load balancer replaced", balancer, "ModifyVpcEndpointServiceConfiguration"),
    ];
    let mut told = Vec::new();
    for (name, desired, operation) in cases {
        let bed = made.fork();
        let value = with_faults(&bed, &desired, vec![refused(operation, 0)], OnFailure::Unwind).await;
        assert_eq!(value["ended"]["outcome"], "unwound", "{name}: {}", value["ended"]);
        told.push((name.to_owned(), value));
    }
    golden::hold("failures/changes", told);
}

/// Goes on with a run in a new process.
async fn resumed(bed: &Testbed, desired: &Desired, notebook: &Arc<Notebook>, way: Way) -> Value {
    bed.cloud().set_faults(Vec::new());
    let process = bed.process(desired);
    let report = process.resume(notebook, way).await;
    let plan = notebook.state().header.plan.clone();
    json!({ "ended": report, "calls": calls(&process), "journal": journal(notebook, desired, &plan) })
}

/// A run that was held, or could not be undone, is finished or undone later.
#[tokio::test(start_paused = true)]
async fn held_and_left() {
    let desired = load(RESOURCES);
    let stuck = vec![refused("PUT privateEndpoints", 0), refused("DeleteLoadBalancer", 0), refused("DELETE A", 0)];
    let cases = [
        ("held and finished", vec![refused("CreateVpcEndpoint", 0)], OnFailure::Hold, Way::Finish),
        ("held and undone", vec![refused("CreateVpcEndpoint", 0)], OnFailure::Hold, Way::Unwind),
        ("left and undone", stuck, OnFailure::Unwind, Way::Unwind),
    ];
    let mut told = Vec::new();
    for (name, faults, on_failure, way) in cases {
        let bed = Testbed::new(&desired);
        bed.cloud().set_faults(faults);
        let (process, plan) = planned(&bed, &desired, &PlanOptions::default()).await;
        let notebook: Arc<Notebook> = Arc::default();
        let report = process.run(&plan, &notebook, on_failure).await;
        assert_eq!(report.outcome.word(), "left", "{name}");
        let first = json!(report);
        let second = resumed(&bed, &desired, &notebook, way).await;
        told.push((name.to_owned(), json!({ "first": first, "second": second })));
    }
    golden::hold("failures/resumed", told);
}

/// A run dies after so many entries, and another process goes on.
#[tokio::test(start_paused = true)]
async fn cut_off() {
    let desired = load(RESOURCES);
    let mut told = Vec::new();
    for (name, way) in [("finished", Way::Finish), ("undone", Way::Unwind)] {
        let bed = Testbed::new(&desired);
        let (process, plan) = planned(&bed, &desired, &PlanOptions::default()).await;
        let notebook: Arc<Notebook> = Arc::default();
        tokio::select! {
            biased;
            () = notebook.entry(40) => {}
            _report = process.run(&plan, &notebook, OnFailure::Unwind) => panic!("the run has fewer entries"),
        }
        told.push((name.to_owned(), resumed(&bed, &desired, &notebook, way).await));
    }
    golden::hold("failures/cut-off", told);
}
