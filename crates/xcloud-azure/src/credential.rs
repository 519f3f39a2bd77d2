//! Bearer tokens: where they come from, kept until shortly before they expire, and never shown.
//!
//! The token is given to no SDK pipeline: `azure_core` 0.21 prints the `authorization` header at debug level
//! (Azure/azure-sdk-for-rust#5074). The management clients get [`Unsigned`], a credential with a placeholder, and
//! our own transport puts the real token on the request after the last place that logs it.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use azure_core::credentials::{AccessToken, TokenCredential};
use azure_core::time::OffsetDateTime;
use tokio::sync::Mutex;

use crate::azure_cloud::AzureCloud;
use crate::identity;
use crate::no_token::NoToken;
use crate::settings::{AzureSettings, Secret};

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
    Entra(Box<Entra>),
    /// No usable credentials were given.
    Missing(String),
}

/// The tokens of one identity for one audience.
pub(crate) struct Entra {
    /// Makes a credential that keeps no token yet.
    make: Box<dyn Fn() -> Result<Arc<dyn TokenCredential>, String> + Send + Sync>,
    /// The lock also makes concurrent calls wait for one request instead of making many.
    kept: Mutex<Kept>,
    audience: &'static str,
    /// What else the operator can try where the identity is refused.
    advice: &'static str,
    /// How long getting a token may take.
    timeout: Duration,
}

#[derive(Default)]
struct Kept {
    credential: Option<Arc<dyn TokenCredential>>,
    token: Option<AccessToken>,
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
        Self::of_identity(settings, AzureCloud::of(settings.authority_host.as_deref()).scope)
    }

    /// Chooses among the identities of Microsoft Entra ID, for one audience.
    pub(crate) fn of_identity(settings: &AzureSettings, audience: &'static str) -> Self {
        let first = match identity::credential(settings) {
            Ok(first) => first,
            Err(message) => return Self::Missing(message),
        };
        let (kept, settings) = (Kept { credential: Some(first), token: None }, settings.clone());
        let (advice, timeout) = (identity::advice(&settings), settings.timeouts.request);
        let make = Box::new(move || identity::credential(&settings));
        Self::Entra(Box::new(Entra { make, kept: Mutex::new(kept), audience, advice, timeout }))
    }

    /// Returns a token that is good for some minutes.
    pub(crate) async fn bearer(&self) -> Result<Secret, NoToken> {
        match self {
            Self::Fixed(token) => Ok(token.clone()),
            Self::Missing(message) => Err(NoToken::Refused(message.clone())),
            Self::Entra(entra) => entra.bearer().await,
        }
    }

    /// Forgets a token that the cloud has refused, unless there is a newer one already.
    pub(crate) async fn forget(&self, refused: &Secret) {
        let Self::Entra(entra) = self else { return };
        let mut kept = entra.kept.lock().await;
        if kept.token.as_ref().is_some_and(|token| token.token.secret() == refused.expose()) {
            // The credentials of `azure_identity` keep tokens of their own, until five minutes before they expire: only a new
            // one asks for another.
            *kept = Kept::default();
        }
    }
}

