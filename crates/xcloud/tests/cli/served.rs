//! The sandbox served to another process: the same story over loopback.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};

use crate::place::{Place, Ran, TestResult};

/// A running `xcloud sandbox serve`, with the variables that it printed.
struct Served {
    child: Child,
    variables: Vec<(String, String)>,
}

impl Served {
    fn start(place: &Place) -> TestResult<Self> {
        let mut command = place.command(&["sandbox", "serve", "--speed", "60"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("no output")?;
        let mut served = Self { child, variables: Vec::new() };
        for line in BufReader::new(output).lines() {
            let line = line?;
            let (name, value) =
                line.strip_prefix("export ").and_then(|pair| pair.split_once('=')).ok_or(line.clone())?;
            served.variables.push((name.to_owned(), value.to_owned()));
            if name == "AWS_SECRET_ACCESS_KEY" {
                return Ok(served);
            }
        }
        Err("the server ended before it printed every variable".into())
    }

    fn run(&self, place: &Place, arguments: &[&str]) -> TestResult<Ran> {
        let mut command = place.command(arguments);
        command.envs(self.variables.iter().map(|(name, value)| (name, value))).env("XCLOUD_PACING", "off");
        Ran::of(&mut command)
    }

    /// Ends the server as Ctrl-C does.
    #[cfg(unix)]
    fn interrupt(mut self) -> TestResult {
        let id = self.child.id().to_string();
        let sent = std::process::Command::new("kill").args(["-INT", &id]).status()?;
        assert!(sent.success(), "the signal was not sent");
        assert_eq!(self.child.wait()?.code(), Some(0));
        Ok(())
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After `interrupt` it is gone already, and there is nothing to kill.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

#[test]
#[cfg(unix)]
fn the_story_is_the_same_over_loopback_and_the_clouds_are_kept() -> TestResult {
    let place = Place::with_example("served", "open-api.yaml")?;
    let served = Served::start(&place)?;
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
    let mut served = Served::start(&place)?;
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
