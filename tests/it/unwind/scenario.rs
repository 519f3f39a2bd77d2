//! What is changed: from one config to another, on clouds where the first one stands.

use std::collections::BTreeMap;

use xcloud_core::journal::Outcome;
use xcloud_core::model::Desired;
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_sim::World;
use xcloud_tests::Testbed;

use crate::bad_clouds::shape::{bed, foreign, shape};
use crate::bed::{RESOURCES, apply, later, load, plan};
use crate::cases::{Edit, edit, edited};

const EDGE_GROUP: &str = "aws/security-group\n    name: edge";
const CLIENTS: &str = "aws/security-group\n    name: clients";
const BALANCER: &str = "aws/load-balancer";
const ENDPOINT: &str = "aws/endpoint\n    name: payments";
const UNPINNED: Edit = edit(BALANCER, "    service_ips: [10.60.8.4, 10.60.8.20]", "   ");

/// A change of the estate.
pub(super) struct Scenario {
    pub(super) name: &'static str,
    /// The config that stands before; `None`: nothing does.
    before: Option<String>,
    /// The config that is applied.
    after: String,
    /// Everything goes.
    destroy: bool,
}

/// Every scenario of the issue.
pub(super) fn scenarios() -> Vec<Scenario> {
    let changed = |name, edits: &[Edit]| Scenario {
        name,
        before: Some(RESOURCES.to_owned()),
        after: edited(RESOURCES, edits),
        destroy: false,
    };
    let tagged = edited(RESOURCES, &[edit("owner:", "\nregions:", "\ntags: {Stage: test}\nregions:")]);
    vec![
        Scenario { name: "create-estate", before: None, after: tagged, destroy: false },
        changed(
            "edit-rules",
            &[
                edit(CLIENTS, "10.122.16.0/26], description", "10.122.17.0/26], description"),
                edit(EDGE_GROUP, "description: the Azure application and its health check", "description: Azure"),
                edit("name: from-aws  ", "priority: 2201", "priority: 2202"),
                edit("kind: azure/firewall-rules", "ports: 443", "ports: 8443"),
                edit("kind: azure/private-dns-record", "ttl: 30s", "ttl: 60s"),
            ],
        ),
        changed(
            "replace-group",
            &[edit(CLIENTS, "description: clients of the payments endpoint", "description: clients")],
        ),
        // A zone leaves the load balancer and the endpoint: AWS takes it from no load balancer with endpoints.
        Scenario {
            name: "replace-load-balancer",
            before: Some(edited(RESOURCES, &[UNPINNED])),
            after: edited(
                RESOURCES,
                &[
                    UNPINNED,
                    edit(BALANCER, ", subnet-0b1c2d3e4f5061728]", "]"),
                    edit(ENDPOINT, ", subnet-0d1e2f30415263748]", "]"),
                    edit(ENDPOINT, "[10.20.9.5, 10.20.9.21]", "[10.20.9.5]"),
                ],
            ),
            destroy: false,
        },
        Scenario {
            name: "remove-flow",
            before: Some(format!("{}{SECOND_FLOW}", edited(RESOURCES, &SECOND_RULES))),
            after: RESOURCES.to_owned(),
            destroy: false,
        },
        // Keys that change, and keys that are new: each is undone in its own way.
        Scenario {
            name: "edit-tags",
            before: Some(edited(
                RESOURCES,
                &[edit("owner:", "\nregions:", "\ntags: {CostCenter: \"4711\"}\nregions:")],
            )),
            after: edited(
                RESOURCES,
                &[edit("owner:", "\nregions:", "\ntags: {CostCenter: \"4712\", Stage: test}\nregions:")],
            ),
            destroy: false,
        },
        Scenario { name: "destroy", before: Some(RESOURCES.to_owned()), after: RESOURCES.to_owned(), destroy: true },
    ]
}

