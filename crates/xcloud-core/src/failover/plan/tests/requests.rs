//! What a failover refuses, and which part of the estate it touches.

use super::super::steps::switched;
use super::fixture::*;
use crate::active::Failover;
use crate::failover::part;
use crate::model::{Addr, AddressSource, DnsAddresses, Kind, Spec};
use crate::plan::PlanOptions;
use crate::tests::texts;

#[test]
fn what_cannot_change_its_region_is_refused() {
    let codes = |world: World, request: &Failover| world.failover(request).expect_err("it is refused");
    let prod = to_west(&["prod"]);
    assert_eq!(codes(World::new(), &to_west(&["dev"])), ["no-other-region"]);
    assert_eq!(codes(World::new().says("prod", "hello"), &prod), ["active-region-unknown"]);
    let under_way = World::new().says("prod", "v=1;epoch=2;region=eu-north-1;to=eu-west-1;old=open;run=r0");
    assert_eq!(codes(under_way, &prod), ["failover-under-way"]);
    let there = World::new().says("prod", "v=1;epoch=2;region=eu-west-1;to=;old=open;run=r0");
    assert_eq!(codes(there, &prod), ["active-already"]);
    assert_eq!(codes(World::new(), &Failover { to: "us-east-1".to_owned(), ..prod.clone() }), ["other-region"]);
    assert_eq!(codes(World::new(), &to_west(&["dev", "prod"])), ["no-other-region"]);
}

#[test]
fn a_refusal_says_what_to_do_where_something_can_be_done() {
    let hint = |world: World, env: &str| {
        let (_, problems) = to_west(&[env]).plan(&world.desired, &world.observed, &PlanOptions::default());
        problems.0[0].hint.clone()
    };
    let under_way = World::new().says("prod", "v=1;epoch=2;region=eu-north-1;to=eu-west-1;old=open;run=r0");
    let ways = "`xcloud resume` finishes it, `xcloud resume --undo` undoes it";
    assert_eq!(hint(under_way, "prod").as_deref(), Some(ways));
    assert_eq!(hint(World::new(), "dev"), None);
}

#[test]
fn its_part_is_the_target_region_the_rules_and_the_switched_names() {
    let mut world = World::new();
    let prod = part(&world.desired, &to_west(&["prod"]));
    let (west, azure): (Vec<&str>, Vec<&str>) =
        prod.targets.iter().map(String::as_str).partition(|target| target.contains(WEST));
    assert!(west.iter().all(|target| target.starts_with("prod/eu-west-1/")) && west.len() == 9, "{west:#?}");
    assert_eq!(
        azure,
        [
            "prod/azure/network-security-group/nsg-core",
            "prod/azure/private-dns-record/payment-events",
            "shared/azure/firewall-rules/rcg-xcloud-open-api"
        ]
    );
    assert_eq!((prod.envs, prod.regions), (texts(&["prod"]), texts(&[WEST])));
    // A name that always says the same is not switched; a group without rules of the environment is not written.
    for resource in world.desired.resources.values_mut() {
        match &mut resource.spec {
            Spec::PrivateDnsRecord(record) => {
                record.addresses = DnsAddresses::Fixed(AddressSource::Listed(Default::default()));
            }
            Spec::FirewallRules(group) => group.rules.retain(|rule| rule.env != "prod"),
            _ => {}
        }
    }
    let name = Addr::new("prod", "azure", Kind::PrivateDnsRecord, "payment-events");
    assert!(world.desired.resources.contains_key(&name) && switched(&world.desired, &name).is_none());
    let less = part(&world.desired, &to_west(&["prod"])).targets;
    let azure: Vec<_> = less.iter().filter(|target| !target.contains(WEST)).collect();
    assert_eq!(azure, ["prod/azure/network-security-group/nsg-core"]);
}
