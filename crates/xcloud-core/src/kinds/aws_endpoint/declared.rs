//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{groups, object, put, selector, subnets};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope, red, warn};
use crate::limits::{Paced, Quota};
use crate::live::Query;
use crate::model::{Addr, Endpoint, GroupRef, PlaceKey, Selector, ServiceRef, Spec};

impl Declared for Endpoint {
    fn name(&self) -> Option<(Scope, &str)> {
        Some((Scope::Place, &self.name))
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        Vec::new()
    }

    fn pins(&self) -> &[Ipv4Addr] {
        &self.endpoint_ips
    }

    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])> {
        Some((Some(&self.vpc), &self.security_groups))
    }

    fn names_of_its_kind(&self, _own: &Addr) -> Vec<&Addr> {
        Vec::new()
    }

    fn rules(&self) -> Vec<RuleHead<'_>> {
        Vec::new()
    }

    fn keep_outside(&mut self, _before: &Spec, _in_part: &dyn Fn(&str, Option<&str>) -> bool) {}

    fn role(&self) -> Role<'_> {
        Role::Endpoint(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Aws(query) = query else { return };
        query.vpcs.insert(self.vpc.clone());
        query.subnets.insert(self.subnets.clone());
    }

    fn properties(&self) -> Vec<Property> {
        let service = match &self.service {
            ServiceRef::Declared(addr) => addr.to_string(),
            ServiceRef::Name(name) => name.clone(),
        };
        vec![
            red("service", service),
            warn("number of security groups", self.security_groups.len()),
            warn("private_dns", self.private_dns),
        ]
    }

    fn creating_calls(&self) -> Vec<Paced> {
        vec![Paced { operation: "CreateVpcEndpoint", quota: Quota::Endpoints }]
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let mut entries = object([("vpc", selector(&self.vpc, "id")), ("subnets", subnets(&self.subnets))]);
        if !self.endpoint_ips.is_empty() {
            entries.insert("endpoint_ips".to_owned(), json!(self.endpoint_ips));
        }
        let service = match &self.service {
            ServiceRef::Declared(addr) => addr.as_str(),
            ServiceRef::Name(name) => name,
        };
        put(&mut entries, "service", Some(service));
        entries.insert("security_groups".to_owned(), groups(&self.security_groups));
        entries.insert("private_dns".to_owned(), json!(self.private_dns));
        entries
    }
}
