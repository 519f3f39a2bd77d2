//! Which properties, beside rules, let more in: who may connect, which ports are served, what the rules are applied to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::Kind;

/// Returns true if what is live lets more in than what is declared, or may.
pub(super) fn widens(kind: Kind, property: &str, expected: &Value, actual: &Value) -> bool {
    let added = expected.is_null() && !actual.is_null();
    match (kind, property) {
        (Kind::EndpointService, path) if path.starts_with("principals[") => added,
        (Kind::EndpointService, "acceptance") => actual == "automatic",
        (Kind::LoadBalancer, path) if path.starts_with("listeners[") && path.ends_with(']') => {
            added && path.matches('[').count() == 1
        }
        (Kind::LoadBalancer, "private_link_ingress_rules") => actual == "off",
        // Another group may let in what the declared ones do not.
        (Kind::LoadBalancer | Kind::Endpoint, "security_groups") => has_more(expected, actual),
        (Kind::PrivateLinkService, "visibility" | "auto_approval") => has_more(expected, actual),
        (Kind::PrivateEndpoint, "approval") => actual == "automatic",
        _ => false,
    }
}

fn has_more(expected: &Value, actual: &Value) -> bool {
    let members = |value: &Value| -> BTreeSet<String> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_lowercase)).collect()
    };
    !members(actual).is_subset(&members(expected))
}
