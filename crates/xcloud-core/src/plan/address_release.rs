//! No address is released while an Azure rule or record of ours still names it: AWS may give it to somebody else the next
//! minute, and the firewall would let them in.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::draft::Draft;
use super::shown::short;
use super::{Await, Condition, Patience};
use crate::code::ProblemCode;
use crate::live::{AzureLive, LiveRuleGroup};
use crate::marks;
use crate::model::{Addresses, Cloud};
use crate::op::Handle;

/// Addresses that nothing names are looked for this long, and then only warned about.
const UNNAMED_SECS: u64 = 15;

/// Refuses steps that would release an address which a rule or record keeps naming after the run.
pub(crate) fn check(draft: &mut Draft<'_>) {
    let releasing: BTreeSet<IpNet> = draft.steps.iter().flat_map(|step| step.releases.iter().copied()).collect();
    if releasing.is_empty() {
        return;
    }
    let mut named: Named = BTreeMap::new();
    for key in draft.observed.places.keys() {
        if let Some(live) = draft.observed.azure(key) {
            add_names(draft, live, &mut named);
        }
    }
    let mut closing: BTreeMap<IpNet, usize> = BTreeMap::new();
    let mut releaser: BTreeMap<IpNet, usize> = BTreeMap::new();
    for (index, step) in draft.steps.iter().enumerate() {
        for net in &step.closes {
            *closing.entry(*net).or_default() += 1;
        }
        for net in &step.releases {
            releaser.entry(*net).or_insert(index);
        }
    }
    // Counted, not matched one to one: a step closes an address in one rule, and every rule that names it must be closed.
    let closed = |net: &IpNet| closing.get(net).copied().unwrap_or_default();
    let held = named.into_iter().filter(|(net, holders)| closed(net) < holders.len());
    for (net, holders) in held {
        let Some(addr) = releaser.get(&net).map(|index| draft.steps[*index].addr.clone()) else { continue };
        let holders: Vec<String> = holders.into_values().collect();
        let text = format!("it would release {}, which {} would still name", short(&net), holders.join(" and "));
        draft.problem(
            &addr,
            ProblemCode::AddressStillNamed,
            text,
            "include the Azure rules in the run: they are closed first",
        );
    }
}

/// Who names each address: by id, so that what several places see counts once, with the words for people.
type Named = BTreeMap<IpNet, BTreeMap<String, String>>;

/// Adds who names which single address (a range that holds it may be meant for others, and stays): each security rule,
/// each rule collection group, each record set.
fn add_names(draft: &Draft<'_>, live: &AzureLive, named: &mut Named) {
    let product = &draft.desired.product;
    let mut add = |id: String, who: String, nets: BTreeSet<IpNet>| {
        for net in nets {
            named.entry(net).or_default().insert(id.to_ascii_lowercase(), who.clone());
        }
    };
    for nsg in &live.nsgs {
        for rule in nsg.rules.iter().filter(|rule| marks::rule_is_ours(&rule.name, &rule.description, product)) {
            let who = format!("rule {} of {}", rule.name, nsg.id.name());
            add(format!("{}/{}", nsg.id, rule.name), who, hosts(rule.from.iter().chain(&rule.to)));
        }
    }
    let ours = |group: &&LiveRuleGroup| {
        group.rules.iter().any(|rule| marks::rule_is_ours(&rule.name, &rule.description, product))
    };
    for group in live.rule_groups.iter().filter(ours) {
        let texts = group.rules.iter().flat_map(|rule| rule.from.iter().chain(&rule.to));
        let who = format!("rule collection group {}", group.name);
        add(format!("{}/{}", group.policy, group.name), who, hosts(texts));
    }
    for set in &live.record_sets {
        if marks::metadata_address(&set.metadata, product).is_some() {
            let nets = set.addresses.iter().map(|ip| IpNet::from(std::net::IpAddr::V4(*ip))).collect();
            add(format!("{}/{}/{}", set.zone, set.record_type, set.name), format!("record {}", set.name), nets);
        }
    }
}

fn hosts<'t>(texts: impl Iterator<Item = &'t String>) -> BTreeSet<IpNet> {
    texts.filter_map(|text| text.parse::<IpNet>().ok()).filter(|net| net.prefix_len() == net.max_prefix_len()).collect()
}

/// Returns true if the cloud chooses the addresses of new interfaces that others have to let in.
fn chosen_late(cloud: Cloud) -> bool {
    match cloud {
        Cloud::Aws => true,
        Cloud::Azure | Cloud::Ledger => false,
    }
}

/// Addresses that a new object will get and that nothing names: the operator is shown them if they come soon.
pub(crate) fn look_for_unnamed(draft: &mut Draft<'_>) {
    let used: BTreeSet<_> = draft.steps.iter().flat_map(|step| step.uses.iter().cloned()).collect();
    let unnamed: Vec<Await> = draft
        .book
        .iter()
        .filter(|(key, entry)| chosen_late(entry.place.cloud) && !used.contains(key))
        .filter(|(_, entry)| entry.holders.iter().any(|holder| matches!(holder, Handle::Made(_))))
        .filter_map(|((of, kind), entry)| match &entry.addresses {
            Addresses::Late(late) => Some(Await {
                place: entry.place.clone(),
                condition: Condition::AddressesKnown {
                    of: of.clone(),
                    kind: *kind,
                    holders: entry.holders.clone(),
                    within: late.within.clone(),
                    count: late.count,
                },
                binds: None,
                patience: Patience::Warn(UNNAMED_SECS),
            }),
            Addresses::Known(_) => None,
        })
        .collect();
    draft.settle.extend(unnamed);
}
