//! The credentials of one place: the caller's own, or those of a role assumed through the regional STS endpoint.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_async::time::SharedTimeSource;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared};
use xcloud_core::limits::Quota;
use xcloud_core::model::PlaceKey;
use xcloud_core::provider::{ApiCall, ErrorKind, Gate, ProviderError, read_call};

use crate::error;

/// Credentials are renewed this long before they end.
const MARGIN: Duration = Duration::from_secs(300);

type Flight = Shared<BoxFuture<'static, Result<Credentials, ProviderError>>>;

/// Where a place's credentials come from.
#[derive(Clone)]
pub(crate) struct Source {
    /// The place.
    pub place: PlaceKey,
    /// The engine's gate: assuming a role is a call like any other.
    pub gate: Arc<dyn Gate>,
    /// The caller's own credentials.
    pub base: SharedCredentialsProvider,
    /// The regional STS endpoint.
    pub sts: aws_sdk_sts::Client,
    /// The ARN of the role to assume; `None`: the caller's own credentials, which must be those of the account.
    pub role: Option<String>,
}

/// The credentials of one place, loaded once and renewed before they end.
///
/// Callers that come while they are being loaded share that one attempt, also when it fails.
pub(crate) struct Session {
    source: Source,
    time: SharedTimeSource,
    flight: Mutex<Option<Flight>>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Session({})", self.source.place)
    }
}

impl Session {
    pub(crate) fn new(source: Source, time: SharedTimeSource) -> Self {
        Self { source, time, flight: Mutex::new(None) }
    }

    /// Returns credentials that are good for some minutes.
    pub(crate) async fn credentials(&self) -> Result<Credentials, ProviderError> {
        let flight = {
            let mut slot = self.flight.lock().unwrap_or_else(PoisonError::into_inner);
            match slot.as_ref().filter(|flight| !is_stale(flight, self.time.now())) {
                Some(flight) => flight.clone(),
                None => slot.insert(load(self.source.clone()).boxed().shared()).clone(),
            }
        };
        flight.await
    }

    /// Forgets the credentials: AWS no longer accepts them.
    pub(crate) fn forget(&self) {
        *self.flight.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl ProvideCredentials for Session {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            self.credentials().await.map_err(|_| CredentialsError::not_loaded("see the place's own error"))
        })
    }
}

fn is_stale(flight: &Flight, now: SystemTime) -> bool {
    match flight.peek() {
        None => false,
        Some(Err(_)) => true,
        Some(Ok(credentials)) => credentials.expiry().is_some_and(|expiry| expiry < now + MARGIN),
    }
}

async fn load(source: Source) -> Result<Credentials, ProviderError> {
    // Asked for first, so that missing credentials are called by their name and not a failed AssumeRole.
    let base = source.base.provide_credentials().await.map_err(|error| base_error(&source.place, &error))?;
    match &source.role {
        None => check_account(&source).await.map(|()| base),
        Some(arn) => assume(&source, arn).await,
    }
}

/// A shell that is logged in to another account must not reach it under the declared account's name.
async fn check_account(source: &Source) -> Result<(), ProviderError> {
    const OPERATION: &str = "GetCallerIdentity";
    let call = ApiCall { place: source.place.clone(), operation: OPERATION, quota: Quota::Sts, mutating: false };
    let output = read_call(&*source.gate, call, || async {
        let answer = source.sts.get_caller_identity().send().await;
        let output = answer.map_err(|error| error::from_sdk(&source.place, OPERATION, &error))?;
        let request_id = aws_types::request_id::RequestId::request_id(&output).map(str::to_owned);
        Ok((output, request_id))
    })
    .await?;
    let account = output.account.unwrap_or_default();
    if account == source.place.account {
        return Ok(());
    }
    let message = format!("the credentials are those of account {account}; name a `role` to assume, or log in there");
    Err(error::new(&source.place, OPERATION, ErrorKind::Credentials, &message))
}

async fn assume(source: &Source, arn: &str) -> Result<Credentials, ProviderError> {
    const OPERATION: &str = "AssumeRole";
    let call = ApiCall { place: source.place.clone(), operation: OPERATION, quota: Quota::Sts, mutating: false };
    let output = read_call(&*source.gate, call, || async {
        let answer = source.sts.assume_role().role_arn(arn).role_session_name("xcloud").send().await;
        let output = answer.map_err(|error| error::from_sdk(&source.place, OPERATION, &error))?;
        let request_id = aws_types::request_id::RequestId::request_id(&output).map(str::to_owned);
        Ok((output, request_id))
    })
    .await?;
    let Some(given) = output.credentials else {
        return Err(error::new(&source.place, OPERATION, ErrorKind::Malformed, "the answer has no credentials"));
    };
    let expiry = SystemTime::try_from(given.expiration).map_err(|_| {
        error::new(&source.place, OPERATION, ErrorKind::Malformed, "the credentials' end is not a moment in time")
    })?;
    Ok(Credentials::new(
        given.access_key_id,
        given.secret_access_key,
        Some(given.session_token),
        Some(expiry),
        "xcloud-assume-role",
    ))
}

/// What a credential source says is not shown: an external process may print anything.
fn base_error(place: &PlaceKey, error: &CredentialsError) -> ProviderError {
    let message = match error {
        CredentialsError::CredentialsNotLoaded(_) => {
            "no credentials were found (environment, profile, SSO, web identity, container or instance role)"
        }
        CredentialsError::ProviderTimedOut(_) => "the credential source did not answer in time",
        CredentialsError::InvalidConfiguration(_) => "the configuration of the credential source is not usable",
        _ => "the credential source refused or failed; an SSO login may have expired",
    };
    error::new(place, "GetCredentials", ErrorKind::Credentials, message)
}
