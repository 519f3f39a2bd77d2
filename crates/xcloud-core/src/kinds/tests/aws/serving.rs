//! Random estates in which several objects carry one mark: planner, gates and addresses name the same one.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};

use super::fixture::{REGION, addr, cloud, estate, hub, spoke};
use super::settle;
use crate::active::known_addresses;
use crate::failover::gates::{Question, gates};
use crate::live::{Answer, AwsLive, Observed};
use crate::model::{AddressKind, AddressSource, Desired, Kind, PlaceKey};
use crate::plan::{Action, Comparison, PlanOptions, compare};

/// More objects with the mark of one that stands: id and state each, and the state of the one that stands.
type Copies = (usize, Vec<(u8, usize)>);

/// Every third copy cannot become what is declared.
fn misfits(id: u8) -> bool {
    id.is_multiple_of(3)
}

const ENDPOINTS: [&str; 6] = ["available", "pending", "pendingAcceptance", "failed", "rejected", "deleting"];
const SERVICES: [&str; 4] = ["Available", "Pending", "Failed", "Deleting"];
/// None is active: of an active one the gate tells nothing but its targets.
const BALANCERS: [&str; 3] = ["provisioning", "active_impaired", "failed"];

fn copies(states: usize) -> impl Strategy<Value = Copies> {
    (0..states, proptest::collection::btree_map(0u8..20, 0..states, 1..4)).prop_map(|(own, more)| {
        let more = more.into_iter().collect();
        (own, more)
    })
}

fn live<'o>(observed: &'o mut Observed, key: &PlaceKey) -> &'o mut AwsLive {
    match observed.places.get_mut(key).map(|state| &mut state.answer) {
        Some(Answer::Aws(live)) => live,
        _ => panic!("{key} answers"),
    }
}

/// The id of the object that the planner builds on, or would replace.
fn planned(comparison: &Comparison, kind: Kind, name: &str) -> Option<String> {
    let of = |action| matches!(action, Action::Same | Action::Update | Action::Replace);
    let change = comparison.changes.iter().find(|one| one.addr == addr(REGION, kind, name) && of(one.action))?;
    change.id.clone()
}

/// The ids that the details of a gate name.
fn named(desired: &Desired, observed: &Observed, comparison: &Comparison, gate: &str, ids: &[String]) -> Vec<String> {
    let question = Question { desired, observed, comparison, env: "prod", from: "eu-west-1", to: REGION, shut: false };
    let gates = gates(&question);
    let gate = gates.iter().find(|one| one.name.word() == gate).expect("a gate of this name");
    let words: Vec<&str> = std::iter::once(gate.text.as_str())
        .chain(gate.details.iter().map(String::as_str))
        .flat_map(|line| line.split(|letter: char| letter.is_whitespace() || "(),".contains(letter)))
        .collect();
    ids.iter().filter(|id| words.contains(&id.as_str())).cloned().collect()
}

/// Judges an estate with copies of the endpoint.
fn endpoints(desired: &Desired, observed: &mut Observed, (own, more): &Copies) -> Result<(), TestCaseError> {
    let there = live(observed, &spoke(REGION).key());
    let at =
        there.endpoints.iter().position(|one| one.tags["xcloud:address"].ends_with("payments")).expect("it stands");
    there.endpoints[at].state = ENDPOINTS[*own].into();
    for (id, state) in more {
        let mut copy = there.endpoints[at].clone();
        copy.id = format!("vpce-{id:02}");
        if misfits(*id) {
            copy.service_name.push('0');
        }
        copy.state = ENDPOINTS[*state].into();
        there.endpoints.push(copy);
    }
    let ids: Vec<String> = there.endpoints.iter().map(|one| one.id.clone()).collect();
    let comparison = compare(desired, observed, &PlanOptions::default());
    let planned = planned(&comparison, Kind::Endpoint, "payments");
    let seen = named(desired, observed, &comparison, "endpoints", &ids);
    prop_assert_eq!(seen.iter().filter(|id| Some(*id) == planned.as_ref()).count(), usize::from(planned.is_some()));
    let others: Vec<_> = seen.iter().filter(|id| id.starts_with("vpce-") && Some(*id) != planned.as_ref()).collect();
    let of_other = |id: &&&String| {
        live(&mut observed.clone(), &spoke(REGION).key())
            .endpoints
            .iter()
            .any(|one| one.id == ***id && one.tags["xcloud:address"].ends_with("payments"))
    };
    prop_assert_eq!(others.iter().find(of_other), None, "the planner builds on {:?}", planned);
    let source = AddressSource::Of { addr: addr(REGION, Kind::Endpoint, "payments"), kind: AddressKind::EndpointIps };
    let known = known_addresses(desired, observed, &source);
    let chosen = live(observed, &spoke(REGION).key()).endpoints.iter().find(|one| Some(&one.id) == planned.as_ref());
    let ips = chosen.into_iter().flat_map(|one| &one.interfaces).flat_map(|one| &one.ips);
    prop_assert!(ips.clone().all(|ip| known.iter().any(|net| net.addr() == std::net::IpAddr::V4(*ip))));
    Ok(())
}

