//! A protected estate: a failover and a close go on, and neither deletes a resource of it.

use super::fixture::*;
use crate::diag::Diagnostics;
use crate::failover::Closing;
use crate::model::{Addr, Kind, NetworkSecurityGroup};
use crate::plan::draft::Draft;
use crate::plan::pipeline::{Converge, Goal, plan};
use crate::plan::{Action, Change, Plan, PlanOptions};
use crate::tests::texts;

const AWAY: &str = "v=1;epoch=3;region=eu-west-1;to=;old=fenced;run=r1";

fn protected(mut world: World) -> World {
    world.desired.protected.environments = texts(&["prod", "int", "dev"]);
    world
}

fn closing() -> Closing {
    Closing { envs: texts(&["prod"]), run: "r2".to_owned() }
}

fn through(world: &World, goal: &dyn Goal, last: impl FnOnce(&mut Draft<'_>)) -> (Option<Plan>, Diagnostics) {
    plan(&world.desired, &world.observed, &PlanOptions::default(), goal, last)
}

/// Two that go: no such thing is declared.
fn losses(draft: &mut Draft<'_>) {
    let home = draft.desired.record_home().expect("a home").place.key();
    for (name, action) in [("one", Action::Delete), ("other", Action::Replace), ("third", Action::Update)] {
        let addr = Addr::new("prod", "azure", Kind::PrivateEndpoint, name);
        draft.changes.push(Change::of(&addr, Kind::PrivateEndpoint, &home, action));
    }
}

#[test]
fn what_goes_is_refused_whatever_the_plan_is_for() {
    let (request, closing) = (to_west(&["prod"]), closing());
    let worlds = || (World::new(), World::new().says("prod", AWAY));
    let ((free, free_away), (home, away)) = (worlds(), worlds());
    let (home, away) = (protected(home), protected(away));
    let goals = [(&free, &home, &Converge as &dyn Goal), (&free, &home, &request), (&free_away, &away, &closing)];
    for (free, world, goal) in goals {
        assert_eq!(through(world, goal, |_| {}).0, through(free, goal, |_| {}).0, "nothing goes: the plan is as ever");
        assert!(through(free, goal, losses).0.is_some(), "nothing is protected");
        let (plan, problems) = through(world, goal, losses);
        assert!(plan.is_none(), "{plan:#?}");
        let told: Vec<String> = problems.0.iter().map(|one| format!("{}: {}", one.code, one.message)).collect();
        let of = |name: &str, what: &str| {
            format!("protected: prod/azure/private-endpoint/{name}: it is protected and would be {what}")
        };
        assert_eq!(told, [of("one", "deleted"), of("other", "replaced")]);
    }
}

/// A security group of one region alone: its close leaves nothing of the resource.
#[test]
fn a_close_that_leaves_nothing_of_a_resource_is_refused() {
    let group = Addr::new("prod", "azure", Kind::NetworkSecurityGroup, "nsg-core");
    let mut world = World::new().says("prod", AWAY);
    let kept = |name: &str| !name.contains("-prod-") || name.ends_with(NORTH);
    let resource = world.desired.resources.get_mut(&group).expect("the group");
    let crate::model::Spec::NetworkSecurityGroup(NetworkSecurityGroup { rules, .. }) = &mut resource.spec else {
        panic!("a security group")
    };
    rules.retain(|rule| kept(&rule.name));
    world.azure().nsgs.iter_mut().for_each(|nsg| nsg.rules.retain(|rule| kept(&rule.name)));
    let free = world.close(&["prod"]).expect("a plan");
    assert!(free.changes.iter().any(|change| change.addr == group && change.action == Action::Delete));
    world.desired.protected.resources.insert(group);
    assert_eq!(world.close(&["prod"]).expect_err("it is refused"), ["protected"]);
}
