//! Clouds that do not let us in, do not answer or answer nonsense, met by the program as an operator runs it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::place::{Place, Ran, TestResult};
use crate::server::Served;

/// What a bad server says to everybody; `None`: nothing, for ever.
fn bad_server(answer: Option<String>) -> TestResult<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            match answer.clone() {
                Some(text) => drop(std::thread::spawn(move || say(stream, &text))),
                None => open.push(stream),
            }
        }
    });
    Ok(url)
}

fn say(mut stream: TcpStream, text: &str) {
    let mut request = [0; 65536];
    let read = stream.read(&mut request);
    drop(read.and_then(|_| stream.write_all(text.as_bytes())).and_then(|()| stream.flush()));
}

/// A whole answer; `missing` bytes of its body never come.
fn http(status: &str, header: &str, body: &str, missing: usize) -> String {
    let length = body.len() + missing;
    format!("HTTP/1.1 {status}\r\n{header}content-length: {length}\r\nconnection: close\r\n\r\n{body}")
}

const EU_NORTH_1: &str = "XCLOUD_AWS_ENDPOINT_EU_NORTH_1";
const ARM: &str = "XCLOUD_ARM_ENDPOINT";

/// A served sandbox with one address replaced.
fn with(served: &Served, place: &Place, arguments: &[&str], name: &str, url: &str) -> TestResult<(Ran, Duration)> {
    let start = Instant::now();
    let mut command = served.command(place, arguments);
    let ran = Ran::of(command.env(name, url))?;
    Ok((ran, start.elapsed()))
}

#[test]
fn each_bad_cloud_is_unknown_with_place_operation_and_reason() -> TestResult {
    let place = Place::with_example("nonsense", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    let aws = "unknown aws/100000000001/eu-north-1";
    let azure = "unknown azure/11111111-2222-3333-4444-555555555555";
    let denied = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>You may not.</Message>\
                  </Error><RequestId>r-403</RequestId></ErrorResponse>";
    let expired = r#"{"error": {"code": "ExpiredAuthenticationToken", "message": "The token has expired."}}"#;
    let html = "<html><b>broken</b></html>";
    let there = " in aws/100000000001/eu-north-1";
    let cases: [(&str, String, &str, &[&str]); 7] = [
        (EU_NORTH_1, http("500 Oops", "", html, 0), aws, &["HTTP 500", there]),
        (
            EU_NORTH_1,
            http("403 No", "x-amzn-requestid: r-403\r\n", denied, 0),
            aws,
            &["AccessDenied", "You may not", "r-403", there],
        ),
        (EU_NORTH_1, http("200 OK", "", "<Describe", 99), aws, &[there]),
        (EU_NORTH_1, "SSH-2.0-OpenSSH_9.6\r\n".to_owned(), aws, &[there]),
        (
            ARM,
            http("401 No", "x-ms-request-id: r-401\r\n", expired, 0),
            azure,
            &["ExpiredAuthenticationToken", "The token has expired", "r-401", "GET "],
        ),
        (ARM, http("200 OK", "", r#"{"value": [{"na"#, 0), azure, &["GET "]),
        (ARM, http("502 Bad", "", html, 0), azure, &["502", "GET "]),
    ];
    for (name, answer, unknown, words) in cases {
        let url = bad_server(Some(answer.clone()))?;
        let (ran, took) = with(&served, &place, &["plan"], name, &url)?;
        let ran = ran.expect(5)?;
        let said: String = format!("{} {}", ran.stdout, ran.stderr).split_whitespace().collect::<Vec<_>>().join(" ");
        for word in words.iter().chain([&unknown]) {
            assert!(said.contains(word.trim()), "`{word}` is not in {said}\nfor {answer}");
        }
        assert!(!said.contains("panicked") && took < Duration::from_secs(30), "{took:?}: {said}");
        let (ran, _) = with(&served, &place, &["plan", "--detailed-exitcode"], name, &url)?;
        ran.expect(2)?;
    }
    Ok(())
}

#[test]
fn without_credentials_the_message_names_the_place_and_nothing_is_called() -> TestResult {
    let place = Place::with_example("anonymous", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    let mut command = served.command(&place, &["apply", "--yes"]);
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "XCLOUD_ARM_TOKEN"] {
        command.env_remove(name);
    }
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AZURE_TENANT_ID", "none").env("PATH", "/nowhere");
    let start = Instant::now();
    let ran = Ran::of(&mut command)?.expect(3)?;
    for word in ["no cloud answered", "aws/100000000001/eu-north-1", "azure/11111111-", "credential"] {
        assert!(ran.stderr.contains(word), "`{word}` is not in {}", ran.stderr);
    }
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    let plan = served.run(&place, &["plan", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(plan["summary"]["create"], 11, "{plan:#}");
    Ok(())
}

#[test]
fn a_region_that_hangs_ends_in_time_and_the_other_cloud_is_applied() -> TestResult {
    let place = Place::with_example("hangs", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    let url = bad_server(None)?;
    let (ran, took) = with(&served, &place, &["apply", "--yes"], EU_NORTH_1, &url)?;
    let ran = ran.expect(5)?;
    assert!(ran.stdout.contains("unknown aws/100000000001/eu-north-1"), "{}", ran.stdout);
    assert!(took < Duration::from_secs(60), "{took:?}");
    served.run(&place, &["apply", "--yes"])?.expect(0)?;
    served.judge(&place, "resources")
}

#[test]
fn a_config_that_cannot_be_read_is_refused() -> TestResult {
    let place = Place::with_example("unreadable", "resources.yaml")?;
    std::fs::create_dir(place.path().join("folder.yaml"))?;
    std::fs::write(place.path().join("noise.yaml"), [0xff, 0xfe, 0x00, 0x80])?;
    std::fs::write(place.path().join("broken.yaml"), "apiVersion: xcloud/v1\nproduct: [\n")?;
    for name in ["folder.yaml", "noise.yaml", "broken.yaml", "absent.yaml"] {
        let ran = place.run(&["plan", "-c", name, "--sandbox"])?.expect(3)?;
        assert!(ran.stderr.contains(name) && ran.stderr.contains("error"), "{}", ran.stderr);
        assert!(!place.path().join(".xcloud").exists(), "{name}: a sandbox was made");
    }
    Ok(())
}
