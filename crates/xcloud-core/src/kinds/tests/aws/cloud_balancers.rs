//! The tiny AWS: load balancers, target groups and listeners.

use std::collections::{BTreeMap, BTreeSet};

use super::cloud::{Cloud, Refused};
use super::cloud_paths::one;
use crate::live::{LiveHealth, LiveListener, LiveLoadBalancer, LiveTargetGroup, TargetHealth};
use crate::model::{Health, PlaceKey, Target};
use crate::op::{AwsOp, Handle, LoadBalancerOp, SubnetPin};

type Made = Result<BTreeMap<String, String>, Refused>;

fn ids(handles: &BTreeSet<Handle>) -> BTreeSet<String> {
    handles.iter().map(|handle| handle.id().to_owned()).collect()
}

impl Cloud {
    pub(crate) fn balancing(&mut self, place: &PlaceKey, op: &AwsOp) -> Made {
        match op {
            AwsOp::LoadBalancer(LoadBalancerOp::Create { name, subnets, groups, tags }) => {
                return self.create_balancer(place, name, subnets, &ids(groups), tags);
            }
            AwsOp::LoadBalancer(LoadBalancerOp::SetGroups { load_balancer, groups, enforce_private_link }) => {
                let live = self.tables(place).balancers.get_mut(load_balancer.id()).ok_or("LoadBalancerNotFound")?;
                if live.groups.is_empty() || groups.is_empty() {
                    return Err("InvalidConfigurationRequest: none to some or back".to_owned());
                }
                live.groups = ids(groups);
                live.enforce_private_link = enforce_private_link.or(live.enforce_private_link);
            }
            AwsOp::LoadBalancer(LoadBalancerOp::SetSubnets { load_balancer, subnets }) => {
                self.set_subnets(place, load_balancer.id(), subnets)?
            }
            AwsOp::LoadBalancer(LoadBalancerOp::Delete { load_balancer }) => {
                self.delete_balancer(place, load_balancer.id())?
            }
            AwsOp::LoadBalancer(LoadBalancerOp::CreateListener { load_balancer, port, target_group, .. }) => {
                let arn = self.id("listener-");
                let tables = self.tables(place);
                let live = tables.balancers.get_mut(load_balancer.id()).ok_or("LoadBalancerNotFound")?;
                let listeners = live.listeners.get_or_insert_default();
                if listeners.iter().any(|live| live.port == *port) {
                    return Err("DuplicateListener".to_owned());
                }
                let (arn, target_group) = (arn.clone(), Some(target_group.id().to_owned()));
                listeners.push(LiveListener {
                    also: Default::default(),
                    arn: arn.clone(),
                    port: *port,
                    protocol: "TCP".to_owned(),
                    target_group,
                    tags: BTreeMap::new(),
                });
                self.join(place)?;
                return Ok(one("", arn));
            }
            AwsOp::LoadBalancer(LoadBalancerOp::ModifyListener { listener, target_group }) => {
                let listeners = self.tables(place).balancers.values_mut().filter_map(|live| live.listeners.as_mut());
                let live = listeners.flatten().find(|live| live.arn == listener.id()).ok_or("ListenerNotFound")?;
                live.target_group = Some(target_group.id().to_owned());
                live.protocol = "TCP".to_owned();
                self.join(place)?;
            }
            AwsOp::LoadBalancer(LoadBalancerOp::DeleteListener { listener }) => {
                for live in self.tables(place).balancers.values_mut() {
                    live.listeners.get_or_insert_default().retain(|live| live.arn != listener.id());
                }
                self.join(place)?;
            }
            other => return self.targets(place, other),
        }
        Ok(BTreeMap::new())
    }

    /// A target group belongs to the load balancers whose listeners forward to it: one at most.
    pub(crate) fn join(&mut self, place: &PlaceKey) -> Result<(), Refused> {
        let tables = self.tables(place);
        let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for live in tables.balancers.values() {
            for group in live.listeners.iter().flatten().filter_map(|one| one.target_group.clone()) {
                users.entry(group).or_default().insert(live.arn.clone());
            }
        }
        for group in tables.target_groups.values_mut() {
            group.load_balancers = users.remove(&group.arn).unwrap_or_default();
            if group.load_balancers.len() > 1 {
                return Err("TargetGroupAssociationLimit".to_owned());
            }
        }
        if users.is_empty() { Ok(()) } else { Err("TargetGroupNotFound".to_owned()) }
    }

