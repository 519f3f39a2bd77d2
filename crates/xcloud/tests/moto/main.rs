//! The AWS part against stock moto, as an operator runs it: the real binary, two accounts, judged by boto3.
//!
//! `make test` installs moto and boto3 into `.venv`; without them these tests fail and say so.

mod server;
mod stores;

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

    let drift = moto.xcloud(&place, &["drift", "--format", "json"])?;
    drift.expect_code(2)?;
    let json = drift.json()?;
    let mut found: Vec<(String, bool)> = json["findings"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|one| {
            Some((format!("{} {}", one["class"].as_str()?, one["property"].as_str()?), one["widens_access"].as_bool()?))
        })
        .collect();
    found.sort();
    let expected = wanted.map(|path| (format!("unmanaged {path}"), !path.contains("targets")));
    assert_eq!(found, expected, "{}", drift.stdout);
    // moto cannot answer who is connected: that is said, and hinders nothing.
    let unread = json["estates"][0]["not_checked"].to_string();
    assert!(unread.contains("who is connected to vpce-svc-"), "{unread}");

    moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
    moto.judge("verify", &place)?;
    Ok(())
}

/// The ledger in S3: a run is recorded there, and the lock is taken and given back.
#[test]
fn runs_are_recorded_in_s3() -> TestResult {
    let moto = Moto::start()?;
    let place = Workplace::new("s3")?;
    moto.judge("setup", &place)?;
    moto.judge("bucket", &place)?;
    let ledger = "s3://ledger/some/where?region=eu-north-1";
    moto.xcloud(&place, &["apply", "--yes", "--ledger", ledger])?.expect_code(0)?;
    let history = moto.xcloud(&place, &["history", "--ledger", ledger, "--format", "json"])?;
    history.expect_code(0)?;
    let runs = history.json()?["runs"].clone();
    assert_eq!((&runs[0]["outcome"], &runs[0]["command"]), (&"done".into(), &"apply".into()), "{runs:#}");
    let lock = moto.xcloud(&place, &["lock", "list", "--ledger", ledger, "--format", "json"])?;
    assert_eq!(lock.json()?["held"], serde_json::Value::Null, "{}", lock.stdout);
    let rollback = moto.xcloud(&place, &["rollback", "--yes", "--ledger", ledger])?;
    rollback.expect_code(0)?;
    moto.judge("gone", &place)
}

/// kill -9 at moments of an apply; `XCLOUD_KILLS=50 cargo test -p xcloud --test moto killed` plays more of them.
#[test]
fn a_killed_apply_is_finished_or_undone() -> TestResult {
    let kills: u32 = std::env::var("XCLOUD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let moto = Moto::start()?;
    let place = Workplace::new("killed")?;
    moto.judge("setup", &place)?;
    let mut cut = 0;
    for round in 0..kills {
        // moto answers in milliseconds: the calls of this estate take about a second.
        moto.killed_after(
            &place,
            &["apply", "--yes"],
            std::time::Duration::from_millis(u64::from(150 + round * 331 % 1700)),
        )?;
        let next = moto.xcloud(&place, &["apply", "--yes"])?;
        if next.code == Some(3) {
            cut += 1;
            let way: &[&str] = if round % 2 == 0 { &["resume", "--undo", "--yes"] } else { &["resume", "--yes"] };
            let resumed = moto.xcloud(&place, way)?;
            if resumed.code == Some(4) {
                moto.judge("gone", &place)?;
                moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
            } else {
                resumed.expect_code(0)?;
                moto.xcloud(&place, &["apply", "--yes"])?.expect_code(0)?;
            }
        } else {
            next.expect_code(0)?;
        }
        moto.judge("verify", &place)?;
        moto.xcloud(&place, &["destroy", "--yes"])?.expect_code(0)?;
        moto.judge("gone", &place)?;
    }
    assert!(cut > 0, "none of {kills} kills fell into a run");
    Ok(())
}
