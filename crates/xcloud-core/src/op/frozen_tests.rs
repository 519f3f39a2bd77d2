//! Every call as plans and journals hold it, and what is decided about it: `tests/op/calls.jsonl` is never changed,
//! since what was written once is read for good; `tests/op/calls.txt` follows from it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::*;
use crate::model::{Cloud, LateAddresses, PlaceKey, for_each_kind};

/// One call in each line.
const CALLS: &str = include_str!("../../tests/op/calls.jsonl");

fn place(op: &Op) -> PlaceKey {
    let (cloud, account) = match op {
        Op::Aws(_) => (Cloud::Aws, "100000000001"),
        Op::Azure(_) => (Cloud::Azure, "11111111-2222"),
        Op::Ledger(_) => (Cloud::Ledger, "ledger"),
    };
    PlaceKey { cloud, account: account.to_owned(), region: "eu-north-1".to_owned() }
}

/// Everything that an earlier step could have answered.
fn bindings(op: &Op) -> Bindings {
    let objects =
        op.needed_objects().into_iter().map(|object| (object.clone(), format!("id of {}", object.0))).collect();
    let one = BTreeSet::from(["10.0.0.4/32".parse().expect("a net")]);
    let addresses = late(op).into_iter().map(|late| ((late.of, late.kind), one.clone())).collect();
    Bindings { objects, addresses }
}

fn late(op: &Op) -> Vec<LateAddresses> {
    let mut found = Vec::new();
    op.clone().each_late_address(|late| found.push(late.clone()));
    found
}

fn told(line: &str) -> Result<String, Box<dyn std::error::Error>> {
    let op: Op = serde_json::from_str(line)?;
    assert_eq!(serde_json::to_string(&op)?, line);
    let mut text = String::new();
    writeln!(text, "{}", op.name())?;
    writeln!(text, "  by hand: {}", op.by_hand(&place(&op)))?;
    for object in op.needed_objects() {
        writeln!(text, "  needs: {}", object.0)?;
    }
    for late in late(&op) {
        writeln!(text, "  late: {late}")?;
    }
    for pin in op.takes() {
        writeln!(text, "  takes: {} {:?}", pin.subnet, pin.ip)?;
    }
    let bound = op.bind(&bindings(&op))?;
    if bound != op {
        writeln!(text, "  bound: {}", serde_json::to_string(&bound)?)?;
    }
    Ok(text)
}

#[test]
fn every_call_is_read_and_written_as_ever() -> Result<(), Box<dyn std::error::Error>> {
    let text = CALLS.lines().map(told).collect::<Result<Vec<_>, _>>()?.concat();
    assert_eq!(include_str!("../../tests/op/calls.txt"), text);
    Ok(())
}

/// The names of the calls of one kind, as serde lists them to a name that it does not know.
fn names<T: serde::de::DeserializeOwned>() -> Vec<String> {
    let error = serde_json::from_str::<T>(r#"{"call":"?"}"#).err().map(|error| error.to_string()).unwrap_or_default();
    let (_, expected) = error.split_once("expected ").unwrap_or_default();
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

macro_rules! names_of_each {
    ($($cloud:ident { $($(#[$doc:meta])+ $full:literal $name:ident $op:ident $folder:ident,)+ })+) => {
        vec![$($(names::<$op>(),)+)+]
    };
}

#[test]
fn no_call_is_left_out() {
    let there: BTreeSet<&str> = CALLS.lines().filter_map(|line| line.split('"').nth(3)).collect();
    let mut kinds = for_each_kind!(names_of_each);
    kinds.extend([names::<TagOp>(), names::<LedgerOp>()]);
    assert!(kinds.iter().all(|kind| !kind.is_empty()));
    assert_eq!(kinds.iter().flatten().map(String::as_str).collect::<BTreeSet<_>>(), there);
    assert_eq!(kinds.iter().flatten().count(), there.len(), "two kinds share the name of a call");
}

#[test]
fn a_call_that_cannot_be_read_is_named() {
    let why = |text: &str| serde_json::from_str::<Op>(text).err().map(|error| error.to_string()).unwrap_or_default();
    let unknown = why(r#"{"call":"CreateTransitGateway","name":"x"}"#);
    assert!(unknown.starts_with("the call `CreateTransitGateway` cannot be read: this version does not know it"));
    let short = why(r#"{"call":"DeleteSecurityGroup"}"#);
    assert!(short.contains("`DeleteSecurityGroup`") && short.contains("missing or wrong"), "{short}");
    assert_eq!(why(r#"{"name":"x"}"#), "this is not a call: it has no name in `call`");
}
