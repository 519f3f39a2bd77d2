//! What a security group rule is, and how it is read from a request.

use std::collections::BTreeSet;

use ipnet::{Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::operation::Call;
use super::prefix_lists;
use super::query::Query;
use super::security_groups::{self, SecurityGroup, check_text};

/// A rule with its id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Rule {
    pub(super) id: String,
    pub(super) key: RuleKey,
    pub(super) description: Option<String>,
    pub(super) tags: Tags,
}

/// What makes two rules of a group the same: everything but description and tags.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct RuleKey {
    pub(super) egress: bool,
    /// `tcp`, `udp`, `icmp`, `icmpv6`, `-1` or a number.
    pub(super) protocol: String,
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) source: Source,
}

/// The other side of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Source {
    /// IPv4 addresses.
    V4(Ipv4Net),
    /// IPv6 addresses.
    V6(Ipv6Net),
    /// A prefix list.
    PrefixList(String),
    /// A security group.
    Group {
        /// Its id.
        id: String,
        /// Its account.
        owner: String,
    },
}

impl Source {
    /// Returns the group that is referred to.
    pub(super) fn group(&self) -> Option<&String> {
        if let Self::Group { id, .. } = self { Some(id) } else { None }
    }

    /// Returns the prefix list that is referred to.
    pub(super) fn prefix_list(&self) -> Option<&String> {
        if let Self::PrefixList(id) = self { Some(id) } else { None }
    }

    /// Returns the address, list or group in text.
    pub(super) fn text(&self) -> String {
        match self {
            Self::V4(cidr) => cidr.to_string(),
            Self::V6(cidr) => cidr.to_string(),
            Self::PrefixList(id) | Self::Group { id, .. } => id.clone(),
        }
    }
}

impl RuleKey {
    /// All traffic to or from a source.
    pub(super) fn everything(egress: bool, source: Source) -> Self {
        Self { egress, protocol: "-1".to_owned(), from: -1, to: -1, source }
    }

    /// Returns the words in which AWS names a duplicate.
    pub(super) fn words(&self) -> String {
        let ports = format!("from port: {}, to port: {}", self.from, self.to);
        format!("peer: {}, {}, {ports}, ALLOW", self.source.text(), self.protocol.to_uppercase())
    }
}

impl Rule {
    /// A rule without description and tags.
    pub(super) fn new(id: String, key: RuleKey) -> Self {
        Self { id, key, description: None, tags: Tags::new() }
    }

    /// Returns what a filter `ip-permission.<part>` sees.
    pub(super) fn part(&self, part: &str) -> Option<String> {
        match (part, &self.key.source) {
            ("cidr", Source::V4(cidr)) => Some(cidr.to_string()),
            ("ipv6-cidr", Source::V6(cidr)) => Some(cidr.to_string()),
            ("prefix-list-id", Source::PrefixList(id)) | ("group-id", Source::Group { id, .. }) => Some(id.clone()),
            ("protocol", _) => Some(self.key.protocol.clone()),
            ("from-port", _) => Some(self.key.from.to_string()),
            ("to-port", _) => Some(self.key.to.to_string()),
            _ => None,
        }
    }
}

/// A rule as a request spells it.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) key: RuleKey,
    pub(super) description: Option<String>,
}

/// Reads `IpPermissions.N`, or the flat form of one rule.
pub(super) fn permissions(call: &Call<'_>, egress: bool) -> Result<Vec<Wanted>, Failure> {
    let query = &call.query;
    let mut wanted = Vec::new();
    for permission in query.records("IpPermissions") {
        let before = wanted.len();
        let (protocol, from, to) = traffic(&permission)?;
        let mut push = |source, record: &Query| {
            let key = RuleKey { egress, protocol: protocol.clone(), from, to, source };
            description(record).map(|description| wanted.push(Wanted { key, description }))
        };
        for range in permission.records("IpRanges") {
            push(Source::V4(cidr_v4(range.required("CidrIp")?)?), &range)?;
        }
        for range in permission.records("Ipv6Ranges") {
            push(Source::V6(cidr_v6(range.required("CidrIpv6")?)?), &range)?;
        }
        for list in permission.records("PrefixListIds") {
            push(Source::PrefixList(list.required("PrefixListId")?.to_owned()), &list)?;
        }
        for group in permission.records("Groups") {
            let owner = group.text("UserId").unwrap_or(&call.account).to_owned();
            push(Source::Group { id: group.required("GroupId")?.to_owned(), owner }, &group)?;
        }
        ensure(wanted.len() > before, "MissingParameter", || {
            "The request must contain a CIDR, a prefix list or a security group for each permission".to_owned()
        })?;
    }
    if let Some(cidr) = query.text("CidrIp") {
        let (protocol, from, to) = traffic(query)?;
        let key = RuleKey { egress, protocol, from, to, source: Source::V4(cidr_v4(cidr)?) };
        wanted.push(Wanted { key, description: None });
    }
    Ok(wanted)
}

