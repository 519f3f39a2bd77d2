//! What a rule lets through more or less, and on which side of the commit point it is written.

use serde_json::json;

use super::fixture::*;
use crate::kinds::azure_firewall_rules::part::of_our_form;
use crate::live::{AzureLive, LiveFirewallRule, LiveNsgRule};
use crate::model::{Access, AddressKind, Desired, Direction, FirewallRule, NsgRule, PortRange, Priority};
use crate::op::{AzureOp, FirewallRulesOp, NetworkSecurityGroupOp, Op, WriteGuard};
use crate::plan::{Filter, Phase, Plan, PlanOptions, Undo};

const NORTH: &str = "xc-pay-prod-billing-eu-north-1";
const WEST: &str = "xc-pay-prod-billing-eu-west-1";
const FENCE: &str = "xc-pay-prod-billing-eu-north-1-fence";

/// Every write of the rule collection group: its phase and the names of its rules, with `!` before those that deny.
fn writes(plan: &Plan) -> Vec<(Phase, String)> {
    let told = |op: &Op| match op {
        Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { rules, .. })) => {
            let name = |rule: &crate::op::FirewallRuleBody| {
                let sign = if rule.access == Access::Deny { "!" } else { "" };
                format!("{sign}{}", rule.name.trim_start_matches("xc-pay-prod-billing-"))
            };
            rules.iter().map(name).collect::<Vec<_>>().join(" ")
        }
        other => other.name().to_owned(),
    };
    plan.steps.iter().map(|step| (step.phase, told(&step.op))).collect()
}

fn expect(desired: &Desired, live: &AzureLive, expected: &[(Phase, &str)]) -> Plan {
    let plan = plan(desired, live).expect("a plan");
    let expected: Vec<(Phase, String)> = expected.iter().map(|(phase, text)| (*phase, (*text).to_owned())).collect();
    assert_eq!(writes(&plan), expected);
    plan
}

fn allow(region: &str) -> FirewallRule {
    firewall_rule("prod", region)
}

fn fence() -> FirewallRule {
    FirewallRule { name: FENCE.to_owned(), access: Access::Deny, ..allow("eu-north-1") }
}

fn live_fence() -> LiveFirewallRule {
    LiveFirewallRule {
        collection: FirewallRulesOp::FENCE.to_owned(),
        collection_priority: FirewallRulesOp::FENCE_PRIORITY,
        action: "Deny".to_owned(),
        ..live_firewall_rule(FENCE)
    }
}

#[test]
fn rules_are_written_by_name_whatever_the_order_of_config_and_cloud() {
    let wanted = desired(vec![firewall(vec![allow("eu-west-1"), allow("eu-north-1")])]);
    expect(&wanted, &live_policy(), &[(Phase::Build, "eu-north-1 eu-west-1")]);
    let mut moved = allow("eu-west-1");
    moved.from = listed(&["10.0.0.4/32", "10.0.0.5/32"]);
    let live = live_group(vec![live_firewall_rule(WEST), live_firewall_rule(NORTH)]);
    let wanted = desired(vec![firewall(vec![moved, allow("eu-north-1")])]);
    expect(&wanted, &live, &[(Phase::Build, "eu-north-1 eu-west-1")]);
}

#[test]
fn a_fence_goes_before_the_commit_point_and_what_was_allowed_behind_it() {
    let live = live_group(vec![live_firewall_rule(NORTH), live_firewall_rule(WEST), live_fence()]);
    let wanted = desired(vec![firewall(vec![allow("eu-north-1")])]);
    expect(&wanted, &live, &[(Phase::Build, "eu-north-1 eu-west-1"), (Phase::Commit, "eu-north-1")]);
}

#[test]
fn a_fence_comes_after_the_commit_point_and_what_is_allowed_before_it() {
    let live = live_group(vec![live_firewall_rule(NORTH)]);
    let wanted = desired(vec![firewall(vec![allow("eu-north-1"), allow("eu-west-1"), fence()])]);
    let both = "eu-north-1 eu-west-1";
    expect(&wanted, &live, &[(Phase::Build, both), (Phase::Commit, "eu-north-1 !eu-north-1-fence eu-west-1")]);
}

