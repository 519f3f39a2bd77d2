//! Small desired and live values.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use crate::diag::Diagnostics;
use crate::live::{
    Answer, AzureLive, AzureQuery, LedgerLive, LiveFirewallRule, LiveNsg, LiveNsgRule, LivePolicy, LiveRecordSet,
    LiveRuleGroup, Observed, PlaceState, Query,
};
use crate::marks;
use crate::model::{
    Access, Addr, AddressKind, AddressSource, Addresses, ArmName, Desired, Direction, DnsAddresses, Environment,
    FirewallRule, FirewallRules, Kind, LateAddresses, NetworkSecurityGroup, NsgRule, Place, PlaceKey, PortRange,
    Priority, PrivateDnsRecord, Protocol, Regions, Resource, Spec,
};
use crate::op::{Handle, Object};
use crate::plan::draft::{BookEntry, Draft};
use crate::plan::{Change, Phase, Plan, PlanOptions, order};

pub(super) const NSG: &str =
    "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/networkSecurityGroups/nsg-app";
pub(super) const POLICY: &str =
    "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/firewallPolicies/hub";
pub(super) const ZONE: &str =
    "/subscriptions/sub-1/resourceGroups/rg/providers/Microsoft.Network/privateDnsZones/aws.bank";

pub(super) use crate::tests::texts;

pub(super) type Book = BTreeMap<(Addr, AddressKind), Addresses>;

pub(super) fn arm(id: &str) -> ArmName {
    ArmName(id.to_owned())
}

pub(super) fn place() -> Place {
    Place::Azure { subscription: "sub-1".to_owned(), location: Some("northeurope".to_owned()) }
}

pub(super) fn nets(list: &[&str]) -> BTreeSet<IpNet> {
    list.iter().map(|text| text.parse().expect("a network in a test")).collect()
}

pub(super) fn listed(list: &[&str]) -> AddressSource {
    AddressSource::Listed(nets(list))
}

pub(super) fn service() -> Addr {
    Addr::new("prod", "eu-north-1", Kind::EndpointService, "to-azure")
}

pub(super) fn service_ips() -> AddressSource {
    AddressSource::Of { addr: service(), kind: AddressKind::ServiceIps }
}

pub(super) fn late(of: &Addr, kind: AddressKind, within: BTreeSet<IpNet>) -> Addresses {
    let count = within.len();
    Addresses::Late(LateAddresses { of: of.clone(), kind, within, count, kept: BTreeSet::new() })
}

pub(super) fn book(addresses: Addresses) -> Book {
    BTreeMap::from([((service(), AddressKind::ServiceIps), addresses)])
}

pub(super) fn desired(resources: Vec<Resource>) -> Desired {
    let environment = |regions: &[&str]| Environment { regions: texts(regions) };
    Desired {
        product: "pay".to_owned(),
        owner: "team-net".to_owned(),
        regions: Regions { primary: "eu-north-1".to_owned(), dr: Some("eu-west-1".to_owned()) },
        environments: BTreeMap::from([
            ("dev".to_owned(), environment(&["eu-north-1"])),
            ("prod".to_owned(), environment(&["eu-north-1", "eu-west-1"])),
        ]),
        ..crate::tests::desired(resources)
    }
}

pub(super) fn resource(addr: &Addr, spec: Spec) -> Resource {
    Resource { addr: addr.clone(), place: place(), flow: None, spec }
}

pub(super) fn nsg_addr() -> Addr {
    Addr::new("prod", "azure", Kind::NetworkSecurityGroup, "app")
}

pub(super) fn nsg(rules: Vec<NsgRule>) -> Resource {
    resource(&nsg_addr(), Spec::NetworkSecurityGroup(NetworkSecurityGroup { group: arm(NSG), rules }))
}

pub(super) fn nsg_rule(name: &str, priority: Priority) -> NsgRule {
    NsgRule {
        name: name.to_owned(),
        env: "prod".to_owned(),
        region: Some("eu-north-1".to_owned()),
        priority,
        direction: Direction::Inbound,
        access: Access::Allow,
        protocol: Protocol::Tcp,
        from: listed(&["10.0.0.4/32"]),
        to: listed(&["10.1.0.0/24"]),
        ports: vec![PortRange::single(443)],
    }
}

