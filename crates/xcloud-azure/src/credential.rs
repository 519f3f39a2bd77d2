//! Bearer tokens: where they come from, kept until shortly before they expire, and never shown.
//!
//! The token is given to no SDK pipeline: `azure_core` 0.21 prints the `authorization` header at debug level
//! (Azure/azure-sdk-for-rust#5074). The management clients get [`Unsigned`], a credential with a placeholder, and
//! our own transport puts the real token on the request after the last place that logs it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::cloud::{CloudConfiguration, CustomConfiguration};
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::http::ClientOptions;
use azure_core::time::OffsetDateTime;
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions, UserAssignedId,
    WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use tokio::sync::Mutex;
use xcloud_core::model::Auth;

use crate::settings::{AzureSettings, Secret};

/// The audience of Azure Resource Manager in the public cloud.
const SCOPE: &str = "https://management.azure.com/.default";

/// A token is renewed this long before it expires, so that none expires on its way.
const RENEW_BEFORE_SECS: i64 = 300;

/// The credential of the management clients: a placeholder that our transport replaces.
#[derive(Debug)]
pub(crate) struct Unsigned;

#[async_trait]
impl azure_core_legacy::auth::TokenCredential for Unsigned {
    async fn get_token(&self, _scopes: &[&str]) -> azure_core_legacy::Result<azure_core_legacy::auth::AccessToken> {
        Ok(azure_core_legacy::auth::AccessToken::new("added-by-the-transport", OffsetDateTime::UNIX_EPOCH))
    }

    async fn clear_cache(&self) -> azure_core_legacy::Result<()> {
        Ok(())
    }
}

/// Where the bearer token comes from.
pub(crate) enum Tokens {
    /// Always this one: an emulator's.
    Fixed(Secret),
    /// From Microsoft Entra ID.
    Entra {
        /// The credential.
        credential: Arc<dyn TokenCredential>,
        /// The last token; the lock also makes concurrent calls wait for one request instead of making many.
        cached: Mutex<Option<AccessToken>>,
        /// How long getting a token may take.
        timeout: Duration,
    },
    /// No usable credentials were given.
    Missing(String),
}

impl Tokens {
    /// Chooses from the settings; what is wrong with them is told by the first call.
    pub(crate) fn from_settings(settings: &AzureSettings) -> Self {
        if settings.arm_endpoint.is_some() || settings.transport.is_some() {
            return match (&settings.arm_token, &settings.transport) {
                (Some(token), _) => Self::Fixed(token.clone()),
                (None, Some(_)) => Self::Fixed(Secret::new("simulated")),
                (None, None) => {
                    Self::Missing("XCLOUD_ARM_ENDPOINT is set, so XCLOUD_ARM_TOKEN must be set too".to_owned())
                }
            };
        }
        Self::of_identity(settings)
    }

    /// Chooses among the identities of Microsoft Entra ID.
    pub(crate) fn of_identity(settings: &AzureSettings) -> Self {
        match credential(settings) {
            Ok(credential) => Self::Entra { credential, cached: Mutex::new(None), timeout: settings.timeouts.request },
            Err(message) => Self::Missing(message),
        }
    }

    /// Returns a token for Resource Manager that is good for some minutes.
    pub(crate) async fn bearer(&self) -> Result<Secret, String> {
        self.bearer_for(SCOPE).await
    }

    /// Returns a token for an audience that is good for some minutes; each of these values serves one audience.
    pub(crate) async fn bearer_for(&self, scope: &str) -> Result<Secret, String> {
        match self {
            Self::Fixed(token) => Ok(token.clone()),
            Self::Missing(message) => Err(message.clone()),
            Self::Entra { credential, cached, timeout } => {
                let mut cached = cached.lock().await;
                let renew_at = OffsetDateTime::now_utc().unix_timestamp() + RENEW_BEFORE_SECS;
                if let Some(token) = cached.as_ref().filter(|token| token.expires_on.unix_timestamp() > renew_at) {
                    return Ok(Secret::new(token.token.secret().to_owned()));
                }
                let token = tokio::time::timeout(*timeout, credential.get_token(&[scope], None))
                    .await
                    .map_err(|_| "no token came in time".to_owned())?
                    .map_err(|error| error.to_string())?;
                let secret = Secret::new(token.token.secret().to_owned());
                *cached = Some(token);
                Ok(secret)
            }
        }
    }

    /// Forgets the kept token: the cloud has refused it.
    pub(crate) async fn forget(&self) {
        if let Self::Entra { cached, .. } = self {
            *cached.lock().await = None;
        }
    }
}

/// Makes the credential that the settings name, or the first that they make possible.
fn credential(settings: &AzureSettings) -> Result<Arc<dyn TokenCredential>, String> {
    let made: azure_core::Result<Arc<dyn TokenCredential>> = match chosen(settings) {
        Auth::WorkloadIdentity => workload_identity(settings).map(|made| made as _),
        Auth::ManagedIdentity => managed_identity(settings).map(|made| made as _),
        Auth::ClientSecret => return client_secret(settings),
        Auth::AzureCli => {
            let options = AzureCliCredentialOptions { tenant_id: settings.tenant_id.clone(), ..Default::default() };
            AzureCliCredential::new(Some(options)).map(|made| made as _)
        }
    };
    made.map_err(|error| error.to_string())
}

/// Returns the declared way, or the first that the environment supports, in the order of the documentation.
fn chosen(settings: &AzureSettings) -> Auth {
    let identity = settings.tenant_id.is_some() && settings.client_id.is_some();
    settings.auth.unwrap_or(if identity && settings.federated_token_file.is_some() {
        Auth::WorkloadIdentity
    } else if settings.managed_identity {
        Auth::ManagedIdentity
    } else if identity && settings.client_secret.is_some() {
        Auth::ClientSecret
    } else {
        Auth::AzureCli
    })
}

