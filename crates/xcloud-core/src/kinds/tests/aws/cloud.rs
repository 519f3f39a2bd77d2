//! A tiny AWS: it carries out the steps of a plan on tables, and refuses what AWS refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use crate::live::{
    Answer, AwsLive, EndpointState, Interface, LiveEndpoint, LiveGroup, LiveLoadBalancer, LiveService, LiveSubnet,
    LiveTargetGroup, LiveVpc, LiveZone, Observed, PlaceState,
};
use crate::model::{Desired, PlaceKey, Target};
use crate::op::{Bindings, Handle, Object, Op, SubnetPin};
use crate::plan::{Await, Condition, Patience, Phase, Plan, Step, StepId, queries};

/// What one place holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Tables {
    pub(crate) vpcs: Vec<LiveVpc>,
    pub(crate) subnets: BTreeMap<String, LiveSubnet>,
    pub(crate) groups: BTreeMap<String, LiveGroup>,
    pub(crate) balancers: BTreeMap<String, LiveLoadBalancer>,
    pub(crate) target_groups: BTreeMap<String, LiveTargetGroup>,
    pub(crate) services: BTreeMap<String, LiveService>,
    pub(crate) endpoints: BTreeMap<String, LiveEndpoint>,
    pub(crate) zones: Vec<LiveZone>,
    pub(crate) taken: BTreeSet<(String, Ipv4Addr)>,
}

/// All places, and what the steps of the running plan answered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cloud {
    pub(crate) places: BTreeMap<PlaceKey, Tables>,
    pub(crate) silent: BTreeSet<PlaceKey>,
    pub(crate) bindings: Bindings,
    pub(crate) next: u64,
}

pub(crate) type Refused = String;

impl Cloud {
    /// Returns what an observation of every place of the desired state would answer.
    pub(crate) fn observe(&self, desired: &Desired) -> Observed {
        let mut observed = Observed::default();
        for (key, (place, query)) in queries(desired) {
            let answer = match (self.places.get(&key), self.silent.contains(&key)) {
                (Some(tables), false) => Answer::Aws(Box::new(tables.live())),
                _ => Answer::Unknown(silence(&key)),
            };
            observed.places.insert(key, PlaceState { place, query, answer });
        }
        observed
    }

    pub(crate) fn tables(&mut self, place: &PlaceKey) -> &mut Tables {
        self.places.entry(place.clone()).or_default()
    }

    pub(crate) fn id(&mut self, prefix: &str) -> String {
        self.next += 1;
        format!("{prefix}{:08}", self.next)
    }

    /// Carries out at most `limit` steps, each when its needs are done and its side of the commit point is open.
    pub(crate) fn run(&mut self, plan: &Plan, limit: usize) -> Result<Vec<Step>, Refused> {
        self.bindings = Bindings::default();
        let mut done: BTreeSet<&StepId> = BTreeSet::new();
        let mut ran = Vec::new();
        for phase in [Phase::Build, Phase::Commit] {
            for step in plan.steps.iter().filter(|step| step.phase == phase).take(limit.saturating_sub(ran.len())) {
                if let Some(need) = step.needs.iter().find(|need| !done.contains(need)) {
                    return Err(format!("{} {} comes before its need {}", step.id.0, step.op.name(), need.0));
                }
                self.step(step).map_err(|why| format!("{} {} of {}: {why}", step.id.0, step.op.name(), step.addr))?;
                done.insert(&step.id);
                ran.push(step.clone());
            }
        }
        if ran.len() == plan.steps.len() {
            for watched in &plan.settle {
                self.wait(watched)?;
            }
        }
        Ok(ran)
    }

    fn step(&mut self, step: &Step) -> Result<(), Refused> {
        for watched in &step.awaits {
            self.wait(watched)?;
        }
        let op = step.op.bind(&self.bindings).map_err(|error| error.to_string())?;
        let made = self.call(&step.place, &op)?;
        if let Some(object) = &step.makes {
            for (fact, value) in made {
                let key = if fact.is_empty() { object.clone() } else { object.fact(&fact) };
                self.bindings.objects.insert(key, value);
            }
        }
        Ok(())
    }

    pub(crate) fn call(&mut self, place: &PlaceKey, op: &Op) -> Result<BTreeMap<String, String>, Refused> {
        if self.silent.contains(place) {
            return Err(format!("{place} does not answer"));
        }
        match op {
            Op::Aws(op) => self.perform(place, op),
            Op::Azure(_) | Op::Ledger(_) => Err("this cloud is AWS".to_owned()),
        }
    }

    fn wait(&mut self, watched: &Await) -> Result<(), Refused> {
        let mut condition = watched.condition.clone();
        for handle in condition.handles_mut() {
            if let Handle::Made(object) = handle {
                let id = self.bindings.objects.get(object).ok_or_else(|| format!("{} is not bound", object.0))?;
                *handle = Handle::Known(id.clone());
            }
        }
        let holds = self.holds(&watched.place, &condition, watched.binds.as_ref())?;
        if holds || matches!(watched.patience, Patience::Warn(_)) {
            return Ok(());
        }
        Err(format!("{condition:?} never comes"))
    }

