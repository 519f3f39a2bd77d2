//! IP groups that rules of a policy name: their addresses, as far as they may be read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use xcloud_core::live::LiveRuleGroup;
use xcloud_core::model::ArmName;

use crate::arm::Arm;
use crate::ids;
use crate::json::{canonical, text, texts};

const OPERATION: &str = "GET ipGroups";

/// Returns the addresses of the groups that rules name: one list of each subscription that holds some. Who reads the
/// policy may not read these: what is not found stays a name, and what is behind it not known.
pub(super) async fn named(arm: &Arm, groups: &[LiveRuleGroup]) -> BTreeMap<ArmName, BTreeSet<String>> {
    let rules = groups.iter().flat_map(|group| &group.rules);
    let ids: BTreeSet<ArmName> =
        rules.flat_map(|rule| rule.from_groups.iter().chain(&rule.to_groups)).cloned().map(ArmName).collect();
    let subscriptions: BTreeSet<String> = ids
        .iter()
        .filter_map(|id| Some(ids::parse(id, &["ipGroups"]).ok()?.subscription.to_ascii_lowercase()))
        .collect();
    let mut found = BTreeMap::new();
    for subscription in subscriptions {
        let client = arm.network.ip_groups_client();
        let listed = arm.list(OPERATION, &subscription, || client.list(&subscription).into_stream()).await;
        for group in listed.ok().flatten().unwrap_or_default() {
            // The spelling of the rules stays: a list over a subscription has other letter cases.
            let Some(id) = ids.get(&ArmName(text(&group, "/id").to_owned())) else { continue };
            if let Some(addresses) = addresses(&group) {
                found.insert(id.clone(), addresses);
            }
        }
    }
    found
}

/// Returns the addresses of a group whose last change has ended well.
fn addresses(group: &Value) -> Option<BTreeSet<String>> {
    let is_settled = text(group, "/properties/provisioningState").eq_ignore_ascii_case("Succeeded");
    is_settled.then(|| canonical(texts(group, "/properties/ipAddresses")))
}
