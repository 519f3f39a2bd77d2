//! What is declared, what is seen, and how a plan is told in a few words.

use std::collections::{BTreeMap, BTreeSet};

use crate::active::{Failover, Fence};
use crate::failover::Closing;
use crate::failover::gates::tests::live;
use crate::live::{Answer, AzureLive, LiveRecordSet, LiveSubnet, LiveZone, Observed, PlaceState};
use crate::model::{ArmName, Desired};
use crate::op::{AzureOp, Handle, Op, PrivateDnsRecordOp, WriteGuard};
use crate::plan::{Await, Condition, Patience, Plan, PlanOptions, Step, Undo};
use crate::tests::{azure, open_api, place_of, silence, texts};

pub(super) const NORTH: &str = "eu-north-1";
pub(super) const WEST: &str = "eu-west-1";
const HUB: &str = "100000000001";

/// What is declared, and what is seen.
pub(super) struct World {
    pub(super) desired: Desired,
    pub(super) observed: Observed,
}

pub(super) fn to_west(names: &[&str]) -> Failover {
    Failover {
        to: WEST.to_owned(),
        envs: texts(names),
        run: "r1".to_owned(),
        unplanned: false,
        fence: Fence::Now,
        passed: BTreeSet::new(),
    }
}

impl World {
    /// Azure as declared, with the names at the primary region; the primary silent; the other region without anything
    /// of ours.
    pub(super) fn new() -> Self {
        let desired = open_api();
        let mut observed = live::observed(&desired);
        let zone = desired.record_zone.clone().expect("a zone").1;
        for (key, state) in observed.places.iter_mut().filter(|(key, _)| key.region != NORTH) {
            match &mut state.answer {
                Answer::Aws(live) => {
                    let hub = key.account == HUB;
                    live.subnets = (0..if hub { 6 } else { 3 }).map(|number| subnet(number, hub)).collect();
                    live.load_balancers.retain(|balancer| balancer.name.ends_with("theirs"));
                    live.load_balancers.iter_mut().for_each(|balancer| balancer.vpc.clone_from(&live.vpcs[0].id));
                    (live.target_groups, live.services, live.endpoints) = Default::default();
                    let name = "core.azure.bank.example".to_owned();
                    let vpc = live.vpcs[0].id.clone();
                    let id = format!("Z-{}-{}", key.account, key.region);
                    live.zones.push(LiveZone { id, name, vpc, owned_by: None, records: Vec::new() });
                }
                Answer::Azure(live) => {
                    live.zones.insert(zone.clone());
                }
                _ => {}
            }
        }
        let mut world = Self { desired, observed };
        silence(&mut world.observed, NORTH);
        world
    }

    pub(super) fn state(&mut self, account: &str, region: &str) -> &mut PlaceState {
        place_of(&mut self.observed, account, region)
    }

    pub(super) fn azure(&mut self) -> &mut AzureLive {
        azure(&mut self.observed)
    }

    /// The active-region record of the environment says this.
    pub(super) fn says(mut self, env: &str, text: &str) -> Self {
        let zone = self.desired.record_zone.clone().expect("a zone").1;
        let set = LiveRecordSet {
            record_type: "TXT".to_owned(),
            texts: vec![text.to_owned()],
            etag: "e7".to_owned(),
            ..record_set(zone, &format!("_active.open-api-{env}"))
        };
        self.azure().record_sets.push(set);
        self
    }

    pub(super) fn failover(&self, request: &Failover) -> Result<Plan, Vec<String>> {
        answer(request.plan(&self.desired, &self.observed, &PlanOptions::default()))
    }

    pub(super) fn close(&self, names: &[&str]) -> Result<Plan, Vec<String>> {
        let closing = Closing { envs: texts(names), run: "r2".to_owned() };
        answer(closing.plan(&self.desired, &self.observed, &PlanOptions::default()))
    }
}