#[test]
fn a_fence_that_refuses_less_is_written_before_the_commit_point_and_one_that_refuses_more_behind_it() {
    let live = live_group(vec![live_firewall_rule(NORTH), live_fence()]);
    let with = |edit: fn(&mut FirewallRule)| {
        let mut fence = fence();
        edit(&mut fence);
        desired(vec![firewall(vec![allow("eu-north-1"), fence])])
    };
    let all = "eu-north-1 !eu-north-1-fence";
    let more = with(|fence| fence.ports = Vec::new());
    expect(&more, &live, &[(Phase::Commit, all)]);
    let other = with(|fence| fence.ports = vec![PortRange::single(8443)]);
    expect(&other, &live, &[(Phase::Commit, all)]);
    let mut wide = live.clone();
    wide.rule_groups[0].rules[1].ports = texts(&["*"]);
    expect(&with(|_| {}), &wide, &[(Phase::Build, all)]);
    let mut renamed = live.clone();
    renamed.rule_groups[0].rules[1].description.push_str("-of-old");
    expect(&with(|_| {}), &renamed, &[(Phase::Build, all)]);
}

#[test]
fn only_network_rules_of_our_collections_are_of_our_form() {
    let rule = |collection: &str, priority: u16, action: &str, rule_type: &str| LiveFirewallRule {
        collection: collection.to_owned(),
        collection_priority: priority,
        action: action.to_owned(),
        rule_type: rule_type.to_owned(),
        ..live_firewall_rule(NORTH)
    };
    let (fence, at) = (FirewallRulesOp::FENCE, FirewallRulesOp::FENCE_PRIORITY);
    for (live, expected) in [
        (rule("theirs", 5, "Allow", "NetworkRule"), Some(Access::Allow)),
        (rule("theirs", 5, "allow", "networkrule"), Some(Access::Allow)),
        (rule(fence, at, "Deny", "NetworkRule"), Some(Access::Deny)),
        (rule(fence, at + 1, "Deny", "NetworkRule"), None),
        (rule("theirs", at, "Deny", "NetworkRule"), None),
        (rule(fence, at, "Allow", "NetworkRule"), None),
        (rule(fence, at, "Deny", "ApplicationRule"), None),
        (rule("theirs", 5, "Allow", "ApplicationRule"), None),
        (rule("theirs", 5, "DNAT", "NatRule"), None),
    ] {
        assert_eq!(of_our_form(&live), expected, "{live:#?}");
    }
}

#[test]
fn a_group_is_put_back_if_all_of_it_could_be_written() {
    let wanted = desired(vec![firewall(vec![allow("eu-north-1")])]);
    let undo_of = |live: &AzureLive| plan(&wanted, live).expect("a plan").steps[0].undo.clone();
    let open = |collection: &str, name: &str| LiveFirewallRule {
        collection: collection.to_owned(),
        ports: texts(&["*"]),
        ..live_firewall_rule(name)
    };
    let one = live_group(vec![open("xcloud", NORTH), live_fence()]);
    assert!(matches!(undo_of(&one), Undo::Restore(_)), "one collection of ours and the fence");
    assert!(matches!(undo_of(&live_group(vec![live_fence()])), Undo::Restore(_)), "the fence alone");
    let two = live_group(vec![open("xcloud", NORTH), open("other", WEST)]);
    let why = "the live group rcg-pay holds rules of a form that xcloud does not write";
    assert_eq!(undo_of(&two), Undo::Impossible(why.to_owned()), "two collections that allow");
}

#[test]
fn a_group_that_somebody_writes_is_guarded_by_what_it_holds() {
    let mut wider = allow("eu-north-1");
    wider.ports = Vec::new();
    let wanted = desired(vec![firewall(vec![wider])]);
    for (state, settled) in [
        ("Succeeded", true),
        ("Failed", true),
        ("Canceled", true),
        ("", true),
        ("Updating", false),
        ("Deleting", false),
    ] {
        let mut live = live_group(vec![live_firewall_rule(NORTH)]);
        live.rule_groups[0].state = state.into();
        let plan = plan(&wanted, &live).expect("a plan");
        let Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { guard, .. })) = &plan.steps[0].op else {
            panic!("a write")
        };
        let by_etag = *guard == WriteGuard::Unchanged("e0".to_owned());
        assert_eq!((by_etag, matches!(guard, WriteGuard::Holds(_))), (settled, !settled), "{state}");
    }
}

