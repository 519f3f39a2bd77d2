//! What every PUT and DELETE has in common: the body, preconditions, conflicts, the answer.

use serde_json::{Map, Value};

use super::call::Call;
use super::governance;
use super::ids::{Kind, ResourceId, region_name, same_region};
use super::operation::Verb;
use super::operations;
use super::render;
use super::reply::{ArmError, Outcome, Reply};
use super::schema::{self, Field};
use super::world::{IfMatch, State, Stored};

/// A checked body of a PUT.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) id: ResourceId,
    pub(super) exists: bool,
    pub(super) location: Option<String>,
    pub(super) tags: Option<Map<String, Value>>,
    pub(super) extra: Map<String, Value>,
    pub(super) properties: Map<String, Value>,
}

/// Reads the body of a PUT: well-formed, named as Azure allows, preconditions met, region unchanged.
pub(super) fn draft(call: &Call<'_>, id: &ResourceId, fields: &[Field]) -> Result<Draft, ArmError> {
    call.parent_exists(id)?;
    check_name(id)?;
    let mut body = schema::parse_body(&call.request.body)?;
    schema::check(&body, fields)?;
    check_preconditions(call, id)?;
    let prior = call.world.resources.get(&id.key());
    let location = location(prior, id, body.remove("location"))?;
    let tags = governance::with_added_tags(call.world, id, object(body.remove("tags")));
    if let Some(tags) = &tags {
        check_tags(tags, id.kind)?;
    }
    let properties = object(body.remove("properties")).unwrap_or_default();
    for name in ["id", "name", "type", "etag"] {
        drop(body.remove(name));
    }
    let id = prior.and_then(|stored| ResourceId::parse(&stored.id)).unwrap_or_else(|| id.clone());
    Ok(Draft { id, exists: prior.is_some(), location, tags, extra: body, properties })
}

/// Stores a draft, starts its operation and answers 201 (created) or 200 (updated).
pub(super) fn accept(call: &mut Call<'_>, draft: Draft, seconds: f64) -> Reply {
    let id = draft.id.clone();
    let status = if draft.exists { 200 } else { 201 };
    let region = region_of(call, &draft);
    let before = operations::possible(call.world, &id);
    store(call, draft);
    let operation = operations::start(call.world, call.now, &id, (Verb::Put, before), &region, seconds);
    let body = call.world.resources.get(&id.key()).map(|stored| render::resource(call.world, stored));
    let reply = Reply::json(status, body.unwrap_or_default()).mutating();
    operations::with_headers(call, reply, &operation)
}

/// Stores a draft without an operation; the entity tag moves.
pub(super) fn store(call: &mut Call<'_>, draft: Draft) {
    let key = draft.id.key();
    let etag = call.world.new_etag(draft.id.kind);
    let prior = call.world.resources.remove(&key);
    let mut stored = Stored::new(&draft.id, draft.location, etag);
    stored.tags = draft.tags;
    stored.extra = draft.extra;
    stored.properties = draft.properties;
    if let Some(prior) = prior {
        stored.hidden = prior.hidden;
        stored.state = prior.state;
    }
    call.world.resources.insert(key, stored);
}

/// Starts the deletion of a resource: 204 if it is not there, else 202.
pub(super) fn delete(call: &mut Call<'_>, id: &ResourceId, seconds: f64) -> Outcome {
    let Some(stored) = call.world.resources.get(&id.key()) else { return Ok(Reply::empty(204)) };
    if let State::Deleting(operation) = &stored.state {
        let operation = operation.clone();
        return Ok(operations::with_headers(call, Reply::empty(202), &operation));
    }
    check_preconditions(call, id)?;
    refuse_while_busy(call, id)?;
    let region = stored_region(call, id);
    let before = operations::possible(call.world, id);
    let operation = operations::start(call.world, call.now, id, (Verb::Delete, before), &region, seconds);
    Ok(operations::with_headers(call, Reply::empty(202).mutating(), &operation))
}

