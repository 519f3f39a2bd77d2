//! From what Azure answered to the kind of failure by which the engine decides.

use serde_json::Value;
use xcloud_core::provider::{ApiCall, ErrorKind, ProviderError};

use crate::json::{self, list};
use crate::no_token::NoToken;
use crate::transport::TransportError;
use crate::wire::{Reply, Trouble};

/// Messages are cut here: an error text is for a person, not a dump.
const MESSAGE_LIMIT: usize = 1000;

/// The error of Resource Manager's error format: code, message, the codes of its details, and which policies refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ArmError {
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) details: Vec<(String, String)>,
    pub(crate) policies: Vec<String>,
}

impl ArmError {
    /// Reads `{"error": {"code", "message", "details": [{"code", "message"}], "additionalInfo"}}`, or the same without
    /// `error`.
    pub(crate) fn from_value(value: &Value) -> Option<Self> {
        let error = value.get("error").filter(|error| error.is_object()).unwrap_or(value);
        let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = text(error, "code");
        if code.is_empty() {
            return None;
        }
        let details = error.get("details").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let details = details.iter().map(|detail| (text(detail, "code"), text(detail, "message"))).collect();
        let policies = list(error, "/additionalInfo").iter().filter_map(policy).collect();
        Some(Self { code, message: text(error, "message"), details, policies })
    }

    fn has(&self, codes: &[&str]) -> bool {
        let is = |code: &str| codes.iter().any(|wanted| wanted.eq_ignore_ascii_case(code));
        is(&self.code) || self.details.iter().any(|(code, _)| is(code))
    }

    /// The firewalls behind a policy failed to take a change, which the same PUT repairs (terraform-provider-azurerm#19843,
    /// Azure/Enterprise-Scale FAQ): `FirewallPolicyUpdateFailed`, `IpGroupsUpdateFailed`, "faulted referenced firewalls".
    fn has_faltered(&self) -> bool {
        let is_firewall = |code: &str| code.ends_with("UpdateFailed");
        self.any_code(is_firewall) || self.text().contains("faulted referenced firewall")
    }

    fn any_code(&self, test: impl Fn(&str) -> bool) -> bool {
        test(&self.code) || self.details.iter().any(|(code, _)| test(code))
    }

    /// Returns the message with those of its details, which say what is really wrong.
    pub(crate) fn text(&self) -> String {
        let details = self.details.iter().filter(|(_, message)| *message != self.message);
        let details: String = details.map(|(code, message)| format!(" ({code}: {message})")).collect();
        let policies: String = self.policies.iter().map(|policy| format!(" ({policy})")).collect();
        shortened(&format!("{}{details}{policies}", self.message))
    }
}

/// Returns what a part of `additionalInfo` says about the policy that refused: its assignment and its definition, by the
/// names that people gave them where there are some.
fn policy(info: &Value) -> Option<String> {
    let named = |keys: [&str; 2]| keys.into_iter().map(|key| json::text(info, key)).find(|name| !name.is_empty());
    let assignment = named(["/info/policyAssignmentDisplayName", "/info/policyAssignmentName"])
        .or_else(|| json::text(info, "/info/policyAssignmentId").rsplit('/').next().filter(|name| !name.is_empty()))?;
    let definition = named(["/info/policyDefinitionDisplayName", "/info/policyDefinitionName"]);
    let definition = definition.map(|name| format!(" of `{name}`")).unwrap_or_default();
    Some(format!("assignment `{assignment}`{definition}"))
}

/// The object, or one that it refers to, is being changed: the same call works later. Seen as 429, 409 and 400, and
/// inside the body of an operation (hashicorp/terraform#7986, terraform-provider-azurerm#8135 and #16182).
const BUSY: &[&str] = &[
    "AnotherOperationInProgress",
    "RetryableError",
    "RetryableErrorDueToAnotherOperation",
    "ReferencedResourceNotProvisioned",
    "StorageAccountOperationInProgress",
    "OperationPreempted",
];

