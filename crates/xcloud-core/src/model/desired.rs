//! The whole desired state of a product.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Addr, ArmName, Drains, Place, Protected, Resource};

/// The whole desired state: every resource of every flow, and the settings that planning needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Desired {
    /// The product's name: in every name and mark.
    pub product: String,
    /// Who to ask: goes into tags and rule descriptions.
    pub owner: String,
    /// The regions.
    pub regions: Regions,
    /// The environments with their DR choice.
    pub environments: BTreeMap<String, Environment>,
    /// What a failover does, if there is one.
    pub failover: Option<FailoverPolicy>,
    /// The Azure private DNS zone that holds the active-region record, if declared, with its subscription's place.
    pub record_zone: Option<(Place, ArmName)>,
    /// How long ways that were left drain.
    #[serde(default, skip_serializing_if = "Drains::is_empty")]
    pub drains: Drains,
    /// The tags that the config wants on what each resource makes, beside our marks.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<Addr, BTreeMap<String, String>>,
    /// What no plan deletes or replaces.
    #[serde(default, skip_serializing_if = "Protected::is_empty")]
    pub protected: Protected,
    /// Every resource by its address.
    pub resources: BTreeMap<Addr, Resource>,
    /// Every place where something of this product lives or may be left, also places without a resource now.
    pub places: Vec<Place>,
    /// How to authenticate to Azure; `None`: the first that the environment supports.
    pub auth: Option<Auth>,
    /// The Entra tenants of subscriptions that name one, by subscription.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tenants: BTreeMap<String, String>,
    /// Ledger URL; `None`: `file:.xcloud/<product>` beside the config.
    pub ledger: Option<String>,
    /// API limits that AWS has raised, by operation name.
    pub limits: BTreeMap<String, Limit>,
    /// Environments whose plans may hold only reversible steps.
    pub require_reversible: BTreeSet<String>,
    /// Differences that drift does not report.
    pub ignore: Vec<Ignore>,
    /// Who is told after a command.
    pub notify: Vec<Notify>,
}

impl Desired {
    /// Returns the same product, places and settings with no resource at all: what `destroy` plans towards.
    #[must_use]
    pub fn without_resources(&self) -> Self {
        Self { resources: BTreeMap::new(), ..self.clone() }
    }
}

/// A difference that drift does not report, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignore {
    /// The resources, globs allowed.
    pub address: String,
    /// The property, globs allowed; `None`: all.
    pub property: Option<String>,
    /// Why, in words.
    pub reason: String,
    /// The last day on which it holds, as `2027-01-31`.
    #[serde(default)]
    pub expires: String,
}

/// Who is told after a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notify {
    /// An https URL, or where it stands: `env:NAME`, `file:PATH`.
    pub webhook: String,
    /// The form of the message.
    #[serde(default)]
    pub form: NotifyForm,
    /// Where the secret stands that signs each message: `env:NAME`, `file:PATH`.
    #[serde(default)]
    pub signed_with: Option<String>,
    /// After which commands: `apply`, `drift`, `failover`, `rollback`.
    pub on: BTreeSet<String>,
}

/// The form of a message to a webhook.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NotifyForm {
    /// JSON with the findings.
    #[default]
    Generic,
    /// As Slack's incoming webhooks take it.
    Slack,
}

/// The primary and, if there is one, the disaster-recovery region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Regions {
    /// For example `eu-north-1`.
    pub primary: String,
    /// For example `eu-west-1`.
    pub dr: Option<String>,
}

/// An environment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Environment {
    /// The regions in which it lives.
    pub regions: BTreeSet<String>,
}

/// What a failover does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailoverPolicy {
    /// Whether the other region's rules stand open beforehand.
    pub rules: FailoverRules,
    /// Time to live of the switched records, in seconds.
    pub ttl_secs: u32,
    /// Recovery time objective, in seconds.
    pub rto_secs: u64,
    /// When the old region's rules may be closed, in seconds after the switch.
    pub close_after_secs: u64,
}

/// Whether the standby region's rules are open before a failover.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FailoverRules {
    /// They always are.
    AlwaysOpen,
    /// The failover opens them.
    OnFailover,
}

/// How to authenticate to Azure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Auth {
    /// A federated token file (Kubernetes, CI).
    WorkloadIdentity,
    /// The instance's identity.
    ManagedIdentity,
    /// `AZURE_TENANT_ID`, `AZURE_CLIENT_ID`, `AZURE_CLIENT_SECRET`.
    ClientSecret,
    /// The login of the Azure CLI.
    AzureCli,
}

/// A token bucket of an API: how many calls at once, and how many a second afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Size of the bucket.
    pub burst: f64,
    /// Refill for each second.
    pub per_second: f64,
}
