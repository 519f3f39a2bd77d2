//! The flow layer as written: hub, product account, Azure, environments and flows.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use crate::code::ProblemCode;
use crate::config::grammar::{is_dns_name, priorities};
use crate::config::raw::{At, Fault, Node, Problems, did_you_mean};
use crate::config::settings::Settings;
use crate::config::tags::{Tags, tags};
use crate::config::values::{ArmKind, Located, arm_id, check_selector, drain, health, pins};
use crate::model::{Acceptance, ArmName, Health, Place};

use super::environment::{Env, environments};

/// The flow layer.
pub(crate) struct Story<'n> {
    pub(crate) hub: Option<Side<'n>>,
    pub(crate) product: Option<Side<'n>>,
    pub(crate) azure: Option<Azure>,
    pub(crate) environments: Vec<Env>,
    pub(crate) flows: Vec<Flow<'n>>,
}

/// An AWS side of flows: the hub, or the product's accounts. Selectors stay as written: `{env}` differs.
pub(crate) struct Side<'n> {
    pub(crate) account: Option<String>,
    pub(crate) role: Option<String>,
    pub(crate) read_role: Option<String>,
    pub(crate) vpc: Option<&'n Node>,
    pub(crate) subnets: Option<&'n Node>,
    pub(crate) tags: Tags,
}

/// The Azure side of flows.
pub(crate) struct Azure {
    pub(crate) subscription: String,
    pub(crate) policy: Option<ArmName>,
    pub(crate) group: Option<(String, u16)>,
    /// Whether a zone is named, be it wrongly.
    pub(crate) names_zone: bool,
    pub(crate) zone: Option<ArmName>,
    /// Whether priorities are named, be it wrongly.
    pub(crate) names_priorities: bool,
    pub(crate) nsg_priorities: Option<(u16, u16)>,
}

/// A flow.
pub(crate) struct Flow<'n> {
    pub(crate) name: String,
    pub(crate) at: At,
    pub(crate) port: Option<Located<u16>>,
    pub(crate) acceptance: Option<Located<Acceptance>>,
    /// The DNS name for each environment.
    pub(crate) names: BTreeMap<String, Located<String>>,
    /// How long what it leaves drains.
    pub(crate) drain_secs: Option<u64>,
    pub(crate) way: Way<'n>,
}

/// The direction of a flow, and what only that direction has.
pub(crate) enum Way<'n> {
    ToAzure {
        azure_ip: BTreeMap<String, Located<Ipv4Addr>>,
        health: Option<Health>,
    },
    ToAws {
        nlb: Option<&'n Node>,
        /// By environment and region.
        endpoint_ips: BTreeMap<(String, String), Vec<Located<Ipv4Addr>>>,
    },
}

impl Flow<'_> {
    pub(crate) fn is_to_azure(&self) -> bool {
        matches!(self.way, Way::ToAzure { .. })
    }
}

impl Side<'_> {
    /// The place in an account and region.
    pub(crate) fn place(&self, account: &str, region: &str) -> Place {
        Place::Aws {
            account: account.to_owned(),
            region: region.to_owned(),
            role: self.role.clone(),
            read_role: self.read_role.clone(),
        }
    }
}

impl Azure {
    pub(crate) fn place(&self) -> Place {
        Place::Azure { subscription: self.subscription.clone(), location: None }
    }
}

/// Reads the flow layer.
pub(crate) fn story<'n>(file: &'n Node, settings: &Settings, problems: &mut Problems<'_>) -> Story<'n> {
    let aws = file.get("aws");
    let azure = azure(file, problems);
    let subscription = azure.as_ref().map(|azure| azure.subscription.as_str()).unwrap_or_default();
    let environments = environments(file, subscription, settings, problems);
    let flows = file.get("flows").map(Node::named).unwrap_or_default();
    let flows =
        flows.into_iter().filter_map(|(name, key, node)| flow(name, key.at, node, &environments, problems)).collect();
    let mut side = |key: &str| {
        let node = aws.and_then(|aws| aws.get(key))?;
        check_selector(node.get("vpc"), problems);
        check_selector(node.get("subnets"), problems);
        Some(side(node, settings))
    };
    Story { hub: side("hub"), product: side("product"), azure, environments, flows }
}

fn side<'n>(node: &'n Node, settings: &Settings) -> Side<'n> {
    let text = |key: &str| node.text_of(key).map(str::to_owned);
    Side {
        account: text("account"),
        role: text("role"),
        read_role: text("read_role").or_else(|| settings.read_role.clone()),
        vpc: node.get("vpc"),
        subnets: node.get("subnets"),
        tags: tags(Some(node)),
    }
}