/// The live rule as our own rule of that name would be, at a priority.
pub(super) fn live_rule(name: &str, priority: u16) -> LiveNsgRule {
    LiveNsgRule {
        name: name.to_owned(),
        priority,
        direction: Direction::Inbound,
        access: Access::Allow,
        protocol: "Tcp".to_owned(),
        from: texts(&["10.0.0.4/32"]),
        to: texts(&["10.1.0.0/24"]),
        ports: texts(&["443"]),
        source_ports: texts(&["*"]),
        security_groups: BTreeSet::new(),
        description: marks::rule_description(&desired(Vec::new()), &nsg_addr()),
        state: "Succeeded".into(),
    }
}

pub(super) fn live_nsg(rules: Vec<LiveNsgRule>) -> AzureLive {
    AzureLive { nsgs: vec![LiveNsg { id: arm(NSG), rules }], ..AzureLive::default() }
}

pub(super) fn firewall_addr() -> Addr {
    Addr::new("shared", "azure", Kind::FirewallRules, "rcg-pay")
}

pub(super) fn firewall(rules: Vec<FirewallRule>) -> Resource {
    let spec = FirewallRules { policy: arm(POLICY), group: "rcg-pay".to_owned(), priority: 2100, rules };
    resource(&firewall_addr(), Spec::FirewallRules(spec))
}

pub(super) fn firewall_rule(env: &str, region: &str) -> FirewallRule {
    FirewallRule {
        name: format!("xc-pay-{env}-billing-{region}"),
        env: env.to_owned(),
        region: Some(region.to_owned()),
        access: Access::Allow,
        protocol: Protocol::Tcp,
        from: listed(&["10.0.0.4/32"]),
        to: listed(&["10.1.2.3/32"]),
        ports: vec![PortRange::single(443)],
    }
}

pub(super) fn live_firewall_rule(name: &str) -> LiveFirewallRule {
    LiveFirewallRule {
        collection: "xcloud".to_owned(),
        collection_priority: 1000,
        action: "Allow".to_owned(),
        rule_type: "NetworkRule".to_owned(),
        name: name.to_owned(),
        protocols: texts(&["TCP"]),
        from: texts(&["10.0.0.4/32"]),
        to: texts(&["10.1.2.3/32"]),
        ports: texts(&["443"]),
        from_groups: BTreeSet::new(),
        to_groups: BTreeSet::new(),
        to_names: BTreeSet::new(),
        description: marks::rule_description(&desired(Vec::new()), &firewall_addr()),
    }
}

pub(super) fn live_group(rules: Vec<LiveFirewallRule>) -> AzureLive {
    let group = LiveRuleGroup {
        policy: arm(POLICY),
        name: "rcg-pay".to_owned(),
        priority: 2100,
        etag: "e0".to_owned(),
        state: "Succeeded".into(),
        rules,
        raw: Value::Array(Vec::new()),
    };
    AzureLive { rule_groups: vec![group], ..live_policy() }
}

pub(super) fn live_policy() -> AzureLive {
    let firewalls = BTreeSet::from([arm("/subscriptions/1/resourceGroups/rg/providers/firewall")]);
    let policy = LivePolicy {
        id: arm(POLICY),
        state: "Succeeded".into(),
        base: None,
        firewalls,
        snat_private_ranges: None,
        unread: None,
    };
    AzureLive { policies: vec![policy], ..AzureLive::default() }
}

pub(super) fn record_addr() -> Addr {
    Addr::new("prod", "azure", Kind::PrivateDnsRecord, "billing")
}

pub(super) fn record(addresses: DnsAddresses) -> Resource {
    let spec = PrivateDnsRecord { zone: arm(ZONE), record: "billing".to_owned(), ttl_secs: 30, addresses };
    resource(&record_addr(), Spec::PrivateDnsRecord(spec))
}

