//! What is said once for the whole file: product, owner, regions, failover, and the settings of planning.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::ProblemCode;
use crate::model::{Auth, Environment, FailoverPolicy, FailoverRules, Ignore, Limit, Notify, NotifyForm, Regions};

use super::grammar::{is_region, seconds};
use super::raw::{At, Fault, Node, Problems, did_you_mean};

/// Time to live of a switched record where the file says nothing.
pub(crate) const DEFAULT_TTL: &str = "30s";

/// The settings of the file.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) product: String,
    pub(crate) owner: String,
    pub(crate) regions: Regions,
    pub(crate) environments: BTreeMap<String, Environment>,
    pub(crate) failover: Option<FailoverPolicy>,
    pub(crate) auth: Option<Auth>,
    pub(crate) ledger: Option<String>,
    pub(crate) limits: BTreeMap<String, Limit>,
    pub(crate) read_role: Option<String>,
    pub(crate) require_reversible: BTreeSet<String>,
    pub(crate) ignore: Vec<Ignore>,
    pub(crate) notify: Vec<Notify>,
}

/// Reads the settings; what is missing or wrong was reported by the walk over the tables.
pub(crate) fn settings(file: &Node, problems: &mut Problems<'_>) -> Settings {
    let text = |key: &str| file.text_of(key).unwrap_or_default().to_owned();
    let regions = regions(file, problems);
    let environments = environments(file, &regions, problems);
    Settings {
        product: text("product"),
        owner: text("owner"),
        failover: failover(file, &regions, problems),
        auth: file.text_of("auth").and_then(auth),
        ledger: file.text_of("ledger").map(str::to_owned),
        limits: limits(file),
        read_role: file.text_of("read_role").map(str::to_owned),
        require_reversible: require_reversible(file, &environments, problems),
        ignore: list(file, "ignore", ignore),
        notify: list(file, "notify", notify),
        regions,
        environments,
    }
}

fn regions(file: &Node, problems: &mut Problems<'_>) -> Regions {
    let Some(node) = file.get("regions") else {
        return Regions { primary: String::new(), dr: None };
    };
    let primary = node.text_of("primary").unwrap_or_default().to_owned();
    let dr = node.text_of("dr").map(str::to_owned);
    if let Some(dr_node) = node.get("dr").filter(|_| dr.as_deref() == Some(primary.as_str())) {
        let fault = Fault::new(
            ProblemCode::DrIsPrimary,
            format!("the disaster-recovery region is the primary region, {primary}"),
        )
        .hint("name another region, or leave `dr` out");
        problems.error(dr_node.at, fault);
        return Regions { primary, dr: None };
    }
    Regions { primary, dr }
}

impl Settings {
    /// The regions of the file, the primary first.
    pub(crate) fn region_names(&self) -> Vec<String> {
        std::iter::once(self.regions.primary.clone()).chain(self.regions.dr.clone()).collect()
    }
}

/// The environments and in which regions they live; each says it for every region of the file.
fn environments(file: &Node, regions: &Regions, problems: &mut Problems<'_>) -> BTreeMap<String, Environment> {
    let mut found = BTreeMap::new();
    let Some(node) = file.get("environments") else { return found };
    let known = regions_are_known(file, regions);
    for (name, key, environment) in node.named() {
        let Some(map) = environment.get("regions") else { continue };
        let mut lives = BTreeSet::new();
        for (region, region_key, value) in map.named() {
            let declared = region == regions.primary || Some(region) == regions.dr.as_deref();
            if !declared && known {
                let mut fault = Fault::new(
                    ProblemCode::UnknownRegion,
                    format!("{region} is neither the primary nor the DR region"),
                );
                fault.hint =
                    did_you_mean(region, std::iter::once(regions.primary.as_str()).chain(regions.dr.as_deref()));
                problems.error(region_key.at, fault);
            } else if value.is_map() {
                lives.insert(region.to_owned());
            } else if region == regions.primary {
                let fault = Fault::new(
                    ProblemCode::PrimaryNone,
                    format!("`{name}` does not live in the primary region {region}"),
                )
                .hint("only the DR region can be `none`");
                problems.error(value.at, fault);
            }
        }
        if known {
            says_every_region(name, map, key.at, regions, problems);
        }
        found.insert(name.to_owned(), Environment { regions: lives });
    }
    found
}

/// What environments say about regions is judged only where the regions themselves are right.
fn regions_are_known(file: &Node, regions: &Regions) -> bool {
    let declares_dr = file.get("regions").is_some_and(|node| node.get("dr").is_some());
    is_region(&regions.primary) && regions.dr.as_deref().is_none_or(is_region) && declares_dr == regions.dr.is_some()
}