fn azure(file: &Node, problems: &mut Problems<'_>) -> Option<Azure> {
    let node = file.get("azure")?;
    let subscription = node.text_of("subscription").unwrap_or_default().to_ascii_lowercase();
    let mut id = |key: &str, kind: ArmKind| arm_id(node.get(key), &subscription, kind, problems);
    let policy = id("firewall_policy", ArmKind::FirewallPolicy);
    let zone = id("private_dns_zone", ArmKind::PrivateDnsZone);
    let group = node
        .get("rule_collection_group")
        .and_then(|group| Some((group.text_of("name")?.to_owned(), group.text_of("priority")?.parse().ok()?)));
    for (one, other) in [("firewall_policy", "rule_collection_group"), ("rule_collection_group", "firewall_policy")] {
        if node.get(one).is_some() && node.get(other).is_none() {
            problems
                .error(node.key_at(one), Fault::new(ProblemCode::MissingKey, format!("`{one}` also needs `{other}`")));
        }
    }
    let nsg_priorities = node.text_of("nsg_priorities").and_then(|text| priorities(text).ok());
    let names = |key: &str| node.get(key).is_some();
    Some(Azure {
        subscription,
        policy,
        group,
        names_zone: names("private_dns_zone"),
        zone,
        names_priorities: names("nsg_priorities"),
        nsg_priorities,
    })
}

fn flow<'n>(name: &str, at: At, node: &'n Node, environments: &[Env], problems: &mut Problems<'_>) -> Option<Flow<'n>> {
    let names =
        per_environment(node, "name", environments, problems, |text| is_dns_name(text).then(|| text.to_owned()));
    let way = match node.text_of("direction")? {
        "aws-to-azure" => Way::ToAzure {
            azure_ip: per_environment(node, "azure_ip", environments, problems, |text| text.parse().ok()),
            health: health(node.get("health"), problems),
        },
        "azure-to-aws" => {
            check_selector(node.get("aws_nlb"), problems);
            Way::ToAws { nlb: node.get("aws_nlb"), endpoint_ips: flow_pins(node, environments, problems) }
        }
        _ => return None,
    };
    Some(Flow {
        name: name.to_owned(),
        at,
        port: node.get("port").and_then(|port| Some(Located { at: port.at, value: port.text()?.parse().ok()? })),
        acceptance: node
            .get("acceptance")
            .and_then(|word| Some(Located { at: word.at, value: acceptance(word.text()?)? })),
        names,
        drain_secs: drain(node.get("drain"), problems),
        way,
    })
}

/// Reads `managed` and `automatic`.
pub(crate) fn acceptance(word: &str) -> Option<Acceptance> {
    match word {
        "managed" => Some(Acceptance::Managed),
        "automatic" => Some(Acceptance::Automatic),
        _ => None,
    }
}

/// Reads a value for each environment: one for all, or a mapping that names every environment.
fn per_environment<T>(
    node: &Node,
    key: &str,
    environments: &[Env],
    problems: &mut Problems<'_>,
    read: fn(&str) -> Option<T>,
) -> BTreeMap<String, Located<T>> {
    let Some(value) = node.get(key) else { return BTreeMap::new() };
    let located = |node: &Node| Some(Located { at: node.at, value: read(node.text()?)? });
    if !value.is_map() {
        return environments.iter().filter_map(|env| Some((env.name.clone(), located(value)?))).collect();
    }
    known_environments(value, environments, problems);
    for env in environments.iter().filter(|env| value.get(&env.name).is_none()) {
        let fault = Fault::new(ProblemCode::MissingEnvironment, format!("`{key}` has no value for `{}`", env.name))
            .hint("every environment needs a value");
        problems.error(node.key_at(key), fault);
    }
    value.named().into_iter().filter_map(|(name, _, value)| Some((name.to_owned(), located(value)?))).collect()
}

fn known_environments(map: &Node, environments: &[Env], problems: &mut Problems<'_>) {
    for (name, key, _) in map.named() {
        if !environments.iter().any(|env| env.name == name) {
            let mut fault =
                Fault::new(ProblemCode::UnknownEnvironment, format!("`{name}` is not an environment of this file"));
            fault.hint = did_you_mean(name, environments.iter().map(|env| env.name.as_str()));
            problems.error(key.at, fault);
        }
    }
}

fn flow_pins(
    node: &Node,
    environments: &[Env],
    problems: &mut Problems<'_>,
) -> BTreeMap<(String, String), Vec<Located<Ipv4Addr>>> {
    let mut found = BTreeMap::new();
    let Some(map) = node.get("endpoint_ips") else { return found };
    known_environments(map, environments, problems);
    for (env, _, regions) in map.named() {
        for (region, key, list) in regions.named() {
            let lives = environments
                .iter()
                .find(|known| known.name == env)
                .is_none_or(|known| known.regions.iter().any(|lived| lived.name == region));
            if !lives {
                problems.error(
                    key.at,
                    Fault::new(ProblemCode::UnknownRegion, format!("`{env}` does not live in {region}")),
                );
            }
            found.insert((env.to_owned(), region.to_owned()), pins(Some(list), problems));
        }
    }
    found
}
