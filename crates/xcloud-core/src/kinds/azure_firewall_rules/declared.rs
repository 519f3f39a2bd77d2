//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{keep_outside, object, rule_body, rule_head, wide};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{Addr, FirewallRule, FirewallRules, GroupRef, PlaceKey, Selector, Spec};

impl Declared for FirewallRules {
    fn name(&self) -> Option<(Scope, &str)> {
        None
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        vec![
            Claim::RuleCollectionGroup(self.policy.clone(), self.group.to_ascii_lowercase()),
            Claim::GroupPriority(self.policy.clone(), self.priority),
        ]
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
        if let Spec::FirewallRules(before) = before {
            keep_outside(&mut self.rules, &before.rules, head, in_part);
        }
    }

    fn role(&self) -> Role<'_> {
        Role::Wall(self)
    }

    fn ask(&self, query: &mut Query) {
        let Query::Azure(query) = query else { return };
        query.rule_groups.insert((self.policy.clone(), self.group.clone()));
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
            rule_body(&mut entries, rule.protocol, &rule.from, &rule.to, &rule.ports);
            wide(&mut entries, &rule.from);
            Value::Object(entries)
        });
        let rules = Value::Array(rules.collect());
        object([
            ("policy", json!(self.policy.0)),
            ("group", json!(self.group)),
            ("priority", json!(self.priority)),
            ("rules", rules),
        ])
    }
}

fn head(rule: &FirewallRule) -> RuleHead<'_> {
    RuleHead { name: &rule.name, env: &rule.env, region: rule.region.as_deref() }
}