#[test]
fn a_rule_of_another_collection_that_must_stay_is_refused_and_not_moved() {
    let mut wider = allow("eu-north-1");
    wider.ports = Vec::new();
    let wanted = desired(vec![firewall(vec![wider])]);
    let filter = Filter { envs: texts(&["prod"]), ..Filter::default() };
    let options = PlanOptions { filter, ..PlanOptions::default() };
    let beside = |rule: LiveFirewallRule| {
        let live = live_group(vec![live_firewall_rule(NORTH), rule]);
        plan_with(&wanted, &live, &options, &Book::new())
    };
    let dev = live_firewall_rule("xc-pay-dev-billing-eu-north-1");
    assert!(beside(dev.clone()).is_ok(), "it stands in our collection");
    let other = LiveFirewallRule { collection: "other".to_owned(), collection_priority: 2000, ..dev.clone() };
    assert_eq!(codes(&beside(other).expect_err("it would be moved")), ["cannot-keep"]);
    let odd = LiveFirewallRule { from_groups: texts(&["/ip/group"]), ..dev };
    let refused = beside(odd).expect_err("it cannot be written");
    assert_eq!(codes(&refused), ["cannot-keep"]);
    let hint = refused.0[0].hint.as_deref().unwrap_or_default();
    assert!(hint.ends_with("a failover can go without it: `--fence none`"), "{hint}");
}

/// A group with a rule of ours, and rules of forms that xcloud does not write: one in our collection, one in its own.
fn with_foreign() -> AzureLive {
    let partners = "/subscriptions/1/resourceGroups/hub/providers/Microsoft.Network/ipGroups/partners";
    let raw = json!([
        {"name": "xcloud", "priority": 1000, "action": {"type": "Allow"}, "rules": [{"ruleType": "NetworkRule",
            "name": "INC1", "ipProtocols": ["TCP"], "sourceIpGroups": [partners], "destinationAddresses": ["10.1.2.3/32"],
            "destinationPorts": ["443"], "newField": 1}]},
        {"name": "fqdn", "priority": 2000, "action": {"type": "Allow"}, "rules": [{"ruleType": "ApplicationRule",
            "name": "windows update", "sourceAddresses": ["10.1.2.3/32"], "targetFqdns": ["*.update.example"]}]}
    ]);
    let mut live = live_group(vec![live_firewall_rule(NORTH)]);
    let kept = raw.as_array().expect("collections").clone();
    live.rule_groups[0].rules = super::cloud::written(&[], &kept).expect("rules");
    live.rule_groups[0].rules.push(live_firewall_rule(NORTH));
    live.rule_groups[0].raw = raw;
    live
}

#[test]
fn what_xcloud_cannot_write_is_kept_as_it_is_where_it_must_stay() {
    let live = with_foreign();
    let wanted = desired(vec![firewall(vec![allow("eu-north-1"), fence()])]);
    let prod = Filter { envs: texts(&["prod"]), ..Filter::default() };
    for (filter, stays) in [(prod, true), (Filter::default(), false)] {
        let options = PlanOptions { filter, ..PlanOptions::default() };
        let plan = plan_with(&wanted, &live, &options, &Book::new()).expect("a plan");
        let mut cloud = super::cloud::Cloud::new(&live);
        cloud.apply(&plan, Some(Phase::Build)).expect("built");
        let has = |cloud: &super::cloud::Cloud, name: &str| {
            cloud.live.rule_groups[0].rules.iter().any(|rule| rule.name == name)
        };
        assert!(has(&cloud, "INC1") && has(&cloud, "windows update"), "nothing goes before the commit point");
        cloud.apply(&plan, Some(Phase::Commit)).expect("applied");
        assert!(has(&cloud, FENCE));
        assert_eq!((has(&cloud, "INC1"), has(&cloud, "windows update")), (stays, stays));
        let raw = cloud.live.rule_groups[0].raw.to_string();
        assert_eq!(raw.contains("newField"), stays, "what is not understood is kept: {raw}");
    }
}

