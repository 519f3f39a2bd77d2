//! Room for what a failover would still make. Quotas themselves are not read: these are what the clouds give by
//! default, and only what is in the live data is counted.

use std::collections::{BTreeMap, BTreeSet};

use super::findings::Findings;
use super::marked;
use super::{Gate, GateName, Light, Question};
use crate::kinds::Role;
use crate::live::{AwsLive, AzureLive, LiveEndpoint, LiveVpc};
use crate::model::{Addr, FirewallRules, NetworkSecurityGroup, PlaceKey, Selector};

/// Interface endpoints in a VPC (AWS `PrivateLink` quotas; adjustable).
const ENDPOINTS: usize = 50;
/// Rules in a network security group (Azure networking limits).
const NSG_RULES: usize = 1000;
/// Rule collection groups in a firewall policy (Azure Firewall limits: 50 for policies made before July 2022, else 90).
const POLICY_GROUPS: usize = 50;
/// Bytes of the rules in a rule collection group (Azure Firewall limits: 1 MB for policies made before July 2022, else
/// 2 MB).
const GROUP_BYTES: usize = 1_000_000;
/// Bytes of one rule as it is written, generously.
const RULE_BYTES: usize = 1000;

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    endpoints(question, &mut findings);
    for resource in question.desired.resources.values() {
        let Ok(live) = question.azure(&resource.place.key()) else { continue };
        match resource.spec.declared().role() {
            Role::Filter(spec) => group(question, &mut findings, spec, live),
            Role::Wall(spec) => policy(question, &mut findings, spec, live),
            Role::Group(_)
            | Role::Balancer(_)
            | Role::Service(_)
            | Role::Endpoint(_)
            | Role::Switched(..)
            | Role::Beside => {}
        }
    }
    let subscriptions = question.subscriptions();
    for silence in subscriptions.iter().filter_map(|key| question.azure(key).err()) {
        findings.add(Light::Warn, format!("quotas not judged: {silence}"), "");
    }
    findings.note("the clouds' default limits are assumed, and endpoints of other products are not counted");
    findings.gate(GateName::Quotas, "room for everything declared".to_owned())
}

/// What is in a VPC, and what is to be made in it.
#[derive(Default)]
struct Endpoints<'a> {
    there: usize,
    missing: BTreeSet<&'a Addr>,
}

fn endpoints(question: &Question<'_>, findings: &mut Findings) {
    let mut vpcs: BTreeMap<(PlaceKey, &str), Endpoints<'_>> = BTreeMap::new();
    for resource in question.in_region(question.to) {
        let Some(spec) = resource.spec.declared().role().endpoint() else { continue };
        let live = match question.aws(resource) {
            Ok(live) => live,
            Err(silence) => {
                findings.add(Light::Warn, format!("quotas not judged: {silence}"), "");
                continue;
            }
        };
        let there = marked::endpoint(question, live, &resource.addr);
        let Some(vpc) = there.map(|one| one.vpc.as_str()).or_else(|| vpc(live, &spec.vpc)) else {
            findings.add(Light::Warn, format!("the VPC of {} was not found", resource.addr), "");
            continue;
        };
        let in_vpc = |one: &&LiveEndpoint| one.vpc == vpc && !one.state.is_going();
        let count = vpcs.entry((resource.place.key(), vpc)).or_default();
        count.there = live.endpoints.iter().filter(in_vpc).count();
        count.missing.extend(there.is_none().then_some(&resource.addr));
    }
    for ((place, vpc), Endpoints { there, missing }) in vpcs {
        let text = format!("{vpc} in {place} has {there} endpoints known here, {} more to be made", missing.len());
        if there + missing.len() > ENDPOINTS {
            let hint = "ask AWS to raise the quota, or see that it was raised";
            findings.add(Light::Warn, format!("{text}, and room for {ENDPOINTS}"), hint);
        } else {
            findings.note(text);
        }
    }
}

fn vpc<'a>(live: &'a AwsLive, selector: &Selector) -> Option<&'a str> {
    let fits = |vpc: &&LiveVpc| match selector {
        Selector::Id(id) => vpc.id == *id,
        Selector::Tag(tags) => tags.iter().all(|(key, value)| vpc.tags.get(key) == Some(value)),
    };
    live.vpcs.iter().find(fits).map(|vpc| vpc.id.as_str())
}

fn group(question: &Question<'_>, findings: &mut Findings, spec: &NetworkSecurityGroup, live: &AzureLive) {
    let Some(nsg) = live.nsgs.iter().find(|nsg| nsg.id == spec.group) else { return };
    let served = spec.rules.iter().filter(|rule| question.needs_rule(&rule.env, rule.region.as_deref()));
    let missing = served.filter(|rule| !nsg.rules.iter().any(|one| one.name.eq_ignore_ascii_case(&rule.name))).count();
    let text = format!("{} has {} rules, {missing} more to be made", spec.group.name(), nsg.rules.len());
    if missing > 0 && nsg.rules.len() + missing > NSG_RULES {
        findings.add(Light::Warn, format!("{text}, and room for {NSG_RULES}"), "remove unused rules");
    } else if spec.rules.iter().any(|rule| rule.env == question.env) {
        findings.note(text);
    }
}

fn policy(question: &Question<'_>, findings: &mut Findings, spec: &FirewallRules, live: &AzureLive) {
    let there =
        live.rule_groups.iter().find(|one| one.policy == spec.policy && one.name.eq_ignore_ascii_case(&spec.group));
    let has = |name: &str| there.is_some_and(|group| group.rules.iter().any(|one| one.name.eq_ignore_ascii_case(name)));
    let served = spec.rules.iter().filter(|rule| question.needs_rule(&rule.env, rule.region.as_deref()));
    let missing = served.filter(|rule| !has(&rule.name)).count();
    if missing == 0 {
        return;
    }
    let Some(group) = there else {
        let groups = live.rule_groups.iter().filter(|group| group.policy == spec.policy).count();
        if groups >= POLICY_GROUPS {
            let text = format!("{} has {groups} rule collection groups, and {} is to be made", spec.policy, spec.group);
            findings.add(Light::Warn, text, "older policies have room for 50, others for 90");
        }
        return;
    };
    let bytes = group.raw.to_string().len() + missing * RULE_BYTES;
    let text = format!("{} has {} rules, {missing} more to be made", spec.group, group.rules.len());
    if bytes > GROUP_BYTES {
        let text = format!("{text}: about {bytes} bytes");
        findings.add(Light::Warn, text, "older policies have room for 1 MB in a group, others for 2 MB");
    } else {
        findings.note(text);
    }
}