/// Another write has overtaken this one (Azure/azure-cli#21156), or the world is not as the caller saw it.
const CONFLICT: &[&str] = &[
    "CanceledAndSupersededDueToAnotherOperation",
    "PreconditionFailed",
    "PreconditionFailedEtagMismatch",
    "SecurityRuleConflict",
];

/// The subscription can only be read.
const DISABLED: &[&str] = &["ReadOnlyDisabledSubscription", "SubscriptionDisabled", "DisabledSubscription"];

/// A 404 that says that the question was wrong, not that the object is absent.
const WRONG_QUESTION: &[&str] =
    &["SubscriptionNotFound", "InvalidSubscriptionId", "InvalidResourceType", "InvalidResourceNamespace"];

/// Returns the kind of a failed call.
pub(crate) fn kind(status: u16, error: Option<&ArmError>) -> ErrorKind {
    let none = ArmError::default();
    let arm = error.unwrap_or(&none);
    if arm.has(CONFLICT) && status != 429 {
        return ErrorKind::Conflict;
    }
    match status {
        401 => ErrorKind::Credentials,
        // In any status: they come as 409 and 403 of a call, and inside the operation (terraform-provider-azurerm#17478).
        400..500 if arm.has(&["ScopeLocked"]) => ErrorKind::Locked,
        400..500 if arm.any_code(|code| code.starts_with("RequestDisallowedBy")) => ErrorKind::Policy,
        400..500 if arm.has(DISABLED) => ErrorKind::Disabled,
        400..500 if arm.has(&["ResourceGroupBeingDeleted"]) => ErrorKind::BeingDeleted,
        400..500 if arm.has_faltered() => ErrorKind::Faltered,
        403 => ErrorKind::Denied,
        404 if error.is_none() => ErrorKind::Malformed,
        404 if arm.has(WRONG_QUESTION) => ErrorKind::Invalid,
        404 => ErrorKind::NotFound,
        408 | 500..600 => ErrorKind::OutcomeUnknown,
        412 => ErrorKind::Conflict,
        429 if arm.has(BUSY) => ErrorKind::Busy,
        429 => ErrorKind::Throttled,
        400 | 409 if arm.has(BUSY) => ErrorKind::Busy,
        400 | 409 if arm.any_code(is_in_use) => ErrorKind::InUse,
        400 | 409 if arm.any_code(is_quota) => ErrorKind::Quota,
        409 if arm.has(&["MissingSubscriptionRegistration"]) => ErrorKind::Invalid,
        400 | 409 if arm.has(&["OperationNotAllowed"]) => ErrorKind::NotAllowed,
        409 => ErrorKind::Conflict,
        400..500 => ErrorKind::Invalid,
        _ => ErrorKind::Other,
    }
}

/// `InUseSubnetCannotBeDeleted`, `InUseNetworkSecurityGroupCannotBeDeleted` and their kin; the code for a private
/// link service with connections is not documented, so its family is matched.
fn is_in_use(code: &str) -> bool {
    code.starts_with("InUse") || code.ends_with("InUse") || code.contains("CannotBeDeleted")
}

fn is_quota(code: &str) -> bool {
    code.contains("Quota") || code.ends_with("LimitReached") || code.ends_with("LimitExceeded")
}

/// Returns the failure that an answer means.
pub(crate) fn failed(call: &ApiCall, reply: &Reply) -> ProviderError {
    let arm = serde_json::from_slice::<Value>(&reply.body).ok().as_ref().and_then(ArmError::from_value);
    let tenant = arm.as_ref().is_some_and(|arm| arm.has(&["InvalidAuthenticationTokenTenant"]));
    let message = match &arm {
        Some(arm) if tenant => format!("{} (name the subscription's `tenant` in the config)", arm.text()),
        Some(arm) if !arm.text().is_empty() => arm.text(),
        _ if (300..400).contains(&reply.status) => format!("HTTP {}: redirects are not followed", reply.status),
        _ => format!("HTTP {} without an error message that can be read", reply.status),
    };
    ProviderError {
        kind: kind(reply.status, arm.as_ref()),
        code: arm.map(|arm| arm.code).or_else(|| Some(format!("HTTP {}", reply.status))),
        message,
        request_id: reply.request_id(),
        retry_after_secs: reply.retry_after_secs(),
        ..blank(call)
    }
}