fn says_every_region(name: &str, map: &Node, at: At, regions: &Regions, problems: &mut Problems<'_>) {
    let at = if map.entries().is_empty() { at } else { map.at };
    if map.get(&regions.primary).is_none() {
        let fault = Fault::new(
            ProblemCode::MissingRegion,
            format!("`{name}` does not say who its clients are in {}", regions.primary),
        );
        problems.error(at, fault);
    }
    if let Some(dr) = &regions.dr
        && map.get(dr).is_none()
    {
        let fault = Fault::new(
            ProblemCode::MissingRegion,
            format!("`{name}` does not say whether it has disaster recovery in {dr}"),
        )
        .hint(format!("describe the region, or write `{dr}: none`"));
        problems.error(at, fault);
    }
}

fn failover(file: &Node, regions: &Regions, problems: &mut Problems<'_>) -> Option<FailoverPolicy> {
    let node = file.get("failover");
    let declares_dr = file.get("regions").is_none_or(|node| !node.is_map() || node.get("dr").is_some());
    if node.is_some() && !declares_dr {
        let fault = Fault::new(ProblemCode::FailoverWithoutDr, "there is no region to fail over to")
            .hint("add `dr:` to `regions`");
        problems.warning(file.key_at("failover"), fault);
    }
    if node.is_none() && regions.dr.is_none() {
        return None;
    }
    let mut duration = |key: &str, default: &str, least: u64, most: u64| {
        let written = node.and_then(|node| node.get(key));
        let value = written.and_then(Node::text).and_then(seconds);
        if let (Some(at), Some(value)) = (written.map(|node| node.at), value)
            && !(least..=most).contains(&value)
        {
            let fault =
                Fault::new(ProblemCode::OutOfRange, format!("`{key}` is {value} seconds; it may be {least} to {most}"));
            problems.error(at, fault);
        }
        value.or_else(|| seconds(default)).unwrap_or_default()
    };
    let ttl_secs = u32::try_from(duration("ttl", DEFAULT_TTL, 1, 3_600)).unwrap_or(u32::MAX);
    let rto_secs = duration("rto", "15m", 60, 7 * 86_400);
    let close_after_secs = duration("close_after", "24h", 0, 90 * 86_400);
    let rules = match node.and_then(|node| node.text_of("rules")) {
        Some("on-failover") => FailoverRules::OnFailover,
        _ => FailoverRules::AlwaysOpen,
    };
    Some(FailoverPolicy { rules, ttl_secs, rto_secs, close_after_secs })
}

fn auth(word: &str) -> Option<Auth> {
    match word {
        "workload-identity" => Some(Auth::WorkloadIdentity),
        "managed-identity" => Some(Auth::ManagedIdentity),
        "client-secret" => Some(Auth::ClientSecret),
        "azure-cli" => Some(Auth::AzureCli),
        _ => None,
    }
}

fn limits(file: &Node) -> BTreeMap<String, Limit> {
    let Some(node) = file.get("limits") else { return BTreeMap::new() };
    let number = |limit: &Node, key: &str| limit.text_of(key).and_then(|text| text.parse::<f64>().ok());
    node.named()
        .into_iter()
        .filter_map(|(name, _, limit)| {
            let limit = Limit { burst: number(limit, "burst")?, per_second: number(limit, "per_second")? };
            Some((name.to_owned(), limit))
        })
        .collect()
}

fn require_reversible(
    file: &Node,
    environments: &BTreeMap<String, Environment>,
    problems: &mut Problems<'_>,
) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    for item in file.get("require_reversible").map(Node::items).unwrap_or_default() {
        let Some(name) = item.text() else { continue };
        if !environments.contains_key(name) {
            let mut fault =
                Fault::new(ProblemCode::UnknownEnvironment, format!("`{name}` is not an environment of this file"));
            fault.hint = did_you_mean(name, environments.keys().map(String::as_str));
            problems.error(item.at, fault);
        }
        named.insert(name.to_owned());
    }
    named
}

fn list<T>(file: &Node, key: &str, read: fn(&Node) -> Option<T>) -> Vec<T> {
    file.get(key).map(Node::items).unwrap_or_default().iter().filter_map(read).collect()
}

fn ignore(node: &Node) -> Option<Ignore> {
    Some(Ignore {
        address: node.text_of("address")?.to_owned(),
        property: node.text_of("property").map(str::to_owned),
        reason: node.text_of("reason")?.to_owned(),
        expires: node.text_of("expires")?.to_owned(),
    })
}

fn notify(node: &Node) -> Option<Notify> {
    let on = node.get("on")?.items().iter().filter_map(Node::text).map(str::to_owned).collect();
    let form = match node.text_of("form") {
        Some("slack") => NotifyForm::Slack,
        _ => NotifyForm::Generic,
    };
    let signed_with = node.text_of("signed_with").map(str::to_owned);
    Some(Notify { webhook: node.text_of("webhook")?.to_owned(), form, signed_with, on })
}
