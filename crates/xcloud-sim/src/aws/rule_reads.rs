//! Reading rules: inside their group, and one by one.

use super::failure::ensure;
use super::filter::Filters;
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::rules::{Rule, Source};
use super::security_groups::SecurityGroup;
use super::tags::tag_set;
use super::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeSecurityGroupRules",
    &["Filter", "SecurityGroupRuleId", "NextToken", "MaxResults"],
    describe,
)];

/// Writes the rules of one direction, those with equal protocol and ports together.
pub(super) fn permissions(name: &str, group: &SecurityGroup, egress: bool) -> Xml {
    let mut kinds: Vec<(&str, i32, i32)> = Vec::new();
    let rules: Vec<&Rule> = group.rules.iter().filter(|rule| rule.key.egress == egress).collect();
    let kind_of = |rule: &Rule| (rule.key.from, rule.key.to);
    for rule in &rules {
        let kind = (rule.key.protocol.as_str(), rule.key.from, rule.key.to);
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let items = kinds.into_iter().map(|(protocol, from, to)| {
        let same = |rule: &&&Rule| rule.key.protocol == protocol && kind_of(rule) == (from, to);
        let ports = protocol != "-1";
        Xml::new()
            .text("ipProtocol", protocol)
            .maybe("fromPort", ports.then_some(from))
            .maybe("toPort", ports.then_some(to))
            .join(&sources(&rules.iter().filter(same).copied().collect::<Vec<_>>()))
    });
    Xml::new().list(name, "item", items)
}

fn sources(rules: &[&Rule]) -> Xml {
    let (mut groups, mut v4, mut v6, mut lists) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for rule in rules {
        let item = Xml::new().maybe("description", rule.description.as_ref());
        match &rule.key.source {
            Source::V4(cidr) => v4.push(item.text("cidrIp", cidr)),
            Source::V6(cidr) => v6.push(item.text("cidrIpv6", cidr)),
            Source::PrefixList(id) => lists.push(item.text("prefixListId", id)),
            Source::Group { id, owner } => groups.push(item.text("groupId", id).text("userId", owner)),
        }
    }
    Xml::new().list("groups", "item", groups).list("ipRanges", "item", v4).list("ipv6Ranges", "item", v6).list(
        "prefixListIds",
        "item",
        lists,
    )
}

/// Writes one rule.
pub(super) fn rule_xml(arn_base: &str, group_id: &str, group: &SecurityGroup, rule: &Rule) -> Xml {
    let source = match &rule.key.source {
        Source::V4(cidr) => Xml::new().text("cidrIpv4", cidr),
        Source::V6(cidr) => Xml::new().text("cidrIpv6", cidr),
        Source::PrefixList(id) => Xml::new().text("prefixListId", id),
        Source::Group { id, owner } => {
            let info = Xml::new().text("groupId", id).text("userId", owner).text("vpcId", &group.vpc);
            Xml::new().nest("referencedGroupInfo", &info)
        }
    };
    Xml::new()
        .text("securityGroupRuleId", &rule.id)
        .text("securityGroupRuleArn", format!("{arn_base}/{}", rule.id))
        .text("groupId", group_id)
        .text("groupOwnerId", &group.owner)
        .text("isEgress", rule.key.egress)
        .text("ipProtocol", &rule.key.protocol)
        .text("fromPort", rule.key.from)
        .text("toPort", rule.key.to)
        .join(&source)
        .maybe("description", rule.description.as_ref())
        .join(&tag_set(&rule.tags))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, &["group-id", "security-group-rule-id", "tag", "tag-key"])?;
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let base = call.arn("ec2", "security-group-rule");
    let ids = query.list("SecurityGroupRuleId");
    let mut found = Vec::new();
    for (group_id, group) in &call.here().groups {
        if group.owner != account || group.visible > now {
            continue;
        }
        for rule in &group.rules {
            let values = |name: &str| vec![if name == "group-id" { group_id.clone() } else { rule.id.clone() }];
            if (ids.is_empty() || ids.contains(&rule.id)) && filters.admit(&rule.tags, values) {
                found.push((rule.id.clone(), rule_xml(&base, group_id, group, rule)));
            }
        }
    }
    for id in &ids {
        ensure(
            !filters.is_empty() || found.iter().any(|(rule, _)| rule == id),
            "InvalidSecurityGroupRuleId.NotFound",
            || format!("The security group rule ID '{id}' does not exist"),
        )?;
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    let page = ec2_page(&query, found)?;
    Ok(Xml::new().list("securityGroupRuleSet", "item", page.items).maybe("nextToken", page.next))
}
