//! A run that is about a part: what is left out, or does not answer, stays exactly as it is.

use serde_json::Value;
use xcloud_core::plan::{Filter, PlanOptions};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::Testbed;

use crate::bed::{OPEN_API, apply, assert_in_sync, later, load, make, plan};
use crate::cases::{Edit, edit, edited, shown};

const GROUP: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-hub/providers\
    /Microsoft.Network/firewallPolicies/afwp-hub/ruleCollectionGroups/rcg-xcloud-open-api";

/// Every environment and region gets new clients of both ways, and another port.
const EDITS: [Edit; 4] = [
    edit("  dev:", "azure: {clients: [10.120.16.0/26]", "azure: {clients: [10.120.16.0/27]"),
    edit("  int:", "azure: {clients: [10.121.16.0/26]", "azure: {clients: [10.121.16.0/27]"),
    edit("  prod:", "azure: {clients: [10.122.16.0/26]", "azure: {clients: [10.122.16.0/27]"),
    edit("  core-banking:", "port: 443", "port: 8443"),
];

/// The rules of the live group, by name.
fn rules(bed: &Testbed) -> Vec<(String, Value)> {
    let world = bed.cloud().world();
    let group = world.azure.find(GROUP).expect("the group");
    let collections = group.list("ruleCollections").iter();
    let rules = collections.flat_map(|one| one["rules"].as_array().into_iter().flatten());
    let mut rules: Vec<(String, Value)> =
        rules.map(|rule| (rule["name"].as_str().unwrap_or_default().to_owned(), rule.clone())).collect();
    rules.sort_by(|one, other| one.0.cmp(&other.0));
    assert!(rules.len() >= 5, "{rules:#?}");
    rules
}

/// Fails unless exactly the rules whose names match have changed.
fn assert_changed(before: &[(String, Value)], after: &[(String, Value)], mine: impl Fn(&str) -> bool) {
    let names = |rules: &[(String, Value)]| rules.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(before), names(after), "no rule came or went");
    for (old, new) in before.iter().zip(after) {
        assert_eq!(old.1 != new.1, mine(&old.0), "{:#} became {:#}", old.1, new.1);
    }
}

fn only(filter: Filter) -> PlanOptions {
    PlanOptions { filter, ..PlanOptions::default() }
}

/// Applies a part of the edit, looks at the rules, applies the rest, and wants nothing left to do.
async fn part(filter: Filter, mine: impl Fn(&str) -> bool, touches: impl Fn(&str) -> bool) {
    let (before, after) = (load(OPEN_API), load(&edited(OPEN_API, &EDITS)));
    let bed = make(&before).await;
    let old = rules(&bed);
    let (plan_of_part, _, _) = apply(&bed, &after, &only(filter.clone())).await;
    for step in &plan_of_part.steps {
        assert!(touches(step.addr.as_str()), "{} is no part of the run", step.addr);
    }
    assert_changed(&old, &rules(&bed), mine);
    later(&bed).await;
    let again = plan(&bed, &after, &only(filter)).await;
    assert!(again.is_empty(), "{}", shown(&again));
    let (rest, _, _) = apply(&bed, &after, &PlanOptions::default()).await;
    assert!(!rest.is_empty(), "the rest was left");
    assert_changed(&old, &rules(&bed), |_| true);
    later(&bed).await;
    assert_in_sync(&plan(&bed, &after, &PlanOptions::default()).await);
}

fn set(items: &[&str]) -> std::collections::BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

#[tokio::test(start_paused = true)]
async fn one_environment() {
    let filter = Filter { envs: set(&["dev"]), ..Filter::default() };
    part(filter, |rule| rule.contains("-dev-"), |addr| addr.starts_with("dev/") || addr.starts_with("shared/")).await;
}

#[tokio::test(start_paused = true)]
async fn one_region() {
    let filter = Filter { regions: set(&["eu-west-1"]), ..Filter::default() };
    let here = |addr: &str| addr.contains("/eu-west-1/") || addr.contains("/azure/");
    part(filter, |rule| rule.ends_with("-eu-west-1"), here).await;
}

#[tokio::test(start_paused = true)]
async fn one_target() {
    let filter = Filter { targets: set(&["shared/azure/firewall-rules/*"]), ..Filter::default() };
    part(filter, |_| true, |addr| addr.starts_with("shared/")).await;
}

