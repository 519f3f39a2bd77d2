//! Ordering alone: steps by hand.

use super::super::draft::{Draft, DraftStep};
use super::super::{Action, Await, Change, Condition, Patience, Phase, Plan, PlanOptions, Step, Summary, Undo};
use super::finish;
use crate::live::Observed;
use crate::model::{Addr, AddressKind, Cloud, Kind};
use crate::op::{Handle, LoadBalancerOp, Object, SubnetPin};
use crate::tests::{account, desired};

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn addr(name: &str) -> Addr {
    Addr::new("prod", "eu-north-1", Kind::Endpoint, name)
}

fn step(name: &str, phase: Phase) -> DraftStep {
    let place = account("100000000001", "eu-north-1").key();
    let op = LoadBalancerOp::DeleteListener { listener: Handle::Known(name.to_owned()) };
    DraftStep { phase, ..DraftStep::build(&addr(name), &place, op, Undo::Nothing) }
}

fn finished(steps: Vec<DraftStep>) -> Result<Plan, Vec<Addr>> {
    let (desired, observed, options) = (desired([]), Observed::default(), PlanOptions::default());
    let mut draft = Draft::new(&desired, &observed, &options);
    draft.steps = steps;
    finish(draft)
}

fn needs(plan: &Plan, name: &str) -> Vec<String> {
    let of = |step: &&Step| step.addr.name() == name;
    let ids = plan.steps.iter().find(of).map(|step| step.needs.clone()).unwrap_or_default();
    let named = plan.steps.iter().filter(|step| ids.contains(&step.id));
    named.map(|step| step.addr.name().to_owned()).collect()
}

#[test]
fn a_circle_drops_only_its_own_smooth_edges() -> TestResult {
    let net = |text: &str| text.parse::<ipnet::IpNet>();
    let opened = (addr("opened"), AddressKind::ServiceIps);
    let mut steps = vec![
        step("closer", Phase::Commit),
        step("drainer", Phase::Commit).after([0]),
        step("other-closer", Phase::Commit),
        step("other-drainer", Phase::Commit),
        step("opener", Phase::Build),
        step("follower", Phase::Build),
    ];
    steps[0].closes = [net("10.0.0.1/32")?].into();
    steps[1].drains = [net("10.0.0.1/32")?].into();
    steps[2].closes = [net("10.0.0.2/32")?].into();
    steps[3].drains = [net("10.0.0.2/32")?].into();
    steps[4].uses = vec![opened.clone()];
    steps[5].follows = vec![opened];
    let plan = finished(steps).map_err(|circle| format!("{circle:?}"))?;
    assert_eq!(needs(&plan, "drainer"), ["closer"]);
    assert!(needs(&plan, "closer").is_empty());
    assert_eq!(needs(&plan, "other-closer"), ["other-drainer"]);
    assert_eq!(needs(&plan, "follower"), ["opener"]);
    let told: Vec<_> = plan.notes.iter().filter(|note| note.code.as_str() == "order-circle").collect();
    assert!(told.len() == 1 && told[0].addr == Some(addr("closer")), "{told:?}");
    Ok(())
}

/// An endpoint grows once its service's targets are healthy, and a rule names the addresses that it gets by that.
#[test]
fn a_rule_for_a_steps_own_addresses_is_not_waited_for() -> TestResult {
    let place = step("", Phase::Build).place;
    let condition =
        Condition::TargetsServe { target_group: Handle::Known("group".to_owned()), targets: Default::default() };
    let mut steps = vec![step("grows", Phase::Build), step("own", Phase::Build).after([0]), step("way", Phase::Build)];
    steps[0].health = vec![Await { place, condition, binds: None, patience: Patience::Fail(1) }];
    steps[1].uses = vec![(addr("grows"), AddressKind::EndpointIps)];
    (steps[1].lets_out, steps[2].lets_out) = (true, true);
    let plan = finished(steps).map_err(|circle| format!("{circle:?}"))?;
    assert!(plan.notes.is_empty(), "{:?}", plan.notes);
    assert_eq!(needs(&plan, "grows"), ["way"]);
    assert_eq!(needs(&plan, "own"), ["grows"]);
    Ok(())
}

