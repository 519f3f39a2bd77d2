//! An S3 bucket as a ledger's store, with the credentials of the standard chain: `object_store` itself knows neither
//! profiles nor SSO.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsCredential};
use object_store::{ClientOptions, CredentialProvider};

use crate::AwsSettings;
use crate::clients::caller_config;

/// Hands the credentials of the chain to the store, which asks before every request; the chain keeps and renews them.
#[derive(Debug)]
struct Chain(SharedCredentialsProvider);

#[async_trait::async_trait]
impl CredentialProvider for Chain {
    type Credential = AwsCredential;

    async fn get_credential(&self) -> object_store::Result<Arc<AwsCredential>> {
        let credentials = self.0.provide_credentials().await.map_err(|error| object_store::Error::Generic {
            store: "S3",
            source: format!("no credentials: {error}").into(),
        })?;
        Ok(Arc::new(AwsCredential {
            key_id: credentials.access_key_id().to_owned(),
            secret_key: credentials.secret_access_key().to_owned(),
            token: credentials.session_token().map(str::to_owned),
        }))
    }
}

/// Opens a bucket. `region`: the bucket's, else that of the caller's environment or profile.
///
/// # Errors
/// What is missing: a region, credentials, or a usable address.
pub async fn s3_ledger(settings: &AwsSettings, bucket: &str, region: Option<&str>) -> Result<AmazonS3, String> {
    let config = caller_config(settings, region).await;
    let Some(region) = config.region().map(ToString::to_string) else {
        return Err(
            "the bucket's region is not known: name it, as in s3://bucket/prefix?region=eu-central-1".to_owned()
        );
    };
    let Some(credentials) = config.credentials_provider() else {
        return Err("there are no AWS credentials".to_owned());
    };
    let options =
        ClientOptions::new().with_timeout(Duration::from_secs(5)).with_connect_timeout(Duration::from_secs(3));
    let mut builder = AmazonS3Builder::new()
        .with_client_options(options)
        .with_bucket_name(bucket)
        .with_region(region)
        .with_credentials(Arc::new(Chain(credentials)));
    if let Some(address) = settings.endpoints.s3() {
        builder = builder.with_endpoint(address).with_allow_http(address.starts_with("http:"));
    }
    builder.build().map_err(|error| error.to_string())
}
