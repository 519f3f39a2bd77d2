//! The truth table of drift, generated: every leaf of everything live, of every kind, changed, removed and added, one at
//! a time, and what drift tells of it. The tables of `tamper` change the clouds themselves; here no leaf is left out.

mod strokes;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;
use xcloud_core::drift;
use xcloud_core::live::{Answer, Observed};
use xcloud_core::model::{Desired, PlaceKey};
use xcloud_core::plan::{Filter, PlanOptions, compare};

use crate::bed::{OPEN_API, RESOURCES, load, make};
use crate::cases::{edit, edited};
use crate::tamper::hand::findings;

/// What drift says nothing about, and why.
const SILENT: &[(&str, &[&str])] = &[
    ("a service with more zones than its load balancers' serves the same endpoints", &["aws services.zones added"]),
    (
        "it never changes, or the cloud draws it",
        &[
            "aws endpoints.interfaces.id changed",
            "aws endpoints.interfaces.subnet changed",
            "aws groups.name changed",
            "aws groups.rules.id changed",
            "aws load_balancers.interfaces.id changed",
            "aws load_balancers.interfaces.subnet changed",
            "aws load_balancers.lb_type changed",
            "aws load_balancers.listeners.arn changed",
            "aws load_balancers.name changed",
            "aws load_balancers.scheme changed",
            "aws services.connections.owner changed",
            "aws services.id changed",
            "aws zones.id changed",
            "azure link_services.alias changed",
            "azure link_services.connections.name changed",
            "azure link_services.etag changed",
            "azure link_services.location changed",
            "azure private_endpoints.etag changed",
            "azure private_endpoints.location changed",
            "azure record_sets.etag changed",
            "azure rule_groups.etag changed",
        ],
    ),
    (
        "labels of others, and names for people",
        &[
            "aws endpoints.tags[Name] changed",
            "aws endpoints.tags[Name] removed",
            "aws endpoints.tags[theirs] added",
            "aws groups.rules.tags[theirs] added",
            "aws groups.rules.tags[xcloud:address] changed",
            "aws groups.rules.tags[xcloud:address] removed",
            "aws groups.rules.tags[xcloud:product] changed",
            "aws groups.rules.tags[xcloud:product] removed",
            "aws groups.tags[Name] changed",
            "aws groups.tags[Name] removed",
            "aws groups.tags[theirs] added",
            "aws load_balancers.listeners.tags[Name] changed",
            "aws load_balancers.listeners.tags[Name] removed",
            "aws load_balancers.listeners.tags[theirs] added",
            "aws load_balancers.tags[Name] changed",
            "aws load_balancers.tags[Name] removed",
            "aws load_balancers.tags[theirs] added",
            "aws services.tags[Name] changed",
            "aws services.tags[Name] removed",
            "aws services.tags[theirs] added",
            "aws target_groups.tags[Name] changed",
            "aws target_groups.tags[Name] removed",
            "aws target_groups.tags[theirs] added",
            "azure link_services.tags[theirs] added",
            "azure private_endpoints.tags[theirs] added",
            "azure record_sets.metadata[theirs] added",
        ],
    ),
    (
        "the report lists it as not checked",
        &[
            "aws load_balancers.listeners.tags[xcloud:address] changed",
            "aws load_balancers.listeners.tags[xcloud:address] removed",
            "aws load_balancers.listeners.tags[xcloud:owner] changed",
            "aws load_balancers.listeners.tags[xcloud:owner] removed",
            "aws load_balancers.listeners.tags[xcloud:product] changed",
            "aws load_balancers.listeners.tags[xcloud:product] removed",
            "aws target_groups.tags[xcloud:owner] changed",
            "aws target_groups.tags[xcloud:owner] removed",
        ],
    ),
    (
        "not ours, and nothing of ours depends on it once it stands",
        &[
            "aws subnets added",
            "aws subnets(theirs).tags[theirs] added",
            "aws vpcs added",
            "aws vpcs(theirs).cidrs added",
            "aws vpcs(theirs).cidrs changed",
            "aws vpcs(theirs).cidrs removed",
            "aws vpcs(theirs).tags[theirs] added",
            "aws zones added",
            "aws zones.records added",
            "azure frontends added",
            "azure frontends changed",
            "azure frontends removed",
            "azure load_balancers added",
            "azure load_balancers removed",
            "azure load_balancers.id changed",
            "azure load_balancers.location changed",
            "azure load_balancers.sku changed",
            "azure policies added",
            "azure subnets added",
            "azure subnets removed",
            "azure subnets.cidrs added",
            "azure subnets.cidrs changed",
            "azure subnets.cidrs removed",
            "azure subnets.id changed",
            "azure subnets.link_service_policies changed",
            "azure zones added",
        ],
    ),
    (
        "a policy decides on whatever firewalls it rules, as long as there is one",
        &["azure policies.firewalls added", "azure policies.firewalls changed"],
    ),
    (
        "the mark holds it, whatever else is beside it",
        &["aws zones.records.ttl_secs changed", "aws zones.records.values added"],
    ),
    (
        "another way to write the same: a name for the same rule, no source port for any",
        &[
            "azure nsgs.rules.name changed",
            "azure nsgs.rules.source_ports removed",
            "azure rule_groups.rules.name changed",
        ],
    ),
    (
        "the state of the endpoint on the other side tells it",
        &[
            "aws services.connections removed",
            "aws services.connections.state changed",
            "azure link_services.connections removed",
            "azure link_services.connections.status changed",
        ],
    ),
    (
        "interfaces show late and not to everybody; the pins are what the API says of the endpoint itself",
        &[
            "aws endpoints.interfaces added",
            "aws endpoints.interfaces removed",
            "aws endpoints.interfaces.ips added",
            "aws endpoints.interfaces.ips removed",
            "aws load_balancers.interfaces added",
            "aws load_balancers.interfaces removed",
            "aws load_balancers.interfaces.ips removed",
            "azure private_endpoints.ips added",
            "azure private_endpoints.ips changed",
            "azure private_endpoints.ips removed",
        ],
    ),
    (
        "readiness judges health; of the load balancers of a target group its listeners tell",
        &["aws target_groups.load_balancers removed", "aws target_groups.targets.2 changed"],
    ),
];

