//! Record sets: guarded, never empty, and pointed at the active region.

use std::collections::BTreeMap;

use super::cloud::Cloud;
use super::converges::converges_and_unwinds;
use super::fixture::*;
use crate::live::AzureLive;
use crate::model::{AddressKind, Addresses, DnsAddresses, Spec};
use crate::op::{AzureOp, Op, PrivateDnsRecordOp, WriteGuard};
use crate::plan::{Action, Phase, PlanOptions};

fn fixed(ips: &[&str]) -> DnsAddresses {
    DnsAddresses::Fixed(listed(ips))
}

fn zone() -> AzureLive {
    AzureLive { record_sets: Vec::new(), ..live_record(&[]) }
}

#[test]
fn a_record_is_made_and_lists_every_field() {
    let desired = desired(vec![record(fixed(&["10.0.0.7/32"]))]);
    let plan = plan(&desired, &zone()).expect("a plan");
    let (change, fields) = only(&plan);
    assert_eq!(
        (change.action, fields),
        (Action::Create, vec!["zone".to_owned(), "record".to_owned(), "ttl".to_owned(), "addresses".to_owned()])
    );
    assert!(matches!(
        &plan.steps[0].op,
        Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { guard: WriteGuard::Absent, .. }))
    ));
    converges_and_unwinds(&desired, &zone(), "create");
}

#[test]
fn each_field_that_differs_is_the_only_one_shown() {
    let live = live_record(&["10.0.0.7"]);
    let same = desired(vec![record(fixed(&["10.0.0.7/32"]))]);
    assert_eq!(only(&plan(&same, &live).expect("a plan")).0.action, Action::Same);
    let other = desired(vec![record(fixed(&["10.0.0.8/32"]))]);
    assert_eq!(only(&plan(&other, &live).expect("a plan")).1, ["addresses"]);
    converges_and_unwinds(&other, &live, "addresses");
    let mut slow = live.clone();
    slow.record_sets[0].ttl_secs = 3600;
    assert_eq!(only(&plan(&same, &slow).expect("a plan")).1, ["ttl"]);
    converges_and_unwinds(&same, &slow, "ttl");
    let mut theirs = live.clone();
    theirs.record_sets[0].metadata.insert("xcloud-owner".to_owned(), "other".to_owned());
    theirs.record_sets[0].metadata.insert("cost".to_owned(), "42".to_owned());
    assert_eq!(only(&plan(&same, &theirs).expect("a plan")).1, ["metadata[xcloud-owner]"]);
    converges_and_unwinds(&same, &theirs, "metadata");
}

#[test]
fn a_renamed_record_is_made_before_the_old_one_goes() {
    let mut resource = record(fixed(&["10.0.0.7/32"]));
    if let Spec::PrivateDnsRecord(spec) = &mut resource.spec {
        spec.record = "bills".to_owned();
    }
    let desired = desired(vec![resource]);
    let live = live_record(&["10.0.0.7"]);
    let plan = plan(&desired, &live).expect("a plan");
    let (change, fields) = only(&plan);
    assert_eq!((change.action, fields), (Action::Replace, vec!["record".to_owned()]));
    assert_eq!(plan.steps.iter().map(|step| step.phase).collect::<Vec<_>>(), [Phase::Build, Phase::Commit]);
    converges_and_unwinds(&desired, &live, "rename");
}

#[test]
fn the_active_region_decides() {
    let regions = BTreeMap::from([
        ("eu-north-1".to_owned(), listed(&["10.0.0.7/32"])),
        ("eu-west-1".to_owned(), listed(&["10.9.0.7/32"])),
    ]);
    let desired = desired(vec![record(DnsAddresses::Active(regions))]);
    let live = live_record(&["10.0.0.7"]);
    assert!(plan(&desired, &live).expect("a plan").is_empty());
    let plan = plan_where(&desired, &live, &[("prod", "eu-west-1")]).expect("a plan");
    assert_eq!(only(&plan).1, ["addresses"]);
}

#[test]
fn clashes_missing_zones_and_empty_sets_are_problems() {
    let wanted = desired(vec![record(fixed(&["10.0.0.7/32"]))]);
    let mut theirs = live_record(&["10.0.0.7"]);
    theirs.record_sets[0].metadata.clear();
    let problems = plan(&wanted, &theirs).expect_err("a clash");
    assert_eq!(codes(&problems), ["clash"]);
    assert!(problems.0[0].message.contains("/A/billing"));
    assert_eq!(codes(&plan(&wanted, &AzureLive::default()).expect_err("no zone")), ["zone-missing"]);
    let empty = desired(vec![record(fixed(&[]))]);
    assert_eq!(codes(&plan(&empty, &zone()).expect_err("empty")), ["empty-addresses"]);
}

#[test]
fn unknown_addresses_keep_the_record_and_late_ones_are_waited_for() {
    let desired = desired(vec![record(DnsAddresses::Fixed(service_ips()))]);
    let live = live_record(&["10.0.0.7"]);
    let kept = plan(&desired, &live).expect("a plan");
    assert_eq!((kept.steps.len(), notes(&kept)), (0, vec!["unknown-addresses"]));
    let expected = late(&service(), AddressKind::ServiceIps, nets(&["10.60.0.0/26"]));
    let waits = plan_with(&desired, &live, &PlanOptions::default(), &book(expected)).expect("a plan");
    assert_eq!(waits.steps[0].awaits.len(), 1);
}

#[test]
fn the_name_follows_the_rules_and_leaves_before_them() {
    let mut rule = nsg_rule("xc-pay-a", crate::model::Priority::Fixed(2001));
    rule.from = service_ips();
    let wanted = desired(vec![record(DnsAddresses::Fixed(service_ips())), nsg(vec![rule])]);
    let live = AzureLive { nsgs: live_nsg(Vec::new()).nsgs, ..zone() };
    let known = book(Addresses::Known(nets(&["10.0.0.4/32"])));
    let opened = plan_with(&wanted, &live, &PlanOptions::default(), &known).expect("a plan");
    let names: Vec<&str> = opened.steps.iter().map(|step| step.op.name()).collect();
    assert_eq!(names, ["PUT securityRules", "PUT A"]);
    assert_eq!(opened.steps[1].needs, [opened.steps[0].id.clone()]);
    let live = AzureLive { nsgs: live_nsg(vec![live_rule("xc-pay-a", 2001)]).nsgs, ..live_record(&["10.0.0.4"]) };
    let options = PlanOptions { destroy: true, ..PlanOptions::default() };
    let closed = plan_with(&wanted, &live, &options, &Book::new()).expect("a plan");
    let names: Vec<&str> = closed.steps.iter().map(|step| step.op.name()).collect();
    assert_eq!(names, ["DELETE A", "DELETE securityRules"]);
}

#[test]
fn orphans_are_noted_and_pruned_on_request() {
    let live = live_record(&["10.0.0.7"]);
    let none = desired(Vec::new());
    assert_eq!(notes(&plan(&none, &live).expect("a plan")), ["orphan"]);
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    let pruned = plan_with(&none, &live, &options, &Book::new()).expect("a plan");
    assert_eq!(only(&pruned).0.action, Action::Delete);
    let mut cloud = Cloud::new(&live);
    cloud.apply(&pruned, None).expect("pruned");
    assert!(cloud.live.record_sets.is_empty());
}
