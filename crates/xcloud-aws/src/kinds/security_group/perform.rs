//! Mutating calls on security groups.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{IpPermission, IpRange, ResourceType, SecurityGroupRuleUpdate};
use xcloud_core::op::{Call as _, GroupRule, SecurityGroupOp};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::as_written::is_default;
use super::observe::{describe, rules_of_one};
use super::{in_use_by, rules};
use crate::answer::{conflict, done, gone_is_done, made, required};
use crate::clients::Api;
use crate::interfaces::filter;
use crate::tags::{self, Tags};

/// Makes the one call.
pub(crate) async fn perform(api: &Api, op: &SecurityGroupOp) -> Result<Performed, ProviderError> {
    match op {
        SecurityGroupOp::Create { name, description, vpc, tags } => create(api, op, name, description, vpc, tags).await,
        SecurityGroupOp::Authorize { group, egress, rules, tags } => {
            authorize(api, op, group.id(), *egress, rules, tags).await
        }
        SecurityGroupOp::Revoke { group, egress, rule_ids } => revoke(api, op, group.id(), *egress, rule_ids).await,
        SecurityGroupOp::RevokeByContent { group, egress, rules } => {
            revoke_by_content(api, op, group.id(), *egress, rules).await
        }
        SecurityGroupOp::RevokeDefaultEgress { group } => revoke_default_egress(api, op, group.id()).await,
        SecurityGroupOp::ModifyRules { group, rules } => modify(api, op, group.id(), rules).await,
        SecurityGroupOp::Delete { group } => delete(api, op, group.id()).await,
    }
}

async fn create(
    api: &Api,
    op: &SecurityGroupOp,
    name: &str,
    description: &str,
    vpc: &str,
    tags: &Tags,
) -> Result<Performed, ProviderError> {
    let request = api
        .ec2
        .create_security_group()
        .group_name(name)
        .description(description)
        .vpc_id(vpc)
        .set_tag_specifications(tags::specification(ResourceType::SecurityGroup, tags));
    match api.mutate(op, request.send()).await {
        Ok((output, request_ids)) => Ok(made(required(api, op.name(), output.group_id)?, [], request_ids)),
        Err(error) if error.kind == ErrorKind::Conflict => {
            let by_name = [filter("group-name", [name.to_owned()]), filter("vpc-id", [vpc.to_owned()])];
            let found = describe(api, by_name.to_vec()).await?.into_iter().find(|group| group.name == name);
            match found {
                Some(group) if tags::marked(&group.tags, tags) && group.description == description => {
                    Ok(made(Some(group.id), [], error.request_id.into_iter().collect()))
                }
                Some(group) => Err(conflict(error, &group.id, "is not the one that would be made")),
                None => Err(not_in_sight(error)),
            }
        }
        Err(error) => Err(error),
    }
}

async fn authorize(
    api: &Api,
    op: &SecurityGroupOp,
    group: &str,
    egress: bool,
    wanted: &[GroupRule],
    tags: &Tags,
) -> Result<Performed, ProviderError> {
    let permissions: Vec<IpPermission> = wanted.iter().map(rules::permission).collect();
    let specification = tags::specification(ResourceType::SecurityGroupRule, tags);
    let answer = if egress {
        let request = api
            .ec2
            .authorize_security_group_egress()
            .group_id(group)
            .set_ip_permissions(Some(permissions))
            .set_tag_specifications(specification);
        api.mutate(op, request.send()).await.map(|(_, ids)| ids)
    } else {
        let request = api
            .ec2
            .authorize_security_group_ingress()
            .group_id(group)
            .set_ip_permissions(Some(permissions))
            .set_tag_specifications(specification);
        api.mutate(op, request.send()).await.map(|(_, ids)| ids)
    };
    match answer {
        Ok(request_ids) => Ok(done(request_ids)),
        Err(error) if error.code.as_deref() == Some("InvalidPermission.Duplicate") => {
            adopt_rules(api, group, egress, wanted, tags, error).await
        }
        Err(error) => Err(error),
    }
}

/// All rules there and ours: an earlier call made them. A rule of somebody else is a conflict that names it.
async fn adopt_rules(
    api: &Api,
    group: &str,
    egress: bool,
    wanted: &[GroupRule],
    tags: &Tags,
    error: ProviderError,
) -> Result<Performed, ProviderError> {
    let live = rules_of_one(api, group).await?;
    let twin = |rule: &GroupRule| live.iter().find(|live| rules::same(rule, egress, live));
    let twins: Vec<_> = wanted.iter().filter_map(twin).collect();
    if twins.len() == wanted.len() && twins.iter().all(|twin| tags::marked(&twin.tags, tags)) {
        return Ok(done(error.request_id.into_iter().collect()));
    }
    let stranger = twins.iter().find(|twin| !tags::marked(&twin.tags, tags));
    Err(match stranger {
        Some(rule) => conflict(error, &rule.id, "is not one that this call would have made"),
        None => not_in_sight(error),
    })
}

/// What the cloud calls a duplicate cannot be read yet: EC2's reads follow its writes
/// (<https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html>). Made again, the call finds it.
fn not_in_sight(error: ProviderError) -> ProviderError {
    let message = format!("{} (it cannot be read yet)", error.message);
    ProviderError { kind: ErrorKind::NotFound, message, ..error }
}

