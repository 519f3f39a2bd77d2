//! Others decide too: by a group of the firewall team before ours, in the same policy or in its parent, and by locks.

use serde_json::{Value, json};
use xcloud_sim::azure::Lock;

use super::{Scene, WEST};
use crate::bed::later;

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

/// Adds rules of forms that xcloud does not write to our own group: an IP group and a service tag in the collection of ours,
/// names and a translation in collections of their own.
fn add_foreign_forms(scene: &Scene) {
    let network = |name: &str, from: Value, from_groups: Value, to: &str| {
        json!({"ruleType": "NetworkRule", "name": name, "ipProtocols": ["TCP"], "sourceAddresses": from,
            "sourceIpGroups": from_groups, "destinationAddresses": [to], "destinationPorts": ["8443"]})
    };
    let partners = HUB.replace("firewallPolicies/afwp-hub", "ipGroups/partners");
    let ours = [
        network(FOREIGN[0], json!([]), json!([partners]), "10.122.8.10"),
        network(FOREIGN[1], json!(["10.122.8.10"]), json!([]), "AzureMonitor"),
    ];
    let names = json!({"ruleCollectionType": "FirewallPolicyFilterRuleCollection", "name": "fqdn", "priority": 2000,
        "action": {"type": "Allow"}, "rules": [{"ruleType": "ApplicationRule", "name": FOREIGN[2],
            "sourceAddresses": ["10.122.8.10"], "targetFqdns": ["*.update.example"],
            "protocols": [{"protocolType": "Https", "port": 443}]}]});
    let translation = json!({"ruleCollectionType": "FirewallPolicyNatRuleCollection", "name": "dnat", "priority": 150,
        "action": {"type": "DNAT"}, "rules": [{"ruleType": "NatRule", "name": FOREIGN[3], "ipProtocols": ["TCP"],
            "sourceAddresses": ["*"], "destinationAddresses": ["20.100.0.4"], "destinationPorts": ["443"],
            "translatedAddress": "10.122.8.10", "translatedPort": "443"}]});
    let edited = scene.bed.cloud().change(|world, _| {
        world.azure.edit(&format!("{HUB}/ruleCollectionGroups/rcg-xcloud-open-api"), |group| {
            let collections = group["ruleCollections"].as_array_mut().expect("collections");
            let rules = collections[0]["rules"].as_array_mut().expect("rules");
            rules.extend(ours);
            collections.extend([names, translation]);
        })
    });
    assert!(edited, "our group is there");
}

/// The names of those rules.
const FOREIGN: [&str; 4] = ["INC123", "monitor", "windows update", "published"];

/// Returns which of those rules our group holds.
fn foreign_forms(scene: &Scene) -> Vec<&'static str> {
    let group = scene.bed.cloud().change(|world, _| {
        let group = world.azure.find(&format!("{HUB}/ruleCollectionGroups/rcg-xcloud-open-api"));
        json!(group.expect("our group").list("ruleCollections")).to_string()
    });
    FOREIGN.into_iter().filter(|name| group.contains(name)).collect()
}

#[tokio::test(start_paused = true)]
async fn rules_of_other_forms_in_our_group_hinder_nothing_but_what_is_to_remove_them() {
    let scene = Scene::new().await;
    add_foreign_forms(&scene);
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    assert_eq!(foreign_forms(&scene), FOREIGN, "what a failover writes keeps them");
    later(&scene.bed).await;
    let operator = scene.operator();
    assert_eq!(operator.failback().await, 0, "{}", operator.heard());
    assert_eq!(foreign_forms(&scene), FOREIGN, "and what a failback writes");
    let operator = scene.operator();
    assert_eq!(operator.apply().await, 0, "{}", operator.heard());
    assert_eq!(foreign_forms(&scene), [""; 0], "the group is ours alone: an apply of the whole removes them");
    scene.assert_agrees("afterwards").await;
}

#[tokio::test(start_paused = true)]
async fn a_lock_that_would_stop_a_failover_is_told_before_the_day() {
    let scene = Scene::new().await;
    let lock = |scene: &Scene, group: &str, read_only: bool| {
        let scope = format!("{}/{group}", HUB.split("/rg-hub").next().unwrap_or_default());
        scene.bed.cloud().change(|world, _| world.azure.locks.push(Lock { scope, read_only }));
    };
    let kept = scene.fork();
    lock(&kept, "rg-dns", false);
    lock(&kept, "rg-hub", false);
    let operator = kept.operator();
    operator.readiness(WEST).await;
    assert!(!operator.heard().contains("lock `"), "nothing is deleted: {}", operator.heard());

    lock(&scene, "rg-dns", true);
    let operator = scene.operator();
    operator.readiness(WEST).await;
    let said = operator.heard();
    assert!(said.contains("private-dns-record/payment-events: the lock `lock-0` (ReadOnly) on"), "{said}");
    assert!(said.contains("rg-dns refuses PUT A: have it lifted"), "{said}");
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3);
    let said = operator.heard();
    assert!(said.contains("a lock refuses calls of the failover") && said.contains("--override rto"), "{said}");
    assert_eq!(scene.record("prod").map(|record| record.region), None, "nothing was changed");

    let hidden = scene.fork();
    hidden.bed.cloud().change(|world, _| world.azure.locks_hidden = true);
    let operator = hidden.operator();
    operator.readiness(WEST).await;
    let said = operator.heard();
    assert!(said.contains("not all locks in") && !said.contains("a lock refuses"), "what is not known is told: {said}");
}
