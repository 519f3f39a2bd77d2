//! Estates that differ from the story: no firewall, rules that a failover opens, a region where nothing stands yet.

use xcloud_core::plan::PlanOptions;

use super::{NORTH, Scene, WEST};
use crate::bed::OPEN_API;

/// The rules of a security group that deny, as the simulated Azure holds them: name and priority.
fn denies(scene: &Scene) -> Vec<(String, i64)> {
    scene.bed.cloud().change(|world, _| {
        let rules = world.azure.resources.iter().filter(|(id, _)| id.contains("/securityrules/"));
        let denying = rules.filter(|(_, rule)| rule.text("/access") == Some("Deny"));
        let told =
            denying.map(|(_, rule)| (rule.name().to_owned(), rule.properties["priority"].as_i64().unwrap_or_default()));
        told.collect()
    })
}

#[tokio::test(start_paused = true)]
async fn without_a_firewall_the_security_groups_fence() {
    let without = |line: &&str| !line.contains("firewall_policy:") && !line.contains("rule_collection_group:");
    let text: String = OPEN_API.lines().filter(without).map(|line| format!("{line}\n")).collect();
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 0, "{}", operator.heard());
    let denies_now = denies(&scene);
    assert_eq!(denies_now.len(), 4, "{denies_now:?}");
    assert!(denies_now.iter().all(|(name, priority)| name.ends_with("-fence") && (2000..2010).contains(priority)));
    scene.assert_agrees("fenced by security groups").await;
    let operator = scene.operator();
    assert_eq!(operator.failback().await, 0, "{}", operator.heard());
    assert_eq!(denies(&scene), Vec::new());
    scene.assert_agrees("back").await;
}

#[tokio::test(start_paused = true)]
async fn rules_that_open_on_failover_open_before_the_switch() {
    let text = OPEN_API.replace("rules: always-open", "rules: on-failover");
    let scene = Scene::of(&text, &PlanOptions::default()).await;
    let rules = |region: &str| {
        let end = format!("-{region}");
        scene.bed.cloud().change(|world, _| {
            let rules = world.azure.resources.keys().filter(|id| id.contains("/securityrules/xc-open-api-prod"));
            rules.filter(|id| id.ends_with(&end)).count()
        })
    };
    assert_eq!((rules(NORTH), rules(WEST)), (2, 0), "the standby is closed");
    let operator = scene.operator();
    let exit = operator.failover(WEST, Some("INC-1"), &[]).await;
    assert_eq!(exit, 0, "{}", operator.heard());
    assert_eq!(rules(WEST), 2);
    scene.assert_agrees("open on failover").await;
    let calls = scene.bed.cloud().calls();
    let at = |operation: &str| calls.iter().rposition(|call| call.mutated && call.operation == operation);
    let switch = calls.iter().position(|call| call.mutated && call.operation == "PUT A" && call.at > calls[0].at);
    assert!(at("PUT securityRules") > Some(0) && switch.is_some());
    let operator = scene.operator();
    assert_eq!(operator.failback().await, 0, "{}", operator.heard());
    let operator = scene.operator();
    assert_eq!(operator.apply().await, 0, "{}", operator.heard());
    assert_eq!((rules(NORTH), rules(WEST)), (2, 0), "the standby is closed again");
    scene.assert_agrees("back").await;
}

#[tokio::test(start_paused = true)]
async fn what_the_target_region_lacks_is_made_first_if_the_operator_says_so() {
    let mut north = PlanOptions::default();
    north.filter.regions.insert(NORTH.to_owned());
    let scene = Scene::of(OPEN_API, &north).await;
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3);
    let said = operator.heard();
    assert!(said.contains("--override endpoints"), "{said}");
    let passed = ["parity", "endpoints", "connections", "targets", "rules", "names"];
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &passed).await, 0, "{}", operator.heard());
    for env in ["int", "prod"] {
        assert_eq!(scene.pointed_at(env), WEST);
    }
    // Names in Route 53 are no part of a failover: they answer from us-east-1 alone.
    let operator = scene.operator();
    assert_eq!(operator.apply().await, 0, "{}", operator.heard());
    scene.assert_agrees("made first").await;
}

#[tokio::test(start_paused = true)]
async fn targets_behind_a_found_load_balancer_hold_a_failover_back() {
    let scene = Scene::new().await;
    let theirs = scene.bed.cloud().change(|world, now| {
        let listed =
            world.aws.perform(now, ("200000000003", WEST), "elasticloadbalancing", "DescribeTargetGroups", &[]);
        let listed = listed.expect("target groups");
        let (_, rest) = listed.split_once("<TargetGroupArn>").expect("a group");
        let (arn, _) = rest.split_once("</TargetGroupArn>").expect("an ARN");
        let asked = [("TargetGroupArn", arn)];
        let service = "elasticloadbalancing";
        let targets = world.aws.perform(now, ("200000000003", WEST), service, "DescribeTargetHealth", &asked);
        let targets = targets.expect("targets");
        targets.split("<Id>").skip(1).map(|one| one.split('<').next().unwrap_or("").to_owned()).collect::<Vec<_>>()
    });
    assert_eq!(theirs.len(), 2, "{theirs:?}");
    let ill = |target: &str| {
        scene.bed.cloud().change(|world, _| world.aws.set_target_health(WEST, target.parse().expect("an IP"), false));
    };
    ill(&theirs[0]);
    assert_eq!(scene.fork().operator().failover(WEST, Some("INC-1"), &[]).await, 0, "the other target serves");
    ill(&theirs[1]);
    let operator = scene.operator();
    let before = scene.bed.cloud().changes();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &[]).await, 3);
    let said = operator.heard();
    assert!(said.contains("prod/eu-west-1/endpoint-service/payment-events port 9443: 0/2 healthy"), "{said}");
    assert_eq!(scene.bed.cloud().changes(), before);
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-1"), &["targets"]).await, 0, "{}", operator.heard());
}

#[tokio::test(start_paused = true)]
async fn a_second_failover_to_the_active_region_has_nothing_to_do() {
    let scene = Scene::new().await;
    assert_eq!(scene.operator().failover(WEST, Some("INC-1"), &[]).await, 0);
    let before = scene.bed.cloud().changes();
    let operator = scene.operator();
    assert_eq!(operator.failover(WEST, Some("INC-2"), &[]).await, 0);
    let said = operator.heard();
    assert!(said.contains("nothing is to be done") || said.contains("\"steps\": []"), "{said}");
    assert_eq!(scene.bed.cloud().changes(), before);
}
