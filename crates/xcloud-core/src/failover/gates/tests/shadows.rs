//! Rules that decide before ours.

use super::fixture::World;
use crate::active::fence_name;
use crate::failover::gates::Light::{self, Ok, Red, Warn};
use crate::live::{LiveFirewallRule, LiveNsgRule, LivePolicy, LiveRuleGroup};
use crate::model::{Access, AddressSource, ArmName, Direction, NsgRule, PortRange, Spec};
use crate::tests::texts;

/// A rule of others in the group, into Azure.
fn deny(priority: u16, from: &[&str]) -> LiveNsgRule {
    LiveNsgRule {
        name: "theirs".to_owned(),
        priority,
        direction: Direction::Inbound,
        access: Access::Deny,
        protocol: "*".to_owned(),
        from: texts(from),
        to: texts(&["*"]),
        ports: texts(&["*"]),
        source_ports: texts(&["*"]),
        security_groups: texts(&[]),
        description: String::new(),
        state: "Succeeded".into(),
    }
}

fn with_nsg(rules: impl IntoIterator<Item = LiveNsgRule>) -> (Light, String) {
    let mut world = World::good();
    world.nsg().extend(rules);
    world.says("rules")
}

/// A network rule of others in a policy.
fn firewall_deny(collection: &str, collection_priority: u16, from: &[&str]) -> LiveFirewallRule {
    LiveFirewallRule {
        collection: collection.to_owned(),
        collection_priority,
        action: "Deny".to_owned(),
        rule_type: "NetworkRule".to_owned(),
        name: "theirs".to_owned(),
        protocols: texts(&["Any"]),
        from: texts(from),
        to: texts(&["*"]),
        ports: texts(&["*"]),
        from_groups: texts(&[]),
        to_groups: texts(&[]),
        to_names: texts(&[]),
        description: String::new(),
    }
}

fn with_group(name: &str, priority: u16, rules: Vec<LiveFirewallRule>) -> World {
    let mut world = World::good();
    let policy = world.azure().rule_groups[0].policy.clone();
    let (name, etag, state) = (name.to_owned(), "e".to_owned(), "Succeeded".into());
    world.azure().rule_groups.push(LiveRuleGroup {
        policy,
        name,
        priority,
        etag,
        state,
        rules,
        raw: Vec::<u8>::new().into(),
    });
    world
}

const SHADOWED: &str = "xc-open-api-prod-core-banking-eu-west-1 in nsg-core is shadowed by theirs (priority 100): \
                        tcp 10.61.2.4 -> 10.122.8.10 port 443";

#[test]
fn a_lower_number_decides_first() {
    assert_eq!(with_nsg([deny(100, &["*"])]), (Red, SHADOWED.to_owned()));
    assert_eq!(with_nsg([deny(100, &["10.0.0.0/8"])]), (Red, SHADOWED.to_owned()));
    assert_eq!(with_nsg([deny(4096, &["*"])]).0, Ok, "ours come first");
}

#[test]
fn a_part_that_is_shadowed_is_red_with_a_packet_of_it() {
    let (light, text) = with_nsg([deny(100, &["10.61.2.36/32"])]);
    assert_eq!(light, Red);
    assert!(text.ends_with("theirs (priority 100): tcp 10.61.2.36 -> 10.122.8.10 port 443"), "{text}");
}

#[test]
fn a_shadow_is_red_also_where_another_part_is_not_open_yet() {
    let mut world = World::good();
    world.on_failover();
    for rule in world.nsg().iter_mut().filter(|rule| rule.name.contains("core-banking-eu-west-1")) {
        rule.from.remove("10.61.2.4/32");
    }
    assert_eq!(world.says("rules").0, Warn);
    world.nsg().push(deny(100, &["10.61.2.36/32"]));
    let (light, text) = world.says("rules");
    assert!(light == Red && text.contains("10.61.2.36 -> 10.122.8.10 port 443"), "{text}");
}