#[tokio::test(start_paused = true)]
async fn another_target_leaves_the_group_alone() {
    let (before, after) = (load(OPEN_API), load(&edited(OPEN_API, &EDITS)));
    let bed = make(&before).await;
    let old = rules(&bed);
    let filter = Filter { targets: set(&["prod/*/security-group/*"]), ..Filter::default() };
    let (part, _, _) = apply(&bed, &after, &only(filter)).await;
    assert!(!part.is_empty());
    assert_changed(&old, &rules(&bed), |_| false);
    apply(&bed, &after, &PlanOptions::default()).await;
    later(&bed).await;
    assert_in_sync(&plan(&bed, &after, &PlanOptions::default()).await);
}

#[tokio::test(start_paused = true)]
async fn a_region_that_does_not_answer_is_left_alone() {
    for kind in [FaultKind::Refuse, FaultKind::SilentBefore] {
        let (before, after) = (load(OPEN_API), load(&edited(OPEN_API, &EDITS)));
        let bed = make(&before).await;
        let old = rules(&bed);
        let region = Some("eu-west-1".to_owned());
        bed.cloud().set_faults(vec![Fault { operation: None, region, skip: 0, times: u32::MAX, kind }]);
        let process = bed.process(&after);
        let start = bed.cloud().clock().now();
        let (there, problems) = process.plan(&PlanOptions::default()).await;
        let took = bed.cloud().clock().now().secs_since(start);
        assert!(took <= 61.0, "the observation took {took} s");
        let there = there.unwrap_or_else(|| panic!("there is no plan: {}", crate::bed::told(&problems)));
        let silent = there.unknown.keys().all(|place| place.region == "eu-west-1");
        assert!(silent && there.unknown.len() >= 3, "the hub, int and prod: {:?}", there.unknown);
        for step in &there.steps {
            assert!(step.place.region != "eu-west-1", "{} of the silent region", step.addr);
        }
        crate::bed::carry_out(&process, &there).await;
        assert_changed(&old, &rules(&bed), |rule| !rule.ends_with("-eu-west-1"));
        bed.cloud().set_faults(Vec::new());
        later(&bed).await;
        apply(&bed, &after, &PlanOptions::default()).await;
        assert_changed(&old, &rules(&bed), |_| true);
        later(&bed).await;
        assert_in_sync(&plan(&bed, &after, &PlanOptions::default()).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_flow_that_is_declared_no_more_is_an_orphan_until_it_is_pruned() {
    let at = OPEN_API.find("  payment-events:").expect("the flow");
    let end = OPEN_API.find("failover:").expect("what follows the flows");
    let (before, after) = (load(OPEN_API), load(&format!("{}{}", &OPEN_API[..at], &OPEN_API[end..])));
    let bed = make(&before).await;
    let there = plan(&bed, &after, &PlanOptions::default()).await;
    let orphans = there.notes.iter().filter(|note| note.code.as_str() == "orphan").count();
    assert!(orphans >= 5, "{:#?}", there.notes);
    let deletes = there.steps.iter().filter(|step| step.op.name().starts_with("Delete")).count();
    assert_eq!(deletes, 0, "{}", shown(&there));

    let prune = PlanOptions { prune: true, ..PlanOptions::default() };
    let pruned = plan(&bed, &after, &prune).await;
    let at = |wanted: &str| pruned.steps.iter().position(|step| step.op.name() == wanted);
    let closed = at("PUT ruleCollectionGroups").expect("the rules are written");
    let released = at("DeleteVpcEndpoints").expect("the endpoints go");
    let service = at("DeleteVpcEndpointServiceConfigurations").expect("the services go");
    assert!(closed < released && released < service, "{closed} {released} {service}");
    apply(&bed, &after, &prune).await;
    let endpoints = bed.cloud().calls();
    let when = |operation: &str, last: bool| {
        let mut times = endpoints.iter().filter(|call| call.operation == operation && call.mutated).map(|call| call.at);
        if last { times.next_back() } else { times.next() }
    };
    assert!(when("PUT ruleCollectionGroups", true) < when("DeleteVpcEndpoints", false));
    later(&bed).await;
    assert_in_sync(&plan(&bed, &after, &prune).await);
    let text = rules(&bed).into_iter().map(|(name, _)| name).collect::<String>();
    assert!(!text.contains("payment-events"), "{text}");
}