#[test]
fn a_kept_collection_that_is_in_the_way_of_ours_is_refused() {
    let wanted = desired(vec![firewall(vec![allow("eu-north-1"), fence()])]);
    let options =
        PlanOptions { filter: Filter { envs: texts(&["prod"]), ..Filter::default() }, ..PlanOptions::default() };
    let with = |edit: fn(&mut AzureLive)| {
        let mut live = with_foreign();
        edit(&mut live);
        plan_with(&wanted, &live, &options, &Book::new()).map_err(|problems| codes(&problems) == ["cannot-keep"]).err()
    };
    assert_eq!(with(|_| ()), None);
    let at_ours = |live: &mut AzureLive| live.rule_groups[0].rules[1].collection_priority = 900;
    assert_eq!(with(at_ours), Some(true), "Azure takes a priority once");
    let denies = |live: &mut AzureLive| live.rule_groups[0].rules[0].action = "Deny".to_owned();
    assert_eq!(with(denies), Some(true), "it would be turned around");
}

/// Steps of a network security group: phase, what they open late, what they close.
fn nsg_turns(rule: NsgRule, live: Vec<LiveNsgRule>) -> Vec<(Phase, usize, Vec<String>)> {
    let known = book(crate::model::Addresses::Known(nets(&["10.0.0.4/32"])));
    opens_and_closes(&desired(vec![nsg(vec![rule])]), &live_nsg(live), &known)
}

fn of_service() -> NsgRule {
    NsgRule { from: service_ips(), ..nsg_rule("xc-pay-a", Priority::Fixed(2001)) }
}

#[test]
fn a_new_rule_that_denies_comes_after_the_commit_point() {
    let deny = NsgRule { access: Access::Deny, ..of_service() };
    assert_eq!(nsg_turns(deny, Vec::new()), [(Phase::Commit, 0, Vec::<String>::new())]);
    assert_eq!(nsg_turns(of_service(), Vec::new()), [(Phase::Build, 0, Vec::<String>::new())]);
}

#[test]
fn what_opens_after_the_commit_point_says_for_whom() {
    let live = || live_rule("xc-pay-a", 2001);
    let uses = [(service(), AddressKind::ServiceIps)].len();
    let turned = NsgRule { direction: Direction::Outbound, ..of_service() };
    assert_eq!(nsg_turns(turned, vec![live()]), [(Phase::Commit, uses, Vec::<String>::new())]);
    let narrower = LiveNsgRule { ports: texts(&["*"]), ..live() };
    assert_eq!(nsg_turns(of_service(), vec![narrower]), [(Phase::Commit, 0, Vec::<String>::new())]);
    let denying = NsgRule { access: Access::Deny, ..of_service() };
    assert_eq!(nsg_turns(denying, vec![live()]), [(Phase::Commit, 0, Vec::<String>::new())]);
    // The place is held until the commit point, so that the rule that opens comes after it too.
    let holder = LiveNsgRule { from: texts(&["VirtualNetwork"]), ..live_rule("xc-pay-old", 2001) };
    let steps = nsg_turns(of_service(), vec![holder]);
    assert_eq!(
        steps.iter().map(|(phase, opens, _)| (*phase, *opens)).collect::<Vec<_>>(),
        [(Phase::Commit, uses), (Phase::Commit, 0)]
    );
}

#[test]
fn other_destinations_stand_beside_the_old_ones_in_one_rule_until_the_commit_point() {
    let moved = NsgRule { to: listed(&["10.9.0.0/24"]), ..nsg_rule("xc-pay-a", Priority::Fixed(2001)) };
    let plan = plan(&desired(vec![nsg(vec![moved])]), &live_nsg(vec![live_rule("xc-pay-a", 2001)])).expect("a plan");
    let told: Vec<_> = plan
        .steps
        .iter()
        .map(|step| match &step.op {
            Op::Azure(AzureOp::NetworkSecurityGroup(NetworkSecurityGroupOp::PutRule { rule, .. })) => {
                (step.phase, rule.to.clone())
            }
            other => panic!("{}", other.name()),
        })
        .collect();
    let known = |list: &[&str]| crate::model::Addresses::Known(nets(list));
    let both = known(&["10.1.0.0/24", "10.9.0.0/24"]);
    assert_eq!(told, [(Phase::Build, both), (Phase::Commit, known(&["10.9.0.0/24"]))]);
}
