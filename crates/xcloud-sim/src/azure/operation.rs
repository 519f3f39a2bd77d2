//! A long-running operation as the world keeps it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Millis;

/// A long-running operation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Operation {
    /// The id in its URL.
    pub id: String,
    /// The subscription.
    pub subscription: String,
    /// The region in its URL.
    pub region: String,
    /// The resource's id.
    pub target: String,
    /// What it does to the resource.
    pub verb: Verb,
    /// Before this moment its status answers 404.
    pub visible_from: Millis,
    /// When it ends.
    pub ends_at: Millis,
    /// How it stands.
    pub status: OperationStatus,
    /// The error (code, message) that it will end with, if it was planned to fail.
    pub will_fail: Option<(String, String)>,
    /// What the properties may have been when it began (null: there was no resource), until it has succeeded.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub before: Vec<Option<Map<String, Value>>>,
}

/// What an operation does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verb {
    /// Creates or updates.
    Put,
    /// Deletes.
    Delete,
}

/// How an operation stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OperationStatus {
    /// It runs until its end.
    InProgress,
    /// It is done.
    Succeeded,
    /// It ended with this error code and message.
    Failed(String, String),
    /// A later write of the same resource took its place.
    Canceled,
}
