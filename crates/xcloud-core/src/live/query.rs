//! What an observation asks of one place: enough to plan, and nothing that costs a call for nothing.

use serde::{Deserialize, Serialize};

use super::aws::AwsQuery;
use super::azure::AzureQuery;

/// What an observation asks of one place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Query {
    /// Of an AWS account and region.
    Aws(AwsQuery),
    /// Of an Azure subscription.
    Azure(AzureQuery),
    /// Of the ledger: the active-region records.
    Ledger,
}
