//! A tiny Azure: carries out operations on live values and refuses what Azure refuses.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde_json::Value;

use crate::live::{
    AzureLive, ConnectionStatus, LiveFirewallRule, LiveLinkConnection, LiveLinkService, LiveNsgRule,
    LivePrivateEndpoint, LiveRecordSet, LiveRuleGroup, Spelled,
};
use crate::model::{Addr, AddressKind, Addresses, ArmName, PortRange, disjoint};
use crate::op::{
    AzureOp, Bindings, FirewallRuleBody, FirewallRulesOp, NetworkSecurityGroupOp, NsgRuleBody, Object, Op,
    PrivateDnsRecordOp, PrivateEndpointOp, PrivateLinkServiceOp, WriteGuard,
};
use crate::plan::{Phase, Plan, Undo};

/// A cloud with what steps have answered.
pub(super) struct Cloud {
    pub(super) live: AzureLive,
    bindings: Bindings,
    writes: usize,
    /// How each step that was carried out is undone, with its bindings at that time.
    undos: Vec<Undo>,
}

impl Cloud {
    pub(super) fn new(live: &AzureLive) -> Self {
        Self { live: live.clone(), bindings: Bindings::default(), writes: 0, undos: Vec::new() }
    }

    pub(super) fn knows(mut self, of: &Addr, kind: AddressKind, addresses: BTreeSet<IpNet>) -> Self {
        self.bindings.addresses.insert((of.clone(), kind), addresses);
        self
    }

    /// Carries out the steps in order; with `Some(phase)` only those of the phase.
    pub(super) fn apply(&mut self, plan: &Plan, phase: Option<Phase>) -> Result<(), String> {
        for step in plan.steps.iter().filter(|step| phase.is_none_or(|phase| step.phase == phase)) {
            let answer = self.perform(&step.op).map_err(|why| format!("{} {}: {why}", step.id.0, step.op.name()))?;
            if let Some(made) = &step.makes {
                self.bindings.objects.insert(made.fact("etag"), answer);
                self.bindings.objects.insert(made.clone(), id_of(&step.op).unwrap_or_else(|| made.0.clone()));
            }
            self.undos.push(step.undo.clone());
        }
        Ok(())
    }

    /// Undoes what was carried out, last first.
    pub(super) fn unwind(&mut self) -> Result<(), String> {
        while let Some(undo) = self.undos.pop() {
            match undo {
                Undo::Delete(op) | Undo::Restore(op) => {
                    let answer = self.perform(&op)?;
                    // A restore is a write: earlier guards of the same object follow it.
                    for (object, etag) in &mut self.bindings.objects {
                        if same_object(object, &op) {
                            etag.clone_from(&answer);
                        }
                    }
                }
                Undo::Recreate(ops) => {
                    for op in ops {
                        self.perform(&op)?;
                    }
                }
                Undo::Nothing => {}
                Undo::Impossible(why) => return Err(why),
            }
        }
        Ok(())
    }