async fn revoke(
    api: &Api,
    op: &SecurityGroupOp,
    group: &str,
    egress: bool,
    rule_ids: &BTreeSet<String>,
) -> Result<Performed, ProviderError> {
    let ids = Some(rule_ids.iter().cloned().collect());
    let answer = if egress {
        let request = api.ec2.revoke_security_group_egress().group_id(group).set_security_group_rule_ids(ids);
        api.mutate(op, request.send()).await.map(|(_, request_ids)| done(request_ids))
    } else {
        let request = api.ec2.revoke_security_group_ingress().group_id(group).set_security_group_rule_ids(ids);
        api.mutate(op, request.send()).await.map(|(_, request_ids)| done(request_ids))
    };
    match answer {
        // One unknown id fails the whole call: only if none of the rules is left is this done.
        Err(error) if error.kind == ErrorKind::NotFound && rule_ids.len() > 1 => {
            let live = rules_of_one(api, group).await?;
            let left = live.iter().any(|rule| rule_ids.contains(&rule.id));
            if left { Err(error) } else { rule_gone_is_done(Err(error)) }
        }
        other => rule_gone_is_done(other),
    }
}

/// A rule that is gone is revoked. A group that is not there is another matter: it may be out of sight, and its rules
/// with it (facts/aws 2.2: `InvalidGroup.NotFound` after a creation).
fn rule_gone_is_done(answer: Result<Performed, ProviderError>) -> Result<Performed, ProviderError> {
    match answer {
        Err(error) if error.code.as_deref().is_some_and(|code| code.starts_with("InvalidGroup")) => Err(error),
        other => gone_is_done(other),
    }
}

/// Revokes rules by what they say; without any of them left, that is done.
async fn revoke_by_content(
    api: &Api,
    op: &SecurityGroupOp,
    group: &str,
    egress: bool,
    wanted: &[GroupRule],
) -> Result<Performed, ProviderError> {
    let permissions = Some(wanted.iter().map(rules::permission).collect());
    let answer = if egress {
        let request = api.ec2.revoke_security_group_egress().group_id(group).set_ip_permissions(permissions);
        api.mutate(op, request.send()).await.map(|(_, request_ids)| done(request_ids))
    } else {
        let request = api.ec2.revoke_security_group_ingress().group_id(group).set_ip_permissions(permissions);
        api.mutate(op, request.send()).await.map(|(_, request_ids)| done(request_ids))
    };
    match answer {
        Err(error) if error.kind == ErrorKind::NotFound && wanted.len() > 1 => {
            let live = rules_of_one(api, group).await?;
            let left = wanted.iter().any(|rule| live.iter().any(|live| rules::same(rule, egress, live)));
            if left { Err(error) } else { rule_gone_is_done(Err(error)) }
        }
        other => rule_gone_is_done(other),
    }
}

/// A new group admits everything outbound: 0.0.0.0/0, and ::/0 in a VPC with IPv6 (EC2 API, `CreateSecurityGroup`).
async fn revoke_default_egress(api: &Api, op: &SecurityGroupOp, group: &str) -> Result<Performed, ProviderError> {
    let live = rules_of_one(api, group).await?;
    let rule_ids: BTreeSet<String> = live.iter().filter(|rule| is_default(rule)).map(|rule| rule.id.clone()).collect();
    if !rule_ids.is_empty() {
        return revoke(api, op, group, true, &rule_ids).await;
    }
    if live.iter().any(|rule| rule.egress) {
        return Ok(done(Vec::new()));
    }
    // The outbound rules of a new group may not be visible yet, whatever else is: so it is named by what it is.
    let range = IpRange::builder().cidr_ip("0.0.0.0/0").build();
    let all = IpPermission::builder().ip_protocol("-1").ip_ranges(range).build();
    let request = api.ec2.revoke_security_group_egress().group_id(group).ip_permissions(all);
    let answer = api.mutate(op, request.send()).await.map(|(_, request_ids)| done(request_ids));
    match answer {
        Err(error) if error.code.as_deref() == Some("InvalidPermission.NotFound") => gone_is_done(Err(error)),
        other => other,
    }
}

async fn modify(
    api: &Api,
    op: &SecurityGroupOp,
    group: &str,
    rules: &BTreeMap<String, GroupRule>,
) -> Result<Performed, ProviderError> {
    let updates = rules.iter().map(|(id, rule)| {
        SecurityGroupRuleUpdate::builder().security_group_rule_id(id).security_group_rule(rules::request(rule)).build()
    });
    let request =
        api.ec2.modify_security_group_rules().group_id(group).set_security_group_rules(Some(updates.collect()));
    let (_, request_ids) = api.mutate(op, request.send()).await?;
    Ok(done(request_ids))
}

async fn delete(api: &Api, op: &SecurityGroupOp, group: &str) -> Result<Performed, ProviderError> {
    let request = api.ec2.delete_security_group().group_id(group);
    let answer = api.mutate(op, request.send()).await;
    match gone_is_done(answer.map(|(_, request_ids)| done(request_ids))) {
        Err(mut error) if error.kind == ErrorKind::InUse => {
            // The refusal counts, also if its reason cannot be read.
            let holders = in_use_by::of_group(api, group).await.unwrap_or_default();
            if !holders.is_empty() {
                error.message = format!("{} (held by {})", error.message, holders.join(", "));
            }
            Err(error)
        }
        other => other,
    }
}