/// The rules of a second flow, in the objects that both flows share.
const SECOND_RULES: [Edit; 2] = [
    edit(
        "kind: azure/network-security-group",
        "    rules:\n",
        "    rules:\n      - {name: second, priority: 2203, direction: inbound, access: allow, protocol: tcp, \
         from: {service_ips_of: payments}, to: [10.122.8.10/32], ports: 8443}\n",
    ),
    edit(
        "kind: azure/firewall-rules",
        "    rules:\n",
        "    rules:\n      - {name: second, protocol: tcp, from: {endpoint_ips_of: second}, to: [10.122.8.10/32], ports: 8443}\n",
    ),
];

/// The resources of a second flow.
const SECOND_FLOW: &str = "
  - kind: aws/security-group
    name: second
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    description: clients of the second endpoint
    ingress:
      - {protocol: tcp, ports: 443, from: [10.20.0.0/16], description: workloads}
    egress: []
  - kind: aws/endpoint
    name: second
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    subnets: {ids: [subnet-0c1d2e3f405162738, subnet-0d1e2f30415263748]}
    endpoint_ips: [10.20.9.6, 10.20.9.22]
    service: payments
    security_groups: [second]
    private_dns: false
  - kind: aws/private-zone-record
    name: second
    in: hub
    vpc: {id: vpc-0ee55ff66aa77bb88}
    record: second.azure.bank.example
    endpoint: second
  - kind: azure/private-endpoint
    name: second
    in: spoke
    resource_group: rg-apps
    subnet: rg-apps/vnet-apps/snet-pe
    service: events
    approval: managed
  - kind: azure/private-dns-record
    name: second
    in: spoke
    zone: rg-dns/aws.bank.example
    record: second
    ttl: 30s
    addresses: {endpoint_ips_of: second}
";

/// A scenario with everything that is known of it from one run on good clouds.
pub(super) struct Known {
    pub(super) desired: Desired,
    pub(super) options: PlanOptions,
    /// The clouds before the run.
    before: World,
    /// The clouds of other people.
    seeded: World,
    /// The plan on good clouds.
    pub(super) plan: Plan,
    /// The changing calls of the run, in order.
    pub(super) calls: Vec<KnownCall>,
    /// Journal entries of the run.
    pub(super) entries: usize,
    shape_before: Vec<String>,
    shape_after: Vec<String>,
}

/// A changing call, counted among those of its operation.
#[derive(Debug, Clone)]
pub(super) struct KnownCall {
    pub(super) operation: String,
    pub(super) region: String,
    pub(super) skip: u32,
    /// It is about an object that the run made.
    pub(super) fresh: bool,
}

impl Scenario {
    /// Plays it once on good clouds.
    pub(super) async fn learn(self) -> Known {
        let desired = load(&self.after);
        let mut bed = bed(&load(RESOURCES));
        if let Some(before) = &self.before {
            bed.seed(&load(before));
        }
        let seeded = bed.cloud().world();
        if let Some(before) = &self.before {
            let before = load(before);
            apply(&bed, &before, &PlanOptions::default()).await;
            later(&bed).await;
            assert!(plan(&bed, &before, &PlanOptions::default()).await.is_empty(), "the estate stands");
        }
        let options =
            PlanOptions { destroy: self.destroy, prune: self.name == "remove-flow", ..PlanOptions::default() };
        let (before, from) = (bed.cloud().world(), bed.cloud().calls().len());
        let process = bed.process(&desired);
        let (first, problems) = process.plan(&options).await;
        let first = first.unwrap_or_else(|| panic!("{}: {problems:?}", self.name));
        let notebook = std::sync::Arc::default();
        let report = process.run(&first, &notebook, xcloud_engine::OnFailure::Unwind).await;
        assert_eq!(report.outcome, Outcome::Done, "{}: {:?}", self.name, report.failures);
        let calls = changing_calls(&bed, from, &first);
        later(&bed).await;
        assert!(plan(&bed, &desired, &options).await.is_empty(), "{} is done", self.name);
        let shape_before = settled_shape(&before);
        let shape_after = settled_shape(&bed.cloud().world());
        let entries = notebook.entries().len();
        Known { desired, options, before, seeded, plan: first, calls, entries, shape_before, shape_after }
    }
}

