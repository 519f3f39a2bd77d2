//! Closing the region that is not active: the record says it, then the rules go.

use super::fixture::*;
use crate::op::{AzureOp, FirewallRulesOp, Op};
use crate::plan::{Action, Phase};

const FENCED: &str = "v=1;epoch=3;region=eu-west-1;to=;old=fenced;run=r1";

#[test]
fn the_record_says_it_before_the_rules_go() {
    let plan = World::new().says("prod", FENCED).close(&["prod"]).expect("a plan");
    assert_eq!(
        all_told(&plan),
        [
            "build v=1;epoch=3;region=eu-west-1;to=;old=closed;run=r2 if unchanged e7 \
             | v=1;epoch=3;region=eu-west-1;to=;old=fenced;run=r1 if after _active.open-api-prod.etag",
            "commit delete securityrules | recreate",
            "commit delete securityrules | recreate",
            "commit put rulecollectiongroups | recreate",
        ]
    );
    let [record, rules @ ..] = &plan.steps[..] else { panic!("a record") };
    assert!(rules.iter().all(|step| step.needs.contains(&record.id) && step.phase == Phase::Commit));
    let Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { rules, .. })) = &plan.steps[3].op else {
        panic!("the group")
    };
    let of_prod = rules.iter().filter(|rule| rule.name.contains("-prod-")).map(|rule| rule.name.as_str());
    let mut of_prod: Vec<&str> = of_prod.map(|name| name.trim_start_matches("xc-open-api-prod-")).collect();
    of_prod.sort_unstable();
    let left = ["core-banking-eu-north-1-fence", "core-banking-eu-west-1", "payment-events-eu-north-1-fence"];
    assert_eq!(of_prod, [&left[..], &["payment-events-eu-west-1"]].concat());
}

#[test]
fn only_the_rules_of_the_environments_are_its_part() {
    let world = World::new().says("prod", FENCED).says("int", FENCED);
    let plan = world.close(&["prod"]).expect("a plan");
    let addrs: Vec<&str> = plan.changes.iter().map(|change| change.addr.as_str()).collect();
    assert_eq!(
        addrs,
        ["prod/azure/network-security-group/nsg-core", "shared/azure/firewall-rules/rcg-xcloud-open-api"]
    );
    assert!(plan.rules.iter().filter(|rule| rule.action == Action::Delete).all(|rule| rule.name.contains("-prod-")));
    assert_eq!(plan.active.keys().collect::<Vec<_>>(), ["prod"]);
    assert!(plan.places.len() > 1, "what was read is said");
}

#[test]
fn what_says_closed_already_is_not_written_again() {
    let world = World::new().says("prod", "v=1;epoch=3;region=eu-west-1;to=;old=closed;run=r1");
    let told = all_told(&world.close(&["prod"]).expect("a plan"));
    assert!(told.len() == 3 && told.iter().all(|line| !line.contains("v=1")), "{told:#?}");
}

#[test]
fn what_cannot_be_closed_is_refused() {
    let codes = |world: World, names: &[&str]| world.close(names).expect_err("it is refused");
    assert_eq!(codes(World::new(), &["dev"]), ["no-other-region"]);
    assert_eq!(codes(World::new(), &["prod"]), ["primary-active"]);
    assert_eq!(codes(World::new().says("prod", "hello"), &["prod"]), ["active-region-unknown"]);
    let under_way = World::new().says("prod", "v=1;epoch=4;region=eu-west-1;to=eu-north-1;old=fenced;run=r1");
    assert_eq!(codes(under_way, &["prod"]), ["failover-under-way"]);
}
