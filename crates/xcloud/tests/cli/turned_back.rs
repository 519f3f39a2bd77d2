//! A change whose new way never carries anything: what the operator sees.

use crate::place::{Place, TestResult};

#[test]
fn a_target_that_never_becomes_healthy_is_told_and_undone() -> TestResult {
    let place = Place::with_example("turned-back", "resources.yaml")?;
    place.run(&["apply", "--yes", "--sandbox"])?.expect(0)?;
    let target = "targets: [{ip: 10.122.8.10, port: 443}]";
    // Neither the group nor Azure lets the load balancer through to it.
    place.edit(target, "targets: [{ip: 10.122.8.12, port: 443}]")?;
    let planned = place.run(&["plan", "--sandbox"])?.expect(0)?;
    assert!(planned.stdout.contains("Waits at most 15m00s for health\n"), "{}", planned.stdout);
    let turned = place.run(&["apply", "--yes", "--sandbox", "--format", "json"])?.expect(4)?.json()?;
    assert_eq!((&turned["outcome"], &turned["committed"]), (&"unwound".into(), &false.into()), "{turned:#}");
    let failures = turned["failures"].to_string();
    assert!(failures.contains("10.122.8.12") && failures.contains("healthy"), "{failures}");
    place.edit("targets: [{ip: 10.122.8.12, port: 443}]", target)?;
    let planned = place.run(&["plan", "--sandbox"])?.expect(0)?;
    assert!(planned.stdout.contains("No changes"), "{}", planned.stdout);
    Ok(())
}
