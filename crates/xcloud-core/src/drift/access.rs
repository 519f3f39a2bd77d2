//! Which properties, beside rules, let more in: who may connect, which ports are served, what the rules are applied to.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::model::Kind;
use crate::plan::{Path, Property, Set};

/// Returns true if what is live lets more in than what is declared, or may.
pub(super) fn widens(kind: Kind, path: &Path, expected: &Value, actual: &Value) -> bool {
    let added = expected.is_null() && !actual.is_null();
    match (kind, path) {
        (Kind::EndpointService, Path::Member(Set::Principals, _)) => added,
        (Kind::EndpointService, Path::Of(Property::Acceptance)) => actual == "automatic",
        (Kind::LoadBalancer, Path::Listener(_, None)) => added,
        (Kind::LoadBalancer, Path::Of(Property::PrivateLinkIngressRules)) => actual == "off",
        // Another group may let in what the declared ones do not.
        (Kind::LoadBalancer | Kind::Endpoint, Path::Of(Property::SecurityGroups)) => has_more(expected, actual),
        (Kind::PrivateLinkService, Path::Of(Property::Visibility | Property::AutoApproval)) => {
            has_more(expected, actual)
        }
        (Kind::PrivateEndpoint, Path::Of(Property::Approval)) => actual == "automatic",
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
