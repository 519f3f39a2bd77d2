//! Names, the presence of rules, and room in Azure.

use super::fixture::{TO, World};
use crate::failover::gates::Light::{Ok, Red, Warn};
use crate::live::{LiveRecordSet, LiveRuleGroup};

fn record(world: &mut World) -> &mut LiveRecordSet {
    world.azure().record_sets.iter_mut().find(|set| set.name == "events").expect("the record of prod")
}

#[test]
fn a_record_must_be_ours_and_editable() {
    let mut world = World::good();
    record(&mut world).ttl_secs = 300;
    let text = "events.aws.bank.example has a ttl of 300 s, more than the declared 30 s";
    assert_eq!(world.says("names"), (Warn, text.to_owned()));
    record(&mut world).ttl_secs = 5;
    assert_eq!(world.says("names").0, Ok);
    record(&mut world).etag.clear();
    assert_eq!(world.says("names").0, Red);
    record(&mut world).metadata.clear();
    assert!(world.says("names").1.starts_with("events.aws.bank.example carries no mark of ours"));
    assert_eq!(world.says("names").0, Red);
    record(&mut world).name = "other".to_owned();
    assert!(world.says("names").1.starts_with("events.aws.bank.example has no A record set"));
}

#[test]
fn a_record_of_another_address_is_red() {
    let mut world = World::good();
    record(&mut world).metadata.insert("xcloud-address".to_owned(), "int/azure/private-dns-record/x".to_owned());
    assert_eq!(world.says("names").0, Red);
}

#[test]
fn the_addresses_to_switch_to_are_pins_or_live_ones() {
    let mut world = World::good();
    let line = "events.aws.bank.example in eu-west-1: 10.61.2.5, 10.61.2.21, 10.61.2.37";
    assert!(world.gate("names").details.iter().any(|one| one == line));
    world.without_pins();
    assert!(world.gate("names").details.iter().any(|one| one == line), "the live ones");
    world.hub().endpoints.clear();
    let text = "the addresses of events.aws.bank.example in eu-west-1 are not known";
    assert_eq!(world.says("names"), (Red, text.to_owned()));
}

#[test]
fn a_rule_that_is_missing_is_red_or_opened_by_the_failover() {
    let mut world = World::good();
    let name = "xc-open-api-prod-core-banking-eu-west-1";
    world.nsg().retain(|rule| rule.name != name);
    assert_eq!(world.says("rules"), (Red, format!("{name} in nsg-core does not exist")));
    world.on_failover();
    assert_eq!(world.says("rules"), (Warn, format!("{name} in nsg-core: opened by the failover")));
    let mut world = World::good();
    world.firewall().retain(|rule| rule.name != name);
    assert_eq!(world.says("rules"), (Red, format!("{name} in rcg-xcloud-open-api does not exist")));
    world.on_failover();
    assert_eq!(world.says("rules").0, Warn);
    world.azure().rule_groups.clear();
    assert_eq!(world.says("rules").0, Warn);
}

#[test]
fn rules_of_other_regions_and_environments_do_not_matter() {
    let mut world = World::good();
    world.nsg().retain(|rule| rule.name.ends_with(TO));
    world.firewall().retain(|rule| rule.name.ends_with(TO) && rule.name.contains("-prod-"));
    assert_eq!(world.says("rules"), (Ok, "4/4 rules exist, none shadowed".to_owned()));
    world.azure().nsgs.retain(|nsg| nsg.id.0.contains("rg-prod"));
    assert_eq!(world.says("rules").0, Ok);
    world.azure().nsgs.clear();
    assert_eq!(world.says("rules").0, Red);
}

#[test]
fn a_rule_that_is_narrower_than_declared_is_red_with_what_is_left_out() {
    let mut world = World::good();
    for rule in world.nsg().iter_mut().filter(|rule| rule.name.contains("core-banking-eu-west-1")) {
        rule.from.remove("10.61.2.20/32");
    }
    let text = "xc-open-api-prod-core-banking-eu-west-1 in nsg-core does not match everything declared: \
                tcp 10.61.2.20 -> 10.122.8.10 port 443";
    assert_eq!(world.says("rules"), (Red, text.to_owned()));
    world.on_failover();
    assert_eq!(world.says("rules").0, Warn);
}

#[test]
fn live_addresses_beside_the_pins_must_be_open_too() {
    let mut world = World::good();
    for endpoint in world.hub().endpoints.iter_mut().filter(|one| one.id.contains("prod")) {
        endpoint.interfaces[0].ips.insert([10, 61, 2, 9].into());
    }
    let (light, text) = world.says("rules");
    assert!(light == Red && text.contains("-> 10.61.2.9 port 9443"), "{text}");
}

#[test]
fn a_rule_whose_addresses_are_not_known_is_a_warning() {
    let mut world = World::good();
    world.without_pins();
    assert_eq!(world.says("rules").0, Ok, "the live ones are those");
    world.hub().load_balancers.clear();
    let text = "xc-open-api-prod-core-banking-eu-west-1 in nsg-core cannot be judged: its addresses are not known \
                (and 1 more)";
    assert_eq!(world.says("rules"), (Warn, text.to_owned()));
}

#[test]
fn a_rule_that_is_being_written_is_a_warning() {
    let mut world = World::good();
    world.azure().rule_groups[0].state = "Updating".into();
    assert_eq!(world.says("rules").0, Warn);
}

#[test]
fn room_for_rules_is_counted_where_one_is_missing() {
    let mut world = World::good();
    let missing = world.nsg().pop().expect("a rule");
    let filler = |at: u16| crate::live::LiveNsgRule { name: format!("filler-{at}"), priority: at, ..missing.clone() };
    let there = world.nsg().len();
    world.nsg().extend((0..).take(1000 - there).map(filler));
    assert_eq!(
        world.says("quotas"),
        (Warn, "nsg-core has 1000 rules, 1 more to be made, and room for 1000".to_owned())
    );
    world.nsg().push(missing);
    assert_eq!(world.says("quotas").0, Ok, "nothing is to be made");
}

#[test]
fn room_in_the_policy_is_counted_where_a_rule_is_missing() {
    let mut world = World::good();
    world.firewall().retain(|rule| !rule.name.contains("prod"));
    assert_eq!(world.says("quotas").0, Ok);
    world.azure().rule_groups[0].raw = "x".repeat(1_000_000).into();
    assert_eq!(world.says("quotas").0, Warn);
    let ours = world.azure().rule_groups.pop().expect("our group");
    let other =
        |at: u16| LiveRuleGroup { name: format!("g{at}"), priority: 200 + at, rules: Vec::new(), ..ours.clone() };
    world.azure().rule_groups = (0..50).map(other).collect();
    assert!(world.says("quotas").1.contains("has 50 rule collection groups"), "{:?}", world.says("quotas"));
}
