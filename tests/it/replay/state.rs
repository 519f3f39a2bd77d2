//! Objects, and what becomes of them when an operation ends.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use super::knobs::Knobs;

pub(crate) const SUB: &str = "11111111-2222-3333-4444-555555555555";
pub(crate) const HOST: &str = "https://management.azure.com";

/// An answer: status, headers, and a body where there is one.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Option<Value>,
}

impl Reply {
    pub(crate) fn of(status: u16, body: Value) -> Self {
        Self { status, headers: Vec::new(), body: Some(body) }
    }

    pub(crate) fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None }
    }

    pub(crate) fn error(status: u16, code: &str, message: &str) -> Self {
        Self::of(status, json!({"error": {"code": code, "message": message}}))
    }

    pub(crate) fn not_found(id: &str) -> Self {
        Self::error(404, "ResourceNotFound", &format!("The Resource '{id}' was not found."))
    }

    pub(crate) fn with(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }
}

/// What happens to an object later.
pub(crate) enum Later {
    /// Its operation ends: it is `Succeeded`, at another `ETag`.
    Settles,
    /// Its operation fails.
    Fails,
    /// It is gone.
    Goes,
    /// The object, a connection, shows this state at its service and endpoint.
    Shows(Value),
}

struct Operation {
    ends: Instant,
    failure: Option<Value>,
}

/// All objects by lower-case id, security rules and connections beside those that list them.
pub(crate) struct State {
    pub(crate) knobs: Knobs,
    pub(crate) objects: BTreeMap<String, Value>,
    pending: Vec<(Instant, String, Later)>,
    operations: BTreeMap<String, Operation>,
    serial: u32,
    pub(crate) began: Instant,
}

impl State {
    pub(crate) fn new(knobs: Knobs) -> Self {
        Self {
            knobs,
            objects: BTreeMap::new(),
            pending: Vec::new(),
            operations: BTreeMap::new(),
            serial: 0,
            began: Instant::now(),
        }
    }

    /// Returns a GUID that was not there before.
    pub(crate) fn guid(&mut self) -> String {
        self.serial += 1;
        format!("{:08x}-6268-4a4e-9d0c-c7a4a2c5c1f0", self.serial)
    }

    /// Returns an entity tag as Microsoft.Network writes it, `W/"guid"`; the firewall types write the bare guid.
    pub(crate) fn etag(&mut self, id: &str) -> Value {
        let (guid, is_bare) = (self.guid(), id.to_lowercase().contains("/firewallpolicies/"));
        Value::from(if is_bare || id.contains("/privateDnsZones/") { guid } else { format!("W/\"{guid}\"") })
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Value> {
        self.objects.get(&id.to_lowercase())
    }

    pub(crate) fn put(&mut self, mut object: Value) -> Value {
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        object["name"] = Value::from(id.rsplit('/').next());
        object["etag"] = self.etag(&id);
        self.objects.insert(id.to_lowercase(), object.clone());
        object
    }

    /// Returns the objects whose id is one name longer than `parent/type`.
    pub(crate) fn children(&self, parent: &str, type_name: &str) -> Vec<Value> {
        let prefix = format!("{parent}/{type_name}/").to_lowercase();
        let is_child = |key: &&String| key.strip_prefix(&prefix).is_some_and(|name| !name.contains('/'));
        self.objects.keys().filter(is_child).filter_map(|key| self.objects.get(key)).cloned().collect()
    }

    /// Starts an operation and returns the answer's header.
    ///
    /// Since 2023 the URL is signed: `t`, `c` (a certificate), `s` and `h` make it about 3.5 KB long.
    pub(crate) fn start(
        &mut self,
        id: &str,
        secs: u64,
        later: Later,
        failure: Option<Value>,
    ) -> (&'static str, String) {
        let kind = if id.to_lowercase().contains("/firewallpolicies/") { "nfvOperations" } else { "operations" };
        let (name, ends) = (self.guid(), Instant::now() + Duration::from_secs(secs));
        self.operations.insert(name.clone(), Operation { ends, failure });
        self.later(id, secs, later);
        let signed =
            format!("&t=638562057269540149&c={}&s={}&h=XOox6NxgLDRTBxdBLnWMKJnV", "M".repeat(2800), "A".repeat(340));
        let path = format!("/subscriptions/{SUB}/providers/Microsoft.Network/locations/norwayeast/{kind}/{name}");
        ("azure-asyncoperation", format!("{HOST}{path}?api-version=2024-03-01{signed}"))
    }

    pub(crate) fn later(&mut self, id: &str, secs: u64, later: Later) {
        self.pending.push((Instant::now() + Duration::from_secs(secs), id.to_lowercase(), later));
    }

    /// Returns how an operation stands.
    pub(crate) fn operation(&self, name: &str) -> Option<Value> {
        let operation = self.operations.get(name)?;
        Some(match &operation.failure {
            _ if Instant::now() < operation.ends => json!({"status": "InProgress"}),
            Some(error) => json!({"status": "Failed", "error": error}),
            None => json!({"status": "Succeeded"}),
        })
    }

    /// Lets everything happen that is due.
    pub(crate) fn settle(&mut self) {
        let now = Instant::now();
        let (due, later) = std::mem::take(&mut self.pending).into_iter().partition(|(at, _, _)| *at <= now);
        self.pending = later;
        let due: Vec<(Instant, String, Later)> = due;
        for (_, key, later) in due {
            match later {
                Later::Settles => self.turn(&key, "/properties/provisioningState", Value::from("Succeeded")),
                Later::Fails => self.turn(&key, "/properties/provisioningState", Value::from("Failed")),
                Later::Goes => self.remove(&key),
                Later::Shows(state) => self.show(&key, &state),
            }
        }
    }

    /// Moves the entity tags of all rule collection groups.
    pub(crate) fn touch_groups(&mut self) {
        let keys: Vec<String> =
            self.objects.keys().filter(|key| key.contains("/rulecollectiongroups/")).cloned().collect();
        for key in keys {
            let etag = self.etag(&key);
            self.objects.entry(key).and_modify(|group| group["etag"] = etag);
        }
    }

    fn turn(&mut self, key: &str, pointer: &str, value: Value) {
        let etag = self.etag(key);
        let Some(object) = self.objects.get_mut(key) else { return };
        object["etag"] = etag;
        if let Some(field) = object.pointer_mut(pointer) {
            *field = value;
        }
    }

    /// A connection goes with its endpoint.
    fn remove(&mut self, key: &str) {
        self.objects.remove(key);
        let of_it = |object: &Value| {
            object.pointer("/properties/privateEndpoint/id").and_then(Value::as_str).map(str::to_lowercase)
        };
        self.objects.retain(|_, object| of_it(object).as_deref() != Some(key) || object["type"] == "nic");
    }

    fn show(&mut self, connection: &str, state: &Value) {
        self.turn(connection, "/properties/privateLinkServiceConnectionState", state.clone());
        self.turn(connection, "/properties/provisioningState", Value::from("Succeeded"));
        let endpoint = self.objects.get(connection).and_then(|one| one["properties"]["privateEndpoint"]["id"].as_str());
        let Some(endpoint) = endpoint.map(str::to_lowercase) else { return };
        for list in ["privateLinkServiceConnections", "manualPrivateLinkServiceConnections"] {
            let pointer = format!("/properties/{list}/0/properties/privateLinkServiceConnectionState");
            self.turn(&endpoint, &pointer, state.clone());
        }
    }
}
