//! Whether a security group and its rules are as a call wrote them.

use xcloud_core::live::{LiveGroup, LiveRule};
use xcloud_core::model::Protocol;
use xcloud_core::op::{GroupRule, PeerHandle, SecurityGroupOp};
use xcloud_core::provider::{Performed, ProviderError};

use super::observe::{admits_nothing_outbound, describe, rules_of_one};
use super::rules::same;
use crate::answer::made;
use crate::as_written::{Asked, Difference, Written, gone, not_its_undo, tags_differ, there};
use crate::clients::Api;
use crate::interfaces::filter;
use crate::tags;

pub(crate) enum Seen {
    /// Groups of the name, or the one of the id; this one with its rules if it is to be undone.
    Groups(Vec<LiveGroup>),
    Rules(Vec<LiveRule>),
    /// True: nothing is left of what a new group admits outbound.
    DefaultEgress(bool),
}

impl Written for SecurityGroupOp {
    type Seen = Seen;

    async fn look(&self, api: &Api, asked: Asked) -> Result<Seen, ProviderError> {
        match self {
            Self::Create { name, vpc, .. } => {
                let filters = vec![filter("group-name", [name.clone()]), filter("vpc-id", [vpc.clone()])];
                Ok(Seen::Groups(describe(api, filters).await?))
            }
            Self::Delete { group } => {
                let mut found = describe(api, vec![filter("group-id", [group.id().to_owned()])]).await?;
                if let (Some(live), Asked::Undo) = (found.first_mut(), asked) {
                    live.rules = rules_of_one(api, &live.id).await?;
                }
                Ok(Seen::Groups(found))
            }
            Self::RevokeDefaultEgress { group } => {
                let live = rules_of_one(api, group.id()).await?;
                if !live.iter().any(|rule| rule.egress) {
                    // No outbound rule may mean that those of a new group are not visible yet: the group knows.
                    return Ok(Seen::DefaultEgress(admits_nothing_outbound(api, group.id()).await?));
                }
                Ok(Seen::DefaultEgress(!live.iter().any(is_default)))
            }
            Self::Authorize { group, .. }
            | Self::Revoke { group, .. }
            | Self::RevokeByContent { group, .. }
            | Self::ModifyRules { group, .. } => Ok(Seen::Rules(rules_of_one(api, group.id()).await?)),
        }
    }

    fn differs(&self, seen: &Seen, asked: Asked) -> Difference {
        match (self, seen) {
            (Self::Create { name, .. }, Seen::Groups(found)) => {
                there(found.first(), name, |live| made_differs(self, live, asked))
            }
            (Self::Delete { group }, Seen::Groups(found)) => gone(found.first(), group.id()),
            (Self::Authorize { group, egress, rules, tags }, Seen::Rules(live)) => rules.iter().find_map(|rule| {
                let (name, group) = (words(rule, *egress), group.id());
                let Some(there) = live.iter().find(|live| same(rule, *egress, live)) else {
                    return Some(format!("the rule {name} of {group} is gone"));
                };
                // A rule of the same content has the effect; only one with this run's mark may be revoked.
                asked.before_undo(|| {
                    let other = if !tags::contain(&there.tags, tags) {
                        "does not carry this run's mark"
                    } else if !has_text(rule, there, asked) {
                        "has another description"
                    } else {
                        return None;
                    };
                    Some(format!("the rule {name} of {group} ({}) {other}", there.id))
                })
            }),
            (Self::Revoke { group, rule_ids, .. }, Seen::Rules(live)) => {
                let left = live.iter().find(|live| rule_ids.contains(&live.id))?;
                Some(format!("the rule {} of {} is there", left.id, group.id()))
            }
            (Self::RevokeByContent { group, egress, rules }, Seen::Rules(live)) => {
                let left = rules.iter().find(|rule| live.iter().any(|live| same(rule, *egress, live)))?;
                Some(format!("the rule {} of {} is there", words(left, *egress), group.id()))
            }
            (Self::ModifyRules { group, rules }, Seen::Rules(live)) => rules.iter().find_map(|(id, rule)| {
                let Some(there) = live.iter().find(|live| live.id == *id) else {
                    return Some(format!("the rule {id} of {} is gone", group.id()));
                };
                let is_so = same(rule, there.egress, there) && has_text(rule, there, asked);
                (!is_so).then(|| {
                    let wanted = words(rule, there.egress);
                    format!("the rule {id} of {} is not {wanted} as this run wrote it", group.id())
                })
            }),
            (Self::RevokeDefaultEgress { group }, Seen::DefaultEgress(revoked)) => {
                (!revoked).then(|| format!("{} admits everything outbound", group.id()))
            }
            (
                Self::Create { .. }
                | Self::Delete { .. }
                | Self::Authorize { .. }
                | Self::Revoke { .. }
                | Self::RevokeByContent { .. }
                | Self::ModifyRules { .. }
                | Self::RevokeDefaultEgress { .. },
                _,
            ) => not_its_undo(),
        }
    }

