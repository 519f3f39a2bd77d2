//! Azure Policy with external evaluation: a write is refused until it carries a token that says that what the policy asks of
//! others was asked for exactly this request.
//!
//! The token is asked for with the operation's URI, method and content, and the same bytes are sent again with it
//! (Azure/azure-cli#31741, Azure/azure-powershell#29840, Azure/terraform-provider-azapi#1145). It is a credential and is shown
//! nowhere; its id is.

use serde_json::Value;
use url::Url;
use xcloud_core::provider::{ApiCall, ErrorKind, ProviderError};

use crate::error::{self, shortened};
use crate::json::{list, text};
use crate::settings::Secret;
use crate::wire::{Reply, Sent};

/// The operation, as reports count it.
pub(crate) const ACQUIRE: &str = "POST acquirePolicyToken";

/// A policy token.
#[derive(Debug, Clone)]
pub(crate) struct PolicyToken {
    pub(crate) secret: Secret,
    pub(crate) id: String,
}

/// Returns true if a write was refused because it carries no policy token, and one can be had.
///
/// A policy that also wants a change reference gives none to clients that are not Microsoft's own.
pub(crate) fn is_missing(reply: &Reply) -> bool {
    if reply.status != 403 {
        return false;
    }
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    let infos = list(&body, "/error/additionalInfo").iter();
    let mut missing = infos.filter_map(|info| info.pointer("/info/missingPolicyTokenDetails")).peekable();
    missing.peek().is_some() && missing.all(|details| details["isChangeReferenceRequired"] != Value::Bool(true))
}

/// Returns where the token of a request is asked for.
pub(crate) fn url(request: &Url, subscription: &str) -> Url {
    let mut url = request.clone();
    url.set_path(&format!("/subscriptions/{subscription}/providers/Microsoft.Authorization/acquirePolicyToken"));
    url.set_query(Some("api-version=2025-03-01"));
    url
}

/// Returns what is asked: the content is that of the request, byte for byte.
pub(crate) fn question(sent: &Sent) -> Result<String, String> {
    let content = sent.body()?;
    let content = std::str::from_utf8(&content).map_err(|_| "the body is no text".to_owned())?;
    let content = if content.is_empty() { String::new() } else { format!(r#","content":{content}"#) };
    let (uri, method) = (Value::from(sent.request.url().as_str()), sent.request.method().as_ref());
    Ok(format!(r#"{{"operation":{{"uri":{uri},"httpMethod":"{method}"{content}}}}}"#))
}

/// Reads the answer. A policy's "no" is the refusal of the write, with what was said about it.
pub(crate) fn answered(call: &ApiCall, reply: &Reply, refusal: &ProviderError) -> Result<PolicyToken, ProviderError> {
    if !reply.is_success() {
        return Err(error::failed(call, reply));
    }
    let body = error::body(call, reply)?;
    let (token, id) = (text(&body, "/token"), text(&body, "/tokenId"));
    if text(&body, "/result").eq_ignore_ascii_case("Succeeded") && !token.is_empty() {
        return Ok(PolicyToken { secret: Secret::new(token), id: id.to_owned() });
    }
    let said =
        [text(&body, "/message")].into_iter().chain(list(&body, "/results").iter().map(|one| text(one, "/message")));
    let said: Vec<&str> = said.filter(|said| !said.is_empty()).collect();
    let said = if said.is_empty() { "no reason was given".to_owned() } else { said.join("; ") };
    let message = shortened(&format!("{}: its outside check refuses: {said}", refusal.message));
    Err(ProviderError { kind: ErrorKind::Policy, message, request_id: reply.request_id(), ..refusal.clone() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(info: &Value) -> Reply {
        let body = json!({"error": {"code": "RequestDisallowedByPolicy", "message": "no",
            "additionalInfo": [{"type": "PolicyViolation", "info": info}]}});
        Reply::new(403, http::HeaderMap::new(), body.to_string().into())
    }

    #[test]
    fn only_a_refusal_for_want_of_a_token_asks_for_one() {
        let missing = |required: bool| {
            json!({"missingPolicyTokenDetails": {"shouldDeny": true, "endpointKind": "AzureResourceGraph",
                "isChangeReferenceRequired": required}})
        };
        assert!(is_missing(&refusal(&missing(false))));
        assert!(!is_missing(&refusal(&missing(true))), "no token is given without a change reference");
        assert!(!is_missing(&refusal(&json!({"policyAssignmentName": "tags"}))));
    }
}
