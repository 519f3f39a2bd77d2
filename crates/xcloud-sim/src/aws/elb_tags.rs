//! Tags of load balancers, target groups and listeners.

use super::failure::{Failure, ensure};
use super::filter::Tags;
use super::operation::{Answer, Call, Operation};
use super::query::Query;
use super::xml::Xml;
use super::{listeners, load_balancers, target_groups};

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write("AddTags", &["ResourceArns", "Tags"], add),
    Operation::write("RemoveTags", &["ResourceArns", "TagKeys"], remove),
    Operation::read("DescribeTags", &["ResourceArns"], describe),
];

/// Most ARNs of one call
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>).
const MOST_ARNS: usize = 20;

/// Reads `Tags` of a creation.
pub(super) fn read(query: &Query) -> Result<Tags, Failure> {
    let mut tags = Tags::new();
    for record in query.records("Tags") {
        let (key, value) = (record.required("Key")?.to_owned(), record.text("Value").unwrap_or_default().to_owned());
        ensure(!key.starts_with("aws:"), "ValidationError", || format!("The tag key '{key}' is reserved"))?;
        ensure(key.chars().count() <= 128 && value.chars().count() <= 256, "ValidationError", || {
            format!("The tag '{key}' is too long")
        })?;
        ensure(tags.insert(key, value).is_none(), "DuplicateTagKeys", || {
            "A tag key was specified more than once".to_owned()
        })?;
    }
    check_count(&tags)?;
    Ok(tags)
}

fn check_count(tags: &Tags) -> Result<(), Failure> {
    ensure(tags.len() <= 50, "TooManyTags", || {
        "The limit on the number of tags per load balancer has been reached".to_owned()
    })
}

fn owned<'a>(call: &'a mut Call<'_>, arn: &str) -> Result<&'a mut Tags, Failure> {
    let account = call.account.clone();
    let region = call.here();
    match arn.split(':').nth(5).and_then(|resource| resource.split('/').next()) {
        Some("loadbalancer") => load_balancers::find_mut(region, &account, arn).map(|found| &mut found.tags),
        Some("targetgroup") => target_groups::find_mut(region, &account, arn).map(|found| &mut found.tags),
        Some("listener") => listeners::find_mut(region, &account, arn).map(|found| &mut found.tags),
        _ => Err(Failure::new("ValidationError", format!("'{arn}' is not a valid load balancer ARN"))),
    }
}

fn arns(call: &Call<'_>) -> Result<Vec<String>, Failure> {
    let arns = call.query.required_list("ResourceArns")?;
    ensure(arns.len() <= MOST_ARNS, "ValidationError", || {
        format!("{} ARNs were specified; at most {MOST_ARNS} are allowed", arns.len())
    })?;
    Ok(arns)
}

fn add(call: &mut Call<'_>) -> Answer {
    let (arns, new) = (arns(call)?, read(&call.query)?);
    for arn in &arns {
        let mut tags = owned(call, arn)?.clone();
        tags.extend(new.clone());
        check_count(&tags)?;
    }
    for arn in &arns {
        owned(call, arn)?.extend(new.clone());
    }
    Ok(Xml::new())
}

fn remove(call: &mut Call<'_>) -> Answer {
    let (arns, keys) = (arns(call)?, call.query.required_list("TagKeys")?);
    for arn in &arns {
        owned(call, arn)?;
    }
    for arn in &arns {
        owned(call, arn)?.retain(|key, _| !keys.contains(key));
    }
    Ok(Xml::new())
}

fn describe(call: &mut Call<'_>) -> Answer {
    let mut members = Vec::new();
    for arn in arns(call)? {
        let tags = owned(call, &arn)?.iter().map(|(key, value)| Xml::new().text("Key", key).text("Value", value));
        let tags: Vec<Xml> = tags.collect();
        members.push(Xml::new().text("ResourceArn", &arn).list("Tags", "member", tags));
    }
    Ok(Xml::new().list("TagDescriptions", "member", members))
}
