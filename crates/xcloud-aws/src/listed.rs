//! An endpoint as AWS lists it.

use xcloud_core::live::LiveEndpoint;

/// An endpoint as listed, with the ids of its interfaces.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) endpoint: LiveEndpoint,
    pub(crate) interfaces: Vec<String>,
    /// Why it failed, as AWS says it: code and message.
    pub(crate) last_error: Option<(String, String)>,
    /// `Interface`, or another type, as on the wire.
    pub(crate) kind: String,
}

impl Listed {
    /// Returns true for an endpoint of the type that is declared here.
    pub(crate) fn is_interface(&self) -> bool {
        self.kind.eq_ignore_ascii_case("interface")
    }
}
