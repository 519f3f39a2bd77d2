//! What is looked at where everything stands already.

use std::collections::BTreeMap;

use super::super::proofs;
use super::fixture::*;
use crate::failover::gates::tests::live;
use crate::live::{Answer, AwsLive, LiveEndpoint, LiveListener, LiveService, LiveTargetGroup, Observed};
use crate::marks;
use crate::model::{Addr, Desired, Kind};
use crate::op::{Handle, Object, SecurityGroupOp};
use crate::plan::draft::{Draft, DraftStep};
use crate::plan::{PlanOptions, Undo};

const HUB: &str = "100000000001";
const PRODUCT: &str = "200000000003";

fn aws<'o>(observed: &'o mut Observed, account: &str) -> &'o mut AwsLive {
    let mut places = observed.places.iter_mut().filter(|(key, _)| key.account == account && key.region == WEST);
    match &mut places.next().expect("a place").1.answer {
        Answer::Aws(live) => live,
        other => panic!("it answers: {other:?}"),
    }
}

/// The live estate, with marks on the target groups, and one of each that is not ours before those that are.
fn standing() -> (Desired, Observed) {
    let desired = World::new().desired;
    let mut observed = live::observed(&desired);
    let balancer = Addr::new("prod", WEST, Kind::LoadBalancer, "to-azure");
    let hub = aws(&mut observed, HUB);
    hub.endpoints
        .insert(0, LiveEndpoint { id: "vpce-theirs".to_owned(), tags: Default::default(), ..hub.endpoints[0].clone() });
    let ours = |arn: &str, group: &LiveTargetGroup| LiveTargetGroup {
        arn: arn.to_owned(),
        tags: marks::tags(&desired, &balancer),
        load_balancers: ["arn:lb/1".to_owned()].into(),
        ..group.clone()
    };
    let group = hub.target_groups[0].clone();
    let idle = LiveTargetGroup { load_balancers: Default::default(), ..ours("arn:tg/idle", &group) };
    let theirs = LiveTargetGroup { tags: Default::default(), ..ours("arn:tg/theirs", &group) };
    hub.target_groups = vec![idle, theirs, ours("arn:tg/ours", &group)];
    let product = aws(&mut observed, PRODUCT);
    let lb = product.load_balancers.iter().position(|one| one.name.ends_with("theirs")).expect("the found one");
    let other = crate::live::LiveLoadBalancer { arn: "arn:lb/other".to_owned(), ..product.load_balancers[lb].clone() };
    let more = LiveListener {
        also: Default::default(),
        arn: "l2".to_owned(),
        port: 1,
        protocol: "TCP".to_owned(),
        target_group: Some("arn:tg/1".to_owned()),
        tags: BTreeMap::new(),
    };
    let arn = product.load_balancers[lb].arn.clone();
    product.load_balancers[lb].listeners.as_mut().expect("listeners").insert(0, more);
    let far = Some("arn:tg/far".to_owned());
    let listeners =
        other.listeners.iter().flatten().map(|one| LiveListener { target_group: far.clone(), ..one.clone() });
    let listeners = Some(listeners.collect());
    product.load_balancers.insert(0, crate::live::LiveLoadBalancer { listeners, ..other });
    for service in &mut product.services {
        service.load_balancers = [arn.clone()].into();
    }
    let foreign = LiveService {
        tags: Default::default(),
        load_balancers: ["arn:lb/other".to_owned()].into(),
        ..product.services[0].clone()
    };
    product.services.insert(0, foreign);
    (desired, observed)
}

#[test]
fn what_stands_is_known_also_where_the_plan_makes_something_else() {
    let (desired, observed) = standing();
    let options = PlanOptions::default();
    let mut draft = Draft::new(&desired, &observed, &options);
    let addr = Addr::new("prod", WEST, Kind::SecurityGroup, "to-azure-lb");
    let op = SecurityGroupOp::Delete { group: Handle::Known("sg-1".to_owned()) };
    let made = DraftStep::build(&addr, &desired.resources[&addr].place.key(), op, Undo::Nothing);
    draft.step(made.makes(Object::of(&addr, "")));
    let seen = all_watched(&proofs::of(&draft, "prod", &to_west(&["prod"])));
    assert!(seen.contains(&"endpoint vpce-prod-eu-west-1-to-azure fail 900".to_owned()), "{seen:?}");
}

#[test]
fn what_stands_is_known_by_its_mark() {
    let (desired, observed) = standing();
    let options = PlanOptions::default();
    let draft = Draft::new(&desired, &observed, &options);
    let mut seen = all_watched(&proofs::of(&draft, "prod", &to_west(&["prod"])));
    seen.sort();
    assert_eq!(
        seen,
        [
            "endpoint vpce-prod-eu-west-1-payment-events fail 900",
            "endpoint vpce-prod-eu-west-1-to-azure fail 900",
            "targets arn:tg/ours fail 900",
            "targets arn:tg/prod-eu-west-1-payment-events-theirs/9443 fail 900",
        ]
    );
}
