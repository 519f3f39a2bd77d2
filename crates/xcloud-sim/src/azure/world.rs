//! The state of the simulated Azure side: plain data in ordered maps.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::governing::{AddedTag, Lock, RequiredTag};
use super::ids::{Kind, ResourceId, guid};
use super::operation::Operation;
use super::throttle::Throttle;
use crate::Millis;

/// The state of the simulated Azure side.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct AzureWorld {
    /// Subscriptions by lower-case id.
    pub subscriptions: BTreeMap<String, Subscription>,
    /// Resources by lower-case id; children beside their parents.
    pub resources: BTreeMap<String, Stored>,
    /// Long-running operations by id.
    pub operations: BTreeMap<String, Operation>,
    /// How long operations take.
    pub durations: Durations,
    /// Whether the published request limits are enforced.
    pub throttling: bool,
    /// Items on one page of a list.
    pub page_size: usize,
    /// Operations that will fail after they were accepted.
    pub planned_failures: Vec<PlannedFailure>,
    /// What the firewall types do with `If-Match`.
    pub firewall_if_match: IfMatch,
    /// Whether the write of a rule collection group that changes nothing is answered with `null`
    /// (Azure/azure-rest-api-specs#19505). One whose last write failed is written again.
    pub null_for_unchanged: bool,
    /// Resource locks.
    pub locks: Vec<Lock>,
    /// Whether the caller may not read them.
    pub locks_hidden: bool,
    /// Tags that Azure Policy demands.
    pub required_tags: Vec<RequiredTag>,
    /// Tags that Azure Policy adds.
    pub added_tags: Vec<AddedTag>,
    /// The resource groups that the caller may read, by lower-case name; `None` if his role is one on the subscription.
    pub readable_groups: Option<BTreeSet<String>>,
    /// Decisions on connections that do not show yet.
    pub decisions: Vec<Decision>,
    /// Operations that still run, by their end.
    pub(super) running: BTreeSet<(Millis, String)>,
    serial: u64,
}

impl Default for AzureWorld {
    fn default() -> Self {
        Self {
            subscriptions: BTreeMap::new(),
            resources: BTreeMap::new(),
            operations: BTreeMap::new(),
            durations: Durations::default(),
            throttling: true,
            page_size: 50,
            planned_failures: Vec::new(),
            firewall_if_match: IfMatch::Exact,
            null_for_unchanged: false,
            locks: Vec::new(),
            locks_hidden: false,
            required_tags: Vec::new(),
            added_tags: Vec::new(),
            readable_groups: None,
            decisions: Vec::new(),
            running: BTreeSet::new(),
            serial: 0,
        }
    }
}

/// A subscription.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Subscription {
    /// The id as created.
    pub id: String,
    /// Resource groups by lower-case name.
    pub groups: BTreeMap<String, ResourceGroup>,
    /// Whether it is disabled: everything in it can be read only.
    #[serde(default)]
    pub disabled: bool,
    /// What is left of the request limits.
    pub throttle: Throttle,
}

/// A resource group.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ResourceGroup {
    /// The name as created.
    pub name: String,
    /// The region.
    pub location: String,
    /// Whether it is being deleted.
    #[serde(default)]
    pub deleting: bool,
}

/// One resource.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stored {
    /// The id as created.
    pub id: String,
    /// The type.
    pub kind: Kind,
    /// The region; children have none.
    pub location: Option<String>,
    /// The tags, if any were ever sent.
    pub tags: Option<Map<String, Value>>,
    /// The entity tag, moved by every change.
    pub etag: String,
    /// Other parts beside `properties`, such as `sku`.
    pub extra: Map<String, Value>,
    /// `properties` as answered, without `provisioningState` and what is computed from other resources.
    pub properties: Map<String, Value>,
    /// What the cloud knows and does not tell: which connection an endpoint has, and the like.
    pub hidden: BTreeMap<String, String>,
    /// The provisioning state.
    pub state: State,
}

/// The provisioning state of a resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The last operation succeeded.
    Succeeded,
    /// The last operation failed.
    Failed,
    /// The named operation writes it.
    Updating(String),
    /// The named operation deletes it.
    Deleting(String),
}

impl State {
    /// Returns the running operation's id.
    #[must_use]
    pub fn operation(&self) -> Option<&str> {
        match self {
            Self::Updating(id) | Self::Deleting(id) => Some(id),
            Self::Succeeded | Self::Failed => None,
        }
    }

    /// Returns the word of the API.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Succeeded => "Succeeded",
            Self::Failed => "Failed",
            Self::Updating(_) => "Updating",
            Self::Deleting(_) => "Deleting",
        }
    }
}

/// How long operations take, in simulated seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Durations {
    /// A network security group as a whole.
    pub security_group: f64,
    /// One security rule, written or deleted.
    pub security_rule: f64,
    /// A firewall policy.
    pub firewall_policy: f64,
    /// A rule collection group whose policy is attached to a firewall: the firewall is reconfigured.
    pub rule_group_attached: f64,
    /// A rule collection group whose policy is attached to nothing.
    pub rule_group_detached: f64,
    /// A virtual network or a subnet.
    pub network: f64,
    /// A load balancer.
    pub load_balancer: f64,
    /// A private link service, written or deleted.
    pub link_service: f64,
    /// A decision on a connection of a private link service.
    pub connection_decision: f64,
    /// How long after the end of its operation such a decision shows; a recording shows it at the next look.
    pub connection_lag: f64,
    /// The removal of a connection from a private link service.
    pub connection_delete: f64,
    /// A private endpoint.
    pub endpoint: f64,
    /// The deletion of a private endpoint.
    pub endpoint_delete: f64,
    /// A private DNS zone.
    pub zone: f64,
    /// How long the status of a new operation still answers 404; 0 for clients that ask at once and give up on that,
    /// as Microsoft's Python SDK does.
    pub replication_lag: f64,
}