fn workload_identity(settings: &AzureSettings) -> azure_core::Result<Arc<WorkloadIdentityCredential>> {
    WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
        credential_options: ClientAssertionCredentialOptions { client_options: client_options(settings) },
        client_id: settings.client_id.clone(),
        tenant_id: settings.tenant_id.clone(),
        token_file_path: settings.federated_token_file.clone(),
    }))
}

fn managed_identity(settings: &AzureSettings) -> azure_core::Result<Arc<ManagedIdentityCredential>> {
    ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
        user_assigned_id: settings.client_id.clone().map(UserAssignedId::ClientId),
        ..Default::default()
    }))
}

fn client_secret(settings: &AzureSettings) -> Result<Arc<dyn TokenCredential>, String> {
    let (Some(tenant), Some(client), Some(secret)) =
        (&settings.tenant_id, &settings.client_id, &settings.client_secret)
    else {
        return Err("auth: client-secret needs AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET".to_owned());
    };
    let options = ClientSecretCredentialOptions { client_options: client_options(settings) };
    ClientSecretCredential::new(tenant, client.clone(), secret.expose().to_owned().into(), Some(options))
        .map(|made| made as _)
        .map_err(|error| error.to_string())
}

fn client_options(settings: &AzureSettings) -> ClientOptions {
    let cloud = settings.authority_host.as_ref().map(|host| {
        let mut custom = CustomConfiguration::default();
        custom.authority_host.clone_from(host);
        Arc::new(CloudConfiguration::Custom(custom))
    });
    ClientOptions { cloud, ..Default::default() }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use azure_core::credentials::TokenRequestOptions;

    use super::*;

    #[derive(Debug)]
    struct Counting {
        asked: AtomicUsize,
        valid_for: i64,
    }

    #[async_trait]
    impl TokenCredential for Counting {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            assert_eq!(scopes, [SCOPE]);
            let number = self.asked.fetch_add(1, Ordering::SeqCst);
            let expires = OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(self.valid_for);
            Ok(AccessToken::new(format!("token-{number}"), expires))
        }
    }

    fn entra(valid_for: i64) -> (Tokens, Arc<Counting>) {
        let credential = Arc::new(Counting { asked: AtomicUsize::new(0), valid_for });
        let tokens =
            Tokens::Entra { credential: credential.clone(), cached: Mutex::new(None), timeout: Duration::from_secs(1) };
        (tokens, credential)
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let (tokens, credential) = entra(3600);
        let both = tokio::join!(tokens.bearer(), tokens.bearer());
        assert_eq!(both.0.map(|token| token.expose().to_owned()), Ok("token-0".to_owned()));
        assert_eq!(both.1.map(|token| token.expose().to_owned()), Ok("token-0".to_owned()));
        assert_eq!(credential.asked.load(Ordering::SeqCst), 1);

        let (tokens, credential) = entra(200);
        assert!(tokens.bearer().await.is_ok());
        assert!(tokens.bearer().await.is_ok());
        assert_eq!(credential.asked.load(Ordering::SeqCst), 2, "a token with 200 s left is renewed");
    }

    #[tokio::test]
    async fn a_refused_token_is_not_used_again() {
        let (tokens, _) = entra(3600);
        assert!(tokens.bearer().await.is_ok());
        tokens.forget().await;
        assert_eq!(tokens.bearer().await.map(|token| token.expose().to_owned()), Ok("token-1".to_owned()));
    }

    #[test]
    fn the_first_way_that_the_environment_supports_is_taken() {
        let mut settings = AzureSettings::default();
        assert_eq!(chosen(&settings), Auth::AzureCli);
        settings.tenant_id = Some("t".to_owned());
        settings.client_id = Some("c".to_owned());
        settings.client_secret = Some(Secret::new("s"));
        assert_eq!(chosen(&settings), Auth::ClientSecret);
        settings.managed_identity = true;
        assert_eq!(chosen(&settings), Auth::ManagedIdentity);
        settings.federated_token_file = Some("token".into());
        assert_eq!(chosen(&settings), Auth::WorkloadIdentity);
        settings.auth = Some(Auth::AzureCli);
        assert_eq!(chosen(&settings), Auth::AzureCli);
    }

    #[tokio::test]
    async fn an_emulator_never_gets_a_real_token() {
        let settings = AzureSettings {
            arm_endpoint: Some("https://arm.example".parse().expect("the test's URL is valid")),
            auth: Some(Auth::AzureCli),
            ..AzureSettings::default()
        };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("there is no token for it");
        assert!(error.contains("XCLOUD_ARM_TOKEN"), "{error}");
    }

    #[tokio::test]
    async fn what_is_missing_is_said_with_the_first_call() {
        let settings = AzureSettings { auth: Some(Auth::ClientSecret), ..AzureSettings::default() };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("nothing was given");
        assert!(error.contains("AZURE_CLIENT_SECRET"), "{error}");
        let settings = AzureSettings {
            auth: Some(Auth::ClientSecret),
            authority_host: Some("http://login.example".to_owned()),
            tenant_id: Some("t".to_owned()),
            client_id: Some("c".to_owned()),
            client_secret: Some(Secret::new("hunter2")),
            ..AzureSettings::default()
        };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("plain http is refused");
        assert!(error.contains("HTTPS") && !error.contains("hunter2"), "{error}");
    }
}