/// Refuses a write of a resource on which an operation runs.
///
/// A private endpoint or private link service takes the later write, and the earlier operation ends `Canceled`
/// (Azure/azure-cli#21156); security groups and rules ask for a retry (429); everything else is a conflict (409).
pub(super) fn refuse_while_busy(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let Some(stored) = call.world.resources.get(&id.key()) else { return Ok(()) };
    match (&stored.state, stored.kind) {
        (State::Succeeded | State::Failed, _) => Ok(()),
        (State::Updating(_), Kind::Endpoint | Kind::LinkService) => Ok(()),
        (State::Updating(operation), Kind::SecurityGroup | Kind::SecurityRule) => Err(ArmError::new(
            429,
            "RetryableErrorDueToAnotherOperation",
            format!("Operation {operation} on resource {} is in progress. The request can be retried.", stored.id),
        )
        .header("retry-after", "2")),
        (State::Updating(operation) | State::Deleting(operation), _) => Err(conflict(call, operation)),
    }
}

/// The 409 that names the operation in the way.
pub(super) fn conflict(call: &Call<'_>, operation: &str) -> ArmError {
    let url = operations::status_url(call, operation);
    ArmError::new(
        409,
        "AnotherOperationInProgress",
        format!(
            "Another operation on this or dependent resource is in progress. To retrieve status of the operation use \
             uri: {url}."
        ),
    )
}

/// Refuses to refer to a resource that is being written: 429 although it is no throttle (hashicorp/terraform#7986).
pub(super) fn refuse_unready(stored: &Stored, by: &ResourceId) -> Result<(), ArmError> {
    if stored.state.operation().is_none() {
        return Ok(());
    }
    let message = format!(
        "Cannot proceed with operation because resource {} used by resource {by} is not in Succeeded state. Resource \
         is in {} state and the last operation that updated/is updating the resource is in progress.",
        stored.id,
        stored.state.word()
    );
    Err(ArmError::new(429, "RetryableError", "A retryable error occurred.")
        .detail("ReferencedResourceNotProvisioned", message)
        .header("retry-after", "10"))
}

/// Checks `If-Match` and `If-None-Match` against the resource as it is.
pub(super) fn check_preconditions(call: &Call<'_>, id: &ResourceId) -> Result<(), ArmError> {
    let stored = call.world.resources.get(&id.key());
    if let Some(wanted) = call.header("if-match") {
        let current = stored.map(render::etag_header);
        let is_tag = wanted == "*" || wanted.trim_start_matches("W/").starts_with('"') && wanted.ends_with('"');
        let met = match call.world.firewall_if_match {
            IfMatch::Ignored if id.kind.is_firewall() => true,
            IfMatch::SyntaxChecked if id.kind.is_firewall() => {
                if !is_tag {
                    let message = format!("The format of value '{wanted}' is invalid.");
                    return Err(ArmError::bad_request("InvalidHeaderValue", message));
                }
                true
            }
            _ => current.as_ref().is_some_and(|current| wanted == "*" || wanted == current),
        };
        if !met {
            return Err(stale(id, wanted, current.as_deref().unwrap_or_default()));
        }
    }
    if call.header("if-none-match") == Some("*") && stored.is_some() {
        let message = format!("The {} {} exists already and hence cannot be created again.", what(id), id.name());
        return Err(ArmError::new(412, "PreconditionFailed", message));
    }
    Ok(())
}

fn stale(id: &ResourceId, wanted: &str, current: &str) -> ArmError {
    if id.kind.is_dns() {
        let message =
            format!("The condition '{wanted}' in the If-Match header was not satisfied. The current was '{current}'.");
        return ArmError::new(412, "PreconditionFailed", message);
    }
    let message = format!(
        "Etag provided in if-match header {wanted} does not match etag {current} of resource {id} in NRP data store."
    );
    ArmError::new(412, "PreconditionFailed", "Precondition failed.").detail("PreconditionFailedEtagMismatch", message)
}

fn what(id: &ResourceId) -> &'static str {
    if id.kind == Kind::RecordSet { "Record set" } else { "resource" }
}

