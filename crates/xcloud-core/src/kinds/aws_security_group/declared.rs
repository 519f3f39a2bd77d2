//! What is asked of a declared resource of the kind.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::config::values::is_wide;
use crate::kinds::shared::{WIDE, object, one_group, ports, put, selector};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope, joined, red, warn};
use crate::limits::{Paced, Quota};
use crate::live::Query;
use crate::model::{Addr, GroupRef, Ownership, Peer, PlaceKey, Rule, SecurityGroup, Selector, Spec};

impl Declared for SecurityGroup {
    fn name(&self) -> Option<(Scope, &str)> {
        Some((Scope::Vpc(self.vpc.clone()), &self.name))
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        Vec::new()
    }

    fn pins(&self) -> &[Ipv4Addr] {
        &[]
    }

    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])> {
        None
    }

    fn names_of_its_kind(&self, own: &Addr) -> Vec<&Addr> {
        let named = self.ingress.iter().chain(&self.egress).filter_map(|rule| match &rule.peer {
            Peer::Group(GroupRef::Declared(addr)) if addr != own => Some(addr),
            Peer::Group(_) | Peer::Cidr(_) | Peer::PrefixList(_) => None,
        });
        named.collect::<BTreeSet<_>>().into_iter().collect()
    }

    fn rules(&self) -> Vec<RuleHead<'_>> {
        Vec::new()
    }

    fn keep_outside(&mut self, _before: &Spec, _in_part: &dyn Fn(&str, Option<&str>) -> bool) {}

    fn role(&self) -> Role<'_> {
        Role::Group(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Aws(query) = query else { return };
        query.vpcs.insert(self.vpc.clone());
    }

    fn properties(&self) -> Vec<Property> {
        let services = |rules: &[Rule]| {
            let service = |rule: &Rule| match rule.ports {
                Some(ports) => format!("{} {ports}", rule.protocol),
                None => rule.protocol.to_string(),
            };
            joined(rules.iter().map(service).collect())
        };
        vec![
            red("ingress", services(&self.ingress)),
            red("egress", services(&self.egress)),
            warn("ownership", format!("{:?}", self.ownership).to_lowercase()),
        ]
    }

    fn creating_calls(&self) -> Vec<Paced> {
        let calls = ["CreateSecurityGroup", "AuthorizeSecurityGroupIngress"];
        calls.map(|operation| Paced { operation, quota: Quota::Ec2Changes }).into()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let mut entries = object([
            ("vpc", selector(&self.vpc, "id")),
            ("description", json!(self.description)),
            ("ingress", rules(&self.ingress, "from")),
            ("egress", rules(&self.egress, "to")),
        ]);
        if self.ownership == Ownership::Additive {
            put(&mut entries, "ownership", Some("additive"));
        }
        entries
    }
}

fn rules(rules: &[Rule], side: &str) -> Value {
    let rules = rules.iter().map(|rule| {
        let mut entries = object([("protocol", json!(rule.protocol))]);
        if let Some(range) = rule.ports {
            entries.insert("ports".to_owned(), ports(range));
        }
        let peer = match &rule.peer {
            Peer::Cidr(net) => json!(net),
            Peer::PrefixList(id) => json!(id),
            Peer::Group(reference) => one_group(reference),
        };
        entries.insert(side.to_owned(), json!([peer]));
        put(&mut entries, "description", rule.description.as_deref());
        if side == "from" && matches!(&rule.peer, Peer::Cidr(net) if is_wide(net)) {
            put(&mut entries, "wide", Some(WIDE));
        }
        Value::Object(entries)
    });
    Value::Array(rules.collect())
}
