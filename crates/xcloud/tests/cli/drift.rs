//! Drift as a scheduled job: many estates, parts of a fleet, a region that is silent, and every form of the report.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::place::{Place, Ran, TestResult};
use crate::server::Served;

/// Returns `class address property` of each finding.
fn findings(result: &serde_json::Value) -> Vec<String> {
    let of = |finding: &serde_json::Value| {
        let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
        format!("{} {} {}", text("class"), text("address"), text("property"))
    };
    result["findings"].as_array().into_iter().flatten().map(of).collect()
}

#[test]
fn many_estates_are_checked_in_one_pass_and_a_bad_one_stops_none() -> TestResult {
    let place = Place::with_example("drift-many", "resources.yaml")?;
    place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let same = place.run(&["drift", "--sandbox", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!((&same["in_sync"], findings(&same).len()), (&true.into(), 0), "{same:#}");
    let text = std::fs::read_to_string(place.path().join("xcloud.yaml"))?;
    std::fs::write(place.path().join("drifted.yaml"), text.replace("ttl: 30s", "ttl: 60s"))?;
    std::fs::write(place.path().join("broken.yaml"), "apiVersion: xcloud/v1\nproduct: [\n")?;
    let files = ["broken.yaml", "drifted.yaml", "xcloud.yaml"];
    let all = [&["drift", "--sandbox", "--metrics", "drift.prom"][..], &files].concat();
    let ran = place.run(&all)?.expect(3)?;
    for told in
        ["not checked broken.yaml", "1 difference", "in sync", "3 estates: 1 in sync, 1 with differences, 1 not"]
    {
        assert!(ran.stdout.contains(told), "{told}\n{}", ran.stdout);
    }
    let metrics = std::fs::read_to_string(place.path().join("drift.prom"))?;
    for line in [
        "xcloud_drift_estate_failed{product=\"broken.yaml\"} 1",
        "xcloud_drift_findings{product=\"payments-edge\",class=\"changed\"} 1",
        "xcloud_drift_throttled_calls 0",
    ] {
        assert!(metrics.lines().any(|one| one == line), "{line}\n{metrics}");
    }
    let only = place.run(&["drift", "--sandbox", "drifted.yaml", "--format", "json"])?.expect(2)?.json()?;
    assert_eq!(findings(&only), ["changed spoke/azure/private-dns-record/events ttl"]);
    assert_eq!(only["calls"]["mutating"], 0);
    Ok(())
}

#[test]
fn the_parts_of_a_fleet_are_all_of_it() -> TestResult {
    let place = Place::with_example("drift-shards", "resources.yaml")?;
    let text = std::fs::read_to_string(place.path().join("xcloud.yaml"))?;
    let files: Vec<String> = (0..6).map(|n| format!("estate-{n}.yaml")).collect();
    for file in &files {
        std::fs::write(place.path().join(file), &text)?;
    }
    let mut seen = Vec::new();
    for part in 0..3 {
        let shard = format!("{part}/3");
        let mut arguments = vec!["drift", "--sandbox", "--format", "json", "--shard", &shard];
        arguments.extend(files.iter().map(String::as_str));
        let ran = place.run(&arguments)?;
        let estates = ran.json()?["estates"].clone();
        seen.extend(estates.as_array().into_iter().flatten().filter_map(|one| Some(one["file"].as_str()?.to_owned())));
    }
    seen.sort();
    assert_eq!(seen, files);
    Ok(())
}

#[test]
fn reports_are_what_their_readers_take() -> TestResult {
    let place = Place::with_example("drift-forms", "resources.yaml")?;
    let xml = place.run(&["drift", "--sandbox", "--format", "junit"])?.expect(2)?.stdout;
    let file = place.path().join("drift.xml");
    std::fs::write(&file, &xml)?;
    let script = "import sys, xml.etree.ElementTree as t; s = t.parse(sys.argv[1]).getroot().find('testsuite'); \
                  print(s.get('name'), s.get('tests'), len(s.findall('testcase/failure')))";
    let read = Command::new("python3").args(["-c", script]).arg(&file).output()?;
    assert_eq!(String::from_utf8(read.stdout)?.trim(), "payments-edge 11 11", "{xml}");
    let markdown = place.run(&["drift", "--sandbox", "--format", "markdown"])?.expect(2)?.stdout;
    assert!(markdown.contains("| - missing | high | `hub/eu-north-1/endpoint/payments` | `resource` |"), "{markdown}");
    let plan = place.run(&["plan", "--sandbox", "--format", "markdown"])?.expect(0)?.stdout;
    assert!(plan.contains("**11 to create, 0 to update, 0 to replace, 0 to delete**"), "{plan}");
    let refused = place.run(&["history", "--sandbox", "--format", "junit"])?.expect(64)?;
    assert!(refused.stderr.contains("text or json"), "{}", refused.stderr);
    Ok(())
}

#[test]
fn an_ignored_difference_is_told_and_comes_back_when_the_rule_runs_out() -> TestResult {
    let place = Place::with_example("drift-ignore", "resources.yaml")?;
    place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let text = std::fs::read_to_string(place.path().join("xcloud.yaml"))?;
    let drifted = text.replace("ttl: 30s", "ttl: 60s");
    let rule = |day: &str| {
        format!(
            "{drifted}\nignore:\n  - {{address: \"spoke/*\", property: ttl, reason: the zone is being moved, expires: {day}}}\n"
        )
    };
    std::fs::write(place.path().join("xcloud.yaml"), rule("2999-12-31"))?;
    let hidden = place.run(&["drift", "--sandbox"])?.expect(0)?.stdout;
    assert!(hidden.contains("ignored: 1") && hidden.contains("the zone is being moved"), "{hidden}");
    std::fs::write(place.path().join("xcloud.yaml"), rule("2020-12-31"))?;
    let back = place.run(&["drift", "--sandbox", "--format", "json"])?.expect(2)?.json()?;
    assert_eq!(
        findings(&back),
        ["changed spoke/azure/private-dns-record/events ttl", "changed spoke/* ttl"],
        "{back:#}"
    );
    Ok(())
}

#[test]
fn what_a_silent_region_holds_is_unknown_and_all_else_is_checked() -> TestResult {
    let place = Place::with_example("drift-silent", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    served.run(&place, &["apply", "--yes"])?.expect(0)?;
    served.run(&place, &["drift"])?.expect(0)?;
    served.judge(&place, "tamper")?;
    let mut command = served.command(&place, &["drift", "--format", "json"]);
    let result = Ran::of(command.env("XCLOUD_AWS_ENDPOINT_EU_NORTH_1", "http://127.0.0.1:9"))?.expect(2)?.json()?;
    let found = findings(&result);
    assert!(found.contains(&"unknown hub/eu-north-1/endpoint/payments resource".to_owned()), "{found:#?}");
    assert!(found.contains(&"unmanaged shared/azure/firewall-rules/rcg-xcloud-payments-edge rules[extra]".to_owned()));
    let aws = found.iter().filter(|line| line.contains("/eu-north-1/"));
    assert!(aws.clone().count() > 4 && aws.clone().all(|line| line.starts_with("unknown ")), "{found:#?}");
    Ok(())
}

/// A webhook that answers each message with the next status; what it got can be read.
pub(crate) fn webhook(statuses: &'static [u16]) -> TestResult<(String, Receiver<(String, serde_json::Value)>)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}/hook", listener.local_addr()?);
    let (got, messages) = channel();
    std::thread::spawn(move || {
        for (stream, status) in listener.incoming().flatten().zip(statuses.iter().chain(std::iter::repeat(&200))) {
            let mut reader = BufReader::new(stream);
            let (mut length, mut signature, mut line) = (0, String::new(), String::new());
            while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                if let Some((name, value)) = line.trim().split_once(": ") {
                    match name.to_ascii_lowercase().as_str() {
                        "content-length" => length = value.parse().unwrap_or_default(),
                        "x-xcloud-signature" => value.clone_into(&mut signature),
                        _ => {}
                    }
                }
                line.clear();
            }
            let mut body = vec![0; length];
            if reader.read_exact(&mut body).is_err() {
                continue;
            }
            let answer = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let said = reader.get_mut().write_all(answer.as_bytes());
            drop((said, got.send((signature, serde_json::from_slice(&body).unwrap_or_default()))));
        }
    });
    Ok((url, messages))
}

#[test]
fn a_webhook_hears_of_changes_and_of_nothing_else() -> TestResult {
    let place = Place::with_example("drift-notify", "resources.yaml")?;
    place.run(&["apply", "--sandbox", "--yes"])?.expect(0)?;
    let (url, messages) = webhook(&[503])?;
    let text = std::fs::read_to_string(place.path().join("xcloud.yaml"))?;
    let notify = "\nnotify:\n  - {webhook: \"env:HOOK\", signed_with: \"env:HOOK_SECRET\", on: [drift]}\n";
    let drift = |config: &str| -> TestResult<Ran> {
        std::fs::write(place.path().join("xcloud.yaml"), format!("{config}{notify}"))?;
        let mut command = place.command(&["drift", "--sandbox"]);
        Ran::of(command.env("HOOK", &url).env("HOOK_SECRET", "s3cret"))
    };
    let wait = Duration::from_secs(5);
    drift(&text)?.expect(0)?;
    assert!(messages.try_recv().is_err(), "there is nothing to tell");
    let narrower = text.replace(
        "from: [10.20.0.0/16, 10.122.16.0/26], description",
        "from: [10.20.0.0/20, 10.122.16.0/26], description",
    );
    let ran = drift(&narrower)?.expect(2)?;
    assert!(!ran.stderr.contains("notification failed"), "{}", ran.stderr);
    let (_, refused) = messages.recv_timeout(wait)?;
    let (signature, told) = messages.recv_timeout(wait)?;
    assert_eq!(refused, told, "what was answered by 503 is sent again");
    assert!(signature.starts_with("sha256=") && signature.len() == 71, "{signature}");
    let summary = told["summary"].as_str().unwrap_or_default();
    assert!(
        summary.starts_with("payments-edge: 2 differences (2 new, 0 resolved); became reachable: tcp 10.20.16.0 ->"),
        "{summary}"
    );
    drift(&narrower)?.expect(2)?;
    assert!(messages.try_recv().is_err(), "nothing is new");
    drift(&text)?.expect(0)?;
    let (_, resolved) = messages.recv_timeout(wait)?;
    assert_eq!(resolved["summary"], "payments-edge: resolved, everything is as declared");
    assert_eq!(resolved["resolved"].as_array().map(Vec::len), Some(2), "{resolved:#}");
    let untold =
        Ran::of(place.command(&["drift", "--sandbox", "-c", "xcloud.yaml"]).env("HOOK_SECRET", "s3cret"))?.expect(0)?;
    assert!(!untold.stderr.contains("notification failed"), "nothing is new: {}", untold.stderr);
    std::fs::write(place.path().join("xcloud.yaml"), format!("{narrower}{notify}"))?;
    let untold = place.run(&["drift", "--sandbox"])?.expect(2)?;
    assert!(
        untold.stderr.contains("notification failed: the webhook's address: the variable HOOK is not set"),
        "{}",
        untold.stderr
    );
    Ok(())
}
