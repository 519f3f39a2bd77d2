//! Why the settings cannot be used.

/// The settings cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// Plain http to a host that is not this machine would show the token to the network.
    #[error("the Resource Manager endpoint {0} is plain http: only loopback addresses may be")]
    PlainHttp(String),
    /// The endpoint is more than scheme, host and port.
    #[error("the Resource Manager endpoint {0} must be a scheme, a host and a port, and nothing else")]
    NotAnOrigin(String),
    /// The TLS client could not be made.
    #[error("the HTTPS client could not be made: {0}")]
    Client(String),
}