    fn perform(&mut self, op: &Op) -> Result<String, String> {
        let Op::Azure(op) = op.bind(&self.bindings).map_err(|unbound| unbound.to_string())? else {
            return Err("not an Azure operation".to_owned());
        };
        self.writes += 1;
        let etag = format!("w{}", self.writes);
        match op {
            AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { group, name, rule }) => {
                self.put_rule(&group, &name, &rule)?
            }
            AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::DeleteRule { group, name }) => {
                let rules = self.rules(&group)?;
                let at = rules.iter().position(|rule| rule.name == name).ok_or("no such rule")?;
                rules.remove(at);
            }
            AzureOp::FirewallRules(FirewallRulesOp::Put { policy, group, priority, rules, kept, guard }) => {
                let at = self.live.rule_groups.iter().position(|live| live.name == group);
                let there = at.map(|at| self.live.rule_groups.remove(at));
                let rules = written(&rules, &kept)?;
                match (&guard, &there) {
                    (WriteGuard::Holds(op), Some(there)) if group_holds(op, there)? || there.rules == rules => {}
                    (guard, there) => check(guard, there.as_ref().map(|live| live.etag.as_str()))?,
                }
                let state = "Succeeded".into();
                let etag = etag.clone();
                let group = LiveRuleGroup { policy, name: group, priority, etag, state, rules, raw: kept.into() };
                self.live.rule_groups.push(group);
            }
            AzureOp::FirewallRules(FirewallRulesOp::Delete { group, guard, .. }) => {
                let at = self.live.rule_groups.iter().position(|live| live.name == group);
                let there = at.map(|at| self.live.rule_groups.remove(at));
                match (&guard, &there) {
                    (WriteGuard::Holds(op), Some(there)) if group_holds(op, there)? => {}
                    (guard, there) => check(guard, there.as_ref().map(|live| live.etag.as_str()))?,
                }
            }
            AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put {
                zone,
                record,
                ttl_secs,
                addresses,
                metadata,
                guard,
            }) => {
                let at = self.live.record_sets.iter().position(|set| set.zone == zone && set.name == record);
                let there = at.map(|at| self.live.record_sets.remove(at));
                check(&guard, there.as_ref().map(|set| set.etag.as_str()))?;
                let addresses = known(&addresses)?.iter().filter_map(|net| match net.addr() {
                    std::net::IpAddr::V4(ip) => Some(ip),
                    std::net::IpAddr::V6(_) => None,
                });
                self.live.record_sets.push(LiveRecordSet {
                    zone,
                    name: record,
                    record_type: "A".to_owned(),
                    ttl_secs,
                    etag: etag.clone(),
                    metadata,
                    addresses: addresses.collect(),
                    texts: Vec::new(),
                });
            }
            AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Delete { zone, record, guard }) => {
                let sets = &mut self.live.record_sets;
                let at = sets.iter().position(|set| set.zone == zone && set.name == record).ok_or("no such record")?;
                let set = sets.remove(at);
                check(&guard, Some(&set.etag))?;
            }
            other => self.link(other, &etag)?,
        }
        Ok(etag)
    }

    fn link(&mut self, op: AzureOp, etag: &str) -> Result<(), String> {
        match op {
            AzureOp::PrivateLinkService(op) => self.service(op, etag),
            AzureOp::PrivateEndpoint(op) => self.endpoint(op, etag),
            other => Err(format!("{} is not played here", other.name())),
        }
    }

    fn service(&mut self, op: PrivateLinkServiceOp, etag: &str) -> Result<(), String> {
        let live = &mut self.live;
        match op {
            PrivateLinkServiceOp::Put {
                id,
                location,
                frontend,
                nat_subnet,
                visibility,
                auto_approval,
                tags,
                guard,
            } => {
                let at = live.link_services.iter().position(|service| service.id == id);
                let there = at.map(|at| live.link_services.remove(at));
                check_service(&guard, there.as_ref())?;
                live.link_services.push(LiveLinkService {
                    alias: Some(format!("{}.alias", id.name())),
                    id,
                    location,
                    etag: etag.to_owned(),
                    state: "Succeeded".into(),
                    tags,
                    frontends: BTreeSet::from([frontend]),
                    nat_subnets: BTreeSet::from([nat_subnet]),
                    visibility,
                    auto_approval,
                    connections: there.map(|service| service.connections).unwrap_or_default(),
                    raw: Value::Null,
                });
            }
            PrivateLinkServiceOp::Delete { id, guard } => {
                let at = live.link_services.iter().position(|service| service.id == id).ok_or("no such service")?;
                if !live.link_services[at].connections.is_empty() {
                    return Err("the service has connections".to_owned());
                }
                check_service(&guard, Some(&live.link_services.remove(at)))?;
            }
        }
        Ok(())
    }

    fn endpoint(&mut self, op: PrivateEndpointOp, etag: &str) -> Result<(), String> {
        let live = &mut self.live;
        match op {
            PrivateEndpointOp::Put { id, location, subnet, service, manual, tags, guard } => {
                let at = live.private_endpoints.iter().position(|endpoint| endpoint.id == id);
                let there = at.map(|at| live.private_endpoints.remove(at));
                check_endpoint(&guard, there.as_ref())?;
                let status = there.map_or(first_status(manual), |endpoint| endpoint.status);
                let target = live.link_services.iter_mut().find(|target| target.id.0 == service.id());
                if let Some(target) = target {
                    target.connections.retain(|connection| connection.endpoint != id);
                    let name = format!("{}.conn", id.name());
                    target.connections.push(LiveLinkConnection { name, endpoint: id.clone(), status: status.clone() });
                } else if service.id().starts_with('/') || !manual {
                    return Err(format!("no service {}", service.id()));
                }
                live.private_endpoints.push(LivePrivateEndpoint {
                    id,
                    location,
                    etag: etag.to_owned(),
                    state: "Succeeded".into(),
                    tags,
                    subnet,
                    service: service.id().to_owned(),
                    manual,
                    status,
                    ips: BTreeSet::new(),
                    raw: Value::Null,
                });
            }
            PrivateEndpointOp::Delete { id, guard } => {
                let at = live.private_endpoints.iter().position(|endpoint| endpoint.id == id);
                let there = at.map(|at| live.private_endpoints.remove(at));
                check_endpoint(&guard, there.as_ref())?;
                for service in &mut live.link_services {
                    service.connections.retain(|connection| connection.endpoint != id);
                }
            }
            PrivateEndpointOp::SetConnection { service, endpoint, approve } => {
                decide(live, service.id(), &endpoint, if approve { "Approved" } else { "Rejected" })?;
            }
        }
        Ok(())
    }

    fn rules(&mut self, group: &ArmName) -> Result<&mut Vec<LiveNsgRule>, String> {
        let nsg = self.live.nsgs.iter_mut().find(|nsg| nsg.id == *group).ok_or("no such group")?;
        Ok(&mut nsg.rules)
    }

    fn put_rule(&mut self, group: &ArmName, name: &str, rule: &NsgRuleBody) -> Result<(), String> {
        let rules = self.rules(group)?;
        let slot = (rule.direction, rule.priority);
        if let Some(other) = rules.iter().find(|live| live.name != name && (live.direction, live.priority) == slot) {
            return Err(format!("SecurityRuleConflict with {}", other.name));
        }
        for side in [&rule.from, &rule.to].map(known) {
            let side = side?;
            if disjoint(side) != *side {
                return Err(format!("OverlappingSubnetsNotPermittedInSecurityRule: {side:?}"));
            }
        }
        rules.retain(|live| live.name != name);
        rules.push(LiveNsgRule {
            name: name.to_owned(),
            priority: rule.priority,
            direction: rule.direction,
            access: rule.access,
            protocol: crate::kinds::shared::azure::protocol_text(rule.protocol).replace("ANY", "*"),
            from: texts(&rule.from)?,
            to: texts(&rule.to)?,
            ports: ports(&rule.ports),
            source_ports: BTreeSet::from(["*".to_owned()]),
            security_groups: BTreeSet::new(),
            description: rule.description.clone(),
            state: "Succeeded".into(),
        });
        Ok(())
    }
}

