//! Security groups: creation, reading, deletion. Their rules are in the `rule*` files.

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::rules::{Rule, RuleKey, Source};
use super::tags::{at_creation, tag_set};
use super::world::Region;
use super::xml::Xml;
use super::{rule_reads, vpcs};
use crate::Millis;

/// A security group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SecurityGroup {
    pub(super) owner: String,
    pub(super) vpc: String,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) rules: Vec<Rule>,
    pub(super) visible: Millis,
    pub(super) tags: Tags,
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateSecurityGroup", &["GroupDescription", "GroupName", "VpcId", "TagSpecification"], create),
    Operation::read("DescribeSecurityGroups", &["GroupId", "GroupName", "NextToken", "MaxResults", "Filter"], describe),
    Operation::read("DescribeSecurityGroupReferences", &["GroupId"], references),
    Operation::write("DeleteSecurityGroup", &["GroupId"], delete),
];

/// Most groups of one interface (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>).
pub(super) const MOST_PER_INTERFACE: usize = 5;

/// Returns a group of the account.
pub(super) fn find<'a>(region: &'a Region, account: &str, now: Millis, id: &str) -> Result<&'a SecurityGroup, Failure> {
    let digits = id.strip_prefix("sg-").unwrap_or_default();
    let formed = !digits.is_empty() && digits.chars().all(|digit| digit.is_ascii_hexdigit());
    ensure(formed, "InvalidGroupId.Malformed", || format!("Invalid id: \"{id}\" (expecting \"sg-...\")"))?;
    region
        .groups
        .get(id)
        .filter(|group| group.owner == account && group.visible <= now)
        .ok_or_else(|| Failure::new("InvalidGroup.NotFound", format!("The security group '{id}' does not exist")))
}

/// Checks groups that an interface in a VPC shall have.
pub(super) fn check_for_interface(
    region: &Region,
    account: &str,
    now: Millis,
    vpc: &str,
    ids: &[String],
) -> Result<(), Failure> {
    for id in ids {
        let same = find(region, account, now, id)?.vpc == vpc;
        ensure(same, "InvalidGroup.NotFound", || format!("The security group '{id}' does not exist in VPC '{vpc}'"))?;
    }
    ensure(ids.len() <= MOST_PER_INTERFACE, "SecurityGroupsPerInterfaceLimitExceeded", || {
        format!("The maximum number of security groups per interface is {MOST_PER_INTERFACE}")
    })
}

/// Puts the default group of a new VPC into the call's region.
pub(super) fn place_default(call: &mut Call<'_>, vpc: &str, visible: Millis) -> String {
    let id = call.world.new_id("sg");
    let itself = Source::Group { id: id.clone(), owner: call.account.clone() };
    let inside = Rule::new(call.world.new_id("sgr"), RuleKey::everything(false, itself));
    let rules = vec![inside, default_egress(call)];
    let group = SecurityGroup {
        owner: call.account.clone(),
        vpc: vpc.to_owned(),
        name: "default".to_owned(),
        description: "default VPC security group".to_owned(),
        rules,
        visible,
        tags: Tags::new(),
    };
    call.here().groups.insert(id.clone(), group);
    id
}

/// Every new group lets everything out
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html>).
fn default_egress(call: &mut Call<'_>) -> Rule {
    Rule::new(call.world.new_id("sgr"), RuleKey::everything(true, Source::V4(ipnet::Ipv4Net::default())))
}

fn create(call: &mut Call<'_>) -> Answer {
    let tags = at_creation(&call.query, "security-group")?;
    let name = call.query.required("GroupName")?.to_owned();
    let description = call.query.required("GroupDescription")?.to_owned();
    let vpc = call.query.required("VpcId")?.to_owned();
    check_text("GroupName", &name)?;
    check_text("GroupDescription", &description)?;
    ensure(!name.starts_with("sg-"), "InvalidParameterValue", || {
        "Group names may not be in the format sg-*".to_owned()
    })?;
    ensure(!name.eq_ignore_ascii_case("default"), "InvalidParameterValue", || {
        "Cannot use reserved security group name: default".to_owned()
    })?;
    let (account, now, most) = (call.account.clone(), call.now, call.world.quotas.groups_per_region);
    let region = call.here();
    vpcs::vpc(region, &account, now, &vpc)?;
    let taken = |group: &SecurityGroup| group.vpc == vpc && group.name.eq_ignore_ascii_case(&name);
    ensure(!region.groups.values().any(taken), "InvalidGroup.Duplicate", || {
        format!("The security group '{name}' already exists for VPC '{vpc}'")
    })?;
    let own = region.groups.values().filter(|group| group.owner == account).count();
    ensure(own < most, "SecurityGroupLimitExceeded", || {
        "The maximum number of security groups has been reached.".to_owned()
    })?;
    let (id, visible) = call.new_id("sg");
    let rules = vec![default_egress(call)];
    let group = SecurityGroup { owner: account, vpc, name, description, rules, visible, tags: tags.clone() };
    call.here().groups.insert(id.clone(), group);
    let arn = call.arn("ec2", &format!("security-group/{id}"));
    Ok(Xml::new().text("return", true).text("groupId", id).text("securityGroupArn", arn).join(&tag_set(&tags)))
}

