//! The order in which a path moves: what takes over is there before what served goes.

use super::cloud::Cloud;
use super::fixture::{REGION, cloud, estate, hub, listener};
use super::{TestResult, edit, plan, settle};
use crate::model::Desired;
use crate::op::{AwsOp, Op};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{Condition, Patience, Phase, Plan, PlanOptions, Step};

fn made() -> TestResult<(Desired, Cloud)> {
    let (desired, mut cloud) = (estate(REGION), cloud(&[REGION]));
    settle(&desired, &mut cloud)?;
    Ok((desired, cloud))
}

/// Returns the only step with this call.
fn only<'p>(plan: &'p Plan, call: &str) -> TestResult<&'p Step> {
    let mut steps = plan.steps.iter().filter(|step| step.op.name() == call);
    match (steps.next(), steps.next()) {
        (Some(step), None) => Ok(step),
        _ => Err(format!("not one {call}: {:?}", super::calls(plan)).into()),
    }
}

/// Returns the only drafted step with this operation, before anything is ordered.
fn drafted(desired: &Desired, cloud: &Cloud, is: impl Fn(&AwsOp) -> bool) -> TestResult<DraftStep> {
    let (observed, options) = (cloud.observe(desired), PlanOptions::default());
    let mut draft = Draft::new(desired, &observed, &options);
    super::super::plan(&mut draft);
    let mut steps = draft.steps.into_iter().filter(|step| matches!(&step.op, Op::Aws(op) if is(op)));
    Ok(steps.next().ok_or("no such step")?)
}

fn waits_for_health(step: &Step) -> bool {
    let health = |await_for: &crate::plan::Await| {
        matches!(await_for.condition, Condition::TargetsHealthy { .. })
            && matches!(await_for.patience, Patience::Warn(_))
    };
    step.awaits.iter().any(health)
}

#[test]
fn a_listener_moves_after_its_new_targets_are_registered() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[1] = listener(8443, &[12], 9443));
    let there = plan(&after, &cloud)?;
    let (register, moves) = (only(&there, "RegisterTargets")?, only(&there, "ModifyListener")?);
    assert!(moves.needs.contains(&register.id), "{moves:?}");
    assert!(!waits_for_health(moves), "targets of a group without a listener are never checked");
    Ok(())
}

#[test]
fn a_listener_moves_to_a_group_in_use_when_that_is_healthy() -> TestResult {
    let (desired, mut cloud) = made()?;
    let place = hub(REGION).key();
    // A stranger's listener took the group, and ours forwards elsewhere.
    let arn =
        cloud.tables(&place).target_groups.values().find(|group| group.port == 8443).ok_or("a group")?.arn.clone();
    let mut listeners = cloud.tables(&place).balancers.values_mut().filter_map(|live| live.listeners.as_mut());
    let ours = listeners.find(|list| list.len() == 2).ok_or("our load balancer")?;
    let mut other = ours.iter().find(|one| one.port == 8443).ok_or("our listener")?.clone();
    ours.iter_mut().filter(|one| one.port == 8443).for_each(|one| one.target_group = None);
    (other.arn, other.port) = ("listener-stranger".to_owned(), 9);
    assert_eq!(other.target_group.as_ref(), Some(&arn));
    ours.push(other);
    assert!(waits_for_health(only(&plan(&desired, &cloud)?, "ModifyListener")?));
    Ok(())
}

#[test]
fn old_targets_go_when_the_new_ones_are_healthy() -> TestResult {
    let (before, mut cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10, 20], 443));
    let there = plan(&after, &cloud)?;
    let (register, leaves) = (only(&there, "RegisterTargets")?, only(&there, "DeregisterTargets")?);
    assert!(leaves.phase == Phase::Commit && leaves.needs.contains(&register.id) && waits_for_health(leaves));
    let mut fewer = before.clone();
    edit!(&mut fewer, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10], 443));
    assert!(!waits_for_health(only(&plan(&fewer, &cloud)?, "DeregisterTargets")?), "nothing takes over");
    for group in cloud.tables(&hub(REGION).key()).target_groups.values_mut() {
        let gone = group.targets.iter_mut().filter(|(ip, _, _)| ip.octets()[3] == 11);
        gone.for_each(|(_, _, state)| "unhealthy".clone_into(state));
    }
    assert!(!waits_for_health(only(&plan(&after, &cloud)?, "DeregisterTargets")?), "an ill one is never healthy");
    Ok(())
}

#[test]
fn ways_to_a_target_close_after_it_was_left() -> TestResult {
    let (mut desired, cloud) = made()?;
    edit!(&mut desired, LoadBalancer, "edge", |live| live.listeners[0] = listener(443, &[10], 443));
    edit!(&mut desired, LoadBalancer, "edge", |live| drop(live.listeners.pop()));
    let step = drafted(&desired, &cloud, |op| matches!(op, AwsOp::DeregisterTargets { .. }))?;
    assert_eq!(step.drains, ["10.122.8.11/32".parse()?].into());
    let step = drafted(&desired, &cloud, |op| matches!(op, AwsOp::DeleteListener { .. }))?;
    assert_eq!(step.drains, ["10.122.8.12/32".parse()?].into());
    Ok(())
}
