//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{keep_outside, object, rule_body, rule_head, wide};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{Access, Addr, GroupRef, NetworkSecurityGroup, NsgRule, PlaceKey, Priority, Selector, Spec};

impl Declared for NetworkSecurityGroup {
    fn name(&self) -> Option<(Scope, &str)> {
        None
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        let names = self.rules.iter().map(|rule| Claim::RuleName(self.group.clone(), rule.name.to_ascii_lowercase()));
        let fixed = self.rules.iter().filter_map(|rule| match rule.priority {
            Priority::Fixed(priority) => Some(Claim::RulePriority(self.group.clone(), rule.direction, priority)),
            Priority::Within(..) => None,
        });
        names.chain(fixed).collect()
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
        self.rules.iter().map(head).collect()
    }

    fn keep_outside(&mut self, before: &Spec, in_part: &dyn Fn(&str, Option<&str>) -> bool) {
        if let Spec::NetworkSecurityGroup(before) = before {
            keep_outside(&mut self.rules, &before.rules, head, in_part);
        }
    }

    fn role(&self) -> Role<'_> {
        Role::Filter(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Azure(query) = query else { return };
        query.nsgs.insert(self.group.clone());
    }

    fn properties(&self) -> Vec<Property> {
        Vec::new()
    }

    fn creating_calls(&self) -> Vec<Paced> {
        Vec::new()
    }

    fn as_written(&self, product: &str) -> Map<String, Value> {
        let rules = self.rules.iter().map(|rule| {
            let mut entries = rule_head(head(rule), product);
            match rule.priority {
                Priority::Fixed(priority) => entries.insert("priority".to_owned(), json!(priority)),
                Priority::Within(from, to) => entries.insert("priorities".to_owned(), json!(format!("{from}-{to}"))),
            };
            entries.insert("direction".to_owned(), json!(rule.direction));
            entries.insert("access".to_owned(), json!(rule.access));
            rule_body(&mut entries, rule.protocol, &rule.from, &rule.to, &rule.ports);
            if rule.access == Access::Allow {
                wide(&mut entries, &rule.from);
            }
            Value::Object(entries)
        });
        object([("group", json!(self.group.0)), ("rules", Value::Array(rules.collect()))])
    }
}

fn head(rule: &NsgRule) -> RuleHead<'_> {
    RuleHead { name: &rule.name, env: &rule.env, region: rule.region.as_deref() }
}
