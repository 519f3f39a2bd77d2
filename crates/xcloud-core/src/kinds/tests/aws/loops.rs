//! Plan, apply, plan: what must hold for the estate as a whole.

use super::cloud::Cloud;
use super::fixture::{REGION, cloud, estate, hub, spoke};
use super::{TestResult, assert_still, calls, plan, plan_with, settle};
use crate::model::{Addr, Desired};
use crate::plan::{Action, Phase, PlanOptions, Undo, converge};

fn destroy() -> PlanOptions {
    PlanOptions { destroy: true, ..PlanOptions::default() }
}

#[test]
fn an_applied_estate_has_no_differences() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    let first = settle(&desired, &mut cloud)?;
    assert_eq!(first.summary().create, desired.resources.len());
    assert!(first.steps.iter().all(|step| step.phase == Phase::Build), "{:?}", calls(&first));
    Ok(())
}

#[test]
fn destroy_leaves_nothing_of_ours_and_touches_nothing_else() -> TestResult {
    let (desired, empty) = (estate(REGION), cloud(&[REGION]));
    let mut cloud = empty.clone();
    settle(&desired, &mut cloud)?;
    let plan = plan_with(&desired, &cloud, &destroy())?;
    assert_eq!(plan.summary().delete, desired.resources.len());
    cloud.run(&plan, usize::MAX)?;
    assert_eq!(cloud.places, empty.places);
    assert!(plan_with(&desired, &cloud, &destroy())?.is_empty());
    Ok(())
}

#[test]
fn a_destroy_cut_off_anywhere_can_be_finished() -> TestResult {
    let (desired, empty) = (estate(REGION), cloud(&[REGION]));
    let mut made = empty.clone();
    settle(&desired, &mut made)?;
    let plan = plan_with(&desired, &made, &destroy())?;
    for limit in 0..plan.steps.len() {
        let mut cloud = made.clone();
        cloud.run(&plan, limit)?;
        cloud.run(&plan_with(&desired, &cloud, &destroy())?, usize::MAX)?;
        assert_eq!(cloud.places, empty.places, "after {limit} steps");
    }
    Ok(())
}

#[test]
fn a_run_cut_off_anywhere_is_finished_by_the_next() -> TestResult {
    let desired = estate(REGION);
    let plan = plan(&desired, &cloud(&[REGION]))?;
    for limit in 0..plan.steps.len() {
        let mut cloud = cloud(&[REGION]);
        cloud.run(&plan, limit)?;
        settle(&desired, &mut cloud).map_err(|error| format!("after {limit} steps: {error}"))?;
    }
    Ok(())
}

#[test]
fn unwinding_a_creation_anywhere_restores_the_start() -> TestResult {
    let (desired, empty) = (estate(REGION), cloud(&[REGION]));
    let plan = plan(&desired, &empty)?;
    for limit in 0..=plan.steps.len() {
        let mut cloud = empty.clone();
        let ran = cloud.run(&plan, limit)?;
        cloud.unwind(&ran).map_err(|error| format!("after {limit} steps: {error}"))?;
        assert_eq!(cloud.places, empty.places, "after {limit} steps");
    }
    Ok(())
}

#[test]
fn the_order_of_answers_is_no_matter() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let mut changed = desired.clone();
    changed.resources.retain(|addr, _| addr.name() != "back" && addr.name() != "peers");
    super::edit!(&mut changed, SecurityGroup, "edge", |group| group.description = "another".to_owned());
    super::edit!(&mut changed, Endpoint, "payments", |endpoint| endpoint.subnets = super::fixture::ids(&["spoke-a"]));
    let options = PlanOptions { prune: true, ..PlanOptions::default() };
    let mut observed = cloud.observe(&changed);
    let (first, _) = converge(&changed, &observed, &options);
    for state in observed.places.values_mut() {
        if let crate::live::Answer::Aws(live) = &mut state.answer {
            live.subnets.reverse();
            live.groups.reverse();
            live.groups.iter_mut().for_each(|group| group.rules.reverse());
            live.load_balancers.reverse();
            live.load_balancers.iter_mut().for_each(|live| live.interfaces.reverse());
            live.load_balancers.iter_mut().filter_map(|live| live.listeners.as_mut()).for_each(|list| list.reverse());
            live.target_groups.reverse();
            live.target_groups.iter_mut().for_each(|group| group.targets.reverse());
            live.services.reverse();
            live.services.iter_mut().filter_map(|live| live.connections.as_mut()).for_each(|list| list.reverse());
            live.endpoints.reverse();
            live.endpoints.iter_mut().for_each(|live| live.interfaces.reverse());
            live.zones.reverse();
            live.zones.iter_mut().for_each(|zone| zone.records.reverse());
        }
    }
    let (second, _) = converge(&changed, &observed, &options);
    let mut texts = [first.ok_or("a plan")?, second.ok_or("a plan")?].map(|mut plan| {
        plan.places.clear();
        serde_json::to_string(&plan).unwrap_or_default()
    });
    assert!(texts.iter().all(|text| text.len() > 1000));
    let second = std::mem::take(&mut texts[1]);
    assert_eq!(texts[0], second);
    Ok(())
}