pub(super) fn changing_calls(bed: &Testbed, from: usize, plan: &Plan) -> Vec<KnownCall> {
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    let mut calls = Vec::new();
    for call in bed.cloud().calls().into_iter().skip(from).filter(|call| call.mutated) {
        let skip = seen.entry((call.operation.clone(), call.region.clone())).or_default();
        let all = || plan.steps.iter().filter(|step| step.op.name() == call.operation);
        // Where every step of the operation names objects of this run, each of its calls does.
        let fresh = all().next().is_some() && all().all(|step| !step.op.needed_objects().is_empty());
        calls.push(KnownCall { operation: call.operation.clone(), region: call.region, skip: *skip, fresh });
        *skip += 1;
    }
    calls
}

/// Deleted endpoints and their like stay in sight for a while: they are no difference.
fn settled_shape(world: &World) -> Vec<String> {
    shape(world)
}

/// What the clouds must be after a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expected {
    Before,
    After,
}

impl Known {
    /// New clouds as they were before the run, at that time.
    pub(super) async fn start(&self) -> Testbed {
        let bed = Testbed::new(&self.desired);
        let clock = bed.cloud().clock();
        clock.sleep(self.before.now.secs_since(clock.now())).await;
        bed.cloud().change(|world, _now| world.clone_from(&self.before));
        bed
    }

    /// Judges the clouds in the end: as before or as after in every declared field, nothing twice, nothing left over,
    /// nothing of others touched; and the next plan is the first one again, or empty.
    pub(super) async fn judge(&self, bed: &Testbed, expected: Expected) -> Result<(), String> {
        bed.cloud().set_faults(Vec::new());
        later(bed).await;
        let (plan, problems) = bed.process(&self.desired).plan(&self.options).await;
        let plan = plan.ok_or_else(|| format!("there is no next plan: {problems:?}"))?;
        let world = bed.cloud().world();
        let shape = settled_shape(&world);
        let wanted = match expected {
            Expected::Before => &self.shape_before,
            Expected::After => &self.shape_after,
        };
        if &shape != wanted {
            let extra: Vec<_> = shape.iter().filter(|line| !wanted.contains(line)).collect();
            let lost: Vec<_> = wanted.iter().filter(|line| !shape.contains(line)).collect();
            return Err(format!(
                "not as {expected:?}: {} objects, not {}: extra {extra:?}, lost {lost:?}",
                shape.len(),
                wanted.len()
            ));
        }
        match expected {
            Expected::After if !plan.is_empty() => {
                let steps: Vec<&str> = plan.steps.iter().map(|step| step.op.name()).collect();
                return Err(format!("the next plan is not empty: {steps:?}"));
            }
            Expected::Before => same_plan(&self.plan, &plan)?,
            Expected::After => {}
        }
        if foreign(&world, &self.seeded) != foreign(&self.seeded, &self.seeded) {
            return Err("something of others was touched".to_owned());
        }
        Ok(())
    }
}

impl Known {
    /// One more run on good clouds ends as the plan says: nothing blocks it, nothing is there twice or left over.
    pub(super) async fn converges(&self, bed: &Testbed) -> Result<(), String> {
        later(bed).await;
        let process = bed.process(&self.desired);
        let (plan, problems) = process.plan(&self.options).await;
        let plan = plan.ok_or_else(|| format!("PlanAfterRun: the next plan is blocked: {problems:?}"))?;
        let report = process.apply(&plan).await;
        if report.outcome != Outcome::Done {
            return Err(format!("PlanAfterRun: the next run fails: {:?}", report.failures));
        }
        self.judge(bed, Expected::After).await
    }
}

/// The same resources change in the same fields by the same calls.
fn same_plan(first: &Plan, next: &Plan) -> Result<(), String> {
    if first.changes != next.changes {
        let changed = first.changes.iter().zip(&next.changes).find(|(one, other)| one != other);
        return Err(format!("the next plan is not the first one again: {changed:?}"));
    }
    let calls = |plan: &Plan| -> Vec<String> {
        plan.steps.iter().map(|step| format!("{} {}", step.addr, step.op.name())).collect()
    };
    let (one, other) = (calls(first), calls(next));
    if one == other { Ok(()) } else { Err(format!("the next plan has other calls: {one:?}, {other:?}")) }
}