impl Default for Durations {
    fn default() -> Self {
        Self {
            security_group: 4.0,
            security_rule: 2.0,
            firewall_policy: 6.0,
            rule_group_attached: 240.0,
            rule_group_detached: 8.0,
            network: 4.0,
            load_balancer: 6.0,
            link_service: 30.0,
            connection_decision: 2.0,
            connection_lag: 0.0,
            connection_delete: 10.0,
            endpoint: 60.0,
            endpoint_delete: 30.0,
            zone: 15.0,
            replication_lag: 0.3,
        }
    }
}

/// An operation that is accepted and then fails.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedFailure {
    /// The request that starts it: `PUT privateEndpoints`.
    pub operation: String,
    /// The error code in the operation's body.
    pub code: String,
    /// The message.
    pub message: String,
    /// How many operations fail.
    pub times: u32,
}

/// What is done with a precondition: no document and no recording says it for the firewall types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum IfMatch {
    /// Nothing.
    Ignored,
    /// It is compared with the tag of the header, quotes included.
    Exact,
    /// What is no entity tag is refused, and the rest ignored.
    SyntaxChecked,
}

/// A decision of a service's owner on a connection.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Decision {
    /// When it shows.
    pub shown_at: Millis,
    /// The connection's key.
    pub connection: String,
    /// The state that it gives the connection.
    pub state: Value,
}

impl AzureWorld {
    /// Tells whether an operation has ended after `since` and nobody has looked at its effect yet.
    pub(crate) fn settles_between(&self, since: Millis, now: Millis) -> bool {
        self.running.iter().take_while(|(at, _)| *at <= now).any(|(at, _)| *at > since)
    }

    /// Returns the resource with this id, in any spelling.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Stored> {
        self.resources.get(&id.to_lowercase())
    }

    /// Returns the resource with this id for changing it, in any spelling.
    pub fn find_mut(&mut self, id: &str) -> Option<&mut Stored> {
        self.resources.get_mut(&id.to_lowercase())
    }

    /// Returns the children of a type below a parent, in the order of their names.
    pub fn children<'a>(&'a self, parent: &str, type_name: &str) -> impl Iterator<Item = &'a Stored> + use<'a> {
        let prefix = format!("{parent}/{type_name}/").to_lowercase();
        let depth = prefix.matches('/').count();
        self.resources
            .range(prefix.clone()..)
            .take_while(move |(key, _)| key.starts_with(&prefix))
            .filter(move |(key, _)| key.matches('/').count() == depth)
            .map(|(_, stored)| stored)
    }

    /// Returns all resources of a type.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Stored> {
        self.resources.values().filter(move |stored| stored.kind == kind)
    }

    /// Returns a GUID that was not returned before.
    pub(super) fn new_guid(&mut self) -> String {
        self.serial += 1;
        guid(&format!("guid {}", self.serial))
    }

    /// Returns a fresh entity tag in the form of the network API, `W/"guid"`, or of the DNS API and the firewall types,
    /// `guid` (recordings: Azure/azure-cli-extensions `test_azure_policy_rcg_draft`, Azure/azure-powershell).
    pub(super) fn new_etag(&mut self, kind: Kind) -> String {
        let guid = self.new_guid();
        if kind.is_dns() || kind.is_firewall() { guid } else { format!("W/\"{guid}\"") }
    }

    /// Moves the entity tag of a resource, if it exists.
    pub(super) fn touch(&mut self, id: &str) {
        let Some(kind) = self.find(id).map(|stored| stored.kind) else { return };
        let etag = self.new_etag(kind);
        if let Some(stored) = self.find_mut(id) {
            stored.etag = etag;
        }
    }

    /// Moves the entity tag of a resource and of its parent.
    pub(super) fn touch_with_parent(&mut self, id: &ResourceId) {
        self.touch(&id.key());
        if let Some(parent) = id.parent() {
            self.touch(&parent.key());
        }
    }
}

impl Stored {
    /// Returns a resource without properties in state `Succeeded`.
    pub(super) fn new(id: &ResourceId, location: Option<String>, etag: String) -> Self {
        Self {
            id: id.to_string(),
            kind: id.kind,
            location,
            tags: None,
            etag,
            extra: Map::new(),
            properties: Map::new(),
            hidden: BTreeMap::new(),
            state: State::Succeeded,
        }
    }

    /// Returns the name, the last part of the id.
    #[must_use]
    pub fn name(&self) -> &str {
        self.id.rsplit('/').next().unwrap_or(&self.id)
    }

    /// Returns the text at a JSON pointer below `properties`, such as `/subnet/id`.
    #[must_use]
    pub fn text(&self, pointer: &str) -> Option<&str> {
        text_at(&self.properties, pointer)
    }

    /// Returns the array of that name in `properties`, or nothing.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Value] {
        list_at(&self.properties, name)
    }
}

/// Returns the text at a JSON pointer below an object.
pub(super) fn text_at<'a>(object: &'a Map<String, Value>, pointer: &str) -> Option<&'a str> {
    let mut names = pointer.trim_start_matches('/').split('/');
    let first = object.get(names.next()?)?;
    names.try_fold(first, |value, name| value.get(name))?.as_str()
}

/// Returns the array of that name, or an empty one.
pub(super) fn list_at<'a>(object: &'a Map<String, Value>, name: &str) -> &'a [Value] {
    object.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
