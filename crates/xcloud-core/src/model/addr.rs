//! The stable name of a resource: `prod/eu-north-1/endpoint/billing`.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Kind;

/// The stable, human name of a resource: `<env>/<region, or azure>/<kind without its cloud>/<name>`.
///
/// Tags, JSON, the journal and `--target` all use it, so it never depends on what a cloud calls the object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Addr(Arc<str>);

/// The text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an address of the form <environment>/<region or azure>/<kind>/<name>")]
pub struct InvalidAddr(pub String);

impl Addr {
    /// Returns the address of the resource `name` of `kind` in `env` and `region` (for Azure kinds: `azure`).
    #[must_use]
    pub fn new(env: &str, region: &str, kind: Kind, name: &str) -> Self {
        Self(format!("{env}/{region}/{}/{name}", kind.short()).into())
    }

    /// Reads an address, for example from an ownership mark.
    ///
    /// # Errors
    /// [`InvalidAddr`] if the text does not have four non-empty parts.
    pub fn parse(text: &str) -> Result<Self, InvalidAddr> {
        let parts: Vec<&str> = text.splitn(4, '/').collect();
        if parts.len() == 4 && parts.iter().all(|part| !part.is_empty()) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidAddr(text.to_owned()))
        }
    }

    /// Returns the whole text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the environment part.
    #[must_use]
    pub fn env(&self) -> &str {
        self.part(0)
    }

    /// Returns the region part, or `azure`.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(1)
    }

    /// Returns the kind part, for example `endpoint-service`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.part(2)
    }

    /// Returns the name part.
    #[must_use]
    pub fn name(&self) -> &str {
        self.part(3)
    }

    fn part(&self, index: usize) -> &str {
        self.0.splitn(4, '/').nth(index).unwrap_or_default()
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
