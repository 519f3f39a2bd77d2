//! The transport: reads, operations, and what is asked before a write.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use xcloud_azure::{ArmTransport, TransportError};
use xcloud_core::model::Desired;
use xcloud_core::provider::BoxFuture;
use xcloud_tests::{Adapters, Process};

use super::knobs::Knobs;
use super::objects::found;
use super::policy;
use super::state::{Reply, SUB, State};
use super::writes;

type Request = http::Request<bytes::Bytes>;
type Response = http::Response<bytes::Bytes>;

/// A Resource Manager as recorded. Clones are the same one.
#[derive(Clone)]
pub(crate) struct Arm(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    seen: Mutex<Vec<String>>,
}

impl Arm {
    /// Starts one that holds what the config expects to find.
    pub(crate) fn new(knobs: Knobs) -> Self {
        let mut state = State::new(knobs);
        found(&mut state);
        Self(Arc::new(Shared { state: Mutex::new(state), seen: Mutex::default() }))
    }

    /// Returns new adapters on it, as a new process would have them.
    pub(crate) fn process(&self, desired: &Desired) -> Process {
        Process::new(Adapters::recorded(Arc::new(self.clone()), desired), desired)
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the requests so far that are no reads: `PUT .../name -> 200`.
    pub(crate) fn writes(&self) -> Vec<String> {
        let seen = self.0.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.iter().filter(|line| !line.starts_with("GET")).cloned().collect()
    }

    fn answer(&self, request: &Request) -> Reply {
        let mut state = self.state();
        state.settle();
        let (method, path) = (request.method().as_str(), request.uri().path());
        let met = state.knobs.once.filter(|(part, _, _)| method != "GET" && path.contains(part));
        let reply = match method {
            _ if met.is_some() => {
                let (_, status, code) = met.unwrap_or_default();
                state.knobs.once = None;
                Reply::error(status, code, "as the case says")
            }
            "GET" => {
                if state.knobs.restless_etag {
                    state.touch_groups();
                }
                get(&state, path)
            }
            "POST" => policy::acquire(&state, request.body()),
            _ if policy::is_missing(&state, request) => policy::refusal(),
            "DELETE" => writes::delete(&mut state, path),
            _ => {
                let body: Value = serde_json::from_slice(request.body()).unwrap_or_default();
                let if_match = request.headers().get("if-match").and_then(|tag| tag.to_str().ok());
                writes::put(&mut state, path, &body, if_match)
            }
        };
        let name = path.rsplit('/').next().unwrap_or_default();
        self.0.seen.lock().unwrap_or_else(PoisonError::into_inner).push(format!("{method} {name} -> {}", reply.status));
        reply
    }
}

impl ArmTransport for Arm {
    fn send(&self, request: Request) -> BoxFuture<'_, Result<Response, TransportError>> {
        Box::pin(async move {
            tokio::time::sleep(Duration::from_millis(40)).await;
            let reply = self.answer(&request);
            let mut response = http::Response::builder().status(reply.status).header("x-ms-request-id", "recorded");
            for (name, value) in reply.headers {
                response = response.header(name, value);
            }
            let body = reply.body.map_or_else(String::new, |body| body.to_string());
            response.body(body.into()).map_err(|error| TransportError::Reset(error.to_string()))
        })
    }
}

fn get(state: &State, path: &str) -> Reply {
    let (before, name) = path.rsplit_once('/').unwrap_or_default();
    let (above, collection) = before.rsplit_once('/').unwrap_or_default();
    if collection == "nfvOperations" && state.knobs.firewall_operations_denied {
        let action = "does not have authorization to perform action 'Microsoft.Network/locations/nfvOperations/read'";
        return Reply::error(403, "AuthorizationFailed", action);
    }
    if collection == "nfvOperations" || collection == "operations" {
        return state.operation(name).map_or_else(|| Reply::not_found(path), |status| Reply::of(200, status));
    }
    if path.ends_with("/providers/Microsoft.Authorization/locks") {
        return locks(state);
    }
    if let Some(object) = state.get(path) {
        let etag = object["etag"].as_str().unwrap_or_default();
        let quoted = if path.contains("/firewallPolicies/") { format!("\"{etag}\"") } else { etag.to_owned() };
        return Reply::of(200, shown(state, object)).with("etag", quoted);
    }
    let is_list = collection == "Microsoft.Network"
        || (name == "ruleCollectionGroups" && state.get(before).is_some())
        || (matches!(name, "A" | "TXT") && state.get(before).is_some());
    if !is_list {
        return Reply::not_found(path);
    }
    let in_group = |group: &str| {
        let part = format!("/resourcegroups/{}/", group.to_lowercase());
        state.objects.keys().any(|id| id.contains(&part))
    };
    if let Some(group) = before.split("/resourceGroups/").nth(1).and_then(|rest| rest.split('/').next())
        && !in_group(group)
    {
        return Reply::error(404, "ResourceGroupNotFound", &format!("Resource group '{group}' could not be found."));
    }
    let listed: Vec<Value> = match above.strip_suffix("/providers") {
        // A list of a whole subscription.
        Some(scope) if !scope.contains("/resourceGroups/") => {
            let kind = format!("Microsoft.Network/{name}").to_lowercase();
            state
                .objects
                .values()
                .filter(|one| one["type"].as_str().unwrap_or_default().to_lowercase() == kind)
                .cloned()
                .collect()
        }
        _ => state.children(before, name),
    };
    Reply::of(200, json!({"value": listed.iter().map(|one| shown(state, one)).collect::<Vec<_>>()}))
}

/// A list of a subscription's locks, as the azure-cli's `test_subscription_locks` recorded it.
fn locks(state: &State) -> Reply {
    if state.knobs.locks_denied {
        let action = "does not have authorization to perform action 'Microsoft.Authorization/locks/read'";
        return Reply::error(403, "AuthorizationFailed", action);
    }
    let id = format!("/subscriptions/{SUB}/resourceGroups/rg-prod/providers/Microsoft.Authorization/locks/keep");
    let lock = json!({"id": id, "name": "keep", "type": "Microsoft.Authorization/locks",
        "properties": {"level": "CanNotDelete", "notes": "ask the platform team"}});
    Reply::of(200, json!({"value": if state.knobs.locked { vec![lock] } else { Vec::new() }}))
}

/// Security groups list their rules, and private link services their connections.
fn shown(state: &State, object: &Value) -> Value {
    let mut object = object.clone();
    let id = object["id"].as_str().unwrap_or_default().to_owned();
    for (kind, list) in [
        ("Microsoft.Network/networkSecurityGroups", "securityRules"),
        ("Microsoft.Network/privateLinkServices", "privateEndpointConnections"),
    ] {
        if object["type"] == kind {
            object["properties"][list] = Value::from(state.children(&id, list));
        }
    }
    object
}