/// Returns the failure of a call to which no answer came.
pub(crate) fn troubled(call: &ApiCall, trouble: &Trouble) -> ProviderError {
    let (kind, message) = match trouble {
        Trouble::Transport(error @ TransportError::Refused(_)) => (ErrorKind::Unreachable, error.to_string()),
        Trouble::Transport(error) => (ErrorKind::OutcomeUnknown, error.to_string()),
        Trouble::NoToken(NoToken::Refused(why)) => (ErrorKind::Credentials, why.clone()),
        // The call was not made: it is repeated like one that found nobody.
        Trouble::NoToken(NoToken::Faltered(why)) => {
            let told = of(call, ErrorKind::Unreachable, &format!("there is no token: {why}"));
            return ProviderError { code: Some("NoToken".to_owned()), ..told };
        }
        Trouble::ForeignHost(host) => {
            (ErrorKind::Other, format!("the answer points to another host ({host}), which is not asked"))
        }
        Trouble::NotBuilt(message) => (ErrorKind::Invalid, format!("the request could not be built: {message}")),
    };
    of(call, kind, &message)
}

/// Returns a failure that the adapter itself found.
pub(crate) fn of(call: &ApiCall, kind: ErrorKind, message: &str) -> ProviderError {
    ProviderError { kind, message: shortened(message), ..blank(call) }
}

/// Returns the body of an answer.
pub(crate) fn body(call: &ApiCall, reply: &Reply) -> Result<Value, ProviderError> {
    serde_json::from_slice(&reply.body).map_err(|why| malformed(call, reply, &format!("not JSON ({why})")))
}

/// Returns the failure of an answer that could not be understood.
pub(crate) fn malformed(call: &ApiCall, reply: &Reply, why: &str) -> ProviderError {
    let message = format!("the answer (HTTP {}) could not be understood: {why}", reply.status);
    ProviderError { request_id: reply.request_id(), ..of(call, ErrorKind::Malformed, &message) }
}

fn blank(call: &ApiCall) -> ProviderError {
    ProviderError {
        kind: ErrorKind::Other,
        operation: call.operation.to_owned(),
        place: call.place.clone(),
        code: None,
        message: String::new(),
        request_id: None,
        retry_after_secs: None,
    }
}