/// Checks a name: 1 to 80 of letters, digits, `_`, `.`, `-`, beginning and ending well.
///
/// Source: "Naming rules and restrictions for Azure resources", Microsoft.Network.
fn check_name(id: &ResourceId) -> Result<(), ArmError> {
    if id.kind.is_dns() {
        return Ok(());
    }
    let name = id.name();
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    let ends = name.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    if begins && ends && name.len() <= 80 && name.chars().all(allowed) {
        return Ok(());
    }
    let message = format!(
        "Resource name {name} is invalid. The name can be up to 80 characters long. It must begin with a word \
         character, and it must end with a word character or with '_'. The name may contain word characters or '.', \
         '-', '_'."
    );
    Err(ArmError::bad_request("InvalidResourceName", message))
}

fn location(prior: Option<&Stored>, id: &ResourceId, sent: Option<Value>) -> Result<Option<String>, ArmError> {
    if id.parent().is_some() {
        return Ok(None);
    }
    let Some(Value::String(sent)) = sent else {
        return Err(ArmError::bad_request(
            "LocationRequired",
            "The location property is required for this definition.",
        ));
    };
    match prior.and_then(|stored| stored.location.clone()) {
        Some(location) if !same_region(&location, &sent) => {
            let message = format!(
                "The resource '{}' already exists in location '{location}' in resource group '{}'. A resource with \
                 the same name cannot be created in location '{sent}'.",
                id.name(),
                id.group
            );
            Err(ArmError::new(409, "InvalidResourceLocation", message))
        }
        Some(location) => Ok(Some(location)),
        None => Ok(Some(region_name(&sent))),
    }
}

/// Checks tags: at most 50 (15 in DNS), names up to 512 characters, values up to 256.
///
/// Source: "Use tags to organize your Azure resources", limitations.
fn check_tags(tags: &Map<String, Value>, kind: Kind) -> Result<(), ArmError> {
    let most = if kind.is_dns() { 15 } else { 50 };
    if tags.len() > most {
        let message = format!("The number of tags {} exceeds the limit of {most}.", tags.len());
        return Err(ArmError::bad_request("InvalidTags", message));
    }
    for (name, value) in tags {
        let forbidden = name.chars().any(|c| "<>%&\\?/".contains(c));
        let too_long = name.len() > 512 || value.as_str().is_some_and(|value| value.chars().count() > 256);
        if forbidden {
            let message = format!("The tag name '{name}' has reserved characters '<,>,%,&,\\,?,/'.");
            return Err(ArmError::bad_request("InvalidTagNameCharacters", message));
        }
        if too_long {
            let message = format!("The tag '{name}' is too long.");
            return Err(ArmError::bad_request("InvalidTags", message));
        }
    }
    Ok(())
}

fn region_of(call: &Call<'_>, draft: &Draft) -> String {
    match (&draft.location, draft.id.parent()) {
        (Some(location), _) => location.clone(),
        (None, Some(parent)) => stored_region(call, &parent),
        (None, None) => "global".to_owned(),
    }
}

pub(super) fn stored_region(call: &Call<'_>, id: &ResourceId) -> String {
    let own = call.world.resources.get(&id.key()).and_then(|stored| stored.location.clone());
    match (own, id.parent()) {
        (Some(location), _) => location,
        (None, Some(parent)) => stored_region(call, &parent),
        (None, None) => "global".to_owned(),
    }
}

fn object(value: Option<Value>) -> Option<Map<String, Value>> {
    match value {
        Some(Value::Object(object)) => Some(object),
        _ => None,
    }
}

/// Refuses to write a network or one of its subnets while either is written (hashicorp/terraform-provider-azurerm#8135).
pub(super) fn refuse_while_network_busy(call: &Call<'_>, network: &ResourceId) -> Result<(), ArmError> {
    let key = network.key();
    let own = call.world.resources.get(&key).into_iter();
    let busy = own.chain(call.world.children(&key, "subnets")).find_map(|stored| match &stored.state {
        State::Updating(operation) | State::Deleting(operation) => Some(operation),
        State::Succeeded | State::Failed => None,
    });
    busy.map_or(Ok(()), |operation| Err(conflict(call, operation)))
}