/// Names and descriptions: up to 255 characters of a set
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html>).
pub(super) fn check_text(parameter: &str, text: &str) -> Result<(), Failure> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || " ._-:/()#,@[]+=&;{}!$*".contains(char);
    ensure(text.len() <= 255 && text.chars().all(allowed), "InvalidParameterValue", || {
        format!(
            "Value ({text}) for parameter {parameter} is invalid. Character sets beyond ASCII are not supported, and \
             the length is at most 255."
        )
    })
}

const FILTERS: &[&str] = &[
    "description",
    "group-id",
    "group-name",
    "owner-id",
    "vpc-id",
    "ip-permission.cidr",
    "ip-permission.from-port",
    "ip-permission.group-id",
    "ip-permission.ipv6-cidr",
    "ip-permission.prefix-list-id",
    "ip-permission.protocol",
    "ip-permission.to-port",
    "egress.ip-permission.cidr",
    "egress.ip-permission.from-port",
    "egress.ip-permission.group-id",
    "egress.ip-permission.ipv6-cidr",
    "egress.ip-permission.prefix-list-id",
    "egress.ip-permission.protocol",
    "egress.ip-permission.to-port",
    "tag",
    "tag-key",
];

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, FILTERS)?;
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let base = call.arn("ec2", "security-group");
    let (ids, names) = (query.list("GroupId"), query.list("GroupName"));
    let region = call.here();
    for id in &ids {
        find(region, &account, now, id)?;
    }
    let seen = |group: &SecurityGroup| group.owner == account && group.visible <= now;
    for name in &names {
        let found = region.groups.values().any(|group| seen(group) && group.name == *name);
        ensure(found, "InvalidGroup.NotFound", || format!("The security group '{name}' does not exist"))?;
    }
    let own = region.groups.iter().filter(|(id, group)| {
        seen(group)
            && (ids.is_empty() || ids.contains(id))
            && (names.is_empty() || names.contains(&group.name))
            && filters.admit(&group.tags, |name| filter_values(id, group, name))
    });
    let items = own.map(|(id, group)| (id.clone(), group_xml(&format!("{base}/{id}"), id, group))).collect();
    let page = ec2_page(&query, items)?;
    Ok(Xml::new().list("securityGroupInfo", "item", page.items).maybe("nextToken", page.next))
}

fn filter_values(id: &str, group: &SecurityGroup, name: &str) -> Vec<String> {
    let (egress, rule_part) = match name.strip_prefix("egress.") {
        Some(rest) => (true, rest.strip_prefix("ip-permission.")),
        None => (false, name.strip_prefix("ip-permission.")),
    };
    if let Some(part) = rule_part {
        let rules = group.rules.iter().filter(|rule| rule.key.egress == egress);
        return rules.filter_map(|rule| rule.part(part)).collect();
    }
    vec![match name {
        "description" => group.description.clone(),
        "group-id" => id.to_owned(),
        "group-name" => group.name.clone(),
        "owner-id" => group.owner.clone(),
        _ => group.vpc.clone(),
    }]
}

fn group_xml(arn: &str, id: &str, group: &SecurityGroup) -> Xml {
    Xml::new()
        .text("ownerId", &group.owner)
        .text("groupId", id)
        .text("groupName", &group.name)
        .text("groupDescription", &group.description)
        .text("vpcId", &group.vpc)
        .text("securityGroupArn", arn)
        .join(&rule_reads::permissions("ipPermissions", group, false))
        .join(&rule_reads::permissions("ipPermissionsEgress", group, true))
        .join(&tag_set(&group.tags))
}

/// References from other VPCs; VPCs are not joined here, so there are none.
fn references(call: &mut Call<'_>) -> Answer {
    let (account, now) = (call.account.clone(), call.now);
    for id in call.query.required_list("GroupId")? {
        find(call.here(), &account, now, &id)?;
    }
    Ok(Xml::new().list("securityGroupReferenceSet", "item", []))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("GroupId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    let group = find(region, &account, now, &id)?;
    ensure(group.name != "default", "CannotDelete", || {
        format!("the specified group: \"{id}\" name: \"default\" cannot be deleted by a user")
    })?;
    let held = region.interfaces.values().any(|interface| interface.groups.contains(&id));
    let referenced = region
        .groups
        .iter()
        .any(|(other, group)| *other != id && group.rules.iter().any(|rule| rule.key.source.group() == Some(&id)));
    ensure(!held && !referenced, "DependencyViolation", || format!("resource {id} has a dependent object"))?;
    region.groups.remove(&id);
    Ok(Xml::new().text("return", true).text("groupId", id))
}
