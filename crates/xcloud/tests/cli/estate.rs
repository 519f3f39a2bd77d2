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
        let drift = served.run(place, &["drift", "--format", "json"])?.expect(2)?.json()?;
        let told = |finding: &serde_json::Value| {
            let lets_in = finding["example"].as_str().map(|example| format!(" {example}")).unwrap_or_default();
            let parts = [&finding["class"], &finding["severity"], &finding["address"], &finding["property"]];
            let text: Vec<&str> = parts.iter().filter_map(|part| part.as_str()).collect();
            format!("{}{lets_in}", text.join(" "))
        };
        let found: Vec<String> = drift["findings"].as_array().into_iter().flatten().map(told).collect();
        let group = drift["findings"][0]["id"].as_str().unwrap_or_default();
        let wanted = [
            format!(
                "unmanaged critical hub/eu-north-1/security-group/edge ingress[tcp 22 from 10.99.0.0/16] tcp 10.99.0.0 -> {group} port 22"
            ),
            "unmanaged critical shared/azure/firewall-rules/rcg-xcloud-payments-edge rules[extra] tcp 10.66.0.0 -> 10.122.8.10 port 443"
                .to_owned(),
            "missing high spoke/azure/network-security-group/core rules[xc-payments-edge-from-aws]".to_owned(),
        ];
        assert_eq!(found, wanted, "{drift:#}");
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
