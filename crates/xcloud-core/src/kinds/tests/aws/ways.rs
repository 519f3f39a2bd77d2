//! What may carry connections is left alone until something else does, also where a run sees only a part of it.

use super::fixture::{REGION, hub, spoke};
use super::safety::made;
use super::{TestResult, edit};
use crate::kinds::shared::aws::Indexes;
use crate::kinds::shared::aws::ways::{self, NextWay};
use crate::live::EndpointState;
use crate::op::Handle;
use crate::plan::{Await, Condition, Filter, Patience, PlanOptions};

#[test]
fn each_that_has_an_address_may_be_the_way_behind_it() -> TestResult {
    let (desired, mut cloud) = made()?;
    let endpoints = &mut cloud.tables(&spoke(REGION).key()).endpoints;
    let shared = endpoints.values().next().ok_or("an endpoint")?.interfaces.clone();
    endpoints.values_mut().for_each(|live| live.state = EndpointState::Rejected);
    let edge = cloud.tables(&hub(REGION).key()).balancers.values_mut().find(|live| !live.interfaces.is_empty());
    edge.ok_or("a load balancer")?.interfaces.clone_from(&shared);
    let observed = cloud.observe(&desired);
    let indexes = Indexes::of(&observed, &desired.product);
    let condition = Condition::EndpointGone { endpoint: Handle::Known("any".to_owned()) };
    let healthy = Await { place: hub(REGION).key(), condition, binds: None, patience: Patience::Fail(1) };
    let next = NextWay { through: [Handle::Known("elsewhere".to_owned())].into(), healthy: vec![healthy] };
    let address = shared[0].ips.first().ok_or("an address")?.to_string().parse::<std::net::IpAddr>()?.into();
    assert_eq!(next.healthy_before(ways::at(&indexes, &address)).len(), 1, "the load balancer carries connections");
    Ok(())
}

#[test]
fn no_zone_leaves_a_service_from_under_an_endpoint_that_a_run_leaves_alone() -> TestResult {
    let (before, cloud) = made()?;
    let mut after = before.clone();
    edit!(&mut after, LoadBalancer, "edge", |live| live.subnets = super::fixture::ids(&["hub-b"]));
    edit!(&mut after, Endpoint, "payments", |live| live.subnets = super::fixture::ids(&["spoke-b"]));
    let only = |targets: &[&str]| PlanOptions {
        filter: Filter { targets: targets.iter().map(|one| (*one).to_owned()).collect(), ..Filter::default() },
        ..PlanOptions::default()
    };
    let hub = only(&["*/load-balancer/*", "*/endpoint-service/*"]);
    assert_eq!(super::problems(&after, &cloud, &hub), ["zone-not-offered"]);
    for (desired, part) in [(&after, PlanOptions::default()), (&before, hub), (&after, only(&["*/load-balancer/*"]))] {
        assert_eq!(super::problems(desired, &cloud, &part), Vec::<String>::new(), "{:?}", part.filter);
    }
    Ok(())
}
