//! The word fence is used only of what is closed. Any rules of others, before and after ours: what plan, readiness and drift
//! say is compared with every packet of a small address space.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::IpNet;
use proptest::prelude::*;
use proptest::test_runner::Config;
use serde_json::{Value, json};

use super::fixture::*;
use crate::active::{ActiveRecord, OldRegion};
use crate::code::NoteCode;
use crate::failover::gates::{Question, gates};
use crate::live::{LiveFirewallRule, LiveNsgRule, LivePolicy, LiveRuleGroup};
use crate::model::{Access, Addresses, ArmName, Direction, Kind};
use crate::op::{AzureOp, FirewallRulesOp, NetworkSecurityGroupOp, Op};
use crate::plan::{Note, Plan, PlanOptions, compare, converge};
use crate::tests::texts;

/// What a rule of others names: all, the old region or the other one and Azure in either direction, a part of that, and names
/// that are not resolved.
const ENDS: [(&str, &str); 8] = [
    ("*", "*"),
    ("10.60.0.0/16", "10.122.0.0/16"),
    ("10.60.2.4/32", "*"),
    ("10.122.0.0/16", "10.60.0.0/16"),
    ("*", "10.60.2.5/32"),
    ("10.61.0.0/16", "*"),
    ("10.122.0.0/16", "10.61.0.0/16"),
    ("VirtualNetwork", "*"),
];
const PORTS: [&str; 4] = ["*", "*", "443", "9000-9999"];
const PROTOCOLS: [&str; 4] = ["*", "*", "TCP", "UDP"];

/// An IP group whose addresses are known, and those.
const READ: (&str, &str) = ("/ipgroups/read", "10.60.0.0/16");
/// One that may not be read.
const UNREAD: &str = "/ipgroups/unread";

/// How a rule names its source, and what it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// By addresses or a tag.
    Plain,
    /// It translates: what it lets through so ends at the next network rule that denies. In a security group: as above.
    Translates,
    /// Its source is a group that may be read; in a security group: as above.
    Read,
    /// Its source is a group that may not be read: of addresses, in a security group of interfaces.
    Unread,
}
const FORMS: [Form; 6] = [Form::Plain, Form::Plain, Form::Plain, Form::Translates, Form::Read, Form::Unread];

/// A rule of others: where it stands, whether it allows, and what it matches.
#[derive(Debug, Clone)]
struct Stranger {
    form: Form,
    place: usize,
    allows: bool,
    inbound: bool,
    ends: (&'static str, &'static str),
    ports: &'static str,
    protocol: &'static str,
}

fn strangers() -> impl Strategy<Value = Vec<Stranger>> {
    let services = (proptest::sample::select(&PORTS[..]), proptest::sample::select(&PROTOCOLS[..]));
    let services = (services, proptest::sample::select(&FORMS[..]));
    let stranger = (0..6usize, any::<bool>(), any::<bool>(), proptest::sample::select(&ENDS[..]), services);
    let stranger = stranger.prop_map(|(place, allows, inbound, ends, ((ports, protocol), form))| Stranger {
        form,
        place,
        allows,
        inbound,
        ends,
        ports,
        protocol,
    });
    proptest::collection::vec(stranger, 0..6)
}

impl Stranger {
    fn access(&self) -> Access {
        if self.allows { Access::Allow } else { Access::Deny }
    }

    /// Before the range of ours, in the part that is left to fences, among ours, and after it.
    fn in_nsg(&self, number: u16) -> LiveNsgRule {
        LiveNsgRule {
            name: format!("stranger-{number}"),
            priority: [300, 2000, 2005, 2050, 2099, 4000][self.place] + number,
            direction: if self.inbound { Direction::Inbound } else { Direction::Outbound },
            access: self.access(),
            protocol: self.protocol.to_owned(),
            from: if self.form == Form::Unread { BTreeSet::new() } else { texts(&[self.ends.0]) },
            to: texts(&[self.ends.1]),
            ports: texts(&[self.ports]),
            source_ports: texts(&["*"]),
            security_groups: if self.form == Form::Unread {
                texts(&["/applicationSecurityGroups/theirs"])
            } else {
                texts(&[])
            },
            description: String::new(),
            state: "Succeeded".into(),
        }
    }

