//! Who lets an endpoint connect.

use serde::{Deserialize, Serialize};

/// Who accepts connections to an endpoint service, or approves those to a private link service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Acceptance {
    /// xcloud accepts exactly the endpoints that it made.
    Managed,
    /// The service accepts every allowed principal.
    Automatic,
}
