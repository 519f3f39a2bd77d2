//! No secret comes out: not at the highest verbosity, not from the environment, not from a line of the config.

use crate::place::{Place, TestResult};
use crate::server::Served;

const SECRETS: [&str; 3] = ["bearer-hush-1c7f", "aws-hush-52aa", "session-hush-9e01"];

#[test]
fn tokens_and_keys_are_in_no_output_at_any_verbosity() -> TestResult {
    let place = Place::with_example("secrecy", "open-api.yaml")?;
    let mut served = Served::start(&place, "600")?;
    for (name, value) in &mut served.variables {
        match name.as_str() {
            "XCLOUD_ARM_TOKEN" => SECRETS[0].clone_into(value),
            "AWS_SECRET_ACCESS_KEY" => SECRETS[1].clone_into(value),
            _ => {}
        }
    }
    let mut said = 0;
    for arguments in [&["plan", "-vvv"][..], &["apply", "--env", "dev", "--yes", "-vvv"], &["plan", "--env", "dev"]] {
        let mut command = served.command(&place, arguments);
        command.env("RUST_LOG", "trace").env("XCLOUD_LOG", "trace").env("AWS_SESSION_TOKEN", SECRETS[2]);
        let ran = crate::place::Ran::of(&mut command)?.expect(0)?;
        for secret in SECRETS {
            for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
                assert!(!text.contains(secret), "{secret} is in the {stream} of {arguments:?}");
            }
        }
        for header in ["Bearer ", "Signature=", "X-Amz-Security-Token: "] {
            let line = ran.stderr.lines().find(|line| line.contains(header) && !line.contains("REDACTED"));
            assert!(line.is_none(), "a header is in the log: {line:?}");
        }
        said += ran.stderr.len();
    }
    assert!(said > 100_000, "nothing was logged, so nothing was tested: {said} bytes");
    Ok(())
}

#[test]
fn a_line_of_the_config_that_holds_a_secret_is_not_shown() -> TestResult {
    let place = Place::with_example("secret-line", "open-api.yaml")?;
    place.edit("owner: banking-platform@bank.example", "client_secret: hunter2-hush\nowner: team@bank.example")?;
    place.edit("connectivity-hub}}", "connectivity-hub}, password: hunter3-hush}")?;
    place.edit("direction: aws-to-azure", "direction: AKIAIOSFODNN7EXAMPLE")?;
    for arguments in [&["validate"][..], &["validate", "--format", "json"], &["plan", "--sandbox"]] {
        let ran = place.run(arguments)?.expect(3)?;
        let all = format!("{}{}", ran.stdout, ran.stderr);
        assert!(!all.contains("hush") && !all.contains("AKIAIOSFODNN7EXAMPLE"), "{arguments:?}: {all}");
        assert!(all.contains("xcloud.yaml") && all.contains("secret"), "{arguments:?}: {all}");
    }
    Ok(())
}
