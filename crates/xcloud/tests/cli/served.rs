//! The sandbox served to another process: the same story over loopback.

use crate::place::{Place, TestResult};
use crate::server::Served;

#[test]
#[cfg(unix)]
fn the_story_is_the_same_over_loopback_and_the_clouds_are_kept() -> TestResult {
    let place = Place::with_example("served", "open-api.yaml")?;
    let served = Served::start(&place, "60")?;
    let names: Vec<&str> = served.variables.iter().map(|(name, _)| name.as_str()).collect();
    for wanted in [
        "XCLOUD_AWS_ENDPOINT_EU_NORTH_1",
        "XCLOUD_AWS_ENDPOINT_EU_WEST_1",
        "XCLOUD_AWS_ENDPOINT_GLOBAL",
        "XCLOUD_ARM_ENDPOINT",
    ] {
        assert!(names.contains(&wanted), "{wanted} is not in {names:?}");
    }
    place.run(&["plan", "--sandbox"])?.expect(6)?;

    served.run(&place, &["apply", "--env", "dev", "--yes"])?.expect(0)?;
    served.run(&place, &["plan", "--env", "dev", "--detailed-exitcode"])?.expect(0)?;
    served.interrupt()?;

    place.run(&["plan", "--sandbox", "--env", "dev", "--detailed-exitcode"])?.expect(0)?;
    Ok(())
}

#[test]
#[cfg(unix)]
fn a_silent_region_is_unknown_and_in_nobodys_way() -> TestResult {
    let place = Place::with_example("silent", "open-api.yaml")?;
    let mut served = Served::start(&place, "60")?;
    for (name, value) in &mut served.variables {
        if name == "XCLOUD_AWS_ENDPOINT_EU_WEST_1" {
            "http://127.0.0.1:1".clone_into(value);
        }
    }
    served.run(&place, &["plan", "--detailed-exitcode"])?.expect(2)?;
    let applied = served.run(&place, &["apply", "--yes"])?.expect(5)?;
    assert!(applied.stdout.contains("? unknown aws/200000000003/eu-west-1"), "{}", applied.stdout);
    let again = served.run(&place, &["plan", "--format", "json"])?.expect(5)?.json()?;
    assert_eq!(again["changes"].as_array().map(Vec::len), Some(0), "{again:#}");
    assert!(again["unknown"]["aws/200000000003/eu-west-1"].is_string(), "{again:#}");
    served.run(&place, &["plan", "--region", "eu-north-1", "--detailed-exitcode"])?.expect(0)?;
    Ok(())
}
