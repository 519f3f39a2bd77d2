//! What the caller may read in the whole subscription: a list over it holds what he may read, and says nothing of the
//! rest, so a short list proves nothing.

use serde_json::Value;
use xcloud_core::live::AzureQuery;

use crate::arm::Arm;
use crate::json::texts;

const OPERATION: &str = "GET permissions";
const VERSION: &str = "2022-04-01";

/// What is listed over the subscription, to find what of ours no config names any more.
const LISTED: [&str; 4] = [
    "Microsoft.Network/networkSecurityGroups/read",
    "Microsoft.Network/firewallPolicies/read",
    "Microsoft.Network/privateLinkServices/read",
    "Microsoft.Network/privateEndpoints/read",
];

/// Returns true if lists over the subscription hold all that there is. Where that cannot be found out, they may not.
pub(crate) async fn lists_are_whole(arm: &Arm, query: &AzureQuery) -> bool {
    if !query.everywhere {
        return false;
    }
    let path = format!(
        "/subscriptions/{}/providers/Microsoft.Authorization/permissions?api-version={VERSION}",
        arm.place.account
    );
    let Ok(Some(roles)) = arm.list_at(OPERATION, &path).await else { return false };
    LISTED.iter().all(|action| roles.iter().any(|role| grants(role, action)))
}

/// Returns true if a role grants the action: one of its patterns does, and none takes it back.
fn grants(role: &Value, action: &str) -> bool {
    let any = |pointer: &str| texts(role, pointer).iter().any(|pattern| matches(pattern, action));
    any("/actions") && !any("/notActions")
}

/// Returns true if the action is of the pattern, in which `*` stands for any text; letter cases do not matter.
fn matches(pattern: &str, action: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern.eq_ignore_ascii_case(action) };
    let starts = action.get(..head.len()).is_some_and(|start| start.eq_ignore_ascii_case(head));
    starts && (head.len()..=action.len()).any(|at| matches(tail, &action[at..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_role_grants_what_its_patterns_say_and_do_not_take_back() {
        let read = LISTED[1];
        let roles = [
            (json!({"actions": ["*"], "notActions": []}), true),
            (json!({"actions": ["*/read"]}), true),
            (json!({"actions": ["microsoft.network/*"]}), true),
            (json!({"actions": ["Microsoft.Network/*/read"]}), true),
            (json!({"actions": ["Microsoft.Network/firewallPolicies/read"]}), true),
            (json!({"actions": ["Microsoft.Network/firewallPolicies/*"]}), true),
            (json!({"actions": ["*"], "notActions": ["Microsoft.Network/firewallPolicies/*"]}), false),
            (json!({"actions": ["Microsoft.Network/firewallPolicies/write"]}), false),
            (json!({"actions": ["*/write"]}), false),
            (json!({"actions": ["Microsoft.Network"]}), false),
            (json!({"actions": []}), false),
        ];
        for (role, granted) in roles {
            assert_eq!(grants(&role, read), granted, "{role}");
        }
    }
}