pub(super) fn live_record(ips: &[&str]) -> AzureLive {
    let set = LiveRecordSet {
        zone: arm(ZONE),
        name: "billing".to_owned(),
        record_type: "A".to_owned(),
        ttl_secs: 30,
        etag: "e0".to_owned(),
        metadata: marks::metadata(&desired(Vec::new()), &record_addr()),
        addresses: ips.iter().map(|ip| ip.parse().expect("an address in a test")).collect(),
        texts: Vec::new(),
    };
    AzureLive { zones: BTreeSet::from([arm(ZONE)]), record_sets: vec![set], ..AzureLive::default() }
}

pub(super) fn observed(live: &AzureLive) -> Observed {
    let state = PlaceState {
        place: place(),
        query: Query::Azure(AzureQuery::default()),
        answer: Answer::Azure(Box::new(live.clone())),
    };
    // Without a zone the ledger is asked for the active-region records, and holds none.
    let ledger = Place::Ledger { product: "pay".to_owned() };
    let (key, answer) = (ledger.key(), Answer::Ledger(LedgerLive::default()));
    let records = PlaceState { place: ledger, query: Query::Ledger, answer };
    Observed { places: BTreeMap::from([(place().key(), state), (key, records)]) }
}

pub(super) fn plan(desired: &Desired, live: &AzureLive) -> Result<Plan, Diagnostics> {
    plan_with(desired, live, &PlanOptions::default(), &Book::new())
}

pub(super) fn plan_with(
    desired: &Desired,
    live: &AzureLive,
    options: &PlanOptions,
    book: &Book,
) -> Result<Plan, Diagnostics> {
    plan_observed(desired, &observed(live), options, book)
}

pub(super) fn plan_observed(
    desired: &Desired,
    observed: &Observed,
    options: &PlanOptions,
    book: &Book,
) -> Result<Plan, Diagnostics> {
    plan_draft(Draft::new(desired, observed, options), book)
}

/// What each step opens after the commit point, and closes: before the steps are put in order.
pub(super) fn opens_and_closes(desired: &Desired, live: &AzureLive, book: &Book) -> Vec<(Phase, usize, Vec<String>)> {
    let (observed, options) = (observed(live), PlanOptions::default());
    let mut draft = Draft::new(desired, &observed, &options);
    fill(&mut draft, book);
    crate::kinds::plan(&mut draft);
    let closed = |closes: &BTreeSet<IpNet>| closes.iter().map(ToString::to_string).collect();
    draft.steps.iter().map(|step| (step.phase, step.opens_late.len(), closed(&step.closes))).collect()
}

/// Plans with other active regions than the primary.
pub(super) fn plan_where(desired: &Desired, live: &AzureLive, active: &[(&str, &str)]) -> Result<Plan, Diagnostics> {
    let (observed, options) = (observed(live), PlanOptions::default());
    let mut draft = Draft::new(desired, &observed, &options);
    draft.active = active.iter().map(|(env, region)| ((*env).to_owned(), (*region).to_owned())).collect();
    plan_draft(draft, &Book::new())
}

fn fill(draft: &mut Draft<'_>, book: &Book) {
    let place = PlaceKey { cloud: crate::model::Cloud::Aws, account: "1".to_owned(), region: "eu-north-1".to_owned() };
    for (key, addresses) in book {
        let holders = vec![Handle::Known(Object::of(&key.0, "").0)];
        draft.book.insert(key.clone(), BookEntry { addresses: addresses.clone(), place: place.clone(), holders });
    }
}

fn plan_draft(mut draft: Draft<'_>, book: &Book) -> Result<Plan, Diagnostics> {
    fill(&mut draft, book);
    crate::kinds::plan(&mut draft);
    if draft.problems.has_errors() {
        return Err(std::mem::take(&mut draft.problems));
    }
    Ok(order::finish(draft).expect("no circle in a test"))
}

/// The only change, with the paths of its fields.
pub(super) fn only(plan: &Plan) -> (&Change, Vec<String>) {
    assert_eq!(plan.changes.len(), 1, "{:#?}", plan.changes);
    (&plan.changes[0], plan.changes[0].fields.iter().map(|field| field.path.to_string()).collect())
}

pub(super) fn codes(problems: &Diagnostics) -> Vec<&str> {
    problems.0.iter().map(|problem| problem.code.as_str()).collect()
}

pub(super) fn notes(plan: &Plan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.code.as_str()).collect()
}