#[test]
fn another_direction_port_protocol_or_peer_decides_nothing() {
    let elsewhere = [
        LiveNsgRule { direction: Direction::Outbound, ..deny(100, &["10.61.2.4/32"]) },
        LiveNsgRule { ports: texts(&["444-65535"]), ..deny(100, &["*"]) },
        LiveNsgRule { protocol: "Udp".to_owned(), ..deny(100, &["*"]) },
        LiveNsgRule { to: texts(&["10.122.8.11/32"]), ..deny(100, &["*"]) },
        deny(100, &["10.60.2.4/32"]),
    ];
    for rule in elsewhere {
        assert_eq!(with_nsg([rule.clone()]).0, Ok, "{rule:?}");
    }
}

#[test]
fn an_allow_before_the_deny_decides_before_it() {
    let allow = LiveNsgRule { name: "early".to_owned(), access: Access::Allow, ..deny(90, &["10.61.0.0/16"]) };
    assert_eq!(with_nsg([deny(100, &["*"]), allow]).0, Ok);
}

#[test]
fn what_cannot_be_resolved_may_shadow() {
    let text = "xc-open-api-prod-core-banking-eu-west-1 in nsg-core may be shadowed by theirs (priority 100): what \
                that rule matches is not known here";
    assert_eq!(with_nsg([deny(100, &["VirtualNetwork"])]), (Warn, text.to_owned()));
    let odd = LiveNsgRule { security_groups: texts(&["asg"]), ..deny(100, &[]) };
    assert_eq!(with_nsg([odd]), (Warn, text.to_owned()));
    assert_eq!(with_nsg([deny(4096, &["VirtualNetwork"])]).0, Ok);
    let udp = LiveNsgRule { protocol: "Udp".to_owned(), ..deny(100, &["VirtualNetwork"]) };
    assert_eq!(with_nsg([udp]).0, Ok);
}

#[test]
fn a_deny_collection_of_our_own_group_decides_before_ours() {
    let mut world = World::good();
    world.firewall().push(firewall_deny("fence", 200, &["10.61.2.20/32"]));
    let text = "xc-open-api-prod-core-banking-eu-west-1 in rcg-xcloud-open-api is shadowed by theirs in \
                rcg-xcloud-open-api/fence (priority 2100, collection 200): tcp 10.61.2.20 -> 10.122.8.10 port 443";
    assert_eq!(world.says("rules"), (Red, text.to_owned()));
    world.on_failover();
    assert_eq!(world.says("rules").0, Red, "the failover does not open it");
    let mut world = World::good();
    world.firewall().insert(0, firewall_deny("later", 2000, &["*"]));
    assert_eq!(world.says("rules").0, Ok);
}

#[test]
fn another_group_decides_by_its_priority_first() {
    let all = || vec![firewall_deny("late", 60000, &["*"])];
    let world = with_group("rcg-first", 200, all());
    let (light, text) = world.says("rules");
    assert_eq!(light, Red);
    assert!(text.contains("shadowed by theirs in rcg-first/late (priority 200, collection 60000): tcp"), "{text}");
    assert_eq!(with_group("rcg-last", 60000, all()).says("rules").0, Ok);
}

#[test]
fn other_policies_and_other_kinds_of_rules_decide_nothing() {
    let all = || firewall_deny("all", 100, &["*"]);
    let application = LiveFirewallRule { rule_type: "ApplicationRule".to_owned(), ..all() };
    let dnat = LiveFirewallRule { action: "DNAT".to_owned(), ..all() };
    assert_eq!(with_group("rcg-first", 200, vec![application, dnat]).says("rules").0, Ok);
    let mut world = with_group("rcg-first", 200, vec![all()]);
    if let Some(group) = world.azure().rule_groups.last_mut() {
        group.policy = crate::model::ArmName("/subscriptions/s/other".to_owned());
    }
    assert_eq!(world.says("rules").0, Ok);
}

#[test]
fn an_ip_group_that_denies_before_ours_may_shadow() {
    let odd = LiveFirewallRule { from_groups: texts(&["ipg"]), ..firewall_deny("all", 100, &[]) };
    assert_eq!(with_group("rcg-first", 200, vec![odd]).says("rules").0, Warn);
}

