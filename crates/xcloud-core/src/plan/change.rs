//! What differs, for people and for scripts.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Path, Shown};
pub use crate::code::NoteLevel;
use crate::code::{NoteCode, ProblemCode};
use crate::model::{Addr, Addresses, Cloud, Kind, PlaceKey, PortRange, Protocol};

/// What happens to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Nothing.
    Same,
    /// It is made.
    Create,
    /// It changes in place.
    Update,
    /// A new one is made before the old one goes.
    Replace,
    /// It goes.
    Delete,
}

impl Action {
    /// Returns the symbol that plans print: `= + ~ ± -`.
    #[must_use]
    pub fn symbol(self) -> char {
        match self {
            Self::Same => '=',
            Self::Create => '+',
            Self::Update => '~',
            Self::Replace => '±',
            Self::Delete => '-',
        }
    }

    /// Returns the word that plans print.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Same => "unchanged",
            Self::Create => "create",
            Self::Update => "update",
            Self::Replace => "replace",
            Self::Delete => "delete",
        }
    }
}

/// What happens to one resource, field by field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// The resource.
    pub addr: Addr,
    /// Its kind.
    pub kind: Kind,
    /// Its cloud.
    pub cloud: Cloud,
    /// AWS account or Azure subscription.
    pub account: String,
    /// AWS region, or `azure`.
    pub region: String,
    /// What happens.
    pub action: Action,
    /// The fields that differ; for a creation all declared ones.
    pub fields: Vec<FieldChange>,
    /// Why (`description cannot change in place`).
    pub reasons: Vec<String>,
    /// The cloud's id, if it exists.
    pub id: Option<String>,
}

impl Change {
    /// Returns the change with nothing else said.
    pub(crate) fn of(addr: &Addr, kind: Kind, place: &PlaceKey, action: Action) -> Self {
        let PlaceKey { cloud, account, region } = place.clone();
        Self { addr: addr.clone(), kind, cloud, account, region, action, fields: vec![], reasons: vec![], id: None }
    }
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldChange {
    /// The field.
    pub path: Path,
    /// What it is; null if there is nothing.
    pub before: serde_json::Value,
    /// What it will be; null if it goes, a text in parentheses if it is known only after apply.
    pub after: Shown,
}

/// How many resources of each action a plan has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Created.
    pub create: usize,
    /// Updated in place.
    pub update: usize,
    /// Replaced.
    pub replace: usize,
    /// Deleted.
    pub delete: usize,
    /// Unchanged.
    pub unchanged: usize,
}

/// Something that an operator should know.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Note {
    /// How serious.
    pub level: NoteLevel,
    /// What it is.
    pub code: NoteCode,
    /// The resource, if it is about one.
    pub addr: Option<Addr>,
    /// The part of the resource that it is about: `connections[vpce-0a1b]`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub property: Option<Path>,
    /// One sentence.
    pub text: String,
}

impl Note {
    /// Returns a note as serious as its code is.
    #[must_use]
    pub fn of(code: NoteCode, addr: Option<&Addr>, text: impl Into<String>) -> Self {
        Self { level: code.severity(), code, addr: addr.cloned(), property: None, text: text.into() }
    }
}

/// Why a resource could not be compared as a whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Obstacle {
    /// The resource.
    pub addr: Addr,
    /// What it is.
    pub code: ProblemCode,
    /// One sentence.
    pub message: String,
}

/// One row of the derived Azure rule table: what the firewall team signs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DerivedRule {
    /// What happens to the rule.
    pub action: Action,
    /// The resource that holds it.
    pub addr: Addr,
    /// `firewall`, or the security group's name.
    pub holder: String,
    /// The rule's name.
    pub name: String,
    /// `allow` or `deny`, with the direction for a security group.
    pub effect: String,
    /// The protocol.
    pub protocol: Protocol,
    /// Sources.
    pub from: Addresses,
    /// Destinations.
    pub to: Addresses,
    /// Destination ports.
    pub ports: BTreeSet<PortRange>,
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn each_action_has_a_symbol_and_a_word() {
        let told = [Action::Same, Action::Create, Action::Update, Action::Replace, Action::Delete]
            .map(|action| format!("{} {}", action.symbol(), action.word()));
        assert_eq!(told, ["= unchanged", "+ create", "~ update", "± replace", "- delete"]);
    }
}
