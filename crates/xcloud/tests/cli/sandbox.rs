//! What only the sandbox has: state of its own that may be broken. And an expansion that plans the same.

use crate::place::{Place, TestResult};

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