/// Reads `SecurityGroupRule` of a modification: the whole rule as it shall be.
pub(super) fn replacement(call: &Call<'_>, record: &Query, egress: bool) -> Result<Wanted, Failure> {
    let (protocol, from, to) = traffic(record)?;
    let mut sources = Vec::new();
    if let Some(cidr) = record.text("CidrIpv4") {
        sources.push(Source::V4(cidr_v4(cidr)?));
    }
    if let Some(cidr) = record.text("CidrIpv6") {
        sources.push(Source::V6(cidr_v6(cidr)?));
    }
    if let Some(id) = record.text("PrefixListId") {
        sources.push(Source::PrefixList(id.to_owned()));
    }
    if let Some(id) = record.text("ReferencedGroupId") {
        sources.push(Source::Group { id: id.to_owned(), owner: call.account.clone() });
    }
    let source = sources.pop().filter(|_| sources.is_empty()).ok_or_else(|| {
        Failure::new("InvalidParameterCombination", "Exactly one of CIDR, prefix list and group must be specified")
    })?;
    Ok(Wanted { key: RuleKey { egress, protocol, from, to, source }, description: description(record)? })
}

fn description(record: &Query) -> Result<Option<String>, Failure> {
    let Some(text) = record.text("Description").filter(|text| !text.is_empty()) else { return Ok(None) };
    check_text("description", text)?;
    Ok(Some(text.to_owned()))
}

/// Protocol and ports; protocols other than TCP, UDP and ICMP cover all ports
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html>).
fn traffic(record: &Query) -> Result<(String, i32, i32), Failure> {
    let sent = record.required("IpProtocol")?.to_ascii_lowercase();
    let (from, to) = (record.parsed::<i32>("FromPort")?, record.parsed::<i32>("ToPort")?);
    let protocol = match sent.as_str() {
        "6" => "tcp",
        "17" => "udp",
        "1" => "icmp",
        "58" => "icmpv6",
        "all" => "-1",
        other => other,
    };
    match protocol {
        "tcp" | "udp" => {
            let (Some(from), Some(to)) = (from, to) else {
                let text = "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.";
                return Err(Failure::new("InvalidParameterValue", text));
            };
            ensure((0..=65535).contains(&from) && (from..=65535).contains(&to), "InvalidParameterValue", || {
                format!("Invalid value '{from}-{to}' for portRange.")
            })?;
            Ok((protocol.to_owned(), from, to))
        }
        "icmp" | "icmpv6" => Ok((protocol.to_owned(), from.unwrap_or(-1), to.unwrap_or(-1))),
        "-1" => Ok((protocol.to_owned(), -1, -1)),
        number if number.parse::<u8>().is_ok() => Ok((number.to_owned(), -1, -1)),
        other => Err(Failure::new(
            "InvalidParameterValue",
            format!("Invalid value '{other}' for IP protocol. Unknown protocol."),
        )),
    }
}

fn cidr_v4(text: &str) -> Result<Ipv4Net, Failure> {
    let malformed = || Failure::new("InvalidParameterValue", format!("CIDR block {text} is malformed"));
    text.parse::<Ipv4Net>().map(|cidr| cidr.trunc()).map_err(|_| malformed())
}

fn cidr_v6(text: &str) -> Result<Ipv6Net, Failure> {
    let malformed = || Failure::new("InvalidParameterValue", format!("CIDR block {text} is malformed"));
    text.parse::<Ipv6Net>().map(|cidr| cidr.trunc()).map_err(|_| malformed())
}

/// Checks that what a rule refers to is there, in the VPC of the rule's group.
pub(super) fn check_source(call: &mut Call<'_>, vpc: &str, source: &Source) -> Result<(), Failure> {
    let (account, now) = (call.account.clone(), call.now);
    match source {
        Source::V4(_) | Source::V6(_) => Ok(()),
        Source::PrefixList(id) => prefix_lists::find(call.here(), &account, now, id).map(|_| ()),
        Source::Group { id, owner } => {
            let group = security_groups::find(call.here(), owner, now, id)?;
            ensure(group.vpc == vpc, "InvalidGroup.NotFound", || {
                "You have specified two resources that belong to different networks.".to_owned()
            })
        }
    }
}

/// Refuses a group with too many rules: a reference to a group counts once for each address family, a prefix list with
/// its maximum of entries.
pub(super) fn check_quota(call: &mut Call<'_>, group: &SecurityGroup) -> Result<(), Failure> {
    let most = call.world.quotas.rules_per_group;
    let region = call.here();
    for egress in [false, true] {
        for ipv6 in [false, true] {
            let weight = |rule: &Rule| match &rule.key.source {
                Source::V4(_) => usize::from(!ipv6),
                Source::V6(_) => usize::from(ipv6),
                Source::Group { .. } => 1,
                Source::PrefixList(id) => {
                    region.prefix_lists.get(id).filter(|list| list.ipv6 == ipv6).map_or(0, |list| list.max_entries)
                }
            };
            let used: usize = group.rules.iter().filter(|rule| rule.key.egress == egress).map(weight).sum();
            ensure(used <= most, "RulesPerSecurityGroupLimitExceeded", || {
                "The maximum number of rules per security group has been reached.".to_owned()
            })?;
        }
    }
    Ok(())
}

/// Refuses a group that has one rule twice.
pub(super) fn check_duplicates(group: &SecurityGroup) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for rule in &group.rules {
        ensure(seen.insert(&rule.key), "InvalidPermission.Duplicate", || {
            format!("the specified rule \"{}\" already exists", rule.key.words())
        })?;
    }
    Ok(())
}