/// Cuts a message that is too long for a person.
pub(crate) fn shortened(text: &str) -> String {
    if text.chars().count() <= MESSAGE_LIMIT {
        return text.to_owned();
    }
    text.chars().take(MESSAGE_LIMIT).chain("...".chars()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arm(code: &str, detail: &str) -> ArmError {
        let details = if detail.is_empty() { Vec::new() } else { vec![(detail.to_owned(), "why".to_owned())] };
        ArmError { code: code.to_owned(), message: "message".to_owned(), details, policies: Vec::new() }
    }

    #[test]
    fn the_code_decides_before_the_status() {
        let cases = [
            (429, "RetryableError", "ReferencedResourceNotProvisioned", ErrorKind::Busy),
            (429, "Anything", "ReferencedResourceNotProvisioned", ErrorKind::Busy),
            (429, "RetryableErrorDueToAnotherOperation", "", ErrorKind::Busy),
            (429, "TooManyRequests", "", ErrorKind::Throttled),
            (429, "SubscriptionRequestsThrottled", "", ErrorKind::Throttled),
            (409, "AnotherOperationInProgress", "", ErrorKind::Busy),
            (409, "Anything", "", ErrorKind::Conflict),
            (409, "MissingSubscriptionRegistration", "", ErrorKind::Invalid),
            (409, "ScopeLocked", "", ErrorKind::Locked),
            (400, "DeploymentFailed", "ScopeLocked", ErrorKind::Locked),
            (403, "RequestDisallowedByPolicy", "", ErrorKind::Policy),
            (403, "RequestDisallowedByAzure", "", ErrorKind::Policy),
            (409, "ReadOnlyDisabledSubscription", "", ErrorKind::Disabled),
            (409, "ResourceGroupBeingDeleted", "", ErrorKind::BeingDeleted),
            (409, "OperationNotAllowed", "", ErrorKind::NotAllowed),
            (400, "FirewallPolicyUpdateFailed", "", ErrorKind::Faltered),
            (400, "IpGroupsUpdateFailed", "", ErrorKind::Faltered),
            (412, "PreconditionFailed", "PreconditionFailedEtagMismatch", ErrorKind::Conflict),
            (400, "SecurityRuleConflict", "", ErrorKind::Conflict),
            (400, "InUseSubnetCannotBeDeleted", "", ErrorKind::InUse),
            (400, "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled", "", ErrorKind::Invalid),
            (400, "SecurityRuleCountLimitReached", "", ErrorKind::Quota),
            (400, "InvalidRequestFormat", "", ErrorKind::Invalid),
            (401, "ExpiredAuthenticationToken", "", ErrorKind::Credentials),
            (403, "AuthorizationFailed", "", ErrorKind::Denied),
            (404, "ResourceNotFound", "", ErrorKind::NotFound),
            (404, "SubscriptionNotFound", "", ErrorKind::Invalid),
            (500, "InternalServerError", "", ErrorKind::OutcomeUnknown),
            (503, "ServiceUnavailable", "", ErrorKind::OutcomeUnknown),
            (302, "Moved", "", ErrorKind::Other),
        ];
        for (status, code, detail, expected) in cases {
            assert_eq!(kind(status, Some(&arm(code, detail))), expected, "{status} {code}");
        }
        assert_eq!(kind(404, None), ErrorKind::Malformed, "a 404 that is not Resource Manager's says nothing");
        assert_eq!(kind(429, None), ErrorKind::Throttled);
    }

    #[test]
    fn details_are_in_the_text_and_the_text_is_bounded() {
        let value =
            serde_json::json!({"error": {"code": "C", "message": "m", "details": [{"code": "D", "message": "n"}]}});
        let read = ArmError::from_value(&value).expect("the error is well formed");
        assert_eq!(read.text(), "m (D: n)");
        let long = ArmError { message: "x".repeat(5000), ..arm("C", "") };
        assert_eq!(long.text().len(), MESSAGE_LIMIT + 3);
        assert_eq!(ArmError::from_value(&serde_json::json!({"error": "text"})), None);
    }

    #[test]
    fn the_policy_that_refused_is_named() {
        let info = |info: Value| {
            let error = serde_json::json!({"code": "RequestDisallowedByPolicy", "message": "no",
                "additionalInfo": [{"type": "PolicyViolation", "info": info}]});
            ArmError::from_value(&error).map(|error| error.text()).unwrap_or_default()
        };
        let by_id = serde_json::json!({"policyDefinitionDisplayName": "Require a tag on resources",
            "policyAssignmentId": "/providers/Microsoft.Authorization/policyAssignments/require-tag"});
        assert_eq!(info(by_id), "no (assignment `require-tag` of `Require a tag on resources`)");
        let named = serde_json::json!({"policyAssignmentDisplayName": "Cost centres", "policyAssignmentName": "x"});
        assert_eq!(info(named), "no (assignment `Cost centres`)");
        assert_eq!(info(serde_json::json!({})), "no");
    }
}