fn two_regions() -> Desired {
    let mut desired = estate(REGION);
    let other = estate("eu-west-1");
    desired.resources.extend(other.resources);
    desired.places.extend(other.places);
    desired
}

#[test]
fn a_silent_region_is_left_alone_and_is_in_nobodys_way() -> TestResult {
    let desired = two_regions();
    let mut cloud: Cloud = cloud(&[REGION, "eu-west-1"]);
    settle(&desired, &mut cloud)?;
    let before = cloud.places.clone();
    cloud.silent.extend([hub("eu-west-1").key(), spoke("eu-west-1").key()]);
    let mut changed = desired.clone();
    super::edit!(&mut changed, SecurityGroup, "edge", |group| group.description = "another".to_owned());
    let plan = plan(&changed, &cloud)?;
    cloud.run(&plan, usize::MAX)?;
    assert!(plan.changes.iter().all(|change| change.region == REGION));
    assert_eq!(cloud.places[&hub("eu-west-1").key()], before[&hub("eu-west-1").key()]);
    assert_still(&changed, &cloud)
}

#[test]
fn a_silent_account_keeps_what_its_endpoints_use() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    cloud.silent.insert(spoke(REGION).key());
    let plan = plan_with(&desired, &cloud, &destroy())?;
    cloud.run(&plan, usize::MAX)?;
    let hub = &cloud.places[&hub(REGION).key()];
    assert_eq!(hub.services.values().filter(|live| !live.tags.is_empty()).count(), 2, "their consumers are unknown");
    assert!(hub.balancers.values().any(|live| live.tags.contains_key("xcloud:product")));
    Ok(())
}

#[test]
fn a_new_endpoint_waits_for_a_silent_service() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    cloud.silent.insert(hub(REGION).key());
    let plan = plan(&desired, &cloud)?;
    assert_eq!(plan.summary().create, 1, "only the group: {:?}", plan.notes);
    cloud.run(&plan, usize::MAX)?;
    cloud.silent.clear();
    settle(&desired, &mut cloud)?;
    Ok(())
}

#[test]
fn nothing_before_the_commit_point_needs_what_is_behind_it() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let mut changed = desired.clone();
    for resource in changed.resources.values_mut() {
        if let crate::model::Spec::SecurityGroup(group) = &mut resource.spec {
            group.description = "another".to_owned();
        }
    }
    let plan = plan(&changed, &cloud)?;
    let commits: Vec<_> = plan.steps.iter().filter(|step| step.phase == Phase::Commit).map(|step| &step.id).collect();
    assert!(!commits.is_empty());
    for step in plan.steps.iter().filter(|step| step.phase == Phase::Build) {
        assert!(step.needs.iter().all(|need| !commits.contains(&need)), "{step:?}");
        assert!(!matches!(step.undo, Undo::Recreate(_)), "recreate is for rollback: {step:?}");
    }
    Ok(())
}

#[test]
fn orphans_are_told_and_pruned() -> TestResult {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    let mut fewer = desired.clone();
    fewer.resources.retain(|addr: &Addr, _| !["back", "peers"].contains(&addr.name()));
    let noted = plan(&fewer, &cloud)?;
    assert!(noted.is_empty());
    assert_eq!(super::notes(&noted, "orphan").len(), 3, "{:?}", noted.notes);
    let prune = PlanOptions { prune: true, ..PlanOptions::default() };
    let pruned = plan_with(&fewer, &cloud, &prune)?;
    let gone: Vec<_> = pruned.changes.iter().filter(|change| change.action == Action::Delete).collect();
    assert_eq!(gone.len(), 3);
    cloud.run(&pruned, usize::MAX)?;
    assert!(plan_with(&fewer, &cloud, &prune)?.is_empty());
    assert!(super::notes(&plan(&fewer, &cloud)?, "orphan").is_empty());
    Ok(())
}
