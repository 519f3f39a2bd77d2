//! A blob container as a ledger's store, with the credentials of `azure_identity`.

use std::sync::Arc;
use std::time::Duration;

use object_store::azure::{AzureAccessKey, AzureCredential, MicrosoftAzure, MicrosoftAzureBuilder};
use object_store::{ClientOptions, CredentialProvider};
use url::Url;

use crate::AzureSettings;
use crate::azure_cloud::AzureCloud;
use crate::credential::Tokens;
use crate::no_token::NoToken;
use crate::settings::{Secret, is_safe};

/// The audience of Azure Storage.
const SCOPE: &str = "https://storage.azure.com/.default";

/// An emulator of Blob storage, which knows no Entra ID: its address and the account's key.
pub struct BlobEmulator {
    /// Where it listens, with the account's name as the path (`http://127.0.0.1:10000/devstoreaccount1`).
    pub endpoint: Url,
    /// The account's key, in base64.
    pub key: Secret,
}

/// Hands bearer tokens to the store.
struct Bearer(Tokens);

impl std::fmt::Debug for Bearer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Bearer(hidden)")
    }
}

#[async_trait::async_trait]
impl CredentialProvider for Bearer {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        let token = self.0.bearer().await;
        let error = |why| {
            let (NoToken::Refused(why) | NoToken::Faltered(why)) = why;
            object_store::Error::Generic { store: "Azure Blob", source: why.into() }
        };
        token.map(|token| Arc::new(AzureCredential::BearerToken(token.expose().to_owned()))).map_err(error)
    }
}

#[derive(Debug)]
struct Key(Arc<AzureCredential>);

#[async_trait::async_trait]
impl CredentialProvider for Key {
    type Credential = AzureCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AzureCredential>> {
        Ok(self.0.clone())
    }
}

/// Opens a container of a storage account.
///
/// # Errors
/// If the emulator's address or key cannot be used.
pub fn blob_ledger(
    settings: &AzureSettings,
    account: &str,
    container: &str,
    emulator: Option<&BlobEmulator>,
) -> Result<MicrosoftAzure, String> {
    let options =
        ClientOptions::new().with_timeout(Duration::from_secs(5)).with_connect_timeout(Duration::from_secs(3));
    let mut builder =
        MicrosoftAzureBuilder::new().with_client_options(options).with_account(account).with_container_name(container);
    builder = match emulator {
        None => {
            let domain = AzureCloud::of(settings.authority_host.as_deref()).blobs;
            builder
                .with_endpoint(format!("https://{account}.{domain}"))
                .with_credentials(Arc::new(Bearer(Tokens::of_identity(settings, SCOPE))))
        }
        Some(emulator) => {
            if !is_safe(&emulator.endpoint) {
                return Err("the blob endpoint is plain http, which is accepted for loopback addresses only".to_owned());
            }
            let key = AzureAccessKey::try_new(emulator.key.expose()).map_err(|_| "the blob key is not base64")?;
            let plain = emulator.endpoint.scheme() == "http";
            let address = emulator.endpoint.as_str().trim_end_matches('/').to_owned();
            let credential = Arc::new(Key(Arc::new(AzureCredential::AccessKey(key))));
            builder.with_endpoint(address).with_allow_http(plain).with_credentials(credential)
        }
    };
    builder.build().map_err(|error| error.to_string())
}
