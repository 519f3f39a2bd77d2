//! xcloud's own traffic with Resource Manager, judged by Microsoft's OpenAPI files.
//!
//! `make test` installs the validator; without it this test fails and says so. Where the files are not beside the
//! project it says that it is skipped.

#![expect(clippy::print_stderr, reason = "a judge that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use xcloud_core::plan::PlanOptions;
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, RESOURCES, apply, load};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Makes and removes an estate and returns the pairs of requests and answers.
async fn traffic(text: &str) -> Vec<String> {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    bed.cloud().record_arm();
    apply(&bed, &desired, &PlanOptions::default()).await;
    apply(&bed, &desired, &PlanOptions::default()).await;
    apply(&bed, &desired, &PlanOptions { destroy: true, ..PlanOptions::default() }).await;
    bed.cloud().arm_pairs()
}

fn judge(command: &mut Command) -> String {
    let output = command.output().expect("the judge can be started");
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?} ended with {}\n{text}", output.status);
    text
}

#[tokio::test(start_paused = true)]
async fn microsofts_openapi_files_judge_what_xcloud_sends() {
    let shared = root().join("../shared");
    if !shared.join("azure-openapi").exists() {
        eprintln!("skipped: the OpenAPI files are not beside this project");
        return;
    }
    let pairs = [traffic(OPEN_API).await, traffic(RESOURCES).await].concat();
    assert!(pairs.len() > 100, "only {} pairs were recorded", pairs.len());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let (recorded, prepared) = (folder.join("own-pairs.jsonl"), folder.join("own-prepared.jsonl"));
    std::fs::write(&recorded, pairs.join("\n")).expect("the pairs can be written");
    let python = root().join(".venv/bin/python");
    judge(Command::new(python).arg(root().join("tests/judge/arm_pairs.py")).args([&recorded, &prepared]));
    let told = judge(
        Command::new("node")
            .arg(shared.join("tools/arm-judge.mjs"))
            .arg("--oav")
            .arg(root().join(".judges"))
            .arg("--spec")
            .arg(shared.join("azure-openapi"))
            .arg(prepared),
    );
    assert!(told.contains(" 0 violations"), "{told}");
}
