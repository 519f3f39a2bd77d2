//! What is refused, with which exit code, and where it is said.

use crate::place::{Place, TestResult};

#[test]
fn a_wrong_command_line_ends_with_64() -> TestResult {
    let place = Place::empty("usage")?;
    for wrong in
        [&["fly"][..], &["plan", "--no-such-flag"], &["sandbox", "serve", "--speed", "0"], &["completions", "x"]]
    {
        let ran = place.run(wrong)?.expect(64)?;
        assert!(ran.stdout.is_empty(), "{wrong:?} prints a result: {}", ran.stdout);
    }
    assert!(place.run(&["--help"])?.expect(0)?.stdout.contains("validate"));
    assert!(place.run(&["--version"])?.expect(0)?.stdout.starts_with("xcloud "));
    Ok(())
}

#[test]
fn every_command_says_what_it_does() -> TestResult {
    let place = Place::empty("offered")?;
    let help = place.run(&["--help"])?.expect(0)?.stdout;
    let lines = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let listed = lines.filter_map(|line| line.strip_prefix("  ")?.split_once(' '));
    let commands: Vec<&str> = listed.map(|(name, _)| name).filter(|name| !["", "help"].contains(name)).collect();
    assert!(commands.contains(&"validate") && commands.contains(&"man"), "{commands:?}");
    for command in commands {
        let usage = format!("Usage: xcloud {command}");
        assert!(place.run(&[command, "--help"])?.expect(0)?.stdout.contains(&usage), "{command}");
    }
    Ok(())
}

#[test]
fn a_switch_that_cannot_be_meant_is_refused() -> TestResult {
    let place = Place::with_example("switch", "open-api.yaml")?;
    place.run(&["failover", "--to", "us-east-1", "--sandbox"])?.expect(3)?;
    place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--env", "dev"])?.expect(3)?;
    place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--env", "nobody"])?.expect(3)?;
    place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--region", "eu-west-1"])?.expect(64)?;
    place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--override", "targets"])?.expect(64)?;
    let unknown = ["failover", "--to", "eu-west-1", "--sandbox", "--override", "luck", "--reason", "x"];
    assert!(place.run(&unknown)?.expect(64)?.stderr.contains("there is no gate `luck`"));
    place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--detected", "yesterday"])?.expect(64)?;
    // Nothing stands yet: the gates say so, and nothing is changed.
    let early = place.run(&["failover", "--to", "eu-west-1", "--sandbox", "--yes"])?.expect(3)?;
    assert!(early.stderr.contains("red gates, nothing was changed"), "{}", early.stderr);
    Ok(())
}

#[test]
fn a_config_that_is_not_there_is_refused_with_a_hint() -> TestResult {
    let ran = Place::empty("missing")?.run(&["plan", "--sandbox"])?.expect(3)?;
    assert!(ran.stderr.contains("xcloud.yaml") && ran.stderr.contains("hint: name the config"), "{}", ran.stderr);
    assert!(ran.stdout.is_empty());
    Ok(())
}

#[test]
fn a_bad_config_is_refused_with_its_places_and_also_as_json() -> TestResult {
    let place = Place::with_example("bad", "open-api.yaml")?;
    place.edit("10.10.0.0/20", "10.10.1.0/20")?;
    let ran = place.run(&["validate"])?.expect(3)?;
    assert!(ran.stderr.contains("xcloud.yaml:") && ran.stderr.contains('^'), "{}", ran.stderr);
    assert!(ran.stdout.contains("is not valid: "), "{}", ran.stdout);
    let json = place.run(&["validate", "--format", "json"])?.expect(3)?.json()?;
    assert_eq!(json["valid"], false);
    assert!(json["diagnostics"][0]["span"]["line"].as_u64().is_some_and(|line| line > 1), "{json:#}");
    let refused = place.run(&["plan", "--sandbox", "--format", "json"])?.expect(3)?.json()?;
    assert_eq!(refused["error"]["exit_code"], 3, "{refused:#}");
    Ok(())
}

#[test]
fn a_filter_that_names_nothing_is_refused() -> TestResult {
    let place = Place::with_example("filter", "open-api.yaml")?;
    let ran = place.run(&["plan", "--sandbox", "--env", "prd"])?.expect(3)?;
    assert!(ran.stderr.contains("dev, int, prod"), "{}", ran.stderr);
    let ran = place.run(&["plan", "--sandbox", "--region", "us-east-1"])?.expect(3)?;
    assert!(ran.stderr.contains("eu-north-1, eu-west-1"), "{}", ran.stderr);
    let ran = place.run(&["plan", "--sandbox", "--target", "dev/eu-north-1/endpoint/to-azur"])?.expect(3)?;
    assert!(ran.stderr.contains("to-azur`"), "{}", ran.stderr);
    let part = place
        .run(&["plan", "--sandbox", "--target", "dev/*/security-group/*", "--format", "json"])?
        .expect(0)?
        .json()?;
    assert!(part["changes"].as_array().is_some_and(|changes| !changes.is_empty()), "{part:#}");
    Ok(())
}

#[test]
fn clouds_that_cannot_be_reached_change_nothing_and_say_why() -> TestResult {
    let place = Place::with_example("unreachable", "open-api.yaml")?;
    let mut command = place.command(&["apply", "--yes"]);
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").env("XCLOUD_ARM_ENDPOINT", "http://127.0.0.1:1");
    command
        .env("XCLOUD_ARM_TOKEN", "hush-hush")
        .env("AWS_ACCESS_KEY_ID", "AKIA")
        .env("AWS_SECRET_ACCESS_KEY", "hush-hush");
    command.env("XCLOUD_PACING", "off");
    let ran = crate::place::Ran::of(&mut command)?.expect(3)?;
    assert!(
        ran.stderr.contains("no cloud answered") && ran.stderr.contains("aws/100000000001/eu-north-1"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hush-hush") && !ran.stdout.contains("hush-hush"), "{}", ran.stderr);
    Ok(())
}

#[test]
fn plain_http_to_another_machine_is_refused() -> TestResult {
    let place = Place::with_example("plain-http", "open-api.yaml")?;
    for (name, value) in [("XCLOUD_ARM_ENDPOINT", "http://arm.example"), ("AWS_ENDPOINT_URL", "http://aws.example")] {
        let mut command = place.command(&["plan"]);
        let ran = crate::place::Ran::of(command.env(name, value))?.expect(3)?;
        assert!(ran.stderr.contains("loopback"), "{}", ran.stderr);
    }
    Ok(())
}

#[test]
fn colours_and_escapes_stay_out_of_pipes() -> TestResult {
    let place = Place::with_example("colours", "open-api.yaml")?;
    let ran = place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains('\u{1b}'));
    assert!(ran.stdout.starts_with("Done: ") && ran.stderr.contains("done      s"), "{}\n{}", ran.stdout, ran.stderr);
    Ok(())
}

#[test]
fn completions_and_man_pages_are_made() -> TestResult {
    let place = Place::empty("manual")?;
    assert!(place.run(&["completions", "bash"])?.expect(0)?.stdout.contains("_xcloud"));
    assert!(place.run(&["man"])?.expect(0)?.stdout.contains(".TH xcloud"));
    place.run(&["man", "--out", "pages"])?.expect(0)?;
    assert!(place.path().join("pages/xcloud-plan.1").exists());
    Ok(())
}
