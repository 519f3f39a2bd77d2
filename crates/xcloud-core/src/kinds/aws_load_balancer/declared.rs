//! What is asked of a declared resource of the kind.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{duration, groups, object, put, selector, subnets};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope, joined, red, warn};
use crate::limits::{Paced, Quota};
use crate::live::Query;
use crate::model::{Addr, GroupRef, Listener, LoadBalancer, PlaceKey, PrivateLinkIngress, Selector, Spec};

impl Declared for LoadBalancer {
    fn name(&self) -> Option<(Scope, &str)> {
        Some((Scope::Place, &self.name))
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        Vec::new()
    }

    fn pins(&self) -> &[Ipv4Addr] {
        &self.service_ips
    }

    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])> {
        Some((self.vpc.as_ref(), &self.security_groups))
    }

    fn names_of_its_kind(&self, _own: &Addr) -> Vec<&Addr> {
        Vec::new()
    }

    fn rules(&self) -> Vec<RuleHead<'_>> {
        Vec::new()
    }

    fn keep_outside(&mut self, _before: &Spec, _in_part: &dyn Fn(&str, Option<&str>) -> bool) {}

    fn role(&self) -> Role<'_> {
        Role::Balancer(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Aws(query) = query else { return };
        query.vpcs.extend(self.vpc.clone());
        query.subnets.insert(self.subnets.clone());
    }

    fn properties(&self) -> Vec<Property> {
        let listeners = || self.listeners.iter();
        let targets = listeners().map(|one| {
            let ports: BTreeSet<String> = one.targets.iter().map(|target| target.port.to_string()).collect();
            format!("{}: {} at {}", one.port, one.targets.len(), joined(ports))
        });
        let health = listeners().filter_map(|one| {
            let health = one.health?;
            Some(format!("{}: every {} s, {} times", one.port, health.interval_secs, health.threshold))
        });
        let ingress = self.private_link_ingress_rules.map(|rules| format!("{rules:?}").to_lowercase());
        vec![
            red("listeners", joined(listeners().map(|one| one.port.to_string()).collect())),
            warn("targets", joined(targets.collect())),
            warn("health", joined(health.collect())),
            warn("number of security groups", self.security_groups.len()),
            warn("private_link_ingress_rules", ingress.unwrap_or_default()),
        ]
    }

    fn creating_calls(&self) -> Vec<Paced> {
        let shared = |operation: &'static str| Paced { operation, quota: Quota::LoadBalancing };
        let targets = Paced { operation: "RegisterTargets", quota: Quota::Targets };
        let each = [shared("CreateTargetGroup"), targets, shared("CreateListener")];
        std::iter::once(shared("CreateLoadBalancer")).chain(self.listeners.iter().flat_map(|_| each)).collect()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let mut entries = Map::new();
        if let Some(vpc) = &self.vpc {
            entries.insert("vpc".to_owned(), selector(vpc, "id"));
        }
        entries.insert("subnets".to_owned(), subnets(&self.subnets));
        if !self.service_ips.is_empty() {
            entries.insert("service_ips".to_owned(), json!(self.service_ips));
        }
        entries.insert("security_groups".to_owned(), groups(&self.security_groups));
        let ingress = self.private_link_ingress_rules.map(|enforced| match enforced {
            PrivateLinkIngress::Enforced => "enforced",
            PrivateLinkIngress::Off => "off",
        });
        put(&mut entries, "private_link_ingress_rules", ingress);
        entries.insert("listeners".to_owned(), Value::Array(self.listeners.iter().map(listener).collect()));
        entries
    }
}

fn listener(listener: &Listener) -> Value {
    let mut entries = object([("port", json!(listener.port)), ("targets", json!(listener.targets))]);
    if listener.targets.first().is_none_or(|first| first.port != listener.target_port) {
        entries.insert("target_port".to_owned(), json!(listener.target_port));
    }
    if let Some(health) = listener.health {
        let interval = duration(u64::from(health.interval_secs));
        entries.insert(
            "health".to_owned(),
            json!({"protocol": "tcp", "interval": interval, "threshold": health.threshold}),
        );
    }
    Value::Object(entries)
}
