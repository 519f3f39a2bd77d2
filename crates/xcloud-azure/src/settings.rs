//! What the binary gives: endpoint, credentials, timeouts. Nothing here reads the environment.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use url::{Host, Url};
use xcloud_core::model::Auth;

use crate::azure_cloud::AzureCloud;
use crate::invalid::InvalidSettings;
use crate::transport::{ArmTransport, Timeouts};

/// A value that must never be shown: it has no `Serialize`, and its `Debug` and `Display` hide it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Returns the value itself, for the one place that sends it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// Everything that the adapter needs to reach Azure; the binary fills it from its configuration and environment.
///
/// The credentials of `azure_identity` read some variables themselves: managed identity reads
/// `IDENTITY_ENDPOINT` and its kin, and the Azure CLI its own login.
#[derive(Clone, Default)]
pub struct AzureSettings {
    /// Another Resource Manager (`XCLOUD_ARM_ENDPOINT`); plain http is accepted for loopback addresses only.
    pub arm_endpoint: Option<Url>,
    /// The bearer token for that Resource Manager (`XCLOUD_ARM_TOKEN`); not used for the public cloud.
    pub arm_token: Option<Secret>,
    /// How to authenticate; `None`: the first way that the values below make possible.
    pub auth: Option<Auth>,
    /// The authority host (`AZURE_AUTHORITY_HOST`), https only.
    pub authority_host: Option<String>,
    /// The tenant (`AZURE_TENANT_ID`).
    pub tenant_id: Option<String>,
    /// The client (`AZURE_CLIENT_ID`).
    pub client_id: Option<String>,
    /// The client secret (`AZURE_CLIENT_SECRET`).
    pub client_secret: Option<Secret>,
    /// The federated token file (`AZURE_FEDERATED_TOKEN_FILE`).
    pub federated_token_file: Option<PathBuf>,
    /// Whether the environment names a managed identity that can be asked (`IDENTITY_ENDPOINT` and `IDENTITY_HEADER`).
    pub managed_identity: bool,
    /// Whether the Azure CLI is not on the PATH: then the identity of a virtual machine is the last resort.
    pub without_azure_cli: bool,
    /// The tenant of a subscription, where it is not that of the credentials; by subscription.
    pub tenants: BTreeMap<String, String>,
    /// Answers the calls instead of the network: the simulator.
    pub transport: Option<Arc<dyn ArmTransport>>,
    /// How long a call may take.
    pub timeouts: Timeouts,
    /// True where several estates are read in one pass: their lists are asked once, and are up to a minute old.
    pub share_reads: bool,
}

impl std::fmt::Debug for AzureSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AzureSettings")
            .field("arm_endpoint", &self.arm_endpoint.as_ref().map(Url::as_str))
            .field("auth", &self.auth)
            .field("timeouts", &self.timeouts)
            .finish_non_exhaustive()
    }
}

impl AzureSettings {
    /// Returns the Resource Manager's base URL, checked.
    ///
    /// # Errors
    /// [`InvalidSettings`] if it is plain http to another machine, or carries a path, a query or a user name.
    pub fn endpoint(&self) -> Result<Url, InvalidSettings> {
        let Some(url) = &self.arm_endpoint else {
            return Ok(AzureCloud::of(self.authority_host.as_deref()).resource_manager());
        };
        let shown =
            || url.host_str().map_or_else(|| url.scheme().to_owned(), |host| format!("{}://{host}", url.scheme()));
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare || !url.username().is_empty() || url.password().is_some() || url.host().is_none() {
            return Err(InvalidSettings::NotAnOrigin(shown()));
        }
        match url.scheme() {
            "https" => Ok(url.clone()),
            "http" if is_loopback(url) => Ok(url.clone()),
            "http" => Err(InvalidSettings::PlainHttp(shown())),
            _ => Err(InvalidSettings::NotAnOrigin(shown())),
        }
    }
}

/// Returns true if credentials may go there: over TLS, or to this machine.
pub(crate) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" || is_loopback(url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: &str) -> Result<Url, InvalidSettings> {
        let arm_endpoint = Some(Url::parse(url).expect("the test's URL is valid"));
        AzureSettings { arm_endpoint, ..AzureSettings::default() }.endpoint()
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        assert!(endpoint("http://127.0.0.1:4003").is_ok());
        assert!(endpoint("http://[::1]:4003").is_ok());
        assert!(endpoint("http://localhost:4003").is_ok());
        assert!(endpoint("https://arm.example").is_ok());
        assert_eq!(endpoint("http://arm.example:80"), Err(InvalidSettings::PlainHttp("http://arm.example".to_owned())));
        assert!(matches!(endpoint("http://localhost.example"), Err(InvalidSettings::PlainHttp(_))));
    }

    #[test]
    fn an_endpoint_with_a_path_or_a_password_is_refused_and_the_password_not_shown() {
        assert!(matches!(endpoint("https://arm.example/base"), Err(InvalidSettings::NotAnOrigin(_))));
        let error = endpoint("https://me:hunter2@arm.example/").expect_err("a password is refused");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn a_secret_is_never_shown() {
        let settings = AzureSettings {
            arm_token: Some(Secret::new("tok-SECRET")),
            client_secret: Some(Secret::new("tok-SECRET")),
            ..AzureSettings::default()
        };
        assert!(!format!("{settings:?} {:?}", settings.arm_token).contains("SECRET"));
    }
}