fn answer((plan, problems): (Option<Plan>, crate::diag::Diagnostics)) -> Result<Plan, Vec<String>> {
    plan.ok_or_else(|| problems.0.into_iter().map(|problem| problem.code.to_string()).collect())
}

pub(super) fn record_set(zone: ArmName, name: &str) -> LiveRecordSet {
    LiveRecordSet {
        zone,
        name: name.to_owned(),
        record_type: "A".to_owned(),
        ttl_secs: 30,
        etag: "e1".to_owned(),
        metadata: BTreeMap::new(),
        addresses: BTreeSet::new(),
        texts: Vec::new(),
    }
}

/// The pins of int lie in the first three subnets of the hub, those of prod in the others.
fn subnet(number: usize, hub: bool) -> LiveSubnet {
    let (zone, env) = (number % 3, 1 + number / 3);
    let name = if env == 1 { "int" } else { "prod" };
    let tier = if hub { "edge" } else { "endpoint" };
    let tags = [("net:tier", tier), ("net:env", name)];
    LiveSubnet {
        id: format!("subnet-{}", number + 1),
        vpc: format!("vpc-{WEST}"),
        az_id: format!("euw1-az{}", zone + 1),
        cidr: format!("10.{}.{env}.{}/28", if hub { 61 } else { 71 }, 16 * zone).parse().expect("a network"),
        tags: tags.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
    }
}

/// What is watched and with how much patience.
pub(super) fn watched(one: &Await) -> String {
    let id = |handle: &Handle| match handle {
        Handle::Known(id) => id.clone(),
        Handle::Made(object) => format!("({})", object.0),
    };
    let what = match &one.condition {
        Condition::EndpointAvailable { endpoint } => format!("endpoint {}", id(endpoint)),
        Condition::TargetsServe { target_group, .. } => format!("targets {}", id(target_group)),
        Condition::RecordAnswers { record, .. } => format!("answers {record}"),
        Condition::Elapsed { .. } => "time".to_owned(),
        other => format!("{other:?}"),
    };
    match one.patience {
        Patience::Fail(secs) => format!("{what} fail {secs}"),
        Patience::Warn(secs) => format!("{what} warn {secs}"),
    }
}

pub(super) fn all_watched(awaits: &[Await]) -> Vec<String> {
    awaits.iter().map(watched).collect()
}

fn guarded(guard: &WriteGuard) -> String {
    match guard {
        WriteGuard::Absent => "absent".to_owned(),
        WriteGuard::Unchanged(etag) => format!("unchanged {etag}"),
        WriteGuard::After(Handle::Made(object)) => format!("after {}", object.0.rsplit('/').next().unwrap_or_default()),
        other => format!("{other:?}"),
    }
}

fn call(op: &Op) -> String {
    match op {
        Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { text, guard, .. })) => {
            format!("{text} if {}", guarded(guard))
        }
        other => other.name().to_owned(),
    }
}

/// One line for a step, with its undo.
pub(super) fn told(step: &Step) -> String {
    let undo = match &step.undo {
        Undo::Restore(op)
            if matches!(**op, Op::Azure(AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::PutText { .. }))) =>
        {
            call(op)
        }
        other => other.word().to_owned(),
    };
    format!("{:?} {} | {undo}", step.phase, call(&step.op)).to_lowercase()
}

/// The steps that are no call to AWS.
pub(super) fn azure_steps(plan: &Plan) -> Vec<&Step> {
    plan.steps.iter().filter(|step| matches!(step.op, Op::Azure(_))).collect()
}

pub(super) fn all_told(plan: &Plan) -> Vec<String> {
    azure_steps(plan).into_iter().map(told).collect()
}

/// Whether one step needs another, also through others.
pub(super) fn follows(plan: &Plan, step: &Step, first: &Step) -> bool {
    let at = |id| plan.steps.iter().find(|one| one.id == id);
    step.needs.contains(&first.id)
        || step.needs.iter().filter_map(|id| at(id.clone())).any(|one| follows(plan, one, first))
}
