//! Saved plans: carried out exactly, refused with the reason, and not refused for what they do not depend on.

use crate::place::{Place, TestResult};
use crate::server::Served;

#[test]
fn a_stale_plan_is_refused_naming_what_changed_and_a_change_elsewhere_is_none_of_its_business() -> TestResult {
    let place = Place::with_example("stale", "resources.yaml")?;
    let served = Served::start(&place, "600")?;
    served.run(&place, &["apply", "--yes"])?.expect(0)?;
    place.edit("record: payments\n    ttl: 30s", "record: payments\n    ttl: 60s")?;
    place.edit(
        "ports: 443}\n  - kind: azure/private-link-service",
        "ports: 8443}\n  - kind: azure/private-link-service",
    )?;
    let record = "spoke/azure/private-dns-record/events";
    served.run(&place, &["plan", "--target", record, "--out", "record.json"])?.expect(0)?;
    served.run(&place, &["plan", "--out", "all.json"])?.expect(0)?;

    // Colleagues change a security group, a rule and the firewall's rules: one plan depends on these, one does not.
    served.judge(&place, "tamper")?;
    let refused = served.run(&place, &["apply", "--yes", "all.json", "--format", "json"])?.expect(3)?;
    for named in ["rcg-xcloud-payments-edge", "10.66.0.0/24", "nothing was changed", "plan again"] {
        assert!(refused.stderr.contains(named), "`{named}` is not in {}", refused.stderr);
    }
    let applied = served.run(&place, &["apply", "--yes", "record.json", "--format", "json"])?.expect(0)?.json()?;
    let steps: Vec<_> = applied["steps"].as_array().into_iter().flatten().map(|step| &step["address"]).collect();
    assert_eq!(steps, [record], "{applied:#}");

    let twice = served.run(&place, &["apply", "--yes", "record.json"])?.expect(3)?;
    assert!(twice.stderr.contains("a new plan would not change it"), "{}", twice.stderr);
    Ok(())
}