    fn effect(&self, seen: &Seen) -> Option<Performed> {
        if let (Self::Create { .. }, Seen::Groups(found)) = (self, seen) {
            let ours = found.iter().find(|live| made_differs(self, live, Asked::Effect).is_none())?;
            return Some(made(Some(ours.id.clone()), [], Vec::new()));
        }
        self.differs(seen, Asked::Effect).is_none().then(Performed::default)
    }
}

/// A new group has no inbound rule, and outbound AWS's own or none; those that this run added are undone before.
fn made_differs(op: &SecurityGroupOp, live: &LiveGroup, asked: Asked) -> Difference {
    let SecurityGroupOp::Create { name, description, vpc, tags } = op else { return not_its_undo() };
    let is_it = match asked {
        Asked::Effect => tags::marked(&live.tags, tags),
        Asked::Undo => live.vpc == *vpc && live.description == *description,
    };
    let id = &live.id;
    if !is_it || live.name != *name {
        return Some(format!("{id} is not the group {name} of {vpc} that this run made"));
    }
    asked.before_undo(|| {
        tags_differ(id, &live.tags, tags).or_else(|| {
            let added = live.rules.iter().find(|rule| !is_default(rule))?;
            Some(format!("{id} has the rule {}, which was added to it", added.id))
        })
    })
}

/// AWS's own rule carries no tags; one that we made does.
pub(super) fn is_default(rule: &LiveRule) -> bool {
    let everywhere = rule.cidr.is_some_and(|net| net.prefix_len() == 0);
    rule.egress && rule.raw.is_none() && rule.protocol == Protocol::All && everywhere && rule.tags.is_empty()
}

/// Returns the rule in words: `tcp 443 from 10.0.0.0/16`.
fn words(rule: &GroupRule, egress: bool) -> String {
    let ports = rule.ports.map(|ports| format!(" {ports}")).unwrap_or_default();
    let peer = match &rule.peer {
        PeerHandle::Cidr(net) => net.to_string(),
        PeerHandle::PrefixList(id) => id.clone(),
        PeerHandle::Group(group) => group.id().to_owned(),
    };
    format!("{}{ports} {} {peer}", rule.protocol, if egress { "to" } else { "from" })
}

/// A call that writes no text has its effect whatever text is there. Before an undo every text counts, but for one
/// that cannot be read: an emulator does not answer it where the peer is a group or a prefix list (facts/aws 1.1).
fn has_text(wanted: &GroupRule, live: &LiveRule, asked: Asked) -> bool {
    let does_not_count = match asked {
        Asked::Effect => wanted.description.is_none(),
        Asked::Undo => live.description.is_none() && !matches!(wanted.peer, PeerHandle::Cidr(_)),
    };
    does_not_count || wanted.description == live.description
}
