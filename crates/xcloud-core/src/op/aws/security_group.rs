//! Calls about security groups and their rules.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::limits::Quota;
use crate::model::{PlaceKey, PortRange, Protocol};
use crate::op::bind::Late;
use crate::op::by_hand::{Line, id, strs};
use crate::op::call::Call;
use crate::op::{Handle, SubnetPin, Writes};

/// A call about a security group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "call")]
#[expect(missing_docs, reason = "the fields are named as in the AWS API of the same call")]
pub enum SecurityGroupOp {
    /// EC2 `CreateSecurityGroup`. Makes the group.
    #[serde(rename = "CreateSecurityGroup")]
    Create { name: String, description: String, vpc: String, tags: BTreeMap<String, String> },
    /// EC2 `AuthorizeSecurityGroupIngress` or `-Egress`.
    #[serde(rename = "AuthorizeSecurityGroupRules")]
    Authorize { group: Handle, egress: bool, rules: Vec<GroupRule>, tags: BTreeMap<String, String> },
    /// EC2 `RevokeSecurityGroupIngress` or `-Egress` of rules by id.
    #[serde(rename = "RevokeSecurityGroupRules")]
    Revoke { group: Handle, egress: bool, rule_ids: BTreeSet<String> },
    /// EC2 `RevokeSecurityGroupIngress` or `-Egress` of rules by content: undoes an authorisation.
    #[serde(rename = "RevokeSecurityGroupPermissions")]
    RevokeByContent { group: Handle, egress: bool, rules: Vec<GroupRule> },
    /// EC2 `RevokeSecurityGroupEgress` of the allow-all rules that a new group carries.
    RevokeDefaultEgress { group: Handle },
    /// EC2 `ModifySecurityGroupRules`: rules by id become these (same kind of peer).
    #[serde(rename = "ModifySecurityGroupRules")]
    ModifyRules { group: Handle, rules: BTreeMap<String, GroupRule> },
    /// EC2 `DeleteSecurityGroup`.
    #[serde(rename = "DeleteSecurityGroup")]
    Delete { group: Handle },
}

/// A rule as it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupRule {
    /// The protocol.
    pub protocol: Protocol,
    /// The ports; `None` for protocols without ports, in old journals also for all.
    pub ports: Option<PortRange>,
    /// The other side.
    pub peer: PeerHandle,
    /// Free text.
    pub description: Option<String>,
}

/// The other side of a rule, with group ids as handles.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PeerHandle {
    /// An address range, canonical.
    Cidr(IpNet),
    /// A managed prefix list's id.
    PrefixList(String),
    /// A security group.
    Group(Handle),
}

