//! Both example files on the Azure side: everything is made, then nothing is left to do, then everything goes.

use std::collections::{BTreeMap, BTreeSet};

use super::cloud::{Cloud, content};
use super::fixture::*;
use crate::live::{AzureLive, LiveNsg, LivePolicy, LiveSubnetAz, Observed, PlaceState};
use crate::model::{AddressKind, AddressSource, Addresses, ArmName, Desired, DnsAddresses, Place, Spec};
use crate::plan::{Action, Plan, PlanOptions};
use crate::tests::{open_api, resources};

/// What the file only finds: groups, policies, zones, subnets, frontends. One subscription is enough for both files.
fn ground(desired: &Desired) -> (Place, AzureLive) {
    let mut live = AzureLive::default();
    let mut places: BTreeMap<String, Place> = BTreeMap::new();
    let mut subnets: BTreeSet<ArmName> = BTreeSet::new();
    for resource in desired.resources.values() {
        match &resource.spec {
            Spec::NetworkSecurityGroup(spec) => live.nsgs.push(LiveNsg { id: spec.group.clone(), rules: Vec::new() }),
            Spec::FirewallRules(spec) => {
                live.policies.push(LivePolicy { id: spec.policy.clone(), ..live_policy().policies[0].clone() });
            }
            Spec::PrivateLinkService(spec) => {
                live.frontends.insert(spec.frontend.clone());
                subnets.insert(spec.nat_subnet.clone());
            }
            Spec::PrivateEndpoint(spec) => {
                subnets.insert(spec.subnet.clone());
            }
            Spec::PrivateDnsRecord(spec) => {
                live.zones.insert(spec.zone.clone());
            }
            _ => continue,
        }
        places.insert(resource.place.key().account, resource.place.clone());
    }
    let link_service_policies = "Disabled".to_owned();
    live.subnets = subnets
        .into_iter()
        .map(|id| LiveSubnetAz { id, cidrs: BTreeSet::new(), link_service_policies: link_service_policies.clone() })
        .collect();
    assert_eq!(places.len(), 1, "the examples have one subscription");
    (places.into_values().next().expect("a place"), live)
}

/// Every referenced resource with an address of its own.
fn addresses(desired: &Desired) -> Book {
    let mut book = Book::new();
    let mut note = |source: &AddressSource| {
        if let AddressSource::Of { addr, kind } = source {
            let next = book.len() + 4;
            book.entry((addr.clone(), *kind))
                .or_insert_with(|| Addresses::Known(nets(&[&format!("10.60.0.{next}/32")])));
        }
    };
    for resource in desired.resources.values() {
        match &resource.spec {
            Spec::NetworkSecurityGroup(spec) => {
                spec.rules.iter().for_each(|rule| [&rule.from, &rule.to].into_iter().for_each(&mut note))
            }
            Spec::FirewallRules(spec) => {
                spec.rules.iter().for_each(|rule| [&rule.from, &rule.to].into_iter().for_each(&mut note))
            }
            Spec::PrivateDnsRecord(spec) => match &spec.addresses {
                DnsAddresses::Fixed(source) => note(source),
                DnsAddresses::Active(regions) => regions.values().for_each(&mut note),
            },
            _ => {}
        }
    }
    book
}

fn plan_at(desired: &Desired, place: &Place, live: &AzureLive, options: &PlanOptions, book: &Book) -> Plan {
    let PlaceState { query, answer, .. } = observed(live).places.into_values().next().expect("a place");
    let state = PlaceState { place: place.clone(), query, answer };
    let observed = Observed { places: BTreeMap::from([(place.key(), state)]) };
    plan_observed(desired, &observed, options, book).expect("the example plans")
}

#[test]
fn the_examples_are_made_settle_and_go() {
    for (file, desired) in [("open-api.yaml", open_api()), ("resources.yaml", resources())] {
        let (place, live) = ground(&desired);
        let book = addresses(&desired);
        let options = PlanOptions::default();
        let first = plan_at(&desired, &place, &live, &options, &book);
        assert!(!first.is_empty() && first.changes.iter().all(|change| change.action == Action::Create), "{file}");
        assert!(first.steps.iter().all(|step| step.undo.is_reversible()), "{file}");
        let mut cloud = Cloud::new(&live);
        cloud.apply(&first, None).expect(file);
        let made = cloud.live.clone();
        let again = plan_at(&desired, &place, &made, &options, &book);
        assert!(again.is_empty(), "{file}: {:#?}", again.changes);
        assert_eq!(again.changes.len(), first.changes.len(), "{file}");
        assert!(again.changes.iter().all(|change| change.action == Action::Same), "{file}");
        cloud.unwind().expect(file);
        assert_eq!(content(&cloud.live), content(&live), "{file}");
        let destroy = PlanOptions { destroy: true, ..PlanOptions::default() };
        let mut cloud = Cloud::new(&made);
        cloud.apply(&plan_at(&desired, &place, &made, &destroy, &Book::new()), None).expect(file);
        assert_eq!(content(&cloud.live), content(&live), "{file}");
    }
}

#[test]
fn a_part_of_the_story_leaves_the_rest_alone() {
    let desired = open_api();
    let (place, live) = ground(&desired);
    let book = addresses(&desired);
    for env in desired.environments.keys() {
        let mut options = PlanOptions::default();
        options.filter.envs.insert(env.clone());
        let part = plan_at(&desired, &place, &live, &options, &book);
        let strangers = part.rules.iter().filter(|rule| !rule.name.contains(&format!("-{env}-")));
        assert_eq!(strangers.count(), 0, "{env}");
        assert!(!part.rules.is_empty(), "{env}");
    }
    let kinds: BTreeSet<AddressKind> = book.keys().map(|(_, kind)| *kind).collect();
    assert_eq!(kinds.len(), 2, "the story has both ways");
}
