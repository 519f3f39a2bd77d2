//! The record's two writes, the switch between them, and the fence.

use super::fixture::*;
use crate::active::{Failover, Fence};
use crate::live::{Answer, LiveGroup, LiveRule};
use crate::marks;
use crate::model::{Addr, Cloud, Kind, PortRange, Protocol};
use crate::op::{AwsOp, AzureOp, FirewallRulesOp, Op, PrivateDnsRecordOp, SecurityGroupOp};
use crate::plan::{Phase, Plan, Step};

const INTENT: &str = "build v=1;epoch=1;region=eu-north-1;to=eu-west-1;old=open;run=r1 if absent \
    | v=1;epoch=1;region=eu-north-1;to=;old=open;run=r1 if after _active.open-api-prod.etag";
const COMMIT: &str = "commit v=1;epoch=1;region=eu-west-1;to=;old=fenced;run=r1 if after _active.open-api-prod.etag \
    | impossible: `xcloud failback` is the way back";
const FENCE: &str = "commit put rulecollectiongroups | recreate";

const PROOFS: [&str; 3] = [
    "endpoint (prod/eu-west-1/endpoint/payment-events) fail 900",
    "endpoint (prod/eu-west-1/endpoint/to-azure) fail 900",
    "targets (prod/eu-west-1/load-balancer/to-azure#target-group/443) fail 900",
];

fn plan(request: &Failover) -> Plan {
    World::new().failover(request).expect("a plan")
}

fn is_fence(step: &Step) -> bool {
    matches!(step.op, Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { .. })))
}

fn switch(plan: &Plan) -> &Step {
    let found = plan
        .steps
        .iter()
        .find(|step| matches!(step.op, Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { .. }))));
    found.expect("a name is switched")
}

#[test]
fn the_record_is_written_before_everything_and_behind_the_switch() {
    let plan = plan(&to_west(&["prod"]));
    assert_eq!(all_told(&plan), [INTENT, "build put a | restore", COMMIT, FENCE]);
    let [intent, switch, commit, fence] = azure_steps(&plan)[..] else { panic!("four writes") };
    for step in plan.steps.iter().filter(|step| step.id != intent.id) {
        assert!(step.needs.contains(&intent.id), "{}", step.addr);
    }
    let built = plan.steps.iter().filter(|step| step.phase == Phase::Build && step.id != switch.id);
    for step in built {
        assert!(switch.needs.contains(&step.id) && commit.needs.contains(&step.id), "{}", step.addr);
    }
    assert!(commit.needs.contains(&switch.id) && fence.needs.contains(&commit.id));
    assert!(!switch.needs.contains(&switch.id) && fence.awaits.is_empty());
}

#[test]
fn what_is_not_seen_turns_back_before_the_switch_and_is_told_behind_it() {
    let plan = plan(&to_west(&["prod"]));
    let [_, switch, commit, _] = azure_steps(&plan)[..] else { panic!("four writes") };
    let seen = all_watched(&switch.awaits);
    assert_eq!(seen[seen.len() - 3..], PROOFS);
    assert_eq!(all_watched(&plan.before_commit), PROOFS);
    assert_eq!(
        all_watched(&commit.awaits),
        [
            "time fail 30",
            "answers events warn 60",
            "endpoint (prod/eu-west-1/endpoint/payment-events) warn 60",
            "endpoint (prod/eu-west-1/endpoint/to-azure) warn 60",
            "targets (prod/eu-west-1/load-balancer/to-azure#target-group/443) warn 60",
        ]
    );
}

#[test]
fn the_other_environments_have_no_part() {
    let plan = plan(&to_west(&["prod"]));
    assert_eq!(plan.active.keys().collect::<Vec<_>>(), ["prod"]);
    assert!(plan.depends.contains_key("active-region prod") && !plan.depends.contains_key("active-region int"));
    assert!(plan.depends.keys().any(|key| !key.starts_with("active-region")), "what the steps stand on is kept");
    let broken = World::new().says("int", "hello").failover(&to_west(&["prod"])).expect("a plan");
    assert!(broken.left_alone.is_empty(), "{:?}", broken.left_alone);
    assert!(broken.steps.iter().all(|step| step.addr.env() != "int"));
}

