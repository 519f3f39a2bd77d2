//! What is protected in Azure: also what holds rules of a protected environment, and what moves to another place.

use super::fixture::*;
use crate::diag::Diagnostics;
use crate::live::AzureLive;
use crate::model::{Desired, Priority, Spec};
use crate::plan::{Plan, PlanOptions, converge};

fn plan(desired: &Desired, live: &AzureLive, options: &PlanOptions) -> Result<Plan, Diagnostics> {
    let (plan, problems) = converge(desired, &observed(live), options);
    plan.ok_or(problems)
}

fn refused(desired: &Desired, live: &AzureLive, options: &PlanOptions) -> Vec<String> {
    let problems = plan(desired, live, options).expect_err("it is refused").0;
    problems.into_iter().map(|one| format!("{} {} | {}", one.code, one.message, one.hint.unwrap_or_default())).collect()
}

fn protecting(env: &str, desired: Desired) -> Desired {
    let mut desired = desired;
    desired.protected.environments.insert(env.to_owned());
    desired
}

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

const FROM_PROD: &str = "take `protect` away from the environment `prod` first, in a change of its own";

#[test]
fn a_shared_group_is_protected_with_the_environment_whose_rules_it_holds() {
    let live = live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1")]);
    let of_prod = || desired(vec![firewall(vec![firewall_rule("prod", "eu-north-1")])]);
    let id = format!("{POLICY}/ruleCollectionGroups/rcg-pay");
    let told = format!(
        "protected shared/azure/firewall-rules/rcg-pay: {id} is protected and would be deleted | leave it as it is, or {FROM_PROD}"
    );
    assert_eq!(refused(&protecting("prod", of_prod()), &live, &destroy()), [told.as_str()]);
    // It is not declared any more: the names of its rules say whom they serve.
    assert_eq!(refused(&protecting("prod", desired(Vec::new())), &live, &prune()), [told.as_str()]);
    plan(&protecting("dev", of_prod()), &live, &destroy()).expect("no rule of dev is in it");
    let live =
        live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1"), live_firewall_rule("xc-pay-dev-x")]);
    let fewer = protecting("prod", of_prod());
    plan(&fewer, &live, &PlanOptions::default()).expect("a rule goes, the group stays");
}

#[test]
fn what_is_made_in_another_place_and_deleted_here_is_a_replacement() {
    let live = live_group(vec![live_firewall_rule("xc-pay-prod-billing-eu-north-1")]);
    let mut moved = firewall(vec![firewall_rule("prod", "eu-north-1")]);
    if let Spec::FirewallRules(spec) = &mut moved.spec {
        (spec.group, spec.priority) = ("rcg-new".to_owned(), 2200);
    }
    let moved = desired(vec![moved]);
    let there = plan(&moved, &live, &prune()).expect("a plan");
    assert_eq!((there.summary().replace, there.changes.len()), (1, 1), "{:#?}", there.changes);
    let told = refused(&protecting("prod", moved.clone()), &live, &prune());
    assert!(told.len() == 1 && told[0].contains("is protected and would be replaced"), "{told:?}");
    plan(&protecting("prod", moved), &live, &PlanOptions::default())
        .expect("the old one stays, as long as nobody prunes");
}

#[test]
fn rules_of_a_group_that_all_go_are_a_deletion() {
    let live = live_nsg(vec![live_rule("xc-pay-prod-billing", 2000)]);
    let mut none = desired(vec![nsg(Vec::new())]);
    none.protected.resources.insert(nsg_addr());
    let told = refused(&none, &live, &PlanOptions::default());
    assert!(told.len() == 1 && told[0].starts_with("protected prod/azure/network-security-group/app: "), "{told:?}");
    let mut same = desired(vec![nsg(vec![nsg_rule("xc-pay-prod-billing", Priority::Fixed(2000))])]);
    same.protected.resources.insert(nsg_addr());
    let plan = plan(&same, &live, &prune()).expect("nothing goes");
    assert!(plan.steps.is_empty());
}

#[test]
fn a_renamed_record_is_refused() {
    let mut renamed = record(crate::model::DnsAddresses::Fixed(listed(&["10.0.0.7/32"])));
    if let Spec::PrivateDnsRecord(spec) = &mut renamed.spec {
        spec.record = "bills".to_owned();
    }
    let renamed = protecting("prod", desired(vec![renamed]));
    let told = refused(&renamed, &live_record(&["10.0.0.7"]), &PlanOptions::default());
    assert!(told.len() == 1 && told[0].contains("/A/billing is protected and would be replaced"), "{told:?}");
}
