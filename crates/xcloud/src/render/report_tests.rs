//! The end of a run as an operator sees it.

use anstream::adapter::strip_str;
use xcloud_core::journal::Outcome;
use xcloud_core::plan::StepId;
use xcloud_core::provider::{ErrorKind, ProviderError};
use xcloud_engine::{Failure, RunReport, StepReport, StepStatus};

use super::plan::tests::sample::{addr, calls, hub};
use super::report::{ReportView, page};

fn step(id: &str, address: &str, operation: &str, status: StepStatus, made: Option<&str>) -> StepReport {
    StepReport {
        id: StepId(id.to_owned()),
        addr: addr(address),
        operation: operation.to_owned(),
        status,
        elapsed_ms: 1200,
        request_ids: vec!["req-1".to_owned()],
        made: made.map(str::to_owned),
    }
}

fn left_over() -> Vec<xcloud_core::journal::LeftOver> {
    vec![xcloud_core::journal::LeftOver {
        step: StepId("s001".to_owned()),
        addr: addr("dev/eu-north-1/security-group/x"),
        id: Some("sg-1".to_owned()),
        operation: "CreateSecurityGroup".to_owned(),
        why: "it is not as this run left it, so it was not touched: sg-1 has the rule sgr-9, which was added to it"
            .to_owned(),
        by_hand: Some("aws ec2 delete-security-group --region eu-north-1 --group-id sg-1".to_owned()),
    }]
}

fn failed() -> RunReport {
    let error = ProviderError {
        kind: ErrorKind::Quota,
        operation: "CreateVpcEndpoint".to_owned(),
        place: hub(),
        code: Some("VpcEndpointLimitExceeded".to_owned()),
        message: "the maximum number of VPC endpoints has been reached".to_owned(),
        request_id: Some("00000000-1111".to_owned()),
        retry_after_secs: None,
    };
    RunReport {
        run: "0192-run".to_owned(),
        outcome: Outcome::Left,
        steps: vec![
            step("s001", "dev/eu-north-1/security-group/x", "CreateSecurityGroup", StepStatus::Done, Some("sg-1")),
            step("s002", "dev/eu-north-1/endpoint/x", "CreateVpcEndpoint", StepStatus::Failed, None),
            step("s003", "dev/azure/private-dns-record/x", "PUT A", StepStatus::Unknown, None),
            step("s004", "dev/eu-north-1/endpoint/y", "CreateVpcEndpoint", StepStatus::Skipped, None),
        ],
        failures: vec![
            Failure {
                step: Some(StepId("s002".to_owned())),
                addr: Some(addr("dev/eu-north-1/endpoint/x")),
                message: format!("dev/eu-north-1/endpoint/x: {error}"),
                error: Some(error),
                hint: None,
            },
            Failure {
                step: None,
                addr: None,
                message: "the run's deadline passed".to_owned(),
                error: None,
                hint: Some("apply again".to_owned()),
            },
        ],
        warnings: vec!["a target is not healthy".to_owned()],
        left: left_over(),
        committed: false,
        broken: None,
        interrupted: false,
        elapsed_ms: 192_000,
    }
}

fn shown(report: &RunReport, unknown: Vec<(String, String)>) -> String {
    let calls = calls();
    let resume = "xcloud resume -c xcloud.yaml".to_owned();
    let again = "xcloud apply -c xcloud.yaml".to_owned();
    strip_str(&page(&ReportView { report, calls: &calls, unknown, verbose: false, again, resume }, Some(100)))
        .to_string()
}

#[test]
fn a_failure_says_what_the_cloud_said_what_exists_and_what_to_do() {
    insta::assert_snapshot!(shown(&failed(), Vec::new()));
}

fn headline(statuses: &[StepStatus], committed: bool) -> String {
    let address = "dev/eu-north-1/security-group/x";
    let steps = statuses.iter().map(|status| step("s001", address, "CreateSecurityGroup", *status, None)).collect();
    let report = RunReport { steps, committed, ..failed() };
    shown(&report, Vec::new()).lines().next().unwrap_or_default().replace(" in 3m12s (run 0192-run)", "")
}

#[test]
fn the_headline_says_what_was_made_what_is_undone_and_what_is_not() {
    use StepStatus::{Done, Failed, Skipped, Stuck, Undone, Unknown};
    assert_eq!(
        headline(&[Undone, Undone, Stuck, Failed, Skipped], false),
        "Failed: 3 of 5 calls were made; 2 are undone, 1 is not"
    );
    assert_eq!(headline(&[Stuck, Failed], false), "Failed: 1 of 2 calls were made; none is undone");
    assert_eq!(
        headline(&[Undone, Unknown], false),
        "Failed: 1 of 2 calls were made; 1 is undone; the effect of 1 more is not known"
    );
    assert_eq!(headline(&[Unknown], false), "Failed: 0 of 1 call was made; the effect of 1 more is not known");
    assert_eq!(headline(&[Done, Done, Failed], true), "Failed: 2 of 3 calls were made");
}

#[test]
fn a_run_that_left_out_a_silent_place_says_so() {
    let mut report = failed();
    report.outcome = Outcome::Done;
    report.failures.clear();
    report.warnings.clear();
    let unknown = vec![("aws/200000000003/eu-west-1".to_owned(), "connection refused".to_owned())];
    insta::assert_snapshot!(shown(&report, unknown));
}

#[test]
fn many_failures_are_told_in_short() {
    let mut report = failed();
    let first = report.failures[0].clone();
    report.failures = vec![first; 40];
    let text = shown(&report, Vec::new());
    assert_eq!(text.matches("cloud said").count(), 5);
    assert_eq!(text.matches("x failed").count(), 40);
}

#[test]
fn json_has_the_documented_keys() {
    let value = super::json::run(&failed(), &calls());
    insta::assert_snapshot!(format!("{value:#}"));
}