/// A parent of our policy with one group.
fn with_parent(rule: LiveFirewallRule) -> World {
    let mut world = with_group("rcg-central", 60_000, vec![rule]);
    let parent = ArmName("/subscriptions/1/resourceGroups/central/firewallPolicies/afwp-base".to_owned());
    let live = world.azure();
    live.rule_groups.last_mut().expect("the group").policy = parent.clone();
    live.policies[0].base = Some(parent.clone());
    live.policies.push(LivePolicy { id: parent, base: None, ..live.policies[0].clone() });
    world
}

#[test]
fn a_parent_decides_before_every_group_of_ours() {
    let (light, text) = with_parent(firewall_deny("block", 65_000, &["10.61.0.0/16"])).says("rules");
    let line = "xc-open-api-prod-core-banking-eu-west-1 in rcg-xcloud-open-api is shadowed by theirs in \
                afwp-base/rcg-central/block (priority 60000, collection 65000): tcp 10.61.2.4 -> 10.122.8.10 port 443";
    assert_eq!((light, text.as_str()), (Red, line));
    let mut circle = with_parent(firewall_deny("block", 65_000, &["10.99.0.0/16"]));
    let own = circle.azure().rule_groups[0].policy.clone();
    circle.azure().policies.iter_mut().for_each(|policy| policy.base = Some(own.clone()));
    assert_eq!(circle.says("rules").0, Ok, "a circle of parents ends");
}

#[test]
fn what_is_not_known_of_a_policy_is_a_warning() {
    let with = |about: fn(&mut LivePolicy)| {
        let mut world = World::good();
        about(&mut world.azure().policies[0]);
        world.says("rules")
    };
    let text = "rules of afwp-hub that may decide before ours were not read: HTTP 403";
    assert_eq!(with(|policy| policy.unread = Some("HTTP 403".to_owned())), (Warn, text.to_owned()));
    let text = "the firewall policy afwp-hub is attached to no firewall";
    assert_eq!(with(|policy| policy.firewalls.clear()), (Warn, text.to_owned()));
    assert_eq!(
        with(|policy| policy.state = "Failed".into()),
        (Warn, "the firewall policy afwp-hub is Failed".to_owned())
    );
}

#[test]
fn what_an_earlier_group_allows_no_fence_holds_off() {
    let allow =
        |from: &str| LiveFirewallRule { action: "Allow".to_owned(), ..firewall_deny("east-west", 100, &[from]) };
    let text = "no fence holds against eu-north-1: theirs in rcg-central/east-west (priority 200, collection 100) \
                allows it first";
    assert_eq!(with_group("rcg-central", 200, vec![allow("10.0.0.0/8")]).says("rules"), (Warn, text.to_owned()));
    assert_eq!(
        with_group("rcg-central", 200, vec![allow("10.61.0.0/16")]).says("rules").0,
        Ok,
        "only the other region"
    );
    assert_eq!(with_group("rcg-central", 3000, vec![allow("10.0.0.0/8")]).says("rules").0, Ok, "the fence comes first");
    let mut fenced = World::good();
    let inbound =
        fenced.nsg().iter().find(|rule| rule.name.ends_with("core-banking-eu-north-1")).expect("a rule").clone();
    let fence = LiveNsgRule { name: fence_name(&inbound.name), access: Access::Deny, priority: 1999, ..inbound };
    fenced.nsg().push(fence);
    assert_eq!(fenced.says("rules").0, Ok);
    fenced.nsg().push(LiveNsgRule { access: Access::Allow, ..deny(110, &["10.60.0.0/16"]) });
    let text = "no fence holds against eu-north-1: theirs (priority 110) allows it first";
    assert_eq!(fenced.says("rules"), (Warn, text.to_owned()));
}

