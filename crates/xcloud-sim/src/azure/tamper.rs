//! Changes behind a client's back, as somebody with the portal makes them: at once, and with the entity tags moved.

use serde_json::{Map, Value, json};

use super::ids::{Kind, ResourceId};
use super::seed::{RuleSeed, SeedError};
use super::world::{AzureWorld, Stored};
use super::{rule_groups, security_rules, settle};

impl AzureWorld {
    /// Adds a rule to a security group.
    ///
    /// # Errors
    /// [`SeedError`] if the group is not there or Azure would refuse the rule.
    pub fn add_security_rule(&mut self, group: &str, rule: &RuleSeed) -> Result<(), SeedError> {
        let id = ResourceId::parse(group).filter(|id| id.kind == Kind::SecurityGroup && self.find(group).is_some());
        let id = id.and_then(|id| id.child("securityRules", &rule.name));
        let id = id.ok_or_else(|| SeedError::new(format!("{group}: no such network security group")))?;
        let properties = json!({
            "protocol": rule.protocol,
            "sourcePortRange": "*",
            "destinationPortRange": rule.port,
            "sourceAddressPrefix": rule.source,
            "destinationAddressPrefix": rule.destination,
            "access": rule.access,
            "priority": rule.priority,
            "direction": rule.direction,
        });
        let properties = security_rules::normalised(properties.as_object().cloned().unwrap_or_default());
        let others =
            self.children(group, "securityRules").filter(|other| !other.name().eq_ignore_ascii_case(&rule.name));
        let others = others.map(|other| (other.name(), &other.properties));
        security_rules::check(&id, &properties, others).map_err(|error| SeedError::new(error.message))?;
        let mut stored = Stored::new(&id, None, String::new());
        stored.properties = properties;
        self.resources.insert(id.key(), stored);
        self.touch_with_parent(&id);
        Ok(())
    }

    /// Adds a rule collection group to a policy, or replaces it.
    ///
    /// # Errors
    /// [`SeedError`] if the policy is not there or Azure would refuse the group.
    pub fn add_rule_group(&mut self, policy: &str, name: &str, properties: Value) -> Result<(), SeedError> {
        let id = ResourceId::parse(policy).filter(|id| id.kind == Kind::FirewallPolicy && self.find(policy).is_some());
        let id = id.and_then(|id| id.child("ruleCollectionGroups", name));
        let id = id.ok_or_else(|| SeedError::new(format!("{policy}: no such firewall policy")))?;
        let Value::Object(properties) = properties else { return Err(SeedError::new("no object".to_owned())) };
        rule_groups::check(&properties).map_err(|error| SeedError::new(error.message))?;
        let mut stored = Stored::new(&id, None, String::new());
        stored.properties = rule_groups::normalised(properties);
        self.resources.insert(id.key(), stored);
        self.touch_with_parent(&id);
        Ok(())
    }

    /// Changes the properties of a resource, unchecked; returns false if it is not there.
    pub fn edit(&mut self, id: &str, change: impl FnOnce(&mut Map<String, Value>)) -> bool {
        let Some(id) = self.find(id).and_then(|stored| ResourceId::parse(&stored.id)) else { return false };
        if let Some(stored) = self.resources.get_mut(&id.key()) {
            change(&mut stored.properties);
        }
        self.touch_with_parent(&id);
        true
    }

    /// Removes a resource with what hangs on it, unchecked; returns false if it is not there.
    pub fn remove(&mut self, id: &str) -> bool {
        let Some(id) = self.find(id).and_then(|stored| ResourceId::parse(&stored.id)) else { return false };
        settle::remove(self, &id);
        self.touch_with_parent(&id);
        true
    }
}
