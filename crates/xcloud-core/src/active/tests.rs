//! What records say, and what is desired under them.

use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::live::{Answer, AzureLive, LiveFirewallRule, LiveNsg, LiveRecordSet, LiveRuleGroup, Observed, PlaceState};
use crate::model::{Access, AddressSource, ArmName, Desired, Place, PlaceKey, Spec};
use crate::plan::queries;
use crate::tests::{OPEN_API, open_api, unanswered};

fn azure(desired: &Desired) -> (Place, ArmName) {
    desired.record_zone.clone().expect("the story has a zone")
}

/// Azure answers this, every AWS region is silent.
fn observed(desired: &Desired, live: AzureLive) -> Observed {
    let (zone, _) = azure(desired);
    let state = |key: PlaceKey, (place, query)| {
        let answer =
            if key == zone.key() { Answer::Azure(Box::new(live.clone())) } else { Answer::Unknown(unanswered(&key)) };
        (key, PlaceState { place, query, answer })
    };
    Observed { places: queries(desired).into_iter().map(|(key, asked)| state(key, asked)).collect() }
}

fn record(desired: &Desired, name: &str, texts: &[&str]) -> LiveRecordSet {
    LiveRecordSet {
        zone: azure(desired).1,
        name: name.to_owned(),
        record_type: "TXT".to_owned(),
        ttl_secs: 30,
        etag: "e1".to_owned(),
        metadata: BTreeMap::new(),
        addresses: BTreeSet::new(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    }
}

fn readings(desired: &Desired, sets: Vec<LiveRecordSet>, known: &Known) -> BTreeMap<String, Reading> {
    read(desired, &observed(desired, AzureLive { record_sets: sets, ..AzureLive::default() }), known)
}

#[test]
fn a_record_is_its_text() {
    let text = "v=1;epoch=8;region=eu-west-1;to=;old=fenced;run=0192";
    let record: ActiveRecord = text.parse().expect("a record");
    assert_eq!((record.epoch, record.to.as_deref(), record.old), (8, None, OldRegion::Fenced));
    assert_eq!(record.to_string(), text);
    for wrong in [
        "",
        "epoch=1;region=r;to=;old=open",
        "v=2;epoch=1;region=r;to=;old=open;run=",
        "v=1;epoch=x;region=r;to=;old=open;run=",
        "v=1;epoch=1;region=;to=;old=open;run=",
        "v=1;epoch=1;region=r;to=;old=ajar;run=",
        "v=1;epoch=1;region=r;old=open;run=",
    ] {
        assert!(wrong.parse::<ActiveRecord>().is_err(), "{wrong}");
    }
}

#[test]
fn only_environments_with_a_second_region_have_a_record() {
    let desired = open_api();
    let readings = readings(&desired, Vec::new(), &Known::default());
    assert_eq!(readings.keys().collect::<Vec<_>>(), ["int", "prod"]);
    for reading in readings.into_values() {
        let standing = reading.expect("an absent record is the primary's");
        assert_eq!((standing.record.epoch, standing.record.region.as_str()), (0, "eu-north-1"));
    }
}

#[test]
fn an_absent_record_is_not_believed_where_something_speaks_of_a_failover() {
    let desired = open_api();
    let known = Known { epochs: BTreeMap::from([("prod".to_owned(), 3)]) };
    let found = readings(&desired, Vec::new(), &known);
    assert!(found["int"].is_ok());
    assert!(found["prod"].as_ref().is_err_and(|why| why.contains("the ledger knows epoch 3")), "{found:?}");
    let none = Known { epochs: BTreeMap::from([("prod".to_owned(), 0)]) };
    assert!(readings(&desired, Vec::new(), &none)["prod"].is_ok(), "epoch 0 is that of no record");
    let mut switched = record(&desired, "events", &[]);
    switched.record_type = "A".to_owned();
    switched.addresses = BTreeSet::from(["10.61.2.21".parse().expect("an address")]);
    let found = readings(&desired, vec![switched.clone()], &Known::default());
    assert!(found["prod"].as_ref().is_err_and(|why| why.contains("points at eu-west-1")), "{found:?}");
    let elsewhere = ArmName(format!("{}x", switched.zone.0));
    for other in [
        LiveRecordSet { name: "another".to_owned(), ..switched.clone() },
        LiveRecordSet { zone: elsewhere, ..switched.clone() },
        LiveRecordSet { record_type: "TXT".to_owned(), ..switched.clone() },
        LiveRecordSet { addresses: BTreeSet::from(["10.60.2.5".parse().expect("an address")]), ..switched },
    ] {
        let found = readings(&desired, vec![other.clone()], &Known::default());
        assert!(found["prod"].is_ok(), "{other:?}");
    }
    assert!(found["int"].is_ok());
}

#[test]
fn a_record_that_cannot_be_understood_or_is_too_old_leaves_the_environment_alone() {
    let desired = open_api();
    let name = "_active.open-api-prod";
    let of =
        |texts: &[&str], known: &Known| readings(&desired, vec![record(&desired, name, texts)], known)["prod"].clone();
    let good = "v=1;epoch=2;region=eu-west-1;to=;old=open;run=r";
    assert!(of(&[good], &Known::default()).is_ok());
    let later = Known { epochs: BTreeMap::from([("prod".to_owned(), 3)]) };
    assert!(of(&[good], &later).is_err(), "an older record than the ledger's");
    for epoch in [0, 1, 2] {
        let known = Known { epochs: BTreeMap::from([("prod".to_owned(), epoch)]) };
        assert!(of(&[good], &known).is_ok(), "the ledger knows {epoch}, the record says 2");
    }
    for texts in [&["hello"][..], &[good, good], &[], &["v=1;epoch=2;region=us-east-1;to=;old=open;run=r"]] {
        assert!(of(texts, &Known::default()).is_err(), "{texts:?}");
    }
    let silent = Observed { places: BTreeMap::new() };
    assert!(read(&desired, &silent, &Known::default())["prod"].is_err());
}

fn standing(region: &str, old: OldRegion) -> BTreeMap<String, Standing> {
    let record = ActiveRecord { epoch: 2, region: region.to_owned(), to: None, old, run: "r".to_owned() };
    BTreeMap::from([("prod".to_owned(), Standing { record, live: None })])
}

/// The rules of the firewall that serve prod, as text.
fn rules(desired: &Desired) -> Vec<String> {
    let groups = desired.resources.values().filter_map(|resource| match &resource.spec {
        Spec::FirewallRules(group) => Some(&group.rules),
        _ => None,
    });
    let text = |source: &AddressSource| match source {
        AddressSource::Listed(nets) => nets.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        AddressSource::Of { addr, .. } => addr.to_string(),
    };
    let rules = groups.flatten().filter(|rule| rule.env == "prod");
    rules
        .map(|rule| {
            let word = if rule.access == Access::Deny { "deny" } else { "allow" };
            format!("{word} {} {} -> {}", rule.name, text(&rule.from), text(&rule.to))
        })
        .collect()
}

#[test]
fn a_fence_denies_the_old_regions_pins_and_what_its_live_rules_name() {
    let desired = open_api();
    let mut allow = live_rule("xc-open-api-prod-core-banking-eu-north-1");
    allow.from = BTreeSet::from(["10.60.2.4/32".to_owned(), "10.60.2.99/32".to_owned()]);
    let Some(Spec::FirewallRules(group)) = desired
        .resources
        .values()
        .map(|resource| resource.spec.clone())
        .find(|spec| matches!(spec, Spec::FirewallRules(_)))
    else {
        panic!("the story has a firewall group")
    };
    let live = LiveRuleGroup {
        policy: group.policy,
        name: group.group,
        priority: 2100,
        etag: String::new(),
        state: "Succeeded".into(),
        rules: vec![allow],
        raw: serde_json::Value::Null,
    };
    let seen = observed(&desired, AzureLive { rule_groups: vec![live], ..AzureLive::default() });
    let fenced = under(&desired, &seen, &standing("eu-west-1", OldRegion::Fenced));
    let found = rules(&fenced);
    assert!(
        found.contains(
            &"deny xc-open-api-prod-core-banking-eu-north-1-fence 10.60.2.4/32,10.60.2.20/32,10.60.2.36/32,10.60.2.99/32 -> 10.122.8.10/32"
                .to_owned()
        ),
        "{found:#?}"
    );
    assert!(found.iter().any(|rule| {
        rule.starts_with("deny xc-open-api-prod-payment-events-eu-north-1-fence 10.122.16.0/26 -> 10.60.2.5/32")
    }));
    assert_eq!(found.len(), 6, "both regions stay open: {found:#?}");
    let closed = rules(&under(&desired, &seen, &standing("eu-west-1", OldRegion::Closed)));
    assert_eq!(closed.len(), 4, "{closed:#?}");
    assert!(closed.iter().all(|rule| rule.contains("eu-west-1 ") == rule.starts_with("allow")), "{closed:#?}");
    let back = under(&desired, &seen, &standing("eu-north-1", OldRegion::Open));
    assert_eq!(*back, desired);
}

fn live_rule(name: &str) -> LiveFirewallRule {
    LiveFirewallRule {
        collection: "xcloud".to_owned(),
        collection_priority: 1000,
        action: "Allow".to_owned(),
        rule_type: "NetworkRule".to_owned(),
        name: name.to_owned(),
        protocols: BTreeSet::from(["TCP".to_owned()]),
        from: BTreeSet::new(),
        to: BTreeSet::from(["10.122.8.10/32".to_owned()]),
        ports: BTreeSet::from(["443".to_owned()]),
        from_groups: BTreeSet::new(),
        to_groups: BTreeSet::new(),
        to_names: BTreeSet::new(),
        description: String::new(),
    }
}

#[test]
fn without_a_firewall_the_fence_stands_in_the_security_group_before_every_rule_of_ours() {
    let text: String = OPEN_API
        .lines()
        .filter(|line| !line.contains("firewall_policy:") && !line.contains("rule_collection_group:"))
        .map(|line| format!("{line}\n"))
        .collect();
    let (desired, problems) = crate::config::load("x.yaml", &text);
    let desired = desired.unwrap_or_else(|| panic!("{problems:?}"));
    let seen = observed(&desired, AzureLive { nsgs: Vec::<LiveNsg>::new(), ..AzureLive::default() });
    let fenced = under(&desired, &seen, &standing("eu-west-1", OldRegion::Fenced));
    let groups = fenced.resources.values().filter_map(|resource| match &resource.spec {
        Spec::NetworkSecurityGroup(group) if resource.addr.env() == "prod" => Some(&group.rules),
        _ => None,
    });
    let denies: Vec<_> = groups.flatten().filter(|rule| rule.access == Access::Deny).collect();
    assert_eq!(denies.len(), 2);
    for deny in denies {
        assert_eq!(deny.priority, crate::model::Priority::Within(2000, 2009));
    }
}

#[test]
fn what_opens_on_failover_is_closed_in_the_standby_and_open_where_it_is_active() {
    let text = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let (desired, problems) = crate::config::load("x.yaml", &text);
    let desired = desired.unwrap_or_else(|| panic!("{problems:?}"));
    let seen = observed(&desired, AzureLive::default());
    let primary = rules(&under(&desired, &seen, &standing("eu-north-1", OldRegion::Open)));
    assert!(primary.iter().all(|rule| !rule.contains("eu-west-1")), "{primary:#?}");
    let away = rules(&under(&desired, &seen, &standing("eu-west-1", OldRegion::Open)));
    assert_eq!(away.iter().filter(|rule| rule.contains("eu-west-1")).count(), 2, "{away:#?}");
}

#[test]
fn a_long_name_keeps_its_end_and_its_limit() {
    assert_eq!(fence_name("xc-p-dev-f-eu-north-1"), "xc-p-dev-f-eu-north-1-fence");
    let long = format!("xc-{}-eu-north-1", "a".repeat(66));
    let name = fence_name(&long);
    assert_eq!(name.len(), 80);
    assert!(name.ends_with("-eu-north-1-fence"), "{name}");
    assert_eq!(fenced_name("x-eu-north-1-fence"), "x-eu-north-1");
}

fn planned(texts: &[&str], destroy: bool) -> (Option<crate::plan::Plan>, Vec<String>) {
    let desired = open_api();
    let sets = texts.iter().map(|text| record(&desired, "_active.open-api-prod", &[text])).collect();
    let observed = observed(&desired, AzureLive { record_sets: sets, ..AzureLive::default() });
    let options = crate::plan::PlanOptions { destroy, ..Default::default() };
    let (plan, problems) = crate::plan::converge(&desired, &observed, &options);
    (plan, problems.0.into_iter().map(|problem| problem.code.to_string()).collect())
}

#[test]
fn nothing_is_destroyed_while_another_region_is_active() {
    let elsewhere = "active-elsewhere".to_owned();
    let (plan, codes) = planned(&["v=1;epoch=1;region=eu-west-1;to=;old=fenced;run=r"], true);
    assert!(plan.is_none() && codes.contains(&elsewhere), "{codes:?}");
    let (_, codes) = planned(&["v=1;epoch=2;region=eu-north-1;to=;old=open;run=r"], true);
    assert!(!codes.contains(&elsewhere), "{codes:?}");
    let (_, codes) = planned(&["v=1;epoch=1;region=eu-west-1;to=;old=fenced;run=r"], false);
    assert!(!codes.contains(&elsewhere), "a plan is made under it: {codes:?}");
}

#[test]
fn a_plan_says_what_it_stands_on() {
    let text = "v=1;epoch=1;region=eu-west-1;to=;old=fenced;run=r";
    let targets = ["prod/eu-west-1/endpoint/to-azure".to_owned()].into();
    let filter = crate::plan::Filter { envs: ["prod".to_owned()].into(), targets, ..Default::default() };
    let desired = open_api();
    let sets = vec![record(&desired, "_active.open-api-prod", &[text])];
    let observed = observed(&desired, AzureLive { record_sets: sets, ..AzureLive::default() });
    let options = crate::plan::PlanOptions { filter, ..Default::default() };
    let (plan, problems) = crate::plan::converge(&desired, &observed, &options);
    let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
    assert_eq!(plan.active.keys().collect::<Vec<_>>(), ["prod"]);
    assert_eq!(plan.depends.get("active-region prod").and_then(|value| value.as_str()), Some(text));
    let places: BTreeSet<&PlaceKey> = observed.places.keys().collect();
    assert_eq!(plan.places.keys().collect::<BTreeSet<_>>(), places);
    let silent = places.len() - 1;
    assert_eq!(
        (plan.unknown.len(), plan.notes.iter().filter(|note| note.code.as_str() == "unknown-place").count()),
        (silent, silent)
    );
}

#[test]
fn addresses_that_aws_chose_are_those_of_the_live_object_with_our_mark() {
    let mut desired = open_api();
    for resource in desired.resources.values_mut() {
        match &mut resource.spec {
            Spec::LoadBalancer(spec) => spec.service_ips.clear(),
            Spec::Endpoint(spec) => spec.endpoint_ips.clear(),
            _ => {}
        }
    }
    let seen = crate::failover::gates::tests::live::observed(&desired);
    let known = |kind, name: &str, of| {
        let addr = crate::model::Addr::new("prod", "eu-west-1", kind, name);
        let known = known_addresses(&desired, &seen, &AddressSource::Of { addr, kind: of });
        known.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let chosen = ["10.99.1.9/32", "10.99.2.9/32", "10.99.3.9/32"];
    let service_ips = crate::model::AddressKind::ServiceIps;
    assert_eq!(known(crate::model::Kind::EndpointService, "to-azure", service_ips), chosen);
    let endpoint_ips = crate::model::AddressKind::EndpointIps;
    assert_eq!(known(crate::model::Kind::Endpoint, "payment-events", endpoint_ips), chosen);
    assert_eq!(known(crate::model::Kind::Endpoint, "elsewhere", endpoint_ips), Vec::<String>::new());
}

#[test]
fn records_live_in_the_zone_or_in_the_ledger_if_an_environment_has_two_regions() {
    let mut desired = open_api();
    let (place, zone) = azure(&desired);
    assert_eq!(desired.record_home(), Some(RecordHome { place, zone: Some(zone) }));
    desired.record_zone = None;
    let ledger = Place::Ledger { product: "open-api".to_owned() };
    assert_eq!(desired.record_home(), Some(RecordHome { place: ledger, zone: None }));
    desired.environments.retain(|env, _| env == "dev");
    assert_eq!(desired.record_home(), None, "dev has one region");
}

#[test]
fn each_environment_has_its_own_record_in_the_ledger() {
    let mut desired = open_api();
    desired.record_zone = None;
    let record = |env: &str, epoch: u64, version: u64| {
        let text = format!("v=1;epoch={epoch};region=eu-west-1;to=;old=open;run=r");
        crate::live::LiveActiveRecord { env: env.to_owned(), text, version }
    };
    let records = vec![record("int", 2, 4), record("prod", 5, 9)];
    let places = queries(&desired).into_iter().map(|(key, (place, query))| {
        let answer = match query {
            crate::live::Query::Ledger => Answer::Ledger(crate::live::LedgerLive { records: records.clone() }),
            _ => Answer::Azure(Box::default()),
        };
        (key, PlaceState { place, query, answer })
    });
    let found = read(&desired, &Observed { places: places.collect() }, &Known::default());
    let standing = |env: &str| found[env].clone().expect("it is read");
    assert_eq!((standing("int").record.epoch, standing("prod").record.epoch), (2, 5));
    assert_eq!(standing("prod").live.map(|live| live.etag).as_deref(), Some("9"), "the version stands for the ETag");
}

#[test]
fn a_plan_tells_how_its_environments_stand() {
    let desired = open_api();
    let notes = |text: &str| {
        let sets = vec![record(&desired, "_active.open-api-prod", &[text])];
        let observed = observed(&desired, AzureLive { record_sets: sets, ..AzureLive::default() });
        let targets = ["*/eu-west-1/endpoint/to-azure".to_owned()].into();
        let filter = crate::plan::Filter { targets, ..Default::default() };
        let options = crate::plan::PlanOptions { filter, ..Default::default() };
        let (plan, problems) = crate::plan::converge(&desired, &observed, &options);
        let plan = plan.unwrap_or_else(|| panic!("{problems:?}"));
        let told = plan.notes.into_iter().filter(|note| note.code.as_str() != "unknown-place" && note.addr.is_none());
        (plan.active.into_keys().collect::<Vec<_>>(), told.map(|note| note.text).collect::<Vec<_>>())
    };
    let both = vec!["int".to_owned(), "prod".to_owned()];
    let quiet = notes("v=1;epoch=2;region=eu-north-1;to=;old=open;run=r");
    assert_eq!(quiet, (both.clone(), Vec::new()));
    let away = "eu-west-1 is active in prod (epoch 1); the primary region is fenced";
    assert_eq!(notes("v=1;epoch=1;region=eu-west-1;to=;old=fenced;run=r").1, [away]);
    let begun = "a failover of prod to eu-west-1 is under way (epoch 1): `xcloud resume` finishes it";
    assert_eq!(notes("v=1;epoch=1;region=eu-north-1;to=eu-west-1;old=open;run=r").1, [begun]);
    let (known, told) = notes("hello");
    assert_eq!(known, ["int"]);
    assert!(told.len() == 1 && told[0].starts_with("prod is left alone, since its active region is not known: "));
}

#[test]
fn names_point_at_the_region_that_the_record_says() {
    let desired = open_api();
    let (_, zone) = azure(&desired);
    let written = |text: &str| {
        let mut seen = crate::failover::gates::tests::live::observed(&desired);
        for state in seen.places.values_mut() {
            let Answer::Azure(live) = &mut state.answer else { continue };
            live.zones.insert(zone.clone());
            live.record_sets.push(record(&desired, "_active.open-api-prod", &[text]));
        }
        let targets = ["prod/azure/private-dns-record/payment-events".to_owned()].into();
        let filter = crate::plan::Filter { targets, ..Default::default() };
        let options = crate::plan::PlanOptions { filter, ..Default::default() };
        let (plan, problems) = crate::plan::converge(&desired, &seen, &options);
        let steps = plan.unwrap_or_else(|| panic!("{problems:?}")).steps;
        steps.into_iter().map(|step| serde_json::to_string(&step.op).expect("JSON")).collect::<Vec<_>>()
    };
    assert_eq!(written("v=1;epoch=2;region=eu-north-1;to=;old=open;run=r"), Vec::<String>::new());
    let moved = written("v=1;epoch=1;region=eu-west-1;to=;old=open;run=r");
    assert!(moved.len() == 1 && moved[0].contains("10.61.2.5/32") && !moved[0].contains("10.60.2."), "{moved:?}");
}