#[test]
fn a_declared_deny_that_does_not_hold_is_a_warning() {
    let mut world = World::good();
    let live = LiveNsgRule { name: "fence".to_owned(), ..deny(2050, &["10.61.2.4/32"]) };
    world.nsg().push(live);
    let groups = world.desired.resources.values_mut().filter_map(|one| match &mut one.spec {
        Spec::NetworkSecurityGroup(spec) if one.addr.env() == "prod" => Some(spec),
        _ => None,
    });
    for spec in groups {
        let open = spec.rules[0].clone();
        let net = |text: &str| AddressSource::Listed([text.parse().expect("a network")].into());
        spec.rules.push(NsgRule {
            name: "fence".to_owned(),
            region: None,
            direction: Direction::Inbound,
            access: Access::Deny,
            from: net("10.61.2.4/32"),
            to: net("10.122.8.0/24"),
            ports: vec![PortRange::single(22)],
            ..open
        });
    }
    assert_eq!(world.says("rules"), (Ok, "5/5 rules exist, none shadowed".to_owned()));
    let allow = LiveNsgRule { access: Access::Allow, ..deny(100, &["10.61.0.0/16"]) };
    world.nsg().push(allow);
    let (light, text) = world.says("rules");
    assert_eq!(light, Warn);
    assert_eq!(text, "fence in nsg-core is shadowed by theirs (priority 100): tcp 10.61.2.4 -> 10.122.8.0 port 22");
}

#[test]
fn what_the_failover_opens_must_not_be_shadowed_where_it_will_stand() {
    let name = "xc-open-api-prod-core-banking-eu-west-1";
    let mut closed = World::good();
    closed.on_failover();
    closed.nsg().retain(|rule| rule.name != name);
    let with = |rule: LiveNsgRule| {
        let mut world = closed.clone();
        world.nsg().push(rule);
        world.says("rules")
    };
    let opened = format!("{name} in nsg-core: opened by the failover");
    assert_eq!(with(deny(4096, &["*"])), (Warn, opened.clone()), "ours comes first");
    let text = format!(
        "{name} in nsg-core, opened by the failover, would be shadowed by theirs (priority 100): \
         tcp 10.61.2.4 -> 10.122.8.10 port 443"
    );
    assert_eq!(with(deny(100, &["10.0.0.0/8"])), (Red, text));
    let tag = format!("{name} in nsg-core, opened by the failover, may be shadowed by theirs (priority 100)");
    assert_eq!(with(deny(100, &["VirtualNetwork"])), (Warn, tag));
    // The lowest free number of the range is taken: what stands before it in the range decides first.
    let at = |priority: u16| LiveNsgRule { name: format!("at-{priority}"), ..deny(priority, &["*"]) };
    let spec = closed.desired.resources.values().find_map(|one| match &one.spec {
        Spec::NetworkSecurityGroup(spec) if spec.group.0.contains("rg-prod") => Some(spec),
        _ => None,
    });
    let rule = spec.and_then(|spec| spec.rules.iter().find(|rule| rule.name == name)).expect("the rule");
    let crate::model::Priority::Within(from, _) = rule.priority else { panic!("a range") };
    let inbound = |one: &&LiveNsgRule| one.direction == Direction::Inbound;
    let used: Vec<u16> = closed.clone().nsg().iter().filter(inbound).map(|one| one.priority).collect();
    let free = (from..).find(|number| !used.contains(number)).expect("a number");
    assert_eq!(with(at(free)).0, Red, "it is taken, and ours comes behind it");
    assert_eq!(with(at(free + 1)), (Warn, opened), "ours comes before it");
    let mut policy = World::good();
    policy.on_failover();
    policy.firewall().retain(|rule| rule.name != name);
    policy.firewall().push(firewall_deny("later", 2000, &["*"]));
    assert_eq!(policy.says("rules").0, Warn);
    policy.firewall().push(firewall_deny("first", 200, &["10.61.2.4/32"]));
    let (light, text) = policy.says("rules");
    assert!(light == Red && text.contains("opened by the failover, would be shadowed by theirs in"), "{text}");
}
