//! Small readings that flows and resources share: ranges, pins, selectors, resource ids.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::IpNet;

use crate::code::ProblemCode;
use crate::model::{ArmName, Health, Selector, SubnetSelector};

use super::grammar::{cidr, seconds};
use super::raw::{At, Fault, Node, Problems};

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Located<T> {
    pub(crate) at: At,
    pub(crate) value: T,
}

/// Widest range of clients that needs no reason: /16 for IPv4, and /32, what a registry gives an organisation, for IPv6.
pub(crate) fn is_wide(net: &IpNet) -> bool {
    match net {
        IpNet::V4(net) => net.prefix_len() < 16,
        IpNet::V6(net) => net.prefix_len() < 32,
    }
}

/// Reports ranges that are wider than clients may be, unless a reason stands beside them.
pub(crate) fn refuse_wide(nets: &[Located<IpNet>], reason: Option<&Node>, problems: &mut Problems<'_>) {
    if reason.is_some() {
        return;
    }
    for net in nets.iter().filter(|net| is_wide(&net.value)) {
        let limit = if matches!(net.value, IpNet::V4(_)) { "/16" } else { "/32" };
        let message = if net.value.prefix_len() == 0 {
            format!("{} admits the whole internet", net.value)
        } else {
            format!("{} is wider than {limit}", net.value)
        };
        let fault = Fault::new(ProblemCode::WideRange, message)
            .hint("name the clients' own ranges, or say why: `wide: \"reason\"`");
        problems.error(net.at, fault);
    }
}

/// Reads a list of ranges and reports those that are in it twice.
pub(crate) fn cidrs(node: Option<&Node>, problems: &mut Problems<'_>) -> Vec<Located<IpNet>> {
    let mut found: Vec<Located<IpNet>> = Vec::new();
    let mut seen = BTreeSet::new();
    for item in node.map(Node::items).unwrap_or_default() {
        let Some(net) = item.text().and_then(|text| cidr(text).ok()) else { continue };
        if seen.insert(net) {
            found.push(Located { at: item.at, value: net });
        } else {
            problems.error(item.at, Fault::new(ProblemCode::DuplicateRange, format!("{net} is listed twice")));
        }
    }
    found
}

/// Reports ranges of which one is inside another: Azure takes none such on one side of a security rule.
pub(crate) fn refuse_overlaps(nets: &[Located<IpNet>], problems: &mut Problems<'_>) {
    for net in nets {
        let wider = |other: &&Located<IpNet>| other.value != net.value && other.value.contains(&net.value);
        if let Some(wider) = nets.iter().find(wider) {
            let message = format!("{} is inside {}, which Azure refuses in a security rule", net.value, wider.value);
            let fault = Fault::new(ProblemCode::OverlappingRanges, message).hint(format!("remove {}", net.value));
            problems.error(net.at, fault);
        }
    }
}

/// Addresses of load balancers and endpoints in AWS, to which rules refer, are IPv4.
pub(crate) fn refuse_v6_ends<'n>(nets: impl IntoIterator<Item = &'n Located<IpNet>>, problems: &mut Problems<'_>) {
    for net in nets.into_iter().filter(|net| matches!(net.value, IpNet::V6(_))) {
        let message = format!("{} is IPv6, and the addresses at the other end are IPv4", net.value);
        problems.error(net.at, Fault::new(ProblemCode::MixedFamilies, message));
    }
}

/// The bare set of a list of ranges.
pub(crate) fn net_set(nets: &[Located<IpNet>]) -> BTreeSet<IpNet> {
    nets.iter().map(|net| net.value).collect()
}

/// Reads a list of pinned addresses and reports those that stand in it twice.
pub(crate) fn pins(node: Option<&Node>, problems: &mut Problems<'_>) -> Vec<Located<Ipv4Addr>> {
    let mut found: Vec<Located<Ipv4Addr>> = Vec::new();
    for item in node.map(Node::items).unwrap_or_default() {
        let Some(ip) = item.text().and_then(|text| text.parse::<Ipv4Addr>().ok()) else { continue };
        if found.iter().any(|pin| pin.value == ip) {
            problems.error(item.at, Fault::new(ProblemCode::DuplicatePin, format!("{ip} is listed twice")));
        } else {
            found.push(Located { at: item.at, value: ip });
        }
    }
    found
}

