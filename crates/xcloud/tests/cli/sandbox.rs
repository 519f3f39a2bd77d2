//! The story in the sandbox: both examples, from nothing to everything and back.

use crate::place::{Place, TestResult};

fn story(example: &str) -> TestResult {
    let place = Place::with_example(&format!("story-{example}"), example)?;
    let plan = place.run(&["plan", "--sandbox", "--detailed-exitcode", "--format", "json"])?.expect(2)?.json()?;
    let planned = plan["summary"]["create"].as_u64().unwrap_or_default();
    assert!(planned > 0 && plan["changes"].as_array().map(Vec::len) == usize::try_from(planned).ok(), "{plan:#}");

    let applied = place.run(&["apply", "--sandbox", "--yes", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(applied["outcome"], "done", "{applied:#}");

    let again = place.run(&["plan", "--sandbox", "--detailed-exitcode", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(again["summary"]["unchanged"], planned, "{again:#}");
    assert_eq!(again["changes"].as_array().map(Vec::len), Some(0), "{again:#}");

    let second = place.run(&["apply", "--sandbox", "--yes", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(second["calls"]["mutating"], 0, "{second:#}");

    place.run(&["destroy", "--sandbox", "--yes"])?.expect(0)?;
    let left = place.run(&["destroy", "--sandbox", "--yes", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(left["steps"].as_array().map(Vec::len), Some(0), "{left:#}");
    let fresh = place.run(&["plan", "--sandbox", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(fresh["summary"], plan["summary"], "something is left: {fresh:#}");
    Ok(())
}

#[test]
fn the_estate_of_flows_comes_and_goes() -> TestResult {
    story("open-api.yaml")
}

#[test]
fn the_estate_of_resources_comes_and_goes() -> TestResult {
    story("resources.yaml")
}

#[test]
fn a_saved_plan_is_applied_exactly_and_only_once() -> TestResult {
    let place = Place::with_example("saved", "open-api.yaml")?;
    place.run(&["plan", "--sandbox", "--env", "dev", "--out", "plan.json"])?.expect(0)?;
    place.edit("ttl: 30s", "ttl: 60s")?;
    let ran = place.run(&["apply", "--sandbox", "--yes", "plan.json"])?.expect(0)?;
    assert!(ran.stderr.contains("has changed since the plan was saved"), "{}", ran.stderr);
    let refused = place.run(&["apply", "--sandbox", "--yes", "plan.json"])?.expect(3)?;
    assert!(refused.stderr.contains("what the saved plan depends on has changed"), "{}", refused.stderr);
    let usage = place.run(&["apply", "--sandbox", "--yes", "--env", "dev", "plan.json"])?.expect(64)?;
    assert!(usage.stderr.contains("carried out as it is"), "{}", usage.stderr);
    Ok(())
}

#[test]
fn a_change_of_one_field_is_planned_as_that_field_alone() -> TestResult {
    let place = Place::with_example("one-field", "resources.yaml")?;
    place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    place
        .edit("record: payments, ttl: 30s", "record: payments, ttl: 60s")
        .or_else(|_| place.edit("ttl: 30s", "ttl: 60s"))?;
    let plan = place.run(&["plan", "--sandbox", "--format", "json"])?.expect(0)?.json()?;
    let changes = plan["changes"].as_array().cloned().unwrap_or_default();
    assert_eq!(changes.len(), 1, "{plan:#}");
    assert_eq!(changes[0]["fields"].as_array().map(Vec::len), Some(1), "{plan:#}");
    let text = place.run(&["plan", "--sandbox"])?.expect(0)?.stdout;
    assert!(text.contains("30 -> 60"), "{text}");
    Ok(())
}

#[test]
fn a_broken_sandbox_says_what_to_do() -> TestResult {
    let place = Place::with_example("broken", "resources.yaml")?;
    let dir = place.path().join(".xcloud/sandbox/payments-edge");
    std::fs::create_dir_all(&dir)?;
    std::fs::write(dir.join("world.json"), "{}")?;
    let ran = place.run(&["plan", "--sandbox"])?.expect(1)?;
    assert!(ran.stderr.contains("delete it to start with new clouds"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn the_expansion_of_the_flows_plans_the_same() -> TestResult {
    let place = Place::with_example("expand", "open-api.yaml")?;
    let flows = place.run(&["plan", "--sandbox", "--format", "json"])?.expect(0)?.json()?;
    place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let expansion = place.run(&["expand"])?.expect(0)?.stdout;
    std::fs::write(place.path().join("xcloud.yaml"), expansion)?;
    let same = place.run(&["plan", "--sandbox", "--detailed-exitcode", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(same["summary"]["unchanged"], flows["summary"]["create"], "{same:#}");
    Ok(())
}