#[test]
fn each_environment_has_its_own_writes() {
    let plan = plan(&to_west(&["int", "prod"]));
    let of = |env: &str, phase: Phase| {
        let is = |step: &&Step| step.addr.env() == env && step.phase == phase;
        plan.steps.iter().filter(is).filter(|step| matches!(step.op, Op::Azure(_))).collect::<Vec<_>>()
    };
    for env in ["int", "prod"] {
        let (_, commit) = (of(env, Phase::Build), of(env, Phase::Commit));
        let [commit] = commit[..] else { panic!("one commit of {env}") };
        let answers: Vec<String> = all_watched(&commit.awaits);
        assert_eq!(answers.iter().filter(|one| one.starts_with("answers")).count(), 1, "{answers:?}");
        assert!(answers.iter().filter(|one| one.starts_with("endpoint")).all(|one| one.contains(env)), "{answers:?}");
    }
    assert_eq!(plan.before_commit.len(), 2 * PROOFS.len());
    assert_eq!(plan.active.len(), 2);
}

#[test]
fn a_later_failover_counts_on_and_keeps_what_the_record_carries() {
    let world = World::new().says("prod", "v=1;epoch=3;region=eu-north-1;to=;old=open;run=r0");
    let told = all_told(&world.failover(&to_west(&["prod"])).expect("a plan"));
    assert_eq!(
        told[0],
        "build v=1;epoch=4;region=eu-north-1;to=eu-west-1;old=open;run=r1 if unchanged e7 \
         | v=1;epoch=4;region=eu-north-1;to=;old=open;run=r1 if after _active.open-api-prod.etag"
    );
    assert!(told[2].starts_with("commit v=1;epoch=4;region=eu-west-1;to=;old=fenced;run=r1"), "{told:#?}");
}

#[test]
fn in_a_disaster_the_switch_is_after_the_commit_point_and_waits_for_nothing() {
    let plan = plan(&Failover { unplanned: true, ..to_west(&["prod"]) });
    let switch = switch(&plan);
    let proofs = |one: &String| PROOFS.contains(&one.as_str());
    assert_eq!(switch.phase, Phase::Commit);
    // The addresses that it writes are waited for by every plan that makes their endpoint.
    assert!(all_watched(&switch.awaits).iter().filter(|one| proofs(one)).count() <= 1, "{:?}", switch.awaits);
    assert_eq!(all_watched(&plan.before_commit), PROOFS);
}

#[test]
fn a_gate_that_is_passed_is_waited_for_shortly() {
    let passed = ["endpoints".to_owned()].into();
    let plan = plan(&Failover { passed, ..to_west(&["prod"]) });
    let short = |proof: &str| {
        if proof.starts_with("endpoint") { proof.replace("fail 900", "warn 10") } else { proof.to_owned() }
    };
    assert_eq!(all_watched(&plan.before_commit), PROOFS.map(short));
}

#[test]
fn the_fence_comes_when_it_is_asked_for() {
    let fences = |fence: Fence| {
        let plan = plan(&Failover { fence, ..to_west(&["prod"]) });
        let fence = plan.steps.iter().find(|step| is_fence(step));
        let told = fence.map(|step| {
            let before = follows(&plan, switch(&plan), step);
            format!(
                "{:?} {} {}",
                step.phase,
                all_watched(&step.awaits).join(","),
                if before { "first" } else { "later" }
            )
        });
        (told.unwrap_or_default(), all_told(&plan)[2].contains("old=open"))
    };
    assert_eq!(fences(Fence::Now), ("Commit  later".to_owned(), false));
    assert_eq!(fences(Fence::AfterDrain), ("Commit time fail 350 later".to_owned(), false));
    assert_eq!(fences(Fence::BeforeSwitch).0, "Build  first");
    assert_eq!(fences(Fence::None), (String::new(), true));
}

