//! States of live objects: words of the wire, told apart once, where they are read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Makes an enum of the words that matter; `Other` keeps a word that nobody here knows. Clouds answer the same word in
/// several spellings (`Available`, `available`), so case does not count.
macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub enum $name {
            $($(#[$of])* $variant,)*
            /// A word that is not known here, as it was answered.
            Other(String),
        }

        impl $name {
            /// Returns the word of the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word,
                }
            }
        }

        impl From<&str> for $name {
            fn from(word: &str) -> Self {
                match word {
                    $(_ if word.eq_ignore_ascii_case($word) => Self::$variant,)*
                    _ => Self::Other(word.to_owned()),
                }
            }
        }

        impl From<String> for $name {
            fn from(word: String) -> Self {
                Self::from(word.as_str())
            }
        }

        impl From<$name> for String {
            fn from(state: $name) -> Self {
                state.as_str().to_owned()
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self::Other(String::new())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

states! {
    /// The state of an interface endpoint; its service says the same words of the connection.
    EndpointState {
        /// The service has to accept it.
        PendingAcceptance = "pendingAcceptance",
        /// It is being made.
        Pending = "pending",
        /// It carries traffic.
        Available = "available",
        /// It carries traffic in some of its zones.
        Partial = "partial",
        /// It goes away.
        Deleting = "deleting",
        /// It is gone, and stays listed for a while.
        Deleted = "deleted",
        /// The service refused it.
        Rejected = "rejected",
        /// It could not be made.
        Failed = "failed",
        /// Nobody accepted it in time.
        Expired = "expired",
    }
}

impl EndpointState {
    /// Returns true for the states from which an endpoint never comes back (facts/aws 2.1).
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Rejected | Self::Failed | Self::Expired)
    }

    /// Returns true if it is being deleted or is gone.
    #[must_use]
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Deleting | Self::Deleted)
    }

    /// Returns true for the states of a connection that carries traffic or may do so soon.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::PendingAcceptance | Self::Pending | Self::Available | Self::Partial)
    }
}

states! {
    /// The state of an endpoint service.
    ServiceState {
        /// It is being made.
        Pending = "Pending",
        /// Endpoints can connect to it.
        Available = "Available",
        /// It goes away.
        Deleting = "Deleting",
        /// It is gone.
        Deleted = "Deleted",
        /// It could not be made.
        Failed = "Failed",
    }
}

impl ServiceState {
    /// Returns true if it is being deleted or is gone.
    #[must_use]
    pub fn is_going(&self) -> bool {
        matches!(self, Self::Deleting | Self::Deleted)
    }
}

states! {
    /// The state of a load balancer.
    BalancerState {
        /// It is being made.
        Provisioning = "provisioning",
        /// It carries traffic.
        Active = "active",
        /// It carries traffic, and cannot grow.
        ActiveImpaired = "active_impaired",
        /// It could not be made.
        Failed = "failed",
    }
}

states! {
    /// What the health checks of a target group say of a target.
    TargetHealth {
        /// It answers.
        Healthy = "healthy",
        /// It does not answer.
        Unhealthy = "unhealthy",
        /// It is no longer registered; connections that stand may end.
        Draining = "draining",
        /// The same of one that did not answer.
        UnhealthyDraining = "unhealthy.draining",
    }
}

impl TargetHealth {
    /// Returns true if the target is no longer registered.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        matches!(self, Self::Draining | Self::UnhealthyDraining)
    }
}

states! {
    /// Azure's `provisioningState`.
    ProvisioningState {
        /// The last write took effect.
        Succeeded = "Succeeded",
        /// A write is being carried out.
        Updating = "Updating",
        /// It goes away.
        Deleting = "Deleting",
        /// The last write failed: what the object does now is not certain.
        Failed = "Failed",
        /// The last write was given up.
        Canceled = "Canceled",
    }
}

impl ProvisioningState {
    /// Returns true if nothing is going on. An object without a state is never busy.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.is_silent() || self.has_failed() || *self == Self::Succeeded
    }

    /// Returns true if the last write did not take effect.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Failed | Self::Canceled)
    }

    /// Returns true for an object that has no state.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.as_str().is_empty()
    }
}

states! {
    /// The state of a private endpoint's connection.
    ConnectionStatus {
        /// The service has to approve it.
        Pending = "Pending",
        /// It carries traffic.
        Approved = "Approved",
        /// The service refused it.
        Rejected = "Rejected",
        /// The service ended it, or is gone.
        Disconnected = "Disconnected",
    }
}

impl ConnectionStatus {
    /// Returns true for the states from which a connection never comes back.
    #[must_use]
    pub fn is_dead(&self) -> bool {
        matches!(self, Self::Rejected | Self::Disconnected)
    }
}

/// A state with the spelling in which it was answered: saved plans and journals hold it so, and are compared with it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
#[serde(bound(serialize = "S: Clone", deserialize = "S: for<'a> From<&'a str>"))]
pub struct Spelled<S> {
    spelling: String,
    state: S,
}

impl<S> Spelled<S> {
    /// Returns the word as it was answered.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.spelling
    }
}

impl<S: for<'a> From<&'a str>> From<&str> for Spelled<S> {
    fn from(word: &str) -> Self {
        Self { spelling: word.to_owned(), state: S::from(word) }
    }
}

impl<S: for<'a> From<&'a str>> From<String> for Spelled<S> {
    fn from(word: String) -> Self {
        Self::from(word.as_str())
    }
}

impl<S> From<Spelled<S>> for String {
    fn from(state: Spelled<S>) -> Self {
        state.spelling
    }
}

impl<S> std::ops::Deref for Spelled<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.state
    }
}

impl<S> fmt::Display for Spelled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.spelling)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_count_and_what_is_stored_keeps_its_spelling() {
        assert_eq!(EndpointState::from("Available"), EndpointState::Available);
        assert_eq!(TargetHealth::from("UNHEALTHY.draining"), TargetHealth::UnhealthyDraining);
        let odd: EndpointState = serde_json::from_str("\"Limping\"").expect("a word");
        assert_eq!((serde_json::to_string(&odd).expect("a word"), odd.is_live()), ("\"Limping\"".to_owned(), false));
        let state: Spelled<ProvisioningState> = serde_json::from_str("\"succeeded\"").expect("a word");
        assert_eq!(*state, ProvisioningState::Succeeded);
        assert_eq!(serde_json::to_string(&state).expect("a word"), "\"succeeded\"");
    }

    #[test]
    fn an_object_without_a_state_is_not_busy_and_has_not_succeeded() {
        let none = ProvisioningState::default();
        assert!(none.is_settled() && !none.has_failed() && none != ProvisioningState::Succeeded);
        assert!(!ProvisioningState::from("Accepted").is_settled() && !ProvisioningState::Updating.is_settled());
    }
}
