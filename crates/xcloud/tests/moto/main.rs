//! The AWS part against stock moto, as an operator runs it: the real binary, two accounts, judged by boto3.
//!
//! `make test` installs moto and boto3 into `.venv`; without them these tests fail and say so.

mod server;

use server::{Moto, TestResult, Workplace};

#[test]
fn an_estate_is_made_kept_and_removed() -> TestResult {
    let moto = Moto::start()?;
    let place = Workplace::new("estate")?;
    moto.judge("setup", &place)?;

    let plan = moto.xcloud(&place, &["plan", "--detailed-exitcode", "--format", "json"])?;
    plan.expect_code(2)?;
    let json = plan.json()?;
    assert_eq!(json["summary"]["create"], 7, "{}", plan.stdout);

    moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
    moto.judge("verify", &place)?;

    let again = moto.xcloud(&place, &["plan", "--detailed-exitcode", "--format", "json"])?;
    again.expect_code(0)?;
    let json = again.json()?;
    assert_eq!(json["summary"]["unchanged"], 7, "{}", again.stdout);
    assert_eq!(json["steps"].as_array().map(Vec::len), Some(0), "{}", again.stdout);

    moto.xcloud(&place, &["destroy", "--yes"])?.expect_code(0)?;
    moto.judge("gone", &place)?;
    Ok(())
}

#[test]
fn what_others_add_is_seen_and_removed() -> TestResult {
    let moto = Moto::start()?;
    let place = Workplace::new("tamper")?;
    moto.judge("setup", &place)?;
    moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
    moto.judge("tamper", &place)?;

    let plan = moto.xcloud(&place, &["plan", "--detailed-exitcode", "--format", "json"])?;
    plan.expect_code(2)?;
    let json = plan.json()?;
    let mut paths: Vec<String> = json["changes"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|change| change["fields"].as_array().cloned().unwrap_or_default())
        .filter_map(|field| Some(field["path"].as_str()?.to_owned()))
        .collect();
    paths.sort();
    let wanted = [
        "ingress[all from 0.0.0.0/0]",
        "listeners[22]",
        "listeners[443].targets[10.122.8.99:443]",
        "principals[arn:aws:iam::666666666666:root]",
    ];
    assert_eq!(paths, wanted, "{}", plan.stdout);

    moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
    moto.judge("verify", &place)?;
    Ok(())
}