#[test]
fn what_narrows_in_aws_stays_after_the_commit_point() {
    let mut world = World::new();
    let addr = Addr::new("prod", WEST, Kind::SecurityGroup, "to-azure-lb");
    let tags = marks::tags(&world.desired, &addr);
    let extra = LiveRule {
        id: "sgr-1".to_owned(),
        egress: false,
        protocol: Protocol::Tcp,
        ports: Some(PortRange::single(22)),
        cidr: Some("10.9.9.9/32".parse().expect("a network")),
        prefix_list: None,
        group: None,
        description: None,
        tags: tags.clone(),
        raw: None,
    };
    let Answer::Aws(live) = &mut world.state("100000000001", WEST).answer else { panic!("it answers") };
    live.groups.push(LiveGroup {
        id: "sg-1".to_owned(),
        name: "xc-open-api-prod-to-azure-lb".to_owned(),
        vpc: live.vpcs[0].id.clone(),
        description: "load balancer of open-api prod towards Azure".to_owned(),
        tags,
        rules: vec![extra],
    });
    let plan = world.failover(&Failover { fence: Fence::BeforeSwitch, ..to_west(&["prod"]) }).expect("a plan");
    let revoke = |step: &&Step| {
        matches!(step.op, Op::Aws(AwsOp::SecurityGroup(SecurityGroupOp::Revoke { .. }))) && step.phase == Phase::Commit
    };
    let revoke = plan.steps.iter().find(revoke).expect("the extra rule goes after the commit point");
    let commit = plan.steps.iter().find(|step| told(step).starts_with("commit v=1")).expect("a commit");
    assert!(revoke.needs.contains(&commit.id) && !commit.needs.contains(&revoke.id));
}

#[test]
fn resolvers_are_given_the_time_that_the_old_record_allows() {
    let mut world = World::new();
    let zone = world.desired.record_zone.clone().expect("a zone").1;
    let live = world.azure();
    for set in live.record_sets.iter_mut().filter(|set| set.name == "events") {
        set.ttl_secs = 120;
        set.name = "Events".to_owned();
    }
    let elsewhere = crate::model::ArmName(format!("{}x", zone.0));
    let other = |set, ttl_secs| crate::live::LiveRecordSet { ttl_secs, ..set };
    live.record_sets.insert(0, other(record_set(zone.clone(), "another"), 7));
    live.record_sets.insert(0, other(record_set(elsewhere, "events"), 8));
    let mut text = other(record_set(zone, "events"), 9);
    text.record_type = "TXT".to_owned();
    live.record_sets.insert(0, text);
    let plan = world.failover(&to_west(&["prod"])).expect("a plan");
    let [_, _, commit, _] = azure_steps(&plan)[..] else { panic!("four writes") };
    assert_eq!(all_watched(&commit.awaits)[0], "time fail 120");
}

#[test]
fn that_the_region_that_is_left_is_silent_is_no_matter() {
    let mut world = World::new();
    let left = world.failover(&to_west(&["prod"])).expect("a plan");
    let unknown: Vec<&str> =
        left.notes.iter().filter(|note| note.code.as_str() == "unknown-place").map(|n| &*n.text).collect();
    assert!(left.unknown.is_empty() && unknown.is_empty(), "{:?} {unknown:?}", left.unknown);
    crate::tests::silence(&mut world.observed, WEST);
    let both = world.failover(&to_west(&["prod"])).expect("a plan");
    assert!(both.unknown.keys().all(|key| key.cloud == Cloud::Aws && key.region == WEST) && !both.unknown.is_empty());
    let notes = both.notes.iter().filter(|note| note.code.as_str() == "unknown-place").count();
    assert_eq!(notes, both.unknown.len());
}