/// Judges an estate with copies of the endpoint service.
fn services(desired: &Desired, observed: &mut Observed, (own, more): &Copies) -> Result<(), TestCaseError> {
    let there = live(observed, &hub(REGION).key());
    let at =
        there.services.iter().position(|one| one.tags.get("xcloud:address").is_some_and(|to| to.ends_with("payments")));
    let at = at.expect("it stands");
    there.services[at].state = SERVICES[*own].into();
    for (id, state) in more {
        let mut copy = there.services[at].clone();
        copy.id = format!("vpce-svc-{id:02}");
        copy.service_name = format!("com.amazonaws.vpce.{REGION}.vpce-svc-{id:02}");
        copy.state = SERVICES[*state].into();
        there.services.push(copy);
    }
    let ours =
        |one: &&crate::live::LiveService| one.tags.get("xcloud:address").is_some_and(|to| to.ends_with("payments"));
    let ids: Vec<String> = there.services.iter().filter(ours).map(|one| one.id.clone()).collect();
    let comparison = compare(desired, observed, &PlanOptions::default());
    let planned = planned(&comparison, Kind::EndpointService, "payments");
    let seen = named(desired, observed, &comparison, "connections", &ids);
    prop_assert_eq!(seen, planned.into_iter().collect::<Vec<_>>());
    Ok(())
}

/// Judges an estate with copies of the load balancer, each of a later generation.
fn balancers(desired: &Desired, observed: &mut Observed, (own, more): &Copies) -> Result<(), TestCaseError> {
    let there = live(observed, &hub(REGION).key());
    let at = there
        .load_balancers
        .iter()
        .position(|one| one.tags.get("xcloud:address").is_some_and(|to| to.ends_with("edge")));
    let at = at.expect("it stands");
    let (first, base) = (there.load_balancers[at].arn.clone(), there.load_balancers[at].name.clone());
    there.load_balancers[at].state = BALANCERS[*own].into();
    let mut ids = vec![first.clone()];
    for (generation, (id, state)) in more.iter().enumerate() {
        let mut copy = there.load_balancers[at].clone();
        copy.arn = format!("arn:{id:02}");
        if misfits(*id) {
            copy.vpc.push('0');
        }
        copy.name = format!("{base}-{}", more.len() + 1 - generation);
        copy.state = BALANCERS[*state].into();
        ids.push(copy.arn.clone());
        there.load_balancers.push(copy);
    }
    let comparison = compare(desired, observed, &PlanOptions::default());
    let planned = planned(&comparison, Kind::LoadBalancer, "edge");
    let seen = named(desired, observed, &comparison, "targets", &ids);
    prop_assert_eq!(seen, planned.into_iter().collect::<Vec<_>>());
    Ok(())
}

#[test]
fn planner_gates_and_addresses_name_the_same_object() {
    let desired = estate(REGION);
    let mut cloud = cloud(&[REGION]);
    settle(&desired, &mut cloud).expect("the estate settles");
    let observed = cloud.observe(&desired);
    let config = Config { cases: 200, failure_persistence: None, ..Config::default() };
    let strategy = (copies(ENDPOINTS.len()), copies(SERVICES.len()), copies(BALANCERS.len()));
    proptest!(config, |((of_endpoint, of_service, of_balancer) in strategy)| {
        endpoints(&desired, &mut observed.clone(), &of_endpoint)?;
        services(&desired, &mut observed.clone(), &of_service)?;
        balancers(&desired, &mut observed.clone(), &of_balancer)?;
    });
}
