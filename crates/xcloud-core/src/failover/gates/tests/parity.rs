//! Both regions alike, as declared and as they are live.

use super::fixture::{FROM, TO, World, addr};
use crate::code::ProblemCode;
use crate::failover::gates::Light::{Ok, Red, Warn};
use crate::model::{Kind, Spec};
use crate::plan::{Action, FieldChange, Obstacle, Path};

fn parity(world: &World) -> (crate::failover::gates::Light, String) {
    world.says("parity")
}

#[test]
fn a_missing_counterpart_is_red_on_either_side() {
    let mut world = World::good();
    world.desired.resources.remove(&addr(TO, Kind::SecurityGroup, "to-azure-lb"));
    let text = "prod/eu-north-1/security-group/to-azure-lb has no counterpart in eu-west-1";
    assert_eq!(parity(&world), (Red, text.to_owned()));
    let mut world = World::good();
    world.desired.resources.remove(&addr(FROM, Kind::SecurityGroup, "to-azure-lb"));
    let text = "prod/eu-west-1/security-group/to-azure-lb has no counterpart in eu-north-1";
    assert_eq!(parity(&world), (Red, text.to_owned()));
}

#[test]
fn a_listener_less_is_red_and_another_health_check_a_warning() {
    let mut world = World::good();
    let Spec::LoadBalancer(spec) = world.spec(TO, Kind::LoadBalancer, "to-azure") else { panic!("a load balancer") };
    spec.listeners[0].health = None;
    assert_eq!(parity(&world).0, Warn);
    let Spec::LoadBalancer(spec) = world.spec(FROM, Kind::LoadBalancer, "to-azure") else { panic!("a load balancer") };
    let mut other = spec.listeners[0].clone();
    other.port = 8443;
    spec.listeners.push(other);
    let text = "prod/eu-west-1/load-balancer/to-azure has listeners: 443; eu-north-1 has 443, 8443";
    assert_eq!(parity(&world), (Red, text.to_owned()));
}

#[test]
fn addresses_may_differ_and_principals_may_not() {
    let mut world = World::good();
    world.without_pins();
    assert_eq!(parity(&world).0, Ok);
    let Spec::EndpointService(spec) = world.spec(TO, Kind::EndpointService, "to-azure") else { panic!("a service") };
    spec.principals.insert("arn:aws:iam::200000000009:root".to_owned());
    let text = "prod/eu-west-1/endpoint-service/to-azure has number of principals: 2; eu-north-1 has 1";
    assert_eq!(parity(&world), (Warn, text.to_owned()));
}

#[test]
fn what_is_live_otherwise_is_a_warning_with_the_list() {
    let mut world = World::good();
    world.change(Kind::Endpoint, "to-azure").action = Action::Create;
    let change = world.change(Kind::SecurityGroup, "to-azure-lb");
    change.action = Action::Update;
    change.id = Some("sg-1".to_owned());
    change.fields =
        vec![FieldChange { path: Path::Recorded("ingress[x]".to_owned()), before: 1.into(), after: 2.into() }];
    let gate = world.gate("parity");
    assert_eq!((gate.light, gate.text.as_str()), (Warn, "7/9 objects match: a failover would first make or change 2"));
    let expected = [
        "prod/eu-west-1/endpoint/to-azure is missing: apply it beforehand",
        "prod/eu-west-1/security-group/to-azure-lb (sg-1) differs in ingress[x]: apply it beforehand",
    ];
    assert_eq!(gate.details, expected);
}

#[test]
fn what_differs_elsewhere_does_not_matter() {
    let mut world = World::good();
    for change in
        world.comparison.changes.iter_mut().filter(|change| change.region != TO || change.addr.env() != "prod")
    {
        change.action = Action::Create;
    }
    assert_eq!(parity(&world), (Ok, "9/9 objects match".to_owned()));
}

#[test]
fn what_stands_in_the_way_is_told() {
    let mut world = World::good();
    let addr = addr(TO, Kind::Endpoint, "to-azure");
    let message = "no VPC matches".to_owned();
    world.comparison.changes.retain(|change| change.addr != addr);
    world.comparison.obstacles.push(Obstacle { addr, code: ProblemCode::VpcNotFound, message });
    let gate = world.gate("parity");
    assert_eq!(gate.light, Warn);
    assert!(gate.details[0].starts_with("prod/eu-west-1/endpoint/to-azure: no VPC matches"), "{gate:#?}");
    world.comparison.obstacles.clear();
    assert!(world.gate("parity").details[0].contains("was not compared"));
}
