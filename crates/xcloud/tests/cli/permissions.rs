//! The page of permissions names every call that the program makes.

use std::collections::BTreeSet;
use std::path::Path;

use crate::place::{Place, TestResult};

fn page() -> TestResult<String> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/permissions.md");
    Ok(std::fs::read_to_string(page)?)
}

/// The calls in the first column of the tables whose heading ends so.
fn listed(page: &str, heading: &str) -> BTreeSet<String> {
    let sections = page.split("\n## ").filter(|section| section.lines().next().unwrap_or_default().contains(heading));
    let rows = sections.flat_map(str::lines).filter_map(|line| line.strip_prefix("| `"));
    rows.filter_map(|row| row.split_once('`').map(|(call, _)| call.to_owned())).collect()
}

/// The actions of a table's second column.
fn actions(page: &str, heading: &str) -> BTreeSet<String> {
    let sections = page.split("\n## ").filter(|section| section.lines().next().unwrap_or_default().contains(heading));
    let rows = sections.flat_map(str::lines).filter(|line| line.starts_with("| `"));
    let cells = rows.filter_map(|row| row.split(" | ").nth(1));
    cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).map(str::to_owned).collect()
}

/// The policies for a `read_role` allow what the tables of reading say, and nothing else.
#[test]
fn the_policies_for_reading_are_the_tables() -> TestResult {
    let page = page()?;
    let blocks: Vec<serde_json::Value> = page
        .split("```json\n")
        .skip(1)
        .filter_map(|rest| serde_json::from_str(rest.split("```").next()?).ok())
        .collect();
    let list = |value: &serde_json::Value| -> BTreeSet<String> {
        value.as_array().into_iter().flatten().filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    };
    assert_eq!(list(&blocks[0]["Statement"][0]["Action"]), actions(&page, "AWS: reading"));
    assert_eq!(list(&blocks[1]["Actions"]), actions(&page, "Azure: reading"));
    Ok(())
}

/// Also a call that only a change of one field makes, or an undo.
#[test]
fn every_call_that_there_is_is_on_the_page() -> TestResult {
    const CALLS: &str = include_str!("../../../xcloud-core/tests/op/calls.jsonl");
    let page = page()?;
    let applying = listed(&page, "applying");
    for line in CALLS.lines() {
        let op: xcloud_core::op::Op = serde_json::from_str(line)?;
        let to_a_cloud = matches!(op, xcloud_core::op::Op::Aws(_) | xcloud_core::op::Op::Azure(_));
        assert!(!to_a_cloud || applying.contains(op.name()), "{} is not on the page", op.name());
    }
    Ok(())
}

#[test]
fn every_call_of_both_examples_is_on_the_page() -> TestResult {
    let page = page()?;
    let reading = listed(&page, "reading");
    let all: BTreeSet<String> = reading.union(&listed(&page, "applying")).cloned().collect();
    for example in ["open-api.yaml", "resources.yaml"] {
        let place = Place::with_example(&format!("permissions-{example}"), example)?;
        for (arguments, allowed) in [
            (&["plan", "--sandbox", "--format", "json"][..], &reading),
            (&["apply", "--sandbox", "--yes", "--format", "json"], &all),
            (&["plan", "--sandbox", "--format", "json"], &reading),
            (&["drift", "--sandbox", "--format", "json"], &reading),
            (&["destroy", "--sandbox", "--yes", "--format", "json"], &all),
        ] {
            let result = place.run(arguments)?.expect(0)?.json()?;
            let made = result["calls"]["by_operation"].as_object().cloned().unwrap_or_default();
            let missing: Vec<&String> =
                made.keys().filter(|call| *call != "AssumeRole" && !allowed.contains(*call)).collect();
            assert!(!made.is_empty() && missing.is_empty(), "{example} {arguments:?}: {missing:?} not on the page");
        }
    }
    Ok(())
}
