//! The scenarios hold every call that there is: what is in none of them meets no fault.

use std::collections::BTreeSet;

use serde_json::Value;
use xcloud_core::op::Op;
use xcloud_core::plan::Undo;

use super::scenario::scenarios;

/// One of every call.
const CALLS: &str = include_str!("../../../crates/xcloud-core/tests/op/calls.jsonl");

/// Calls that no scenario makes, and who makes them. The list only becomes shorter.
const NOT_PLAYED: [(&str, &str); 7] = [
    ("ModifyListener", "fields::balancers, on good clouds"),
    ("ModifyTargetGroup", "fields::balancers, on good clouds"),
    ("PutActiveRecord", "failover::ledger"),
    ("PutTextRecord", "failover::sweep, with every mishap"),
    ("RejectConnections", "the stories of xcloud-aws, on good clouds"),
    ("SetLoadBalancerGroups", "fields::balancers, on good clouds"),
    ("SetSubnets", "fields::balancers, on good clouds"),
];

/// The name of a call in plans and journals.
fn word(op: &Op) -> String {
    let value = serde_json::to_value(op).expect("a call is JSON");
    value["call"].as_str().expect("it has a name").to_owned()
}

#[tokio::test(start_paused = true)]
async fn every_call_is_made_or_undone_in_a_scenario() {
    let mut played = BTreeSet::new();
    for scenario in scenarios() {
        for step in scenario.learn().await.plan.steps {
            played.insert(word(&step.op));
            if let Undo::Delete(undo) | Undo::Restore(undo) = &step.undo {
                played.insert(word(undo));
            }
        }
    }
    let there = CALLS.lines().map(|line| serde_json::from_str::<Value>(line).expect("a call is JSON"));
    let there: BTreeSet<String> = there.filter_map(|call| Some(call["call"].as_str()?.to_owned())).collect();
    let missing: Vec<&String> = there.difference(&played).collect();
    let allowed: Vec<&str> = NOT_PLAYED.iter().map(|(call, _)| *call).collect();
    assert_eq!(missing, allowed);
}
