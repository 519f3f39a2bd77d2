//! Environments as flows see them: accounts, clients, pins.

use std::net::Ipv4Addr;

use ipnet::IpNet;

use crate::config::raw::{At, Node, Problems};
use crate::config::settings::Settings;
use crate::config::values::{
    ArmKind, Located, arm_id, cidrs, drain, pins, refuse_overlaps, refuse_v6_ends, refuse_wide,
};
use crate::model::ArmName;

/// An environment with its places and clients.
pub(crate) struct Env {
    pub(crate) name: String,
    pub(crate) at: At,
    /// Whether an account is named, be it wrongly.
    pub(crate) names_account: bool,
    pub(crate) account: Option<Located<String>>,
    pub(crate) azure_at: At,
    /// Whether clients are named, be it wrongly.
    pub(crate) names_azure_clients: bool,
    pub(crate) azure_clients: Vec<Located<IpNet>>,
    /// Whether a group is named, be it wrongly.
    pub(crate) names_nsg: bool,
    pub(crate) nsg: Option<ArmName>,
    /// How long what is left in it drains.
    pub(crate) drain_secs: Option<u64>,
    /// The regions in which it lives, the primary first.
    pub(crate) regions: Vec<Region>,
}

/// A region of an environment.
pub(crate) struct Region {
    pub(crate) name: String,
    pub(crate) at: At,
    /// Whether clients are named, be it wrongly.
    pub(crate) names_clients: bool,
    pub(crate) clients: Vec<Located<IpNet>>,
    pub(crate) service_ips: Vec<Located<Ipv4Addr>>,
    pub(crate) endpoint_ips: Vec<Located<Ipv4Addr>>,
}

/// Reads the environments, by name.
pub(crate) fn environments(
    file: &Node,
    subscription: &str,
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Vec<Env> {
    let Some(node) = file.get("environments") else { return Vec::new() };
    let mut found: Vec<Env> = node
        .named()
        .into_iter()
        .map(|(name, key, value)| environment(name, key.at, value, subscription, settings, problems))
        .collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn environment(
    name: &str,
    at: At,
    node: &Node,
    subscription: &str,
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Env {
    let azure = node.get("azure");
    let azure_clients = cidrs(azure.and_then(|azure| azure.get("clients")), problems);
    refuse_wide(&azure_clients, azure.and_then(|azure| azure.get("wide")), problems);
    refuse_v6_ends(&azure_clients, problems);
    let nsg = azure.and_then(|azure| azure.get("nsg"));
    if nsg.is_some() {
        refuse_overlaps(&azure_clients, problems);
    }
    let map = node.get("regions");
    let regions = settings
        .region_names()
        .iter()
        .filter_map(|region| {
            let value = map?.get(region).filter(|value| value.is_map())?;
            Some(self::region(region, map?.key_at(region), value, problems))
        })
        .collect();
    Env {
        name: name.to_owned(),
        at,
        names_account: node.get("account").is_some(),
        account: node
            .get("account")
            .and_then(|account| Some(Located { at: account.at, value: account.text()?.to_owned() })),
        azure_at: if azure.is_some() { node.key_at("azure") } else { at },
        names_azure_clients: azure.is_some_and(|azure| azure.get("clients").is_some()),
        azure_clients,
        names_nsg: nsg.is_some(),
        nsg: arm_id(nsg, subscription, ArmKind::NetworkSecurityGroup, problems),
        drain_secs: drain(node.get("drain"), problems),
        regions,
    }
}

fn region(name: &str, at: At, node: &Node, problems: &mut Problems<'_>) -> Region {
    let clients = cidrs(node.get("clients"), problems);
    refuse_wide(&clients, node.get("wide"), problems);
    Region {
        name: name.to_owned(),
        at,
        names_clients: node.get("clients").is_some(),
        clients,
        service_ips: pins(node.get("service_ips"), problems),
        endpoint_ips: pins(node.get("endpoint_ips"), problems),
    }
}
