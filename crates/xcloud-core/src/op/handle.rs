//! How a call names what an earlier step makes.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The name under which a plan knows what a step makes: an address, and the part of a resource that has several.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Object(pub String);

impl Object {
    /// Returns the object of a resource, or of a part of it (`target-group/443`).
    #[must_use]
    pub fn of(addr: &crate::model::Addr, part: &str) -> Self {
        if part.is_empty() { Self(addr.to_string()) } else { Self(format!("{addr}#{part}")) }
    }

    /// Returns true if it is the object of a resource, of a part of it, or a fact about one.
    #[must_use]
    pub fn is_of(&self, addr: &crate::model::Addr) -> bool {
        self.0.strip_prefix(addr.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['#', '.']))
    }

    /// Returns a fact about the object that the cloud decides, as `service-name` or `dns-name`.
    #[must_use]
    pub fn fact(&self, fact: &str) -> Self {
        Self(format!("{}.{fact}", self.0))
    }
}

/// The cloud's id of an object: known, or known after the step that makes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handle {
    /// Known now.
    Known(String),
    /// Known after the step that makes this object.
    Made(Object),
}

impl Handle {
    /// Returns the id, once bound; a handle that is still unbound answers its object's name.
    #[must_use]
    pub fn id(&self) -> &str {
        match self {
            Self::Known(id) => id,
            Self::Made(object) => &object.0,
        }
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(id) => f.write_str(id),
            Self::Made(object) => write!(f, "({})", object.0),
        }
    }
}
