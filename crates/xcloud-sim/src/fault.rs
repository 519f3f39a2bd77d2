//! Faults that a test, or the operator of the sandbox, puts between client and cloud.

use serde::{Deserialize, Serialize};

/// One fault: which calls it meets, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fault {
    /// Operation name (`CreateVpcEndpoint`, `PUT securityRules`); `None` meets every operation.
    pub operation: Option<String>,
    /// AWS region, or `azure`; `None` meets every region.
    pub region: Option<String>,
    /// Calls that match and pass before the fault starts.
    pub skip: u32,
    /// Calls that it meets before it is spent; `u32::MAX` for ever.
    pub times: u32,
    /// What happens.
    pub kind: FaultKind,
}

/// What happens to a call that meets a fault.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum FaultKind {
    /// The cloud answers with this error (in the service's own error format) and does nothing.
    Error {
        /// HTTP status.
        status: u16,
        /// The error code, as `RequestLimitExceeded` or `AnotherOperationInProgress`.
        code: String,
        /// The message.
        message: String,
    },
    /// The connection is refused.
    Refuse,
    /// The call is lost before it has an effect; no answer ever comes.
    SilentBefore,
    /// The call has its effect; no answer ever comes.
    SilentAfter,
    /// The call has its effect; the connection breaks before the answer.
    ResetAfter,
    /// The body of the answer is cut in the middle.
    Truncate,
    /// Azure accepts the call, and the operation that it starts ends with this error. Any other call is not met.
    OperationFails {
        /// The error code.
        code: String,
        /// The message.
        message: String,
    },
    /// The answer is replaced by this raw body, with the status.
    Raw {
        /// HTTP status.
        status: u16,
        /// The whole body.
        body: String,
    },
    /// The call has its effect at once; the answer comes this much later, in simulated seconds.
    Slow(f64),
}

/// Why no HTTP response comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// Nobody listens.
    Refused,
    /// The connection stays open and silent.
    Silent,
    /// The connection broke.
    Reset,
}