/// The addresses of pins, sorted: which subnet each belongs to follows from the subnets' ranges, not from the order.
pub(crate) fn pin_list(pins: &[Located<Ipv4Addr>]) -> Vec<Ipv4Addr> {
    pins.iter().map(|pin| pin.value).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Reads tags with `{env}` replaced.
fn tags(node: &Node, env: &str) -> BTreeMap<String, String> {
    node.named()
        .into_iter()
        .filter_map(|(key, _, value)| Some((key.to_owned(), value.text()?.replace("{env}", env))))
        .collect()
}

/// Reads `{tag: ...}`, `{id: ...}` or `{arn: ...}`.
pub(crate) fn selector(node: Option<&Node>, env: &str) -> Option<Selector> {
    let node = node?;
    if let Some(map) = node.get("tag") {
        return Some(Selector::Tag(tags(map, env))).filter(|_| !map.entries().is_empty());
    }
    node.text_of("id").or_else(|| node.text_of("arn")).map(|id| Selector::Id(id.to_owned()))
}

/// Reads `{tag: ...}` or `{ids: [...]}`.
pub(crate) fn subnets(node: Option<&Node>, env: &str) -> Option<SubnetSelector> {
    let node = node?;
    if let Some(map) = node.get("tag") {
        return Some(SubnetSelector::Tag(tags(map, env))).filter(|_| !map.entries().is_empty());
    }
    let ids: BTreeSet<String> = node.get("ids")?.items().iter().filter_map(Node::text).map(str::to_owned).collect();
    Some(SubnetSelector::Ids(ids))
}

/// Reports a selector without tags (it would match everything) and ids that stand there twice.
pub(crate) fn check_selector(node: Option<&Node>, problems: &mut Problems<'_>) {
    let Some(node) = node else { return };
    if let Some(map) = node.get("tag")
        && map.is_map()
        && map.entries().is_empty()
    {
        problems
            .error(map.at, Fault::new(ProblemCode::EmptySelector, "a selector without tags would match everything"));
    }
    let mut seen = BTreeSet::new();
    for id in node.get("ids").map(Node::items).unwrap_or_default() {
        if let Some(text) = id.text()
            && !seen.insert(text)
        {
            problems.error(id.at, Fault::new(ProblemCode::DuplicateId, format!("{text} is listed twice")));
        }
    }
}

/// Reads how long what is left drains.
pub(crate) fn drain(node: Option<&Node>, problems: &mut Problems<'_>) -> Option<u64> {
    const MOST_SECS: u64 = 86_400;
    let node = node?;
    let secs = node.text().and_then(seconds)?;
    if secs > MOST_SECS {
        let message = format!("`drain` is {secs} s; it may be 0 to {MOST_SECS} s");
        problems.error(node.at, Fault::new(ProblemCode::OutOfRange, message));
    }
    Some(secs)
}

/// Reads a health check. ELBv2: interval 5-300 seconds.
pub(crate) fn health(node: Option<&Node>, problems: &mut Problems<'_>) -> Option<Health> {
    let node = node?;
    let interval = node.get("interval")?;
    let interval_secs = interval.text().and_then(seconds)?;
    if !(5..=300).contains(&interval_secs) {
        let fault = Fault::new(
            ProblemCode::OutOfRange,
            format!("a health check every {interval_secs} s; it may be 5 to 300 s"),
        );
        problems.error(interval.at, fault);
    }
    Some(Health {
        interval_secs: u32::try_from(interval_secs).ok()?,
        threshold: node.text_of("threshold")?.parse().ok()?,
    })
}

/// What a short Azure id names.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ArmKind {
    /// `rg/name`
    NetworkSecurityGroup,
    /// `rg/name`
    FirewallPolicy,
    /// `rg/name`
    PrivateDnsZone,
    /// `rg/network/subnet`
    Subnet,
    /// `rg/load-balancer/frontend`
    Frontend,
}

impl ArmKind {
    /// The resource types, from the outside in.
    fn types(self) -> &'static [&'static str] {
        match self {
            Self::NetworkSecurityGroup => &["networkSecurityGroups"],
            Self::FirewallPolicy => &["firewallPolicies"],
            Self::PrivateDnsZone => &["privateDnsZones"],
            Self::Subnet => &["virtualNetworks", "subnets"],
            Self::Frontend => &["loadBalancers", "frontendIPConfigurations"],
        }
    }
}

/// Makes a full resource id of a short one; a full one passes if its type is the right one.
pub(crate) fn arm_id(
    node: Option<&Node>,
    subscription: &str,
    kind: ArmKind,
    problems: &mut Problems<'_>,
) -> Option<ArmName> {
    let node = node?;
    let text = node.text()?;
    if text.starts_with('/') {
        let parts: Vec<&str> = text.split('/').collect();
        let found: Vec<&str> = parts.iter().skip(7).step_by(2).copied().collect();
        let provider = parts.get(6).copied().unwrap_or_default();
        let fits = provider.eq_ignore_ascii_case("Microsoft.Network")
            && found.len() == kind.types().len()
            && found.iter().zip(kind.types()).all(|(found, wanted)| found.eq_ignore_ascii_case(wanted));
        if parts.len() >= 9 && !fits {
            let wanted = kind.types().join("/");
            let fault = Fault::new(
                ProblemCode::AzureId,
                format!("{provider}/{} is not Microsoft.Network/{wanted}", found.join("/")),
            );
            problems.error(node.at, fault);
            return None;
        }
        return (parts.len() >= 9).then(|| ArmName(text.to_owned()));
    }
    let mut parts = text.split('/');
    let group = parts.next()?;
    let mut id = format!("/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Network");
    for kind in kind.types() {
        let name = parts.next().filter(|name| !name.is_empty())?;
        id = format!("{id}/{kind}/{name}");
    }
    parts.next().is_none().then_some(ArmName(id))
}
