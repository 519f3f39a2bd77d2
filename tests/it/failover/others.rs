//! Rules of others decide too: a group of the firewall team before ours, in the same policy or in its parent.

use serde_json::{Value, json};

use super::{Scene, WEST};

const HUB: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg-hub/providers/\
                   Microsoft.Network/firewallPolicies/afwp-hub";

/// A group with one network rule for every port.
fn group(priority: u16, action: &str, from: &str, to: &str) -> Value {
    json!({"priority": priority, "ruleCollections": [{
        "ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "central", "priority": 100,
        "action": {"type": action},
        "rules": [{"ruleType": "NetworkRule", "name": "theirs", "ipProtocols": ["Any"], "sourceAddresses": [from],
            "destinationAddresses": [to], "destinationPorts": ["*"]}],
    }]})
}

fn add(scene: &Scene, policy: &str, group: Value) {
    scene.bed.cloud().change(|world, _| world.azure.add_rule_group(policy, "rcg-platform", group)).expect("a group");
}

/// Gives the policy of ours a parent, and answers its id.
fn add_parent(scene: &Scene) -> String {
    let parent = HUB.replace("afwp-hub", "afwp-base");
    scene.bed.cloud().change(|world, _| {
        world.azure.add_firewall_policy(&parent, "norwayeast", false).expect("a policy");
        world.azure.edit(HUB, |policy| {
            policy.insert("basePolicy".to_owned(), json!({"id": parent}));
        });
    });
    parent
}

async fn refused(scene: &Scene, what: &str) {
    let operator = scene.operator();
    assert_eq!(operator.readiness(WEST).await, 3, "{what}: {}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3, "{what}");
    let said = operator.heard();
    assert!(said.contains("is shadowed by theirs in") && said.contains("--override rules"), "{what}: {said}");
    assert_eq!(scene.record("prod").map(|record| record.region), None, "{what}: nothing was changed");
}

#[tokio::test(start_paused = true)]
async fn no_failover_goes_where_a_central_rule_denies() {
    let scene = Scene::new().await;
    let central = scene.fork();
    add(&central, HUB, group(200, "Deny", "10.61.0.0/16", "*"));
    refused(&central, "a group of the same policy").await;
    let inherited = scene.fork();
    let parent = add_parent(&inherited);
    add(&inherited, &parent, group(60_000, "Deny", "10.61.0.0/16", "*"));
    refused(&inherited, "a group of the parent").await;
    let later = scene.fork();
    add(&later, HUB, group(2200, "Deny", "10.61.0.0/16", "*"));
    let operator = later.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
}

#[tokio::test(start_paused = true)]
async fn a_fence_that_a_central_rule_passes_is_not_called_one() {
    let scene = Scene::new().await;
    let parent = add_parent(&scene);
    add(&scene, &parent, group(60_000, "Allow", "10.0.0.0/8", "10.0.0.0/8"));
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    let said = operator.heard();
    assert!(said.contains("no fence holds against eu-north-1: theirs in afwp-base/rcg-platform/central"), "{said}");
    let (plan, problems) = scene.operator().plan().await;
    let notes: Vec<String> =
        plan.unwrap_or_else(|| panic!("{problems:?}")).notes.into_iter().map(|note| note.text).collect();
    let has = |text: &str| notes.iter().any(|note| note.contains(text));
    assert!(has("the primary region is fenced, but rules of others pass its fence"), "{notes:#?}");
    assert!(has("is not ours and allows what xc-open-api-int-core-banking-eu-north-1-fence"), "{notes:#?}");
}