    /// The priorities of its group, 0 for that of our own, and of its collection; a parent's group is the last.
    fn in_policy(&self, number: u16) -> (u16, LiveFirewallRule) {
        let (at, collection) = [(200, 100), (60_000, 100), (0, 500), (0, 950), (0, 2000), (1, 100)][self.place];
        let group: &[&str] = match self.form {
            Form::Plain | Form::Translates => &[],
            Form::Read => &[READ.0],
            Form::Unread => &[UNREAD],
        };
        let rule = LiveFirewallRule {
            collection: format!("theirs-{number}"),
            collection_priority: collection + number,
            action: match self.form {
                Form::Translates => "DNAT",
                _ if self.allows => "Allow",
                _ => "Deny",
            }
            .to_owned(),
            rule_type: if self.form == Form::Translates { "NatRule" } else { "NetworkRule" }.to_owned(),
            name: format!("stranger-{number}"),
            protocols: texts(&[if self.protocol == "*" { "Any" } else { self.protocol }]),
            from: if group.is_empty() { texts(&[self.ends.0]) } else { texts(&[]) },
            to: texts(&[self.ends.1]),
            ports: texts(&[self.ports]),
            from_groups: texts(group),
            to_groups: BTreeSet::new(),
            to_names: BTreeSet::new(),
            description: String::new(),
        };
        (if at > 1 { at + number } else { at }, rule)
    }
}

/// A world with strangers, whose fence stands in the firewall or in the security groups.
fn world(strangers: &[Stranger], walled: bool) -> World {
    let mut world = World::new();
    let numbered = || strangers.iter().zip(0u16..);
    if !walled {
        world.desired.resources.retain(|_, resource| resource.spec.kind() != Kind::FirewallRules);
        world.azure().rule_groups.clear();
        let nsg = world.azure().nsgs.iter_mut().find(|nsg| nsg.id.0.contains("rg-prod")).expect("the group of prod");
        nsg.rules.extend(numbered().map(|(stranger, number)| stranger.in_nsg(number)));
        return world;
    }
    let live = world.azure();
    live.ip_groups.insert(ArmName(READ.0.to_owned()), texts(&[READ.1]));
    let parent = ArmName("/subscriptions/1/resourceGroups/central/firewallPolicies/afwp-base".to_owned());
    live.policies[0].base = Some(parent.clone());
    live.policies.push(LivePolicy { id: parent.clone(), base: None, ..live.policies[0].clone() });
    let ours = live.rule_groups[0].clone();
    let mut raw = Vec::new();
    for (stranger, number) in numbered() {
        let (priority, rule) = stranger.in_policy(number);
        if priority == 0 {
            let (name, at) = (&rule.collection, rule.collection_priority);
            raw.push(json!({"name": name, "priority": at, "rules": [{"name": rule.name}]}));
            live.rule_groups[0].rules.push(rule);
            continue;
        }
        let policy = if priority == 1 { parent.clone() } else { ours.policy.clone() };
        let (name, rules, raw) = (format!("rcg-{number}"), vec![rule], Value::Null);
        live.rule_groups.push(LiveRuleGroup { policy, name, priority: priority.max(100), rules, raw, ..ours.clone() });
    }
    live.rule_groups[0].raw = Value::Array(raw);
    world
}

/// A rule as the check sees it: its place (the lowest is met first), and what it does with what.
struct Rule {
    place: (u8, u16, u16),
    access: Access,
    protocols: BTreeSet<String>,
    from: BTreeSet<String>,
    to: BTreeSet<String>,
    ports: BTreeSet<String>,
}