impl Call for SecurityGroupOp {
    fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "CreateSecurityGroup",
            Self::Authorize { egress: false, .. } => "AuthorizeSecurityGroupIngress",
            Self::Authorize { egress: true, .. } => "AuthorizeSecurityGroupEgress",
            Self::Revoke { egress: false, .. } | Self::RevokeByContent { egress: false, .. } => {
                "RevokeSecurityGroupIngress"
            }
            Self::Revoke { egress: true, .. }
            | Self::RevokeByContent { egress: true, .. }
            | Self::RevokeDefaultEgress { .. } => "RevokeSecurityGroupEgress",
            Self::ModifyRules { .. } => "ModifySecurityGroupRules",
            Self::Delete { .. } => "DeleteSecurityGroup",
        }
    }

    fn late(&mut self) -> Late<'_> {
        match self {
            Self::Create { .. } => Late::default(),
            Self::Authorize { group, rules, .. } | Self::RevokeByContent { group, rules, .. } => {
                rules.iter_mut().fold(Late::of(group), late_peer)
            }
            Self::ModifyRules { group, rules } => rules.values_mut().fold(Late::of(group), late_peer),
            Self::Revoke { group, .. } | Self::RevokeDefaultEgress { group } | Self::Delete { group } => {
                Late::of(group)
            }
        }
    }

    fn takes(&self) -> &[SubnetPin] {
        &[]
    }

    fn writes(&self) -> Writes<'_> {
        Writes::Other
    }

    fn quota(&self) -> Quota {
        Quota::Ec2Changes
    }

    fn deletes(&self) -> bool {
        match self {
            Self::Delete { .. } => true,
            Self::Create { .. }
            | Self::Authorize { .. }
            | Self::Revoke { .. }
            | Self::RevokeByContent { .. }
            | Self::RevokeDefaultEgress { .. }
            | Self::ModifyRules { .. } => false,
        }
    }

    fn by_hand(&self, place: &PlaceKey) -> String {
        let line = Line::aws("ec2", self.name(), place);
        let line = match self {
            Self::Create { name, description, vpc, .. } => {
                line.with("--group-name", name).with("--description", description).with("--vpc-id", vpc)
            }
            Self::Authorize { group, rules, .. } | Self::RevokeByContent { group, rules, .. } => {
                let permissions: Value = rules.iter().map(permission).collect();
                line.id("--group-id", group).with("--ip-permissions", &permissions.to_string())
            }
            Self::Revoke { group, rule_ids, .. } => {
                line.id("--group-id", group).all("--security-group-rule-ids", strs(rule_ids))
            }
            Self::RevokeDefaultEgress { group } => line
                .id("--group-id", group)
                .with("--ip-permissions", r#"[{"IpProtocol":"-1","IpRanges":[{"CidrIp":"0.0.0.0/0"}]}]"#),
            Self::ModifyRules { group, rules } => {
                let updates: Value = rules.iter().map(update).collect();
                line.id("--group-id", group).with("--security-group-rules", &updates.to_string())
            }
            Self::Delete { group } => line.id("--group-id", group),
        };
        line.text()
    }
}

fn late_peer<'a>(late: Late<'a>, rule: &'a mut GroupRule) -> Late<'a> {
    match &mut rule.peer {
        PeerHandle::Group(group) => late.handle(group),
        PeerHandle::Cidr(_) | PeerHandle::PrefixList(_) => late,
    }
}

fn permission(rule: &GroupRule) -> Value {
    let mut permission = traffic(rule);
    let described = |key: &str, value: String| match &rule.description {
        Some(text) => json!([{ key: value, "Description": text }]),
        None => json!([{ key: value }]),
    };
    let (field, peer) = match &rule.peer {
        PeerHandle::Cidr(net @ IpNet::V4(_)) => ("IpRanges", described("CidrIp", net.to_string())),
        PeerHandle::Cidr(net @ IpNet::V6(_)) => ("Ipv6Ranges", described("CidrIpv6", net.to_string())),
        PeerHandle::PrefixList(list) => ("PrefixListIds", described("PrefixListId", list.clone())),
        PeerHandle::Group(group) => ("UserIdGroupPairs", described("GroupId", id(group))),
    };
    permission[field] = peer;
    permission
}

fn update((rule_id, rule): (&String, &GroupRule)) -> Value {
    let mut written = traffic(rule);
    if let Some(text) = &rule.description {
        written["Description"] = text.as_str().into();
    }
    let (field, peer) = match &rule.peer {
        PeerHandle::Cidr(net @ IpNet::V4(_)) => ("CidrIpv4", net.to_string()),
        PeerHandle::Cidr(net @ IpNet::V6(_)) => ("CidrIpv6", net.to_string()),
        PeerHandle::PrefixList(list) => ("PrefixListId", list.clone()),
        PeerHandle::Group(group) => ("ReferencedGroupId", id(group)),
    };
    written[field] = peer.into();
    json!({ "SecurityGroupRuleId": rule_id, "SecurityGroupRule": written })
}

fn traffic(rule: &GroupRule) -> Value {
    let protocol = match rule.protocol {
        Protocol::All => "-1".to_owned(),
        Protocol::Tcp | Protocol::Udp | Protocol::Icmp | Protocol::Icmpv6 => rule.protocol.to_string(),
    };
    let mut traffic = json!({ "IpProtocol": protocol });
    if let Some(ports) = rule.ports {
        traffic["FromPort"] = ports.from.into();
        traffic["ToPort"] = ports.to.into();
    }
    traffic
}