fn decide(live: &mut AzureLive, service: &str, endpoint: &ArmName, status: &str) -> Result<(), String> {
    let target = live.link_services.iter_mut().find(|target| target.id.0 == service).ok_or("no service")?;
    let connection = target.connections.iter_mut().find(|connection| connection.endpoint == *endpoint);
    connection.ok_or("no connection")?.status = status.into();
    let ours = live.private_endpoints.iter_mut().find(|there| there.id == *endpoint);
    ours.ok_or("no endpoint")?.status = status.into();
    Ok(())
}

fn id_of(op: &Op) -> Option<String> {
    match op {
        Op::Azure(
            AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { id, .. })
            | AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { id, .. }),
        ) => Some(id.0.clone()),
        _ => None,
    }
}

fn same_object(object: &Object, op: &Op) -> bool {
    let Op::Azure(op) = op else { return false };
    let kind = match op {
        AzureOp::FirewallRules(FirewallRulesOp::Put { .. }) => "/firewall-rules/",
        AzureOp::PrivateDnsRecord(PrivateDnsRecordOp::Put { .. }) => "/private-dns-record/",
        AzureOp::PrivateLinkService(PrivateLinkServiceOp::Put { .. }) => "/private-link-service/",
        AzureOp::PrivateEndpoint(PrivateEndpointOp::Put { .. }) => "/private-endpoint/",
        _ => return false,
    };
    object.0.contains(kind) && object.0.ends_with(".etag")
}

fn group_holds(op: &FirewallRulesOp, live: &LiveRuleGroup) -> Result<bool, String> {
    let FirewallRulesOp::Put { rules, kept, .. } = op else { return Ok(false) };
    let by_name = |mut rules: Vec<LiveFirewallRule>| {
        rules.sort_by(|a, b| a.name.cmp(&b.name));
        rules
    };
    Ok(by_name(written(rules, kept)?) == by_name(live.rules.clone()))
}

/// The rules of a write, with those that are kept as they were answered.
pub(super) fn written(rules: &[FirewallRuleBody], kept: &[Value]) -> Result<Vec<LiveFirewallRule>, String> {
    let mut rules: Vec<LiveFirewallRule> = rules.iter().map(live_firewall).collect::<Result<_, _>>()?;
    for collection in kept {
        for rule in collection["rules"].as_array().into_iter().flatten() {
            rules.push(kept_rule(collection, rule));
        }
    }
    Ok(rules)
}

/// The live form of a rule that is kept; of our own collections' names it is in ours.
fn kept_rule(collection: &Value, rule: &Value) -> LiveFirewallRule {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| rule[name].as_array().into_iter().flatten().map(text).collect::<BTreeSet<_>>();
    LiveFirewallRule {
        collection: text(&collection["name"]),
        collection_priority: collection["priority"].as_u64().and_then(|at| u16::try_from(at).ok()).unwrap_or_default(),
        action: text(&collection["action"]["type"]),
        rule_type: text(&rule["ruleType"]),
        name: text(&rule["name"]),
        protocols: list("ipProtocols"),
        from: list("sourceAddresses"),
        to: list("destinationAddresses"),
        ports: list("destinationPorts"),
        to_groups: list("destinationIpGroups"),
        from_groups: list("sourceIpGroups"),
        to_names: list("targetFqdns"),
        description: text(&rule["description"]),
    }
}