/// What it says nothing about in the story, beside what it tells of other objects.
const SILENT_IN_THE_STORY: &[(&str, &[&str])] = &[
    (
        "the load balancer behind the service is found: its zones are its owner's",
        &["aws services.zones changed", "aws services.zones removed"],
    ),
    (
        "no name points at the endpoint, and its addresses are not pinned: nothing depends on them",
        &["aws endpoints.dns.0 changed", "aws endpoints.dns.1 changed", "aws endpoints.interfaces.ips changed"],
    ),
    ("nothing of ours stands in the subnet", &["aws subnets removed"]),
    (
        "one rule among others decides the same as before",
        &[
            "azure nsgs.rules.priority changed",
            "azure rule_groups.rules.collection changed",
            "azure rule_groups.rules.collection_priority changed",
        ],
    ),
];

/// Returns the observation in which one place answered otherwise; `None` if no cloud can answer so.
fn with(observed: &Observed, key: &PlaceKey, answer: Value) -> Option<Observed> {
    let mut observed = observed.clone();
    observed.places.get_mut(key)?.answer = serde_json::from_value::<Answer>(answer).ok()?;
    Some(observed)
}

fn told(desired: &Desired, observed: &Observed) -> Vec<String> {
    let comparison = compare(desired, observed, &PlanOptions::default());
    findings(&drift::report(desired, observed, &comparison, &Filter::default(), "2026-11-22"))
}

/// Makes every stroke on an estate as applied, and returns what drift tells of each line of the table.
async fn table(text: &str) -> BTreeMap<String, BTreeSet<String>> {
    let desired = load(text);
    let bed = make(&desired).await;
    let observed = bed.process(&desired).observe_for_drift().await;
    assert_eq!(told(&desired, &observed), Vec::<String>::new());
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (key, state) in &observed.places {
        let answer = serde_json::to_value(&state.answer).expect("JSON");
        for stroke in strokes::all(&answer) {
            let Some(changed) = with(&observed, key, stroke.answer) else { continue };
            let told = told(&desired, &changed).join("\n    ");
            table.entry(format!("{} {}", stroke.path, stroke.what)).or_default().insert(told);
        }
    }
    table
}

/// Returns the lines on which drift is silent without a reason, and those on which it speaks against one.
fn unexplained<'a>(
    table: &'a BTreeMap<String, BTreeSet<String>>,
    silent: &BTreeSet<&str>,
) -> (Vec<&'a String>, Vec<&'a String>) {
    let lines = |wanted: (bool, bool)| {
        let fits = move |(line, told): &(&String, &BTreeSet<String>)| {
            (told.contains(""), silent.contains(line.as_str())) == wanted
        };
        table.iter().filter(fits).map(|(line, _)| line).collect()
    };
    (lines((true, false)), lines((false, true)))
}

#[tokio::test(start_paused = true)]
async fn every_leaf_changed_removed_and_added() {
    let tagged = edit("owner:", "\nregions:", "\ntags: {CostCenter: \"4711\"}\nregions:");
    let table = table(&edited(RESOURCES, &[tagged])).await;
    let silent: BTreeSet<&str> = SILENT.iter().flat_map(|(_, lines)| lines.iter().copied()).collect();
    let mut text = String::new();
    for (line, told) in table.iter().filter(|(line, _)| !silent.contains(line.as_str())) {
        writeln!(text, "{line}").expect("a string takes text");
        told.iter().for_each(|told| writeln!(text, "    {told}").expect("a string takes text"));
    }
    insta::assert_snapshot!(text);
    assert_eq!(unexplained(&table, &silent), (Vec::new(), Vec::new()), "silent without a reason, and told with one");
    let known: BTreeSet<&str> = table.keys().map(String::as_str).collect();
    assert_eq!(silent.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new(), "no such line");
}

#[tokio::test(start_paused = true)]
async fn every_leaf_of_the_story() {
    let mut table = table(OPEN_API).await;
    table.retain(|line, _| !line.contains("(theirs)"));
    let silent = SILENT.iter().chain(SILENT_IN_THE_STORY);
    let silent: BTreeSet<&str> = silent.flat_map(|(_, lines)| lines.iter().copied()).collect();
    assert_eq!(unexplained(&table, &silent).0, Vec::<&String>::new(), "drift is silent, and nobody said why");
}