/// A packet of a protocol to a port.
type Packet = (Ipv4Addr, Ipv4Addr, &'static str, u16);

impl Rule {
    /// Whether it matches, if names stand for all addresses or for none.
    fn matches(&self, (from, to, protocol, port): Packet, names: bool) -> bool {
        let end = |texts: &BTreeSet<String>, address: Ipv4Addr| {
            texts.iter().any(|text| match text.parse::<IpNet>() {
                Ok(net) => net.contains(&std::net::IpAddr::V4(address)),
                Err(_) => text == "*" || names,
            })
        };
        let at = |text: &String| {
            let (low, high) = text.split_once('-').unwrap_or((text, text));
            let bound = |text: &str| text.parse::<u16>().expect("a port");
            text == "*" || (bound(low)..=bound(high)).contains(&port)
        };
        let any = |known: &String| ["*", "ANY"].contains(&known.to_ascii_uppercase().as_str());
        let protocols = self.protocols.iter();
        end(&self.from, from)
            && end(&self.to, to)
            && self.ports.iter().any(at)
            && protocols.into_iter().any(|known| any(known) || known.eq_ignore_ascii_case(protocol))
    }
}

fn known(addresses: &Addresses) -> BTreeSet<String> {
    let Addresses::Known(nets) = addresses else { panic!("the addresses are pinned") };
    nets.iter().map(ToString::to_string).collect()
}

/// What names a group is a name, unless the addresses of the group are known.
fn resolved(addresses: &BTreeSet<String>, groups: &BTreeSet<String>) -> BTreeSet<String> {
    let named = groups.iter().map(|group| if group == READ.0 { READ.1.to_owned() } else { group.clone() });
    addresses.iter().cloned().chain(named).collect()
}

fn of_nsg(rule: &LiveNsgRule) -> Rule {
    Rule {
        place: (0, rule.priority, 0),
        access: rule.access,
        protocols: BTreeSet::from([rule.protocol.clone()]),
        from: resolved(&rule.from, &rule.security_groups),
        to: rule.to.clone(),
        ports: rule.ports.clone(),
    }
}

/// What a plan leaves in each list that decides, and which packets its fences are to refuse there.
fn afterwards(world: &mut World, plan: &Plan) -> Vec<(Vec<Rule>, Vec<Packet>)> {
    let mut lists = Vec::new();
    for way in [Direction::Inbound, Direction::Outbound] {
        let nsg =
            world.azure().nsgs.iter().find(|nsg| nsg.id.0.contains("rg-prod")).expect("the group of prod").clone();
        let mut rules: Vec<(String, Rule)> = nsg
            .rules
            .iter()
            .filter(|rule| rule.direction == way)
            .map(|rule| (rule.name.clone(), of_nsg(rule)))
            .collect();
        let mut fenced = Vec::new();
        for step in &plan.steps {
            let Op::Azure(AzureOp::NetworkSecurityGroup(op)) = &step.op else { continue };
            match op {
                NetworkSecurityGroupOp::PutRule { group, name, rule } if *group == nsg.id && rule.direction == way => {
                    rules.retain(|(known, _)| known != name);
                    let ports: BTreeSet<String> = rule.ports.iter().map(ToString::to_string).collect();
                    let written = Rule {
                        place: (0, rule.priority, 0),
                        access: rule.access,
                        protocols: texts(&[if rule.access == Access::Deny { "*" } else { "TCP" }]),
                        from: known(&rule.from),
                        to: known(&rule.to),
                        ports: if ports.is_empty() { texts(&["*"]) } else { ports },
                    };
                    if name.ends_with("-fence") {
                        fenced.extend(packets(&written));
                    }
                    rules.push((name.clone(), written));
                }
                NetworkSecurityGroupOp::DeleteRule { group, name } if *group == nsg.id => {
                    rules.retain(|(known, _)| known != name);
                }
                _ => {}
            }
        }
        lists.push((rules.into_iter().map(|(_, rule)| rule).collect(), fenced));
    }
    lists.extend(in_policy(world, plan));
    lists
}

fn in_policy(world: &mut World, plan: &Plan) -> Option<(Vec<Rule>, Vec<Packet>)> {
    let own = world.azure().rule_groups.first()?.clone();
    let written = plan.steps.iter().rev().find_map(|step| match &step.op {
        Op::Azure(AzureOp::FirewallRules(FirewallRulesOp::Put { rules, kept, .. })) => Some((rules, kept)),
        _ => None,
    });
    let (bodies, kept) = written.expect("a failover writes the group");
    let stays = |rule: &&LiveFirewallRule| kept.iter().any(|of| of["name"] == *rule.collection);
    let mut rules = Vec::new();
    for group in &world.azure().rule_groups {
        let is_own = group.name == own.name && group.policy == own.policy;
        let decides = |rule: &&LiveFirewallRule| rule.rule_type == "NetworkRule" && (!is_own || stays(rule));
        for rule in group.rules.iter().filter(decides) {
            rules.push(Rule {
                place: (u8::from(group.policy == own.policy), group.priority, rule.collection_priority),
                access: if rule.action == "Allow" { Access::Allow } else { Access::Deny },
                protocols: rule.protocols.clone(),
                from: resolved(&rule.from, &rule.from_groups),
                to: rule.to.clone(),
                ports: rule.ports.clone(),
            });
        }
    }
    let ours = bodies.iter().map(|body| {
        let ports: BTreeSet<String> = body.ports.iter().map(ToString::to_string).collect();
        Rule {
            place: (1, own.priority, FirewallRulesOp::collection(body.access).1),
            access: body.access,
            protocols: body.protocols.clone(),
            from: known(&body.from),
            to: known(&body.to),
            ports: if ports.is_empty() { texts(&["*"]) } else { ports },
        }
    });
    let ours: Vec<Rule> = ours.collect();
    let fenced = ours.iter().filter(|rule| rule.access == Access::Deny).flat_map(packets).collect();
    rules.extend(ours);
    Some((rules, fenced))
}

/// Every kind of packet that rules here tell apart: of a protocol without ports, and of those that have some to a port that
/// each range names, or none.
const SERVICES: [(&str, u16); 7] =
    [("TCP", 443), ("TCP", 9443), ("TCP", 22), ("UDP", 443), ("UDP", 9443), ("UDP", 22), ("ICMP", 0)];

/// Packets that a fence names, from and to the first and the last address of each network.
fn packets(fence: &Rule) -> Vec<Packet> {
    let ends = |texts: &BTreeSet<String>| -> Vec<Ipv4Addr> {
        let nets = texts.iter().filter_map(|text| text.parse::<ipnet::Ipv4Net>().ok());
        nets.flat_map(|net| [net.network(), net.broadcast()]).collect()
    };
    let mut found = Vec::new();
    for from in ends(&fence.from) {
        for to in ends(&fence.to) {
            found.extend(SERVICES.map(|(name, port)| (from, to, name, port)));
        }
    }
    found
}

/// Whether something passes a fence, if names stand for all addresses or for none.
fn is_open(lists: &mut [(Vec<Rule>, Vec<Packet>)], names: bool) -> bool {
    lists.iter_mut().any(|(rules, fenced)| {
        rules.sort_by_key(|rule| rule.place);
        fenced.iter().any(|packet| {
            let first = rules.iter().find(|rule| rule.matches(*packet, names && rule.access == Access::Allow));
            first.is_none_or(|rule| rule.access == Access::Allow)
        })
    })
}

/// What is said of the fence: that it does not hold, that this is not known, or nothing.
fn said(notes: &[Note]) -> (bool, bool) {
    let has = |code: NoteCode| notes.iter().any(|note| note.code == code && note.text.contains("-fence"));
    (has(NoteCode::FencePassed), has(NoteCode::MayShadow))
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_fence_is_called_one_that_something_passes(strangers in strangers(), walled in any::<bool>()) {
        let mut world = world(&strangers, walled);
        let Ok(plan) = world.failover(&to_west(&["prod"])) else { return Err(TestCaseError::reject("no plan")) };
        let mut after = afterwards(&mut world, &plan);
        prop_assert!(after.iter().any(|(_, fenced)| !fenced.is_empty()), "there is a fence");
        let (open, perhaps) = (is_open(&mut after, false), is_open(&mut after, true));
        let (passed, doubted) = said(&plan.notes);
        prop_assert_eq!(passed, open, "what the plan of the failover says: {:#?}", plan.notes);
        prop_assert!(passed || doubted || !perhaps, "names that are not resolved: {:#?}", plan.notes);

        let compared = compare(&world.desired, &world.observed, &PlanOptions::default());
        let World { desired, observed } = &world;
        let asked = Question { desired, observed, comparison: &compared, env: "prod", from: NORTH, to: WEST, shut: false };
        let gate = gates(&asked).into_iter().find(|gate| gate.name.word() == "rules").expect("the gate");
        let lines: Vec<&str> = std::iter::once(gate.text.as_str()).chain(gate.details.iter().map(String::as_str)).collect();
        let says = |text: &str| lines.iter().any(|line| line.contains(text));
        prop_assert_eq!(says("no fence holds"), open, "readiness: {:#?}", lines);
        prop_assert!(open || !perhaps || says("whether a fence holds"), "readiness: {:#?}", lines);

        let (region, run) = (WEST.to_owned(), "r0".to_owned());
        let record = ActiveRecord { epoch: 1, region, to: None, old: OldRegion::Fenced, run };
        let later = world.says("prod", &record.to_string());
        let (planned, _) = converge(&later.desired, &later.observed, &PlanOptions::default());
        let Some(planned) = planned else { return Ok(()) };
        let mut later = later;
        let mut after = afterwards(&mut later, &planned);
        let open = is_open(&mut after, false);
        let says = |text: &str| planned.notes.iter().any(|note| note.text.contains(text));
        prop_assert!(says("the primary region is fenced"));
        prop_assert_eq!(says("but rules of others pass its fence"), open, "a later plan: {:#?}", planned.notes);
        prop_assert!(open || says("but its fence does not exist yet"), "it was never written: {:#?}", planned.notes);
    }
}
