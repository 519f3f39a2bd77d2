//! Both examples over loopback, read back by clients that others wrote: boto3 and Microsoft's own Python SDKs.

use crate::place::{Place, TestResult};
use crate::server::Served;

/// Plan, apply, no changes, nothing to do, all as declared, gone.
fn story(example: &str, judged: &str, tampered: impl FnOnce(&Served, &Place) -> TestResult) -> TestResult {
    let place = Place::with_example(&format!("estate-{judged}"), example)?;
    let served = Served::start(&place, "600")?;
    let plan = served.run(&place, &["plan", "--detailed-exitcode", "--format", "json"])?.expect(2)?.json()?;
    let applied = served.run(&place, &["apply", "--yes", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(applied["outcome"], "done", "{applied:#}");
    let again = served.run(&place, &["plan", "--detailed-exitcode", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(again["summary"]["unchanged"], plan["summary"]["create"], "{again:#}");
    let second = served.run(&place, &["apply", "--yes", "--format", "json"])?.expect(0)?.json()?;
    assert_eq!(second["calls"]["mutating"], 0, "{second:#}");
    served.judge(&place, judged)?;
    tampered(&served, &place)?;
    served.run(&place, &["destroy", "--yes"])?.expect(0)?;
    served.judge(&place, "gone")
}

#[test]
fn the_estate_of_flows_is_what_other_clients_see() -> TestResult {
    story("open-api.yaml", "open-api", |_, _| Ok(()))
}

#[test]
fn one_of_each_kind_is_what_other_clients_see_and_what_they_change_is_planned() -> TestResult {
    story("resources.yaml", "resources", |served, place| {
        served.judge(place, "tamper")?;
        let plan = served.run(place, &["plan", "--detailed-exitcode", "--format", "json"])?.expect(2)?.json()?;
        let mut differences = Vec::new();
        for change in plan["changes"].as_array().into_iter().flatten() {
            for field in change["fields"].as_array().into_iter().flatten() {
                differences
                    .push(format!("{} {} {}", change["action"], change["address"], field["path"]).replace('"', ""));
            }
        }
        differences.sort();
        let wanted = [
            "create spoke/azure/network-security-group/core rules[xc-payments-edge-from-aws]",
            "update hub/eu-north-1/security-group/edge ingress[tcp 22 from 10.99.0.0/16]",
            "update shared/azure/firewall-rules/rcg-xcloud-payments-edge rules[extra]",
        ];
        assert_eq!(differences, wanted, "{plan:#}");
        served.run(place, &["apply", "--yes"])?.expect(0)?;
        served.run(place, &["plan", "--detailed-exitcode"])?.expect(0)?;
        served.judge(place, "resources")
    })
}