fn first_status(manual: bool) -> Spelled<ConnectionStatus> {
    if manual { "Pending" } else { "Approved" }.into()
}

fn check_endpoint(guard: &WriteGuard<PrivateEndpointOp>, there: Option<&LivePrivateEndpoint>) -> Result<(), String> {
    match guard {
        WriteGuard::Holds(op) if there.is_some_and(|there| endpoint_holds(op, there)) => Ok(()),
        guard => check(guard, there.map(|endpoint| endpoint.etag.as_str())),
    }
}

fn check_service(guard: &WriteGuard<PrivateLinkServiceOp>, there: Option<&LiveLinkService>) -> Result<(), String> {
    match guard {
        WriteGuard::Holds(op) if there.is_some_and(|there| holds(op, there)) => Ok(()),
        guard => check(guard, there.map(|service| service.etag.as_str())),
    }
}

fn endpoint_holds(op: &PrivateEndpointOp, live: &LivePrivateEndpoint) -> bool {
    matches!(op, PrivateEndpointOp::Put { tags, .. } if *tags == live.tags)
}

fn holds(op: &PrivateLinkServiceOp, live: &LiveLinkService) -> bool {
    matches!(op, PrivateLinkServiceOp::Put { visibility, auto_approval, tags, .. }
        if *visibility == live.visibility && *auto_approval == live.auto_approval && *tags == live.tags)
}

fn check<C: std::fmt::Debug>(guard: &WriteGuard<C>, there: Option<&str>) -> Result<(), String> {
    let fits = match (guard, there) {
        (WriteGuard::Absent, there) => there.is_none(),
        (WriteGuard::Unchanged(etag), Some(there)) => etag == there,
        (WriteGuard::After(handle), Some(there)) => handle.id() == there,
        (WriteGuard::Unchanged(_) | WriteGuard::After(_), None) | (WriteGuard::Holds(_), _) => false,
        (WriteGuard::None, _) => true,
    };
    if fits { Ok(()) } else { Err(format!("412: {guard:?} but there is {there:?}")) }
}

fn known(addresses: &Addresses) -> Result<&BTreeSet<IpNet>, String> {
    match addresses {
        Addresses::Known(set) if !set.is_empty() => Ok(set),
        Addresses::Known(_) => Err("an empty address set".to_owned()),
        Addresses::Late(late) => Err(format!("unbound {late}")),
    }
}

fn texts(addresses: &Addresses) -> Result<BTreeSet<String>, String> {
    Ok(known(addresses)?.iter().map(ToString::to_string).collect())
}

fn ports(ports: &[PortRange]) -> BTreeSet<String> {
    if ports.is_empty() { BTreeSet::from(["*".to_owned()]) } else { ports.iter().map(ToString::to_string).collect() }
}

fn live_firewall(rule: &FirewallRuleBody) -> Result<LiveFirewallRule, String> {
    Ok(LiveFirewallRule {
        collection: "xcloud".to_owned(),
        collection_priority: 1000,
        action: "Allow".to_owned(),
        rule_type: "NetworkRule".to_owned(),
        name: rule.name.clone(),
        protocols: rule.protocols.iter().map(|protocol| protocol.to_ascii_uppercase()).collect(),
        from: texts(&rule.from)?,
        to: texts(&rule.to)?,
        ports: ports(&rule.ports),
        from_groups: BTreeSet::new(),
        to_groups: BTreeSet::new(),
        to_names: BTreeSet::new(),
        description: rule.description.clone(),
    })
}

/// The same state in one order, without `ETag`s: what must be equal after an undo.
pub(super) fn content(live: &AzureLive) -> AzureLive {
    let mut live = live.clone();
    for nsg in &mut live.nsgs {
        nsg.rules.sort_by(|a, b| a.name.cmp(&b.name));
        for rule in &mut nsg.rules {
            rule.protocol = rule.protocol.to_ascii_uppercase();
        }
    }
    for group in &mut live.rule_groups {
        group.etag.clear();
        group.rules.sort_by(|a, b| a.name.cmp(&b.name));
    }
    for set in &mut live.record_sets {
        set.etag.clear();
    }
    live.record_sets.sort_by(|a, b| a.name.cmp(&b.name));
    live.link_services.iter_mut().for_each(|service| service.etag.clear());
    live.private_endpoints.iter_mut().for_each(|endpoint| endpoint.etag.clear());
    live
}

/// Rules by name, for assertions.
pub(super) fn priorities(live: &AzureLive) -> BTreeMap<&str, u16> {
    live.nsgs[0].rules.iter().map(|rule| (rule.name.as_str(), rule.priority)).collect()
}