    fn holds(&mut self, place: &PlaceKey, condition: &Condition, binds: Option<&Object>) -> Result<bool, Refused> {
        let tables = self.places.get(place).ok_or("no such place")?;
        Ok(match condition {
            Condition::EndpointAvailable { endpoint } => {
                let live = tables.endpoints.get(endpoint.id());
                if let (Some((dns, zone)), Some(object)) = (live.and_then(|live| live.dns.clone()), binds) {
                    self.bindings.objects.insert(object.fact("dns-name"), dns);
                    self.bindings.objects.insert(object.fact("dns-zone"), zone);
                }
                live.is_some_and(|live| live.state == EndpointState::Available)
            }
            Condition::EndpointGone { endpoint } => !tables.endpoints.contains_key(endpoint.id()),
            Condition::ConnectionListed { service, endpoint } => {
                let connections = tables.services.get(service.id()).and_then(|live| live.connections.as_ref());
                connections.into_iter().flatten().any(|one| one.endpoint == endpoint.id())
            }
            Condition::LoadBalancerActive { load_balancer } => tables.balancers.contains_key(load_balancer.id()),
            Condition::ServiceAvailable { service } => tables.services.contains_key(service.id()),
            Condition::GroupUnused { group } => !tables.uses_group(group.id()),
            Condition::TargetsHealthy { target_group, .. } | Condition::TargetsServe { target_group, .. } => {
                tables.target_groups.contains_key(target_group.id())
            }
            Condition::TargetsGone { target_group, targets } => {
                let live = tables.target_groups.get(target_group.id()).into_iter().flat_map(|group| &group.targets);
                !live.into_iter().any(|(ip, port, _)| targets.contains(&Target { ip: *ip, port: *port }))
            }
            Condition::AddressesKnown { .. } | Condition::Elapsed { .. } => true,
            other => return Err(format!("this cloud does not know {other:?}")),
        })
    }
}

impl Tables {
    fn live(&self) -> AwsLive {
        AwsLive {
            odd_endpoints: Vec::new(),
            vpcs: self.vpcs.clone(),
            subnets: self.subnets.values().cloned().collect(),
            groups: self.groups.values().cloned().collect(),
            load_balancers: self.balancers.values().cloned().collect(),
            target_groups: self.target_groups.values().cloned().collect(),
            services: self.services.values().cloned().collect(),
            endpoints: self.endpoints.values().cloned().collect(),
            zones: self.zones.clone(),
        }
    }

    /// Returns true if an endpoint or a load balancer has the group.
    pub(crate) fn uses_group(&self, id: &str) -> bool {
        self.endpoints.values().any(|live| live.groups.contains(id))
            || self.balancers.values().any(|live| live.groups.contains(id))
    }

    /// Makes an interface with the pinned address or the next free one.
    pub(crate) fn interface(&mut self, id: String, pin: &SubnetPin) -> Result<Interface, Refused> {
        let subnet = self.subnets.get(&pin.subnet).ok_or("no such subnet")?;
        let first = Ipv4Addr::from(u32::from(subnet.cidr.network()) + 100);
        let last = (pin.subnet.clone(), Ipv4Addr::BROADCAST);
        let newest = self.taken.range((pin.subnet.clone(), first)..=last).next_back().map(|(_, ip)| u32::from(*ip) + 1);
        let free = || Some(newest.map_or(first, Ipv4Addr::from));
        let ip = pin.ip.or_else(free).filter(|ip| subnet.cidr.contains(ip)).ok_or("the subnet is full")?;
        if !self.taken.insert((pin.subnet.clone(), ip)) {
            return Err(format!("InvalidParameter: {ip} is in use"));
        }
        Ok(Interface { id, subnet: pin.subnet.clone(), ips: BTreeSet::from([ip]) })
    }

    pub(crate) fn free(&mut self, interfaces: &[Interface]) {
        for interface in interfaces {
            for ip in &interface.ips {
                self.taken.remove(&(interface.subnet.clone(), *ip));
            }
        }
    }

    /// AWS allows one subnet for each zone.
    pub(crate) fn one_for_each_zone<'s>(&self, subnets: impl Iterator<Item = &'s String>) -> Result<(), Refused> {
        let mut zones = BTreeSet::new();
        for id in subnets {
            let subnet = self.subnets.get(id).ok_or("no such subnet")?;
            if !zones.insert(&subnet.az_id) {
                return Err("DuplicateSubnetsInSameZone".to_owned());
            }
        }
        Ok(())
    }
}

/// Not of `crate::tests`: the example `planner_scale` compiles this file too.
fn silence(key: &PlaceKey) -> crate::provider::ProviderError {
    crate::provider::ProviderError {
        kind: crate::provider::ErrorKind::Unreachable,
        operation: "observe".to_owned(),
        place: key.clone(),
        code: None,
        message: "no answer".to_owned(),
        request_id: None,
        retry_after_secs: None,
    }
}
