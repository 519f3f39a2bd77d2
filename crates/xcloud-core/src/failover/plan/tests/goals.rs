//! What all goals of the one pipe have in common.

use super::fixture::*;
use crate::diag::Diagnostics;
use crate::failover::Closing;
use crate::model::{Addr, Kind, PlaceKey};
use crate::op::{Handle, LedgerOp, WriteGuard};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::pipeline::{Converge, Goal, plan};
use crate::plan::{Plan, PlanOptions, Undo, compare};
use crate::tests::texts;

const AWAY: &str = "v=1;epoch=3;region=eu-west-1;to=;old=fenced;run=r1";

/// Two steps that need each other: no planner makes such ones, and a fault in one could.
fn circle(draft: &mut Draft<'_>) {
    let home = draft.desired.record_home().expect("a home").place.key();
    let next = draft.steps.len();
    for (name, other) in [("chicken", next + 1), ("egg", next)] {
        let step = knot(name, &home).after([other]);
        draft.step(step);
    }
}

fn knot(name: &str, place: &PlaceKey) -> DraftStep {
    let guard = WriteGuard::After(Handle::Known("e1".to_owned()));
    let op = LedgerOp::PutActiveRecord { env: name.to_owned(), text: String::new(), guard };
    DraftStep::build(&Addr::new("prod", "azure", Kind::FirewallRules, name), place, op, Undo::Nothing)
}

fn through(world: &World, goal: &dyn Goal, last: impl FnOnce(&mut Draft<'_>)) -> (Option<Plan>, Diagnostics) {
    plan(&world.desired, &world.observed, &PlanOptions::default(), goal, last)
}

#[test]
fn a_circle_is_told_whatever_the_plan_is_for() {
    let (request, closing) = (to_west(&["prod"]), Closing { envs: texts(&["prod"]), run: "r2".to_owned() });
    let (home, away) = (World::new(), World::new().says("prod", AWAY));
    let goals = [(&home, &Converge as &dyn Goal), (&home, &request), (&away, &closing)];
    for (world, goal) in goals {
        assert!(through(world, goal, |_| {}).0.is_some(), "there is a plan without the circle");
        let (plan, problems) = through(world, goal, circle);
        assert!(plan.is_none(), "{plan:#?}");
        let told: Vec<String> = problems.0.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
        let names = "prod/azure/firewall-rules/chicken, prod/azure/firewall-rules/egg";
        assert_eq!(told, [format!("cycle: these resources need each other: {names}")]);
    }
}

#[test]
fn every_goal_tells_how_the_environments_stand() {
    let world = World::new().says("prod", AWAY).says("int", "hello");
    let mut request = to_west(&["prod"]);
    request.to = NORTH.to_owned();
    let closing = Closing { envs: texts(&["prod"]), run: "r2".to_owned() };
    for goal in [&Converge as &dyn Goal, &request, &closing] {
        let plan = through(&world, goal, |_| {}).0.expect("a plan");
        let mut told: Vec<&str> = plan.notes.iter().map(|note| note.code.as_str()).collect();
        told.retain(|code| code.starts_with("active-region"));
        assert_eq!(told, ["active-region", "active-region-unknown"]);
    }
    let compared = compare(&world.desired, &world.observed, &PlanOptions::default());
    assert!(compared.notes.iter().all(|note| note.addr.is_some()), "a comparison has the records themselves");
    assert!(compared.records.contains_key("prod") && compared.left_alone.contains_key("int"));
}
