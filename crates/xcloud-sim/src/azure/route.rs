//! From a request to the handler of its kind, through the checks that every call passes.

use super::call::{Call, query};
use super::ids::{Kind, ResourceId, Target};
use super::reply::{ArmError, Outcome, Reply, into_response, settle_outcome};
use super::world::AzureWorld;
use super::{
    dns, firewall_policies, governance, link_connections, link_services, listing, load_balancers, networks, operations,
    private_endpoints, record_sets, render, roles, rule_groups, security_groups, security_rules, settle, subnets,
};
use crate::{Caller, Millis, Request, Response};

const NETWORK_VERSION: &str = "2024-03-01";
const DNS_VERSION: &str = "2024-06-01";
const AUTHORIZATION_VERSION: &str = "2022-04-01";
const LOCKS_VERSION: &str = "2020-05-01";

/// Answers one request.
#[must_use]
pub fn handle(world: &mut AzureWorld, now: Millis, request: &Request) -> Response {
    settle::settle(world, now);
    let request_id = world.new_guid();
    let mut limits = None;
    let outcome = checked(world, now, request, &mut limits);
    let mut reply = settle_outcome(outcome);
    reply.headers.extend(limits);
    into_response(reply, request, &request_id)
}

/// Answers one request, or refuses it; `limits` becomes the header with the requests that remain.
fn checked(world: &mut AzureWorld, now: Millis, request: &Request, limits: &mut Option<(String, String)>) -> Outcome {
    if request.caller != Caller::Azure {
        return Err(unauthenticated());
    }
    let target = Target::parse(request.uri.path()).ok_or_else(|| unknown_path(request))?;
    check_version(request, &target)?;
    let throttling = world.throttling;
    let subscription = world.subscriptions.get_mut(&target.subscription().to_lowercase()).ok_or_else(|| {
        let message = format!("The subscription '{}' could not be found.", target.subscription());
        ArmError::new(404, "SubscriptionNotFound", message)
    })?;
    if throttling {
        *limits = Some(subscription.throttle.count(now, &request.method, target.is_dns())?);
    }
    if let Some(group) = target.group()
        && !subscription.groups.contains_key(&group.to_lowercase())
    {
        let message = format!("Resource group '{group}' could not be found.");
        return Err(ArmError::new(404, "ResourceGroupNotFound", message));
    }
    let mut call = Call { world, now, request };
    roles::check(&call, &target)?;
    governance::check(&call, &target)?;
    dispatch(&mut call, &target)
}

fn dispatch(call: &mut Call<'_>, target: &Target) -> Outcome {
    match (target, call.request.method.as_str()) {
        (Target::Operation { subscription, id, result }, "GET") => operations::poll(call, subscription, id, *result),
        (Target::List { .. }, "GET") => listing::list(call, target),
        (Target::Permissions { .. }, "GET") => Ok(roles::permissions(call)),
        (Target::Locks { subscription, group }, "GET") => governance::locks(call, subscription, group.as_deref()),
        (Target::Resource(id), "GET") => get(call, id),
        (Target::Resource(id), "PUT") => put(call, id),
        (Target::Resource(id), "DELETE") => delete(call, id),
        _ => Err(method_not_allowed(call.request)),
    }
}

fn get(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    match id.kind {
        Kind::DefaultRule => security_groups::default_rule(call, id),
        Kind::Frontend => load_balancers::frontend(call, id),
        _ => {
            let stored = call.existing(id)?;
            let etag = render::etag_header(stored);
            Ok(Reply::json(200, render::resource(call.world, stored)).header("etag", etag))
        }
    }
}

fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    match id.kind {
        Kind::SecurityGroup => security_groups::put(call, id),
        Kind::SecurityRule => security_rules::put(call, id),
        Kind::FirewallPolicy => firewall_policies::put(call, id),
        Kind::RuleGroup => rule_groups::put(call, id),
        Kind::Network => networks::put(call, id),
        Kind::Subnet => subnets::put(call, id),
        Kind::LoadBalancer => load_balancers::put(call, id),
        Kind::LinkService => link_services::put(call, id),
        Kind::Connection => link_connections::put(call, id),
        Kind::Endpoint => private_endpoints::put(call, id),
        Kind::Zone => dns::put(call, id),
        Kind::RecordSet => record_sets::put(call, id),
        Kind::DefaultRule | Kind::Interface | Kind::Frontend | Kind::IpGroup => Err(method_not_allowed(call.request)),
    }
}

fn delete(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    match id.kind {
        Kind::SecurityGroup => security_groups::delete(call, id),
        Kind::SecurityRule => security_rules::delete(call, id),
        Kind::RuleGroup => rule_groups::delete(call, id),
        Kind::LinkService => link_services::delete(call, id),
        Kind::Connection => link_connections::delete(call, id),
        Kind::Endpoint => private_endpoints::delete(call, id),
        Kind::RecordSet => record_sets::delete(call, id),
        _ => Err(method_not_allowed(call.request)),
    }
}

fn check_version(request: &Request, target: &Target) -> Result<(), ArmError> {
    let Some(version) = query(request, "api-version") else {
        return Err(ArmError::bad_request(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    let supported: &[&str] = match target {
        Target::Operation { .. } => &[NETWORK_VERSION, DNS_VERSION],
        Target::Permissions { .. } => &[AUTHORIZATION_VERSION],
        Target::Locks { .. } => &[LOCKS_VERSION],
        _ if target.is_dns() => &[DNS_VERSION],
        _ => &[NETWORK_VERSION],
    };
    if supported.contains(&version.as_str()) {
        return Ok(());
    }
    let message =
        format!("The api-version '{version}' is invalid. The supported versions are '{}'.", supported.join(","));
    Err(ArmError::bad_request("InvalidApiVersionParameter", message))
}

fn unauthenticated() -> ArmError {
    ArmError::new(401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing.").header(
        "www-authenticate",
        "Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\", \
         error_description=\"The authentication failed because of missing 'Authorization' header.\"",
    )
}

fn unknown_path(request: &Request) -> ArmError {
    let message = format!("The resource type of '{}' could not be found.", request.uri.path());
    ArmError::new(404, "InvalidResourceType", message)
}

fn method_not_allowed(request: &Request) -> ArmError {
    let message = format!("The request method '{}' is not allowed on '{}'.", request.method, request.uri.path());
    ArmError::new(405, "MethodNotAllowed", message)
}
