//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{acceptance, object, selector};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope, joined, red, warn};
use crate::limits::{Paced, Quota};
use crate::live::Query;
use crate::model::{Acceptance, Addr, EndpointService, GroupRef, LoadBalancerRef, PlaceKey, Selector, Spec};

impl Declared for EndpointService {
    fn name(&self) -> Option<(Scope, &str)> {
        Some((Scope::Place, &self.name))
    }

    fn claims(&self, place: &PlaceKey) -> Vec<Claim> {
        let claim = |balancer: &LoadBalancerRef| {
            let found = matches!(balancer, LoadBalancerRef::Found(_));
            Claim::LoadBalancer(balancer.clone(), found.then(|| place.clone()))
        };
        self.load_balancers.iter().map(claim).collect()
    }

    fn pins(&self) -> &[Ipv4Addr] {
        &[]
    }

    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])> {
        None
    }

    fn names_of_its_kind(&self, _own: &Addr) -> Vec<&Addr> {
        Vec::new()
    }

    fn rules(&self) -> Vec<RuleHead<'_>> {
        Vec::new()
    }

    fn keep_outside(&mut self, _before: &Spec, _in_part: &dyn Fn(&str, Option<&str>) -> bool) {}

    fn role(&self) -> Role<'_> {
        Role::Service(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Aws(query) = query else { return };
        query.connections |= self.acceptance == Acceptance::Managed;
        for balancer in &self.load_balancers {
            if let LoadBalancerRef::Found(selector) = balancer {
                query.found_load_balancers.insert(selector.clone());
            }
        }
    }

    fn properties(&self) -> Vec<Property> {
        let balancer = |one: &LoadBalancerRef| match one {
            LoadBalancerRef::Declared(addr) => addr.name().to_owned(),
            LoadBalancerRef::Found(_) => "a found one".to_owned(),
        };
        vec![
            red("load_balancers", joined(self.load_balancers.iter().map(balancer).collect())),
            red("port", self.found.as_ref().map(|found| found.port.to_string()).unwrap_or_default()),
            warn("acceptance", format!("{:?}", self.acceptance).to_lowercase()),
            warn("number of principals", self.principals.len()),
        ]
    }

    fn creating_calls(&self) -> Vec<Paced> {
        let calls = ["CreateVpcEndpointServiceConfiguration", "AcceptVpcEndpointConnections"];
        calls.map(|operation| Paced { operation, quota: Quota::EndpointServices }).into()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let balancers = self.load_balancers.iter().map(|balancer| match balancer {
            LoadBalancerRef::Declared(addr) => json!(addr.as_str()),
            LoadBalancerRef::Found(found) => selector(found, "arn"),
        });
        let mut entries = object([
            ("load_balancers", Value::Array(balancers.collect())),
            ("acceptance", json!(acceptance(self.acceptance))),
            ("principals", json!(self.principals)),
        ]);
        if let Some(found) = &self.found {
            entries.insert("expects".to_owned(), json!({"port": found.port, "clients": found.clients}));
        }
        entries
    }
}
