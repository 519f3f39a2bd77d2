//! A failed call: what the cloud said, and the kind of failure by which it is decided what comes next.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::model::PlaceKey;

/// What kind of failure a cloud answered: the one thing by which the engine decides what to do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorKind {
    /// The cloud asks to slow down. The call had no effect.
    Throttled,
    /// The object, or what it refers to, is busy or not ready yet (409 `AnotherOperationInProgress`, 503
    /// `Unavailable` of a fresh service). The call had no effect; it will work later.
    Busy,
    /// The object does not exist, or is not visible yet.
    NotFound,
    /// Something else still uses the object (`DependencyViolation`); the message names the holder where it is known.
    InUse,
    /// The object exists already, or the write's precondition did not hold (412): the world moved.
    Conflict,
    /// The caller may not do this.
    Denied,
    /// There are no credentials, or they have expired.
    Credentials,
    /// A lock keeps the object from being changed or deleted (Azure `ScopeLocked`, ELB deletion protection).
    Locked,
    /// A policy of the organisation refuses it, whatever the role may do (Azure Policy, a service control policy).
    Policy,
    /// The account or subscription is disabled: everything in it can only be read.
    Disabled,
    /// What the object is in is being deleted.
    BeingDeleted,
    /// The cloud does not allow the operation on the object as it is.
    NotAllowed,
    /// The cloud took the call and failed to carry it out, by a fault of its own: the same call repairs it (Azure
    /// `FirewallPolicyUpdateFailed` with faulted firewalls).
    Faltered,
    /// The call has ended well and the object does not hold what it wrote: another write came at the same time, or the
    /// cloud did not keep it.
    NotKept,
    /// A limit of the account is reached.
    Quota,
    /// The request is wrong; repeating it changes nothing.
    Invalid,
    /// The connection could not be made: the call had no effect.
    Unreachable,
    /// No answer came, or it was cut off, or the cloud failed (5xx): the call may have had its effect.
    OutcomeUnknown,
    /// The answer could not be understood.
    Malformed,
    /// The deadline of the call, wait or run passed.
    Deadline,
    /// The run stops: the call was not made.
    Stopped,
    /// Anything else.
    Other,
}

/// What the engine does about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Disposition {
    /// Wait and make the same call again; the failed one had no effect.
    Retry,
    /// Look first whether the call had its effect, then decide.
    Inspect,
    /// Stop.
    Fail,
}

impl ErrorKind {
    /// Returns what to do about a failed mutating call. Reads are repeated for `Retry` and `Inspect` alike.
    #[must_use]
    pub fn disposition(self) -> Disposition {
        match self {
            Self::Throttled | Self::Busy | Self::InUse | Self::Unreachable => Disposition::Retry,
            Self::OutcomeUnknown | Self::Malformed | Self::Faltered => Disposition::Inspect,
            Self::NotFound
            | Self::Conflict
            | Self::Denied
            | Self::Credentials
            | Self::Locked
            | Self::Policy
            | Self::Disabled
            | Self::BeingDeleted
            | Self::NotAllowed
            | Self::NotKept
            | Self::Quota
            | Self::Invalid
            | Self::Deadline
            | Self::Stopped
            | Self::Other => Disposition::Fail,
        }
    }

    /// Returns what the operator can do about it.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::Denied => {
                "grant the permission named above to the role, then apply again; if it was granted minutes ago, wait: a grant \
                 takes up to ten minutes"
            }
            Self::Credentials => "log in again, then apply again",
            Self::Locked => "ask the owner of the lock named above to lift it, then apply again",
            Self::Policy => {
                "a policy of your organisation refuses this, and no permission helps: meet what it demands, or ask its owner \
                 for an exemption"
            }
            Self::Disabled => "have the owner of the account enable it, then apply again",
            Self::BeingDeleted => {
                "wait until the deletion is over, make again what the config expects to find, then apply again"
            }
            Self::NotAllowed => {
                "the cloud does not allow this on the object as it is: do what its message asks, then apply again"
            }
            Self::Faltered => {
                "apply again: the cloud failed by itself, and the same call repairs it; if it keeps failing, open a support case \
                 with the request id"
            }
            Self::NotKept => {
                "plan again: something else wrote the object at the same time, or the cloud did not keep all of it"
            }
            Self::Quota => "ask for a higher quota, then apply again",
            Self::Conflict => "plan again: the object changed since it was read",
            Self::InUse => "remove what still uses it, then apply again",
            Self::Invalid => "correct the configuration, then apply again",
            Self::Unreachable | Self::Deadline | Self::Throttled | Self::Busy => "apply again when the cloud answers",
            Self::Stopped => "apply again to go on",
            Self::NotFound | Self::OutcomeUnknown | Self::Malformed | Self::Other => {
                "apply again: it goes on by mark and name"
            }
        }
    }
}

/// A failed call: what the cloud said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderError {
    /// The kind, by which the engine decides.
    pub kind: ErrorKind,
    /// The operation: `CreateVpcEndpoint`.
    pub operation: String,
    /// Where.
    pub place: PlaceKey,
    /// The cloud's error code, if there was an answer.
    pub code: Option<String>,
    /// The cloud's message, or the transport's; never a header, body or credential.
    pub message: String,
    /// The cloud's request id.
    pub request_id: Option<String>,
    /// Seconds after which the cloud wants to be asked again.
    pub retry_after_secs: Option<u64>,
}

/// What EC2 writes before the reasons of a refusal, which only `sts:DecodeAuthorizationMessage` makes readable
/// (<https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>).
const ENCODED: &str = "Encoded authorization failure message: ";

impl ProviderError {
    /// Returns the message for people: without encoded reasons, which have a thousand characters.
    #[must_use]
    pub fn said(&self) -> &str {
        self.message.split(ENCODED).next().unwrap_or_default().trim_end()
    }

    /// Returns the encoded reasons of a refusal, whole.
    #[must_use]
    pub fn encoded_reasons(&self) -> Option<&str> {
        self.message.split_once(ENCODED)?.1.split_whitespace().next()
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}: ", self.operation, self.place)?;
        if let Some(code) = &self.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(self.said())?;
        if let Some(request_id) = &self.request_id {
            write!(f, " (request id {request_id})")?;
        }
        Ok(())
    }
}

impl std::error::Error for ProviderError {}
