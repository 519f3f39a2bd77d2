//! What stands above an account and refuses its calls: a service control policy that demands a tag.
//!
//! Source: "Require a tag on specified created resources" (AWS Organizations, example service control policies); IAM,
//! "Troubleshoot access denied error messages", for the words.

use super::failure::Failure;
use super::query::Query;

/// Refuses an operation that makes something and takes its tags, if its request does not name the tag that is demanded.
pub(super) fn check(
    demanded: &str,
    account: &str,
    query: &Query,
    operation: &str,
    parameters: &[&str],
) -> Result<(), Failure> {
    let makes = operation.starts_with("Create") || operation.starts_with("Authorize");
    let (service, code, tags) = if parameters.contains(&"TagSpecification") {
        let specifications = query.records("TagSpecification");
        ("ec2", "UnauthorizedOperation", specifications.iter().flat_map(|one| one.records("Tag")).collect())
    } else if parameters.contains(&"Tags") {
        ("elasticloadbalancing", "AccessDenied", query.records("Tags"))
    } else {
        return Ok(());
    };
    if demanded.is_empty() || !makes || tags.iter().any(|tag| tag.text("Key") == Some(demanded)) {
        return Ok(());
    }
    let message = format!(
        "User: arn:aws:sts::{account}:assumed-role/xcloud/xcloud is not authorized to perform: {service}:{operation} with \
         an explicit deny in a service control policy"
    );
    Err(Failure::with_status(403, code, message))
}
