//! Where a resource lives: an AWS account and region, or an Azure subscription; and where the active-region records do.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Cloud;

/// An AWS account and region with the roles to assume, an Azure subscription, or a ledger.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "cloud", rename_all = "lowercase")]
pub enum Place {
    /// An AWS account and region.
    Aws {
        /// Twelve digits.
        account: String,
        /// For example `eu-north-1`.
        region: String,
        /// Role name to assume in that account for changes; none: the caller's own credentials.
        role: Option<String>,
        /// Role name for reading (`plan`, `drift`, `readiness`); none: `role`.
        read_role: Option<String>,
    },
    /// An Azure subscription.
    Azure {
        /// The subscription id.
        subscription: String,
        /// Where new resources are made; only kinds that are made whole need it.
        location: Option<String>,
    },
    /// The ledger of a product, where it holds the active-region records: the product declares no zone for them.
    Ledger {
        /// The product.
        product: String,
    },
}

/// What tells two places apart: the account and region, or the subscription. Roles and locations do not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct PlaceKey {
    /// The cloud.
    pub cloud: Cloud,
    /// AWS account id, Azure subscription id, or the product of a ledger.
    pub account: String,
    /// AWS region, `azure`, or `ledger`.
    pub region: String,
}

impl Place {
    /// Returns the key of the place.
    #[must_use]
    pub fn key(&self) -> PlaceKey {
        match self {
            Self::Aws { account, region, .. } => {
                PlaceKey { cloud: Cloud::Aws, account: account.clone(), region: region.clone() }
            }
            Self::Azure { subscription, .. } => {
                PlaceKey { cloud: Cloud::Azure, account: subscription.clone(), region: "azure".to_owned() }
            }
            Self::Ledger { product } => {
                PlaceKey { cloud: Cloud::Ledger, account: product.clone(), region: "ledger".to_owned() }
            }
        }
    }
}

impl fmt::Display for PlaceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cloud = match self.cloud {
            Cloud::Aws => "aws",
            Cloud::Azure => "azure",
            Cloud::Ledger => "ledger",
        };
        write!(f, "{cloud}/{}/{}", self.account, self.region)
    }
}

impl From<PlaceKey> for String {
    fn from(key: PlaceKey) -> Self {
        key.to_string()
    }
}

impl TryFrom<String> for PlaceKey {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut parts = text.splitn(3, '/');
        let (Some(cloud), Some(account), Some(region)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(format!("`{text}` is not <cloud>/<account>/<region>"));
        };
        let cloud = match cloud {
            "aws" => Cloud::Aws,
            "azure" => Cloud::Azure,
            "ledger" => Cloud::Ledger,
            other => return Err(format!("`{other}` is not a cloud")),
        };
        Ok(Self { cloud, account: account.to_owned(), region: region.to_owned() })
    }
}
