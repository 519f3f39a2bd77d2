//! The closed list of what xcloud makes.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::for_each_kind;

/// The cloud in which a resource lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cloud {
    /// Amazon Web Services.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// No cloud: the ledger, where it holds the active-region records.
    Ledger,
}

impl Cloud {
    /// Returns true if its places are regions, between which a failover moves. What has none serves every region.
    #[must_use]
    pub fn has_regions(self) -> bool {
        match self {
            Self::Aws => true,
            Self::Azure | Self::Ledger => false,
        }
    }
}

macro_rules! kind {
    ($($cloud:ident { $($(#[$doc:meta])+ $full:literal $name:ident $op:ident $folder:ident,)+ })+) => {
        /// A kind of resource.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum Kind {
            $($($(#[$doc])+ #[serde(rename = $full)] $name,)+)+
        }

        impl Kind {
            /// All kinds, in the order in which they refer to each other.
            pub const ALL: [Self; [$($($full,)+)+].len()] = [$($(Self::$name,)+)+];

            /// Returns the full name as config and JSON spell it: `aws/security-group`.
            #[must_use]
            pub fn full(self) -> &'static str {
                match self {
                    $($(Self::$name => $full,)+)+
                }
            }

            /// Returns the cloud of the kind.
            #[must_use]
            pub fn cloud(self) -> Cloud {
                match self {
                    $($(Self::$name => Cloud::$cloud,)+)+
                }
            }
        }
    };
}

for_each_kind!(kind);

macro_rules! azure_kind {
    (
        Aws { $($_aws:tt)+ }
        Azure { $($(#[$doc:meta])+ $_full:literal $name:ident $_op:ident $_folder:ident,)+ }
    ) => {
        /// A kind of resource of Azure: what the adapter asks of each of its kinds, whatever there is in other clouds.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum AzureKind {
            $($(#[$doc])+ $name,)+
        }

        impl AzureKind {
            /// All kinds of Azure.
            pub const ALL: [Self; [$($_full,)+].len()] = [$(Self::$name,)+];
        }
    };
}

for_each_kind!(azure_kind);

impl Kind {
    /// Returns the name without its cloud, as addresses spell it: `security-group`.
    #[must_use]
    pub fn short(self) -> &'static str {
        self.full().split_once('/').map_or(self.full(), |(_, short)| short)
    }

    /// Returns the kind with this short name.
    #[must_use]
    pub fn from_short(short: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.short() == short)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.full())
    }
}

#[cfg(test)]
mod tests {
    use super::{Cloud, Kind};

    #[test]
    fn the_cloud_of_a_kind_is_the_one_in_its_name_and_short_names_are_unique() {
        for kind in Kind::ALL {
            let cloud = match kind.cloud() {
                Cloud::Aws => "aws",
                Cloud::Azure => "azure",
                Cloud::Ledger => "ledger",
            };
            assert_eq!(kind.full(), format!("{cloud}/{}", kind.short()));
            assert_eq!(Kind::from_short(kind.short()), Some(kind));
        }
    }
}