    fn create_balancer(
        &mut self,
        place: &PlaceKey,
        name: &str,
        pins: &[SubnetPin],
        groups: &BTreeSet<String>,
        tags: &BTreeMap<String, String>,
    ) -> Made {
        let arn = self.id("arn:lb/");
        let interface = self.id("eni-");
        let tables = self.tables(place);
        if tables.balancers.values().any(|live| live.name == name) {
            return Err("DuplicateLoadBalancerName".to_owned());
        }
        if groups.iter().any(|group| !tables.groups.contains_key(group)) {
            return Err("InvalidSecurityGroup".to_owned());
        }
        tables.one_for_each_zone(pins.iter().map(|pin| &pin.subnet))?;
        let mut interfaces = Vec::new();
        for pin in pins {
            interfaces.push(tables.interface(format!("{interface}-{}", pin.subnet), pin)?);
        }
        let vpc = pins.first().and_then(|pin| tables.subnets.get(&pin.subnet)).map(|subnet| subnet.vpc.clone());
        let live = LiveLoadBalancer {
            beyond: Vec::new(),
            arn: arn.clone(),
            name: name.to_owned(),
            state: "active".into(),
            lb_type: "network".to_owned(),
            scheme: "internal".to_owned(),
            vpc: vpc.ok_or("no subnets")?,
            subnets: pins.iter().map(|pin| (pin.subnet.clone(), pin.ip)).collect(),
            groups: groups.clone(),
            enforce_private_link: None,
            tags: tags.clone(),
            listeners: Some(Vec::new()),
            interfaces,
        };
        tables.balancers.insert(arn.clone(), live);
        Ok(one("", arn))
    }

    fn set_subnets(&mut self, place: &PlaceKey, arn: &str, pins: &[SubnetPin]) -> Result<(), Refused> {
        let interface = self.id("eni-");
        let tables = self.tables(place);
        tables.one_for_each_zone(pins.iter().map(|pin| &pin.subnet))?;
        let mut live = tables.balancers.get(arn).cloned().ok_or("LoadBalancerNotFound")?;
        let wanted: BTreeSet<&String> = pins.iter().map(|pin| &pin.subnet).collect();
        let (stay, go): (Vec<_>, Vec<_>) = live.interfaces.into_iter().partition(|one| wanted.contains(&one.subnet));
        live.interfaces = stay;
        tables.free(&go);
        for pin in pins {
            match live.subnets.get(&pin.subnet) {
                Some(ip) if *ip == pin.ip => {}
                Some(_) => return Err("InvalidConfigurationRequest: an address cannot change".to_owned()),
                None => live.interfaces.push(tables.interface(format!("{interface}-{}", pin.subnet), pin)?),
            }
        }
        live.subnets = pins.iter().map(|pin| (pin.subnet.clone(), pin.ip)).collect();
        tables.balancers.insert(arn.to_owned(), live);
        Ok(())
    }

    fn delete_balancer(&mut self, place: &PlaceKey, arn: &str) -> Result<(), Refused> {
        let tables = self.tables(place);
        if tables.services.values().any(|live| live.load_balancers.contains(arn)) {
            return Err("ResourceInUse: associated with a service".to_owned());
        }
        let live = tables.balancers.remove(arn).ok_or("LoadBalancerNotFound")?;
        tables.free(&live.interfaces);
        self.join(place)
    }

    fn targets(&mut self, place: &PlaceKey, op: &AwsOp) -> Made {
        let arn = self.id("arn:tg/");
        let tables = self.tables(place);
        match op {
            AwsOp::LoadBalancer(LoadBalancerOp::CreateTargetGroup { name, port, vpc, health, tags }) => {
                if tables.target_groups.values().any(|live| &live.name == name) {
                    return Err("DuplicateTargetGroupName".to_owned());
                }
                let live = LiveTargetGroup {
                    beyond: Vec::new(),
                    arn: arn.clone(),
                    name: name.clone(),
                    port: *port,
                    protocol: "TCP".to_owned(),
                    vpc: vpc.clone(),
                    health: live_health(health.unwrap_or(Health { interval_secs: 30, threshold: 3 })),
                    load_balancers: BTreeSet::new(),
                    tags: tags.clone(),
                    targets: Vec::new(),
                    by_id: Vec::new(),
                };
                tables.target_groups.insert(arn.clone(), live);
                return Ok(one("", arn));
            }
            AwsOp::LoadBalancer(LoadBalancerOp::ModifyTargetGroup { target_group, health }) => {
                let live = tables.target_groups.get_mut(target_group.id()).ok_or("TargetGroupNotFound")?;
                live.health = live_health(*health);
            }
            AwsOp::LoadBalancer(LoadBalancerOp::RegisterTargets { target_group, targets, .. }) => {
                let live = tables.target_groups.get_mut(target_group.id()).ok_or("TargetGroupNotFound")?;
                live.targets.extend(targets.iter().map(|target| (target.ip, target.port, TargetHealth::Healthy)));
            }
            AwsOp::LoadBalancer(LoadBalancerOp::DeregisterTargets { target_group, targets }) => {
                let live = tables.target_groups.get_mut(target_group.id()).ok_or("TargetGroupNotFound")?;
                live.targets.retain(|(ip, port, _)| !targets.contains(&Target { ip: *ip, port: *port }));
            }
            AwsOp::LoadBalancer(LoadBalancerOp::DeleteTargetGroup { target_group }) => {
                let live = tables.target_groups.remove(target_group.id()).ok_or("TargetGroupNotFound")?;
                if !live.load_balancers.is_empty() {
                    return Err("ResourceInUse: a listener forwards to it".to_owned());
                }
            }
            other => return Err(format!("this cloud does not know {}", other.name())),
        }
        Ok(BTreeMap::new())
    }
}

fn live_health(health: Health) -> LiveHealth {
    LiveHealth {
        protocol: "TCP".to_owned(),
        interval_secs: health.interval_secs,
        timeout_secs: health.timeout_secs(),
        healthy: health.threshold,
        unhealthy: health.threshold,
    }
}
