//! What is protected: a plan that deletes or replaces it is refused, whatever the plan is for.

use super::cloud::Cloud;
use super::fixture::{REGION, addr, cidr, cloud, estate, rule, tag};
use super::{TestResult, edit, plan_with, settle};
use crate::model::{Addr, Desired, Kind, Selector};
use crate::plan::{PlanOptions, compare, converge};

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

fn prune() -> PlanOptions {
    PlanOptions { prune: true, ..PlanOptions::default() }
}

fn made() -> TestResult<(Desired, Cloud)> {
    let (mut desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    desired.protected.environments.insert("prod".to_owned());
    Ok((desired, cloud))
}

/// The same with one resource protected in place of the environment.
fn alone(desired: &Desired, kind: Kind, name: &str) -> Desired {
    let mut desired = desired.clone();
    desired.protected.environments.clear();
    desired.protected.resources.insert(addr(REGION, kind, name));
    desired
}

/// Returns what is refused: each message, without the ids that the cloud makes up, and the hints.
fn refused(desired: &Desired, cloud: &Cloud, options: &PlanOptions) -> (Vec<String>, Vec<String>) {
    let (plan, problems) = converge(desired, &cloud.observe(desired), options);
    assert!(plan.is_none(), "there is a plan");
    assert!(problems.0.iter().all(|one| one.code.as_str() == "protected"), "{problems:?}");
    let message = |text: &str| {
        let (addr, rest) = text.split_once(": ").expect("an address");
        format!("{addr}: {}", rest.split_once(' ').expect("an id").1)
    };
    let mut hints: Vec<String> = problems.0.iter().filter_map(|one| one.hint.clone()).collect();
    hints.dedup();
    (problems.0.iter().map(|one| message(&one.message)).collect(), hints)
}

#[test]
fn a_destroy_names_all_of_a_protected_environment_at_once() -> TestResult {
    let (desired, cloud) = made()?;
    let (mut told, hints) = refused(&desired, &cloud, &destroy());
    told.sort();
    let all: Vec<&Addr> = desired.resources.keys().collect();
    let all: Vec<String> = all.iter().map(|addr| format!("{addr}: is protected and would be deleted")).collect();
    assert_eq!(told, all);
    let hint = "leave it as it is, or take `protect` away from the environment `prod` first, in a change of its own";
    assert_eq!(hints, [hint]);
    let mut other = desired.clone();
    other.protected.environments = ["prod-eu".to_owned()].into();
    assert_eq!(plan_with(&other, &cloud, &destroy())?, plan_with(&estate(REGION), &cloud, &destroy())?);
    Ok(())
}

#[test]
fn a_destroy_is_refused_for_one_resource_alone() -> TestResult {
    let (desired, cloud) = made()?;
    let one = alone(&desired, Kind::Endpoint, "payments");
    let (told, hints) = refused(&one, &cloud, &destroy());
    assert_eq!(told, ["prod/eu-north-1/endpoint/payments: is protected and would be deleted"]);
    assert_eq!(hints, ["leave it as it is, or take `protect` away from the resource first, in a change of its own"]);
    let mut both = one;
    both.protected.environments.insert("prod".to_owned());
    let hints = refused(&both, &cloud, &destroy()).1;
    assert!(hints.iter().any(|hint| hint.contains("from the resource and from the environment `prod` first")));
    let mut rest = destroy();
    rest.filter.excludes.insert("prod/*/endpoint/payments".to_owned());
    plan_with(&alone(&desired, Kind::Endpoint, "payments"), &cloud, &rest)?;
    Ok(())
}

#[test]
fn what_left_the_file_is_protected_by_its_environment() -> TestResult {
    let (desired, cloud) = made()?;
    let mut fewer = desired.clone();
    fewer.resources.remove(&addr(REGION, Kind::PrivateZoneRecord, "core"));
    fewer.resources.remove(&addr(REGION, Kind::Endpoint, "payments"));
    let gone = "is protected and would be deleted";
    let mut told = refused(&fewer, &cloud, &prune()).0;
    told.sort();
    let both = ["endpoint/payments", "private-zone-record/core"].map(|name| format!("prod/eu-north-1/{name}: {gone}"));
    assert_eq!(told, both);
    let stays = plan_with(&fewer, &cloud, &PlanOptions::default())?;
    assert!(stays.steps.is_empty(), "without `--prune` nothing goes");
    fewer.protected.environments.clear();
    assert!(!plan_with(&fewer, &cloud, &prune())?.steps.is_empty());
    Ok(())
}

#[test]
fn a_replacement_is_refused_and_says_why_it_would_be_one() -> TestResult {
    let (desired, cloud) = made()?;
    let mut after = alone(&desired, Kind::SecurityGroup, "clients");
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    let (told, _) = refused(&after, &cloud, &PlanOptions::default());
    let group = "prod/eu-north-1/security-group/clients: is protected and would be replaced: description cannot change in place";
    assert_eq!(told, [group]);
    // What it is for is protected too, and changes in place only.
    let mut after = alone(&desired, Kind::Endpoint, "payments");
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    plan_with(&after, &cloud, &PlanOptions::default())?;
    Ok(())
}

/// A record of another name is a new record, and the old name goes.
#[test]
fn a_renamed_record_is_a_replacement() -> TestResult {
    let (desired, mut cloud) = made()?;
    let mut after = alone(&desired, Kind::PrivateZoneRecord, "core");
    edit!(&mut after, PrivateZoneRecord, "core", |record| record.record = "other.bank.example".to_owned());
    let (told, _) = refused(&after, &cloud, &PlanOptions::default());
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].starts_with("prod/eu-north-1/private-zone-record/core: "), "{told:?}");
    after.protected.resources.clear();
    let plan = settle(&after, &mut cloud)?;
    assert_eq!(plan.summary().replace, 1);
    Ok(())
}

#[test]
fn what_changes_in_place_is_planned_as_ever_and_a_comparison_says_nothing() -> TestResult {
    let (desired, cloud) = made()?;
    let mut after = desired.clone();
    edit!(&mut after, SecurityGroup, "clients", |group| group.ingress = vec![rule(444, cidr("10.20.0.0/16"))]);
    edit!(&mut after, EndpointService, "payments", |service| service.principals.clear());
    let free = Desired { protected: Default::default(), ..after.clone() };
    assert_eq!(plan_with(&after, &cloud, &PlanOptions::default())?, plan_with(&free, &cloud, &PlanOptions::default())?);
    edit!(&mut after, SecurityGroup, "clients", |group| group.vpc = Selector::Tag(tag("side", "spoke")));
    edit!(&mut after, SecurityGroup, "clients", |group| group.description = "another".to_owned());
    let free = Desired { protected: Default::default(), ..after.clone() };
    let compared = |desired| compare(desired, &cloud.observe(desired), &PlanOptions::default());
    assert_eq!(compared(&after), compared(&free));
    Ok(())
}
