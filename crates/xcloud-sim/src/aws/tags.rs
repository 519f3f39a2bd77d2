//! Tags of EC2 objects: at creation, and by CreateTags, DeleteTags, DescribeTags.

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::query::Query;
use super::world::Region;
use super::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("CreateTags", &["ResourceId", "Tag"], create),
    Operation::write("DeleteTags", &["ResourceId", "Tag"], delete),
    Operation::read("DescribeTags", &["Filter", "MaxResults", "NextToken"], describe),
];

/// Most tags of one resource (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>).
const MOST: usize = 50;

/// Reads `TagSpecification.N` of a creation that makes one type of resource.
pub(super) fn at_creation(query: &Query, resource_type: &str) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for specification in query.records("TagSpecification") {
        let sent = specification.required("ResourceType")?;
        ensure(sent == resource_type, "InvalidParameterValue", || {
            format!("'{sent}' is not a valid taggable resource type for this operation.")
        })?;
        add(&mut tags, &specification)?;
    }
    Ok(tags)
}

fn add(tags: &mut Tags, query: &Query) -> Result<(), Failure> {
    let mut seen = Tags::new();
    for record in query.records("Tag") {
        let (key, value) = (record.required("Key")?.to_owned(), record.text("Value").unwrap_or_default().to_owned());
        check(&key, &value)?;
        ensure(seen.insert(key.clone(), value).is_none(), "InvalidParameterValue", || {
            format!("Duplicate tag key '{key}' specified.")
        })?;
    }
    tags.extend(seen);
    ensure(tags.len() <= MOST, "TagLimitExceeded", || "Each resource can have at most 50 tags".to_owned())
}

fn check(key: &str, value: &str) -> Result<(), Failure> {
    ensure(!key.starts_with("aws:"), "InvalidParameterValue", || {
        "Tag keys starting with 'aws:' are reserved for internal use".to_owned()
    })?;
    ensure(key.chars().count() <= 128 && value.chars().count() <= 256, "InvalidParameterValue", || {
        format!("Tag '{key}' exceeds the maximum length")
    })
}

/// Writes `<tagSet>`.
pub(super) fn tag_set(tags: &Tags) -> Xml {
    let items = tags.iter().map(|(key, value)| Xml::new().text("key", key).text("value", value));
    Xml::new().list("tagSet", "item", items)
}

fn create(call: &mut Call<'_>) -> Answer {
    let ids = call.query.required_list("ResourceId")?;
    ensure(!call.query.records("Tag").is_empty(), "MissingParameter", || {
        "The request must contain the parameter Tag".to_owned()
    })?;
    let mut changed = Vec::new();
    for id in &ids {
        let mut tags = owned(call, id)?.clone();
        add(&mut tags, &call.query)?;
        changed.push((id, tags));
    }
    for (id, tags) in changed {
        *owned(call, id)? = tags;
    }
    Ok(Xml::new().text("return", true))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let ids = call.query.required_list("ResourceId")?;
    let wanted: Vec<(String, Option<String>)> = call
        .query
        .records("Tag")
        .iter()
        .map(|tag| Ok((tag.required("Key")?.to_owned(), tag.text("Value").map(str::to_owned))))
        .collect::<Result<_, Failure>>()?;
    for id in &ids {
        owned(call, id)?;
    }
    for id in &ids {
        owned(call, id)?.retain(|key, value| {
            let named =
                |(tag, only): &(String, Option<String>)| tag == key && only.as_ref().is_none_or(|only| only == value);
            !wanted.is_empty() && !wanted.iter().any(named)
        });
    }
    Ok(Xml::new().text("return", true))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, &["key", "value", "resource-id", "resource-type", "tag"])?;
    let account = call.account.clone();
    let mut found = Vec::new();
    for (id, kind, tags) in tagged(call.here(), &account) {
        for (key, value) in tags {
            let values = |name: &str| match name {
                "key" => vec![key.clone()],
                "value" => vec![value.clone()],
                "resource-id" => vec![id.clone()],
                _ => vec![kind.to_owned()],
            };
            if filters.admit(&Tags::from([(key.clone(), value.clone())]), values) {
                let item =
                    Xml::new().text("key", key).text("resourceId", &id).text("resourceType", kind).text("value", value);
                found.push((format!("{id} {key}"), item));
            }
        }
    }
    found.sort_by(|(left, _), (right, _)| left.cmp(right));
    let page = ec2_page(&call.query, found)?;
    Ok(Xml::new().list("tagSet", "item", page.items).maybe("nextToken", page.next))
}

/// Every object of an account that can carry tags: id, type, tags.
pub(super) fn tagged<'a>(region: &'a Region, account: &str) -> Vec<(String, &'static str, &'a Tags)> {
    let mut all = Vec::new();
    macro_rules! collect {
        ($map:ident, $kind:literal) => {
            let own = region.$map.iter().filter(|(_, object)| object.owner == account);
            all.extend(own.map(|(id, object)| (id.clone(), $kind, &object.tags)));
        };
    }
    collect!(vpcs, "vpc");
    collect!(subnets, "subnet");
    collect!(groups, "security-group");
    collect!(prefix_lists, "prefix-list");
    collect!(services, "vpc-endpoint-service");
    collect!(endpoints, "vpc-endpoint");
    for group in region.groups.values().filter(|group| group.owner == account) {
        all.extend(group.rules.iter().map(|rule| (rule.id.clone(), "security-group-rule", &rule.tags)));
    }
    all
}

fn owned<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut Tags, Failure> {
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    let missing = |code: &str| Failure::new(code, format!("The ID '{id}' does not exist"));
    macro_rules! find {
        ($map:ident, $code:literal) => {
            region
                .$map
                .get_mut(id)
                .filter(|object| object.owner == account && object.visible <= now)
                .map(|object| &mut object.tags)
                .ok_or_else(|| missing($code))
        };
    }
    match id.rsplit_once('-').map_or("", |(prefix, _)| prefix) {
        "vpc" => find!(vpcs, "InvalidVpcID.NotFound"),
        "subnet" => find!(subnets, "InvalidSubnetID.NotFound"),
        "sg" => find!(groups, "InvalidGroup.NotFound"),
        "pl" => find!(prefix_lists, "InvalidPrefixListID.NotFound"),
        "vpce-svc" => find!(services, "InvalidVpcEndpointServiceId.NotFound"),
        "vpce" => find!(endpoints, "InvalidVpcEndpointId.NotFound"),
        "sgr" => region
            .groups
            .values_mut()
            .filter(|group| group.owner == account)
            .flat_map(|group| group.rules.iter_mut())
            .find(|rule| rule.id == id)
            .map(|rule| &mut rule.tags)
            .ok_or_else(|| missing("InvalidSecurityGroupRuleId.NotFound")),
        _ => Err(Failure::new("InvalidID", format!("The ID '{id}' is not valid"))),
    }
}
