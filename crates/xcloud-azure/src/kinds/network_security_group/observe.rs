//! Network security groups and their rules.

use std::collections::BTreeMap;

use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveNsg, LiveNsgRule};
use xcloud_core::marks;
use xcloud_core::model::{Access, ArmName, Direction};
use xcloud_core::provider::ProviderError;

use crate::arm::{Arm, Found, Listed};
use crate::ids;
use crate::json::{canonical, list, need, number, state, text, united};
use crate::list::{each, parsed};

const OPERATION: &str = "GET networkSecurityGroups";

/// The types in the id of a rule.
pub(super) const TYPES: &[&str] = &["networkSecurityGroups", "securityRules"];

/// Reads a rule.
pub(crate) async fn rule(arm: &Arm, id: &ArmName) -> Found {
    const NAME: &str = "GET securityRules";
    let client = arm.network.security_rules_client();
    arm.get(NAME, id, TYPES, |p| client.get(&p.group, p.name(0), p.name(1), &p.subscription).send()).await
}

/// Reads what the id names if it is a rule of a network security group.
pub(crate) async fn by_id(arm: &Arm, id: &ArmName) -> Option<Found> {
    if ids::is_of(id, TYPES) { Some(rule(arm, id).await) } else { None }
}

async fn one(arm: &Arm, id: &ArmName) -> Found {
    let client = arm.network.network_security_groups_client();
    arm.get(OPERATION, id, &["networkSecurityGroups"], |p| client.get(&p.group, p.name(0), &p.subscription).send())
        .await
}

/// Lists every group of the subscription, with its rules.
async fn all(arm: &Arm) -> Listed {
    let client = arm.network.network_security_groups_client();
    arm.list(OPERATION, "", || client.list_all(&arm.place.account).into_stream()).await
}

/// Reads the groups with their rules: one list of the subscription if the query asks for all, which holds the rules
/// too, and one call for each group that was asked for and is not in it (a list shows only what the caller may read).
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Result<Vec<LiveNsg>, ProviderError> {
    let mut groups: BTreeMap<ArmName, LiveNsg> = BTreeMap::new();
    let listed = if query.all_nsgs { all(arm).await? } else { None };
    for group in listed.unwrap_or_default() {
        let id = ArmName(parsed(arm, OPERATION, need(&group, "/id"))?.to_owned());
        // Lists over a subscription answer other letter cases than were declared: the declared spelling stays.
        let asked = query.nsgs.get(&id).cloned();
        if asked.is_some() || holds_ours(&group, &query.product) {
            let group = parsed(arm, OPERATION, group_of(&group))?;
            groups.insert(id.clone(), LiveNsg { id: asked.unwrap_or(id), ..group });
        }
    }
    let missing = query.nsgs.iter().filter(|id| !groups.contains_key(id));
    let single = each(missing, async |id: &ArmName| {
        let Some(group) = one(arm, id).await? else { return Ok(None) };
        parsed(arm, OPERATION, group_of(&group)).map(Some)
    });
    let single = single.await?;
    groups.extend(single.into_iter().map(|group| (group.id.clone(), group)));
    Ok(groups.into_values().collect())
}

/// Returns true if a rule of the group carries the product's mark.
fn holds_ours(group: &Value, product: &str) -> bool {
    let mut rules = list(group, "/properties/securityRules").iter();
    rules.any(|rule| marks::rule_is_ours(text(rule, "/name"), text(rule, "/properties/description"), product))
}

fn group_of(group: &Value) -> Result<LiveNsg, String> {
    let rules: Result<Vec<LiveNsgRule>, String> =
        list(group, "/properties/securityRules").iter().map(rule_of).collect();
    Ok(LiveNsg { id: ArmName(need(group, "/id")?.to_owned()), rules: rules? })
}

/// Reads a rule as it stands in its group, or alone.
pub(crate) fn rule_of(rule: &Value) -> Result<LiveNsgRule, String> {
    let name = need(rule, "/name")?;
    let of = |why: String| format!("rule {name}: {why}");
    let p = rule.get("properties").ok_or_else(|| of("`/properties` is missing".to_owned()))?;
    let groups = ["/sourceApplicationSecurityGroups", "/destinationApplicationSecurityGroups"];
    let security_groups = groups.iter().flat_map(|pointer| list(p, pointer));
    Ok(LiveNsgRule {
        name: name.to_owned(),
        priority: number(p, "/priority").map_err(of)?,
        direction: direction(need(p, "/direction").map_err(of)?).map_err(of)?,
        access: access(need(p, "/access").map_err(of)?).map_err(of)?,
        protocol: need(p, "/protocol").map_err(of)?.to_owned(),
        from: canonical(united(p, "/sourceAddressPrefix", "/sourceAddressPrefixes")),
        to: canonical(united(p, "/destinationAddressPrefix", "/destinationAddressPrefixes")),
        ports: united(p, "/destinationPortRange", "/destinationPortRanges"),
        source_ports: united(p, "/sourcePortRange", "/sourcePortRanges"),
        security_groups: security_groups.map(|group| text(group, "/id").to_owned()).collect(),
        description: text(p, "/description").to_owned(),
        state: state(rule),
    })
}

/// Azure answers other casings than were sent (terraform-provider-azurerm#16092).
fn direction(text: &str) -> Result<Direction, String> {
    match text.to_ascii_lowercase().as_str() {
        "inbound" => Ok(Direction::Inbound),
        "outbound" => Ok(Direction::Outbound),
        _ => Err(format!("the direction `{text}` is not known")),
    }
}

fn access(text: &str) -> Result<Access, String> {
    match text.to_ascii_lowercase().as_str() {
        "allow" => Ok(Access::Allow),
        "deny" => Ok(Access::Deny),
        _ => Err(format!("the access `{text}` is not known")),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_unites_its_fields_whatever_their_casing() {
        let rule = json!({"name": "r", "properties": {
            "priority": 2000, "direction": "INBOUND", "access": "allow", "protocol": "tcp",
            "sourceAddressPrefix": "10.0.0.1", "sourceAddressPrefixes": [],
            "destinationAddressPrefixes": ["10.1.0.0/16", "VirtualNetwork"], "destinationPortRange": "443",
            "sourcePortRange": "*", "provisioningState": "Succeeded",
            "sourceApplicationSecurityGroups": [{"id": "/asg"}]
        }});
        let read = rule_of(&rule).expect("the rule is well formed");
        assert_eq!(read.direction, Direction::Inbound);
        assert_eq!(read.from, BTreeSet::from(["10.0.0.1/32".to_owned()]));
        assert_eq!(read.to, BTreeSet::from(["10.1.0.0/16".to_owned(), "VirtualNetwork".to_owned()]));
        assert_eq!(read.ports, BTreeSet::from(["443".to_owned()]));
        assert_eq!(read.security_groups, BTreeSet::from(["/asg".to_owned()]));
        assert_eq!(read.description, "");
    }

    #[test]
    fn a_rule_that_cannot_be_understood_is_named() {
        let error = rule_of(&json!({"name": "r", "properties": {"priority": 1, "direction": "Sideways"}}));
        assert_eq!(error, Err("rule r: the direction `Sideways` is not known".to_owned()));
        let error = rule_of(&json!({"name": "r"}));
        assert_eq!(error, Err("rule r: `/properties` is missing".to_owned()));
    }
}
