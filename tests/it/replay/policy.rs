//! Azure Policy with external evaluation: bodies as Azure/azure-sdk-for-java tests them (`ExternalEvaluationPolicyE2ETests`).

use bytes::Bytes;
use serde_json::{Value, json};

use super::knobs::Evaluation;
use super::state::{Reply, State};

const HEADER: &str = "x-ms-policy-external-evaluations";

/// Returns true if the request must carry a token and carries none for exactly these bytes.
pub(crate) fn is_missing(state: &State, request: &http::Request<Bytes>) -> bool {
    let is_guarded = state.knobs.evaluation.is_some() && request.uri().path().contains("/securityRules/");
    let content = String::from_utf8_lossy(request.body());
    let token = token(&request.uri().to_string(), request.method().as_str(), &content);
    is_guarded && request.headers().get(HEADER).is_none_or(|sent| sent.as_bytes() != token.as_bytes())
}

/// Refuses a request without a token.
pub(crate) fn refusal() -> Reply {
    let details = json!({"shouldDeny": true, "endpointKind": "AzureResourceGraph", "isChangeReferenceRequired": false});
    let info = json!({"policyAssignmentName": "changes-are-approved", "missingPolicyTokenDetails": details});
    let error = json!({"code": "RequestDisallowedByPolicy", "message": "Resource was disallowed by policy.",
        "additionalInfo": [{"type": "PolicyViolation", "info": info}]});
    Reply::of(403, json!({ "error": error }))
}

/// Answers `acquirePolicyToken`.
pub(crate) fn acquire(state: &State, body: &Bytes) -> Reply {
    let text = String::from_utf8_lossy(body);
    let read: Value = serde_json::from_str(&text).unwrap_or_default();
    // The content as it stands in the question, byte for byte.
    let content = text.split_once("\"content\":").map_or("", |(_, rest)| &rest[..rest.len() - 2]);
    let (uri, method) = (read["operation"]["uri"].as_str(), read["operation"]["httpMethod"].as_str());
    Reply::of(
        200,
        match state.knobs.evaluation {
            Some(Evaluation::Granted) => json!({"result": "Succeeded", "tokenId": "token-1",
                "token": token(uri.unwrap_or_default(), method.unwrap_or_default(), content)}),
            Some(Evaluation::Refused) | None => {
                json!({"result": "Failed", "message": "change CHG-1 is not approved"})
            }
        },
    )
}

/// A token is good for one request.
fn token(uri: &str, method: &str, content: &str) -> String {
    let path = uri.split_once("/subscriptions/").map_or(uri, |(_, path)| path);
    format!(
        "PoP-{:x}",
        content
            .bytes()
            .chain(path.bytes())
            .chain(method.bytes())
            .fold(7_u64, |sum, byte| { sum.wrapping_mul(31).wrapping_add(u64::from(byte)) })
    )
}
