//! Adding and removing rules: all of a call's rules, or none.

use std::collections::BTreeSet;

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::rule_reads::rule_xml;
use super::rules::{Rule, Source, check_duplicates, check_quota, check_source, permissions};
use super::security_groups::{self, SecurityGroup};
use super::tags::at_creation;
use super::xml::Xml;

const AUTHORIZE: &[&str] =
    &["GroupId", "IpPermissions", "TagSpecification", "CidrIp", "FromPort", "ToPort", "IpProtocol"];
const REVOKE: &[&str] =
    &["GroupId", "IpPermissions", "SecurityGroupRuleId", "CidrIp", "FromPort", "ToPort", "IpProtocol"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("AuthorizeSecurityGroupIngress", AUTHORIZE, |call| authorize(call, false)),
    Operation::write("AuthorizeSecurityGroupEgress", AUTHORIZE, |call| authorize(call, true)),
    Operation::write("RevokeSecurityGroupIngress", REVOKE, |call| revoke(call, false)),
    Operation::write("RevokeSecurityGroupEgress", REVOKE, |call| revoke(call, true)),
];

/// Returns the id and a copy of the group that a call names.
pub(super) fn named_group(call: &mut Call<'_>) -> Result<(String, SecurityGroup), Failure> {
    let id = call.query.required("GroupId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let group = security_groups::find(call.here(), &account, now, &id)?.clone();
    Ok((id, group))
}

fn authorize(call: &mut Call<'_>, egress: bool) -> Answer {
    let (id, mut group) = named_group(call)?;
    let tags = at_creation(&call.query, "security-group-rule")?;
    let wanted = permissions(call, egress)?;
    ensure(!wanted.is_empty(), "MissingParameter", || {
        "The request must contain the parameter ipPermissions".to_owned()
    })?;
    let mut seen = BTreeSet::new();
    for rule in &wanted {
        ensure(seen.insert(&rule.key), "InvalidParameterValue", || {
            "The same permission must not appear multiple times".to_owned()
        })?;
        check_source(call, &group.vpc, &rule.key.source)?;
    }
    let before = group.rules.len();
    for rule in wanted {
        let id = call.world.new_id("sgr");
        group.rules.push(Rule { id, key: rule.key, description: rule.description, tags: tags.clone() });
    }
    check_duplicates(&group)?;
    check_quota(call, &group)?;
    let base = call.arn("ec2", "security-group-rule");
    let made: Vec<Xml> = group.rules[before..].iter().map(|rule| rule_xml(&base, &id, &group, rule)).collect();
    call.here().groups.insert(id, group);
    Ok(Xml::new().text("return", true).list("securityGroupRuleSet", "item", made))
}

fn revoke(call: &mut Call<'_>, egress: bool) -> Answer {
    let (id, mut group) = named_group(call)?;
    let ids = call.query.list("SecurityGroupRuleId");
    let wanted = permissions(call, egress)?;
    ensure(!ids.is_empty() || !wanted.is_empty(), "MissingParameter", || {
        "The request must contain the parameter ipPermissions or securityGroupRuleIds".to_owned()
    })?;
    let mut gone = BTreeSet::new();
    for rule_id in ids {
        let found = group.rules.iter().any(|rule| rule.id == rule_id && rule.key.egress == egress);
        ensure(found, "InvalidSecurityGroupRuleId.NotFound", || {
            format!("The security group rule ID '{rule_id}' does not exist")
        })?;
        gone.insert(rule_id);
    }
    for wish in wanted {
        let found = group.rules.iter().find(|rule| rule.key == wish.key).ok_or_else(|| {
            let text = "The specified rule does not exist in this security group.";
            Failure::new("InvalidPermission.NotFound", text)
        })?;
        gone.insert(found.id.clone());
    }
    let (revoked, kept): (Vec<Rule>, Vec<Rule>) = group.rules.into_iter().partition(|rule| gone.contains(&rule.id));
    group.rules = kept;
    let items: Vec<Xml> = revoked.iter().map(|rule| revoked_xml(&id, rule)).collect();
    call.here().groups.insert(id, group);
    Ok(Xml::new().text("return", true).list("revokedSecurityGroupRuleSet", "item", items))
}

fn revoked_xml(group_id: &str, rule: &Rule) -> Xml {
    let name = match &rule.key.source {
        Source::V4(_) => "cidrIpv4",
        Source::V6(_) => "cidrIpv6",
        Source::PrefixList(_) => "prefixListId",
        Source::Group { .. } => "referencedGroupId",
    };
    Xml::new()
        .text("securityGroupRuleId", &rule.id)
        .text("groupId", group_id)
        .text("isEgress", rule.key.egress)
        .text("ipProtocol", &rule.key.protocol)
        .text("fromPort", rule.key.from)
        .text("toPort", rule.key.to)
        .text(name, rule.key.source.text())
        .maybe("description", rule.description.as_ref())
}
