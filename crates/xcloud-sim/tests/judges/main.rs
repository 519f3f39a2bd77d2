//! The served simulator, judged by clients that were not written here: boto3, Microsoft's Python SDK, and
//! Microsoft's OpenAPI files.
//!
//! `make test` installs what they need; without it these tests fail and say so. The OpenAPI files are the one thing
//! that may be absent, and then that judge says that it is skipped.

#![expect(clippy::print_stderr, reason = "a judge that is skipped says so")]

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

type TestResult<T = ()> = Result<T, Box<dyn Error>>;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// A served example; ends when its input closes.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(example: &str, arguments: &[&str]) -> TestResult<Self> {
        let binary = std::env::current_exe()?;
        let folder = binary.ancestors().nth(2).ok_or("the test binary stands in no target folder")?;
        let mut child = Command::new(folder.join("examples").join(example))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let mut url = String::new();
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self { child, url: url.trim().to_owned() })
    }

    /// Closes the example's input and waits for its end, when it writes its files.
    fn finish(mut self) -> TestResult {
        drop(self.child.stdin.take());
        let status = self.child.wait()?;
        if status.success() { Ok(()) } else { Err(format!("the example ended with {status}").into()) }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // After `finish` it is gone already, and there is nothing to kill.
        drop(self.child.kill().and_then(|()| self.child.wait()));
    }
}

/// Runs a judge and hands on what it printed; its closing line says how much it judged.
fn judge(command: &mut Command) -> TestResult<String> {
    let output = command.output()?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{command:?} ended with {}\n{text}", output.status).into())
    }
}

fn python(script: &str) -> TestResult<Command> {
    let python = root().join(".venv/bin/python");
    if !python.exists() {
        return Err(format!("{} is missing: run `make test`", python.display()).into());
    }
    let mut command = Command::new(python);
    command.arg(root().join("tests/judge").join(script));
    Ok(command)
}

#[test]
fn boto3_judges_the_aws_side() -> TestResult {
    let served = Served::start("serve", &["20"])?;
    let told = judge(python("aws_boto3.py")?.arg(&served.url))?;
    assert!(told.contains(" passed, 0 failed"), "{told}");
    Ok(())
}

#[test]
fn microsofts_sdk_and_openapi_files_judge_the_azure_side() -> TestResult {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (pairs, prepared) = (folder.join("pairs.jsonl"), folder.join("prepared.jsonl"));
    let served = Served::start("serve_arm", &["--pairs", &pairs.to_string_lossy()])?;
    let told = judge(python("azure_sdk.py")?.arg(&served.url))?;
    assert!(told.contains(" passed, 0 failed"), "{told}");
    served.finish()?;
    let shared = root().join("../shared");
    if !shared.join("azure-openapi").exists() {
        eprintln!("skipped: the OpenAPI files are not beside this project");
        return Ok(());
    }
    let validator = root().join(".judges");
    if !validator.join("node_modules/oav").exists() {
        return Err("oav is missing: run `make test`".into());
    }
    judge(python("arm_pairs.py")?.args([&pairs, &prepared]).arg("--refusals-expected"))?;
    let told = judge(
        Command::new("node")
            .arg(shared.join("tools/arm-judge.mjs"))
            .arg("--oav")
            .arg(validator)
            .arg("--spec")
            .arg(shared.join("azure-openapi"))
            .arg(prepared),
    )?;
    assert!(told.contains(" 0 violations"), "{told}");
    Ok(())
}
