//! Sets of names, of which there are more than any rule mentions.

use std::collections::BTreeSet;

/// A set of names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Names {
    /// These.
    Only(BTreeSet<String>),
    /// Every name there is but these.
    AllBut(BTreeSet<String>),
}

impl Names {
    pub(super) fn none() -> Self {
        Self::Only(BTreeSet::new())
    }

    pub(super) fn every() -> Self {
        Self::AllBut(BTreeSet::new())
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Only(names) if names.is_empty())
    }

    /// Returns true if the name is in the set; `None` is one that no rule mentions.
    pub(super) fn has(&self, name: Option<&String>) -> bool {
        match self {
            Self::Only(names) => name.is_some_and(|name| names.contains(name)),
            Self::AllBut(names) => name.is_none_or(|name| !names.contains(name)),
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Only(a), Self::Only(b)) => Self::Only(a & b),
            (Self::Only(some), Self::AllBut(not)) | (Self::AllBut(not), Self::Only(some)) => Self::Only(some - not),
            (Self::AllBut(a), Self::AllBut(b)) => Self::AllBut(a | b),
        }
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.and(&other.complement())
    }

    fn or(&self, other: &Self) -> Self {
        self.complement().and(&other.complement()).complement()
    }

    fn complement(&self) -> Self {
        match self {
            Self::Only(names) => Self::AllBut(names.clone()),
            Self::AllBut(names) => Self::Only(names.clone()),
        }
    }
}

/// The union.
impl FromIterator<Self> for Names {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        sets.into_iter().fold(Self::none(), |all, set| all.or(&set))
    }
}
