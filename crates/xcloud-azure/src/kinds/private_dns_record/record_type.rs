//! The types of record sets that are read and written.

use xcloud_core::op::PrivateDnsRecordOp;

/// A type of record sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RecordType {
    /// Addresses.
    A,
    /// Texts.
    Txt,
}

impl RecordType {
    pub(super) const ALL: [Self; 2] = [Self::A, Self::Txt];

    /// Returns the type of the record set that the call is about.
    pub(crate) fn of(op: &PrivateDnsRecordOp) -> Self {
        match op {
            PrivateDnsRecordOp::Put { .. } | PrivateDnsRecordOp::Delete { .. } => Self::A,
            PrivateDnsRecordOp::PutText { .. } => Self::Txt,
        }
    }

    /// Returns the type's name, as it stands in ids and requests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Txt => "TXT",
        }
    }

    /// Returns the types in the id of such a record set.
    pub(crate) fn types(self) -> [&'static str; 2] {
        ["privateDnsZones", self.name()]
    }

    /// Returns the name of the call that reads it.
    pub(crate) fn reading(self) -> &'static str {
        match self {
            Self::A => "GET A",
            Self::Txt => "GET TXT",
        }
    }
}
