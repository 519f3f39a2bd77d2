//! Changing rules in place: whole rules by id, or descriptions alone.

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::rule_changes::named_group;
use super::rules::{check_duplicates, check_quota, check_source, permissions, replacement};
use super::security_groups::check_text;
use super::xml::Xml;

const DESCRIPTIONS: &[&str] = &["GroupId", "IpPermissions", "SecurityGroupRuleDescription"];

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("ModifySecurityGroupRules", &["GroupId", "SecurityGroupRule"], modify),
    Operation::write("UpdateSecurityGroupRuleDescriptionsIngress", DESCRIPTIONS, |call| describe(call, false)),
    Operation::write("UpdateSecurityGroupRuleDescriptionsEgress", DESCRIPTIONS, |call| describe(call, true)),
];

fn unknown(id: &str) -> Failure {
    let text = format!("The security group rule ID '{id}' does not exist");
    Failure::new("InvalidSecurityGroupRuleId.NotFound", text)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let (id, mut group) = named_group(call)?;
    let updates = call.query.records("SecurityGroupRule");
    ensure(!updates.is_empty(), "MissingParameter", || {
        "The request must contain the parameter securityGroupRules".to_owned()
    })?;
    for update in updates {
        let rule_id = update.required("SecurityGroupRuleId")?.to_owned();
        let place = group.rules.iter().position(|rule| rule.id == rule_id).ok_or_else(|| unknown(&rule_id))?;
        let live = &mut group.rules[place];
        let wanted = replacement(call, &update.record("SecurityGroupRule"), live.key.egress)?;
        let same_kind = std::mem::discriminant(&live.key.source) == std::mem::discriminant(&wanted.key.source);
        // <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html>
        ensure(same_kind, "InvalidParameterValue", || {
            format!("The source type of the security group rule '{rule_id}' cannot be changed")
        })?;
        (live.key, live.description) = (wanted.key.clone(), wanted.description);
        check_source(call, &group.vpc, &wanted.key.source)?;
    }
    check_duplicates(&group)?;
    check_quota(call, &group)?;
    call.here().groups.insert(id, group);
    Ok(Xml::new().text("return", true))
}

fn describe(call: &mut Call<'_>, egress: bool) -> Answer {
    let (id, mut group) = named_group(call)?;
    let by_id = call.query.records("SecurityGroupRuleDescription");
    let by_key = permissions(call, egress)?;
    ensure(by_id.is_empty() != by_key.is_empty(), "InvalidParameterCombination", || {
        "Specify either ipPermissions or securityGroupRuleDescriptions".to_owned()
    })?;
    for record in by_id {
        let rule_id = record.required("SecurityGroupRuleId")?;
        let text = record.text("Description").filter(|text| !text.is_empty());
        check_text("description", text.unwrap_or_default())?;
        let rule = group
            .rules
            .iter_mut()
            .find(|rule| rule.id == rule_id && rule.key.egress == egress)
            .ok_or_else(|| unknown(rule_id))?;
        rule.description = text.map(str::to_owned);
    }
    for wanted in by_key {
        let rule = group.rules.iter_mut().find(|rule| rule.key == wanted.key).ok_or_else(|| {
            let text = "The specified rule does not exist in this security group.";
            Failure::new("InvalidPermission.NotFound", text)
        })?;
        rule.description = wanted.description;
    }
    call.here().groups.insert(id, group);
    Ok(Xml::new().text("return", true))
}