#[test]
fn a_hard_circle_names_its_members_alone() -> TestResult {
    let steps = vec![
        step("a", Phase::Build).after([1]),
        step("b", Phase::Build).after([0]),
        step("c", Phase::Build).after([0]),
    ];
    let Err(circle) = finished(steps) else { return Err("a plan".into()) };
    assert_eq!(circle, [addr("a"), addr("b")]);
    Ok(())
}

#[test]
fn what_needs_a_commit_step_is_one_and_what_needs_that_too() -> TestResult {
    let steps = vec![
        step("a-build", Phase::Build).after([3]),
        step("b-build", Phase::Build).after([0]),
        step("c-build", Phase::Build),
        step("z-commit", Phase::Commit),
    ];
    let plan = finished(steps).map_err(|circle| format!("{circle:?}"))?;
    let order: Vec<(&str, Phase)> = plan.steps.iter().map(|step| (step.addr.name(), step.phase)).collect();
    let commit = Phase::Commit;
    assert_eq!(order, [("c-build", Phase::Build), ("z-commit", commit), ("a-build", commit), ("b-build", commit)]);
    assert_eq!(plan.notes.iter().filter(|note| note.code.as_str() == "behind-commit-point").count(), 2);
    Ok(())
}

#[test]
fn a_pinned_address_is_taken_before_others_in_its_subnet() -> TestResult {
    let takes = |name: &str, subnet: &str, ip: Option<[u8; 4]>| {
        let op = LoadBalancerOp::Create {
            name: name.to_owned(),
            subnets: vec![SubnetPin { subnet: subnet.to_owned(), ip: ip.map(Into::into) }],
            groups: Default::default(),
            tags: Default::default(),
        };
        DraftStep { op: op.into(), ..step(name, Phase::Build) }
    };
    let pinned = Some([10, 0, 0, 9]);
    let steps = vec![takes("any", "a", None), takes("pinned", "a", pinned), takes("elsewhere", "b", None)];
    let plan = finished(steps).map_err(|circle| format!("{circle:?}"))?;
    assert_eq!(needs(&plan, "any"), ["pinned"]);
    assert!(needs(&plan, "elsewhere").is_empty() && needs(&plan, "pinned").is_empty());
    Ok(())
}

#[test]
fn what_is_watched_is_made_first() -> TestResult {
    let made = Object::of(&addr("maker"), "");
    let condition = Condition::EndpointAvailable { endpoint: Handle::Made(made.clone()) };
    let place = step("", Phase::Build).place;
    let watch = Await { place, condition, binds: None, patience: Patience::Fail(1) };
    let steps = vec![step("a-watcher", Phase::Build).awaits([watch]), step("maker", Phase::Build).makes(made)];
    let plan = finished(steps).map_err(|circle| format!("{circle:?}"))?;
    assert_eq!(needs(&plan, "a-watcher"), ["maker"]);
    Ok(())
}

#[test]
fn a_step_does_not_wait_for_itself() -> TestResult {
    let net: ipnet::IpNet = "10.0.0.1/32".parse()?;
    let mut alone = step("alone", Phase::Commit);
    (alone.closes, alone.drains) = ([net].into(), [net].into());
    let plan = finished(vec![alone]).map_err(|circle| format!("{circle:?}"))?;
    assert!(needs(&plan, "alone").is_empty() && plan.notes.is_empty(), "{:?}", plan.notes);
    Ok(())
}

#[test]
fn a_summary_counts_each_kind_of_change() -> TestResult {
    let mut plan = finished(Vec::new()).map_err(|circle| format!("a circle: {circle:?}"))?;
    let actions = [Action::Create, Action::Update, Action::Replace, Action::Delete, Action::Same];
    for (count, action) in actions.into_iter().enumerate() {
        let change = Change {
            addr: addr("x"),
            kind: Kind::Endpoint,
            cloud: Cloud::Aws,
            account: String::new(),
            region: String::new(),
            action,
            fields: Vec::new(),
            reasons: Vec::new(),
            id: None,
        };
        plan.changes.extend(std::iter::repeat_n(change, count + 1));
    }
    assert_eq!(plan.summary(), Summary { create: 1, update: 2, replace: 3, delete: 4, unchanged: 5 });
    Ok(())
}