impl Entra {
    async fn bearer(&self) -> Result<Secret, NoToken> {
        let mut kept = self.kept.lock().await;
        let renew_at = OffsetDateTime::now_utc().unix_timestamp() + RENEW_BEFORE_SECS;
        if let Some(token) = kept.token.as_ref().filter(|token| token.expires_on.unix_timestamp() > renew_at) {
            return Ok(Secret::new(token.token.secret().to_owned()));
        }
        let credential = match kept.credential.clone() {
            Some(credential) => credential,
            None => (self.make)().map_err(NoToken::Refused)?,
        };
        kept.credential = Some(credential.clone());
        let token = tokio::time::timeout(self.timeout, credential.get_token(&[self.audience], None))
            .await
            .map_err(|_| NoToken::Faltered(format!("no token came within {} s", self.timeout.as_secs())))?
            .map_err(|error| NoToken::of(&error, self.advice))?;
        let secret = Secret::new(token.token.secret().to_owned());
        kept.token = Some(token);
        Ok(secret)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use azure_core::credentials::TokenRequestOptions;
    use xcloud_core::model::Auth;

    use super::*;

    /// Keeps its first token for ever, as the credentials of `azure_identity` do until it expires.
    #[derive(Debug)]
    struct Keeping {
        made: usize,
        asked: Arc<AtomicUsize>,
        valid_for: i64,
    }

    #[async_trait]
    impl TokenCredential for Keeping {
        async fn get_token(
            &self,
            scopes: &[&str],
            _: Option<TokenRequestOptions<'_>>,
        ) -> azure_core::Result<AccessToken> {
            assert_eq!(scopes, ["audience"]);
            self.asked.fetch_add(1, Ordering::SeqCst);
            let expires = OffsetDateTime::now_utc() + azure_core::time::Duration::seconds(self.valid_for);
            Ok(AccessToken::new(format!("token-{}", self.made), expires))
        }
    }

    fn entra(valid_for: i64) -> (Tokens, Arc<AtomicUsize>) {
        let (made, asked) = (AtomicUsize::new(0), Arc::<AtomicUsize>::default());
        let counter = asked.clone();
        let make = move || {
            let made = made.fetch_add(1, Ordering::SeqCst);
            Ok(Arc::new(Keeping { made, asked: counter.clone(), valid_for }) as Arc<dyn TokenCredential>)
        };
        let kept = Mutex::default();
        let (audience, timeout) = ("audience", Duration::from_secs(1));
        (Tokens::Entra(Box::new(Entra { make: Box::new(make), kept, audience, advice: "", timeout })), asked)
    }

    async fn bearer(tokens: &Tokens) -> String {
        tokens.bearer().await.map(|token| token.expose().to_owned()).expect("there is a token")
    }

    #[tokio::test]
    async fn a_token_is_kept_until_shortly_before_it_expires() {
        let (tokens, asked) = entra(3600);
        let both = tokio::join!(bearer(&tokens), bearer(&tokens));
        assert_eq!(both, ("token-0".to_owned(), "token-0".to_owned()));
        assert_eq!(asked.load(Ordering::SeqCst), 1);

        let (tokens, asked) = entra(200);
        bearer(&tokens).await;
        bearer(&tokens).await;
        assert_eq!(asked.load(Ordering::SeqCst), 2, "a token with 200 s left is renewed");
    }

    #[tokio::test]
    async fn a_refused_token_is_not_used_again() {
        let (tokens, _) = entra(3600);
        let refused = Secret::new(bearer(&tokens).await);
        tokens.forget(&refused).await;
        assert_eq!(bearer(&tokens).await, "token-1", "a new credential, which keeps nothing");
        tokens.forget(&refused).await;
        assert_eq!(bearer(&tokens).await, "token-1", "what another call has renewed already stays");
    }

    #[tokio::test]
    async fn an_emulator_never_gets_a_real_token() {
        let settings = AzureSettings {
            arm_endpoint: Some("https://arm.example".parse().expect("the test's URL is valid")),
            auth: Some(Auth::AzureCli),
            ..AzureSettings::default()
        };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("there is no token for it");
        assert!(matches!(&error, NoToken::Refused(text) if text.contains("XCLOUD_ARM_TOKEN")), "{error:?}");
    }

    #[tokio::test]
    async fn what_is_missing_is_said_with_the_first_call() {
        let settings = AzureSettings { auth: Some(Auth::ClientSecret), ..AzureSettings::default() };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("nothing was given");
        assert!(matches!(&error, NoToken::Refused(text) if text.contains("AZURE_CLIENT_SECRET")), "{error:?}");
        let settings = AzureSettings {
            auth: Some(Auth::ClientSecret),
            authority_host: Some("http://login.example".to_owned()),
            tenant_id: Some("t".to_owned()),
            client_id: Some("c".to_owned()),
            client_secret: Some(Secret::new("hunter2")),
            ..AzureSettings::default()
        };
        let error = Tokens::from_settings(&settings).bearer().await.expect_err("plain http is refused");
        let NoToken::Refused(text) = &error else { panic!("{error:?}") };
        assert!(text.contains("HTTPS") && !text.contains("hunter2"), "{text}");
    }
}
