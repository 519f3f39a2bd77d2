//! xcloud's own traffic, judged by Microsoft's OpenAPI files and by the service models that AWS publishes with botocore.
//!
//! `make test` installs the validator; without it this test fails and says so. Where the files are not beside the
//! project it says that it is skipped.

#![expect(clippy::print_stderr, reason = "a judge that is skipped says so")]

use std::path::{Path, PathBuf};
use std::process::Command;

use xcloud_core::plan::PlanOptions;
use xcloud_sim::Cloud;
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, RESOURCES, apply, load};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Makes and removes an estate and returns the clouds, which have recorded every request with its answer.
async fn traffic(text: &str) -> Cloud {
    let desired = load(text);
    let bed = Testbed::new(&desired);
    bed.cloud().record_arm();
    bed.cloud().record_aws();
    apply(&bed, &desired, &PlanOptions::default()).await;
    apply(&bed, &desired, &PlanOptions::default()).await;
    apply(&bed, &desired, &PlanOptions { destroy: true, ..PlanOptions::default() }).await;
    bed.cloud().clone()
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
    let pairs = [traffic(OPEN_API).await.arm_pairs(), traffic(RESOURCES).await.arm_pairs()].concat();
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

/// Every request and every answer of a story, held against botocore's models.
#[tokio::test(start_paused = true)]
async fn the_models_of_aws_judge_what_xcloud_sends_and_what_the_simulator_answers() {
    let pairs = [traffic(OPEN_API).await.aws_pairs(), traffic(RESOURCES).await.aws_pairs()].concat();
    assert!(pairs.len() > 300, "only {} pairs were recorded", pairs.len());
    let recorded = Path::new(env!("CARGO_TARGET_TMPDIR")).join("aws-pairs.jsonl");
    std::fs::write(&recorded, pairs.join("\n")).expect("the pairs can be written");
    let judge = || {
        let mut command = Command::new(root().join(".venv/bin/python"));
        command.arg(root().join("tests/judge/aws_models.py")).arg(&recorded);
        command.output().expect("the judge can be started")
    };
    let told = judge();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    assert!(told.status.success() && text.contains(" 0 violations"), "{text}{}", String::from_utf8_lossy(&told.stderr));
    // It has teeth: a parameter, a value and an element that no model knows.
    let broken = pairs.join("\n");
    let broken = broken.replacen("VpcEndpointType=Interface", "VpcEndpointKind=Interface", 1);
    let broken = broken.replacen("Protocol=TCP", "Protocol=TPC", 1).replacen("<serviceId>", "<serviceIds>", 1);
    std::fs::write(&recorded, broken.replacen("</serviceId>", "</serviceIds>", 1)).expect("the pairs can be written");
    let told = judge();
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let seen = ["VpcEndpointKind", "TPC", "serviceIds"].map(|word| text.contains(word));
    assert_eq!((told.status.code(), seen), (Some(1), [true; 3]), "{text}");
}
