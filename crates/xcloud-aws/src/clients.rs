//! The SDK clients of one account and region.

use std::future::Future;
use std::sync::Arc;

use aws_config::identity::IdentityCache;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use xcloud_core::model::{PlaceKey, aws_global_region, aws_partition};
use xcloud_core::provider::{ErrorKind, Gate, ProviderError};

use crate::complete_xml::CompleteAnswers;
use crate::credentials::{Session, Source};
use crate::error;
use crate::pass_cache::{Kept, Lists};
use crate::settings::{AwsSettings, Service};

/// The clients of one account and region, and the way to the engine.
pub(crate) struct Api {
    pub(crate) place: PlaceKey,
    pub(crate) gate: Arc<dyn Gate>,
    pub(crate) ec2: aws_sdk_ec2::Client,
    pub(crate) balancing: aws_sdk_elasticloadbalancingv2::Client,
    pub(crate) route53: aws_sdk_route53::Client,
    pub(crate) session: Arc<Session>,
    /// What estates of one pass share; `None`: they share nothing.
    pub(crate) lists: Option<Lists>,
}

impl Api {
    /// Makes the clients of a place; calls nothing.
    pub(crate) async fn connect(
        settings: &AwsSettings,
        place: PlaceKey,
        role: Option<&String>,
        gate: Arc<dyn Gate>,
    ) -> Result<Self, ProviderError> {
        let region = place.region.as_str();
        let base = base_config(settings, region).await;
        let Some(own) = base.credentials_provider() else {
            return Err(error::new(&place, "connect", ErrorKind::Credentials, "there is no credential source"));
        };
        let role = role.map(|role| role_arn(&place.account, region, role));
        let sts = sts_client(settings, &base, region);
        let time = settings.time_source.clone().unwrap_or_default();
        let source = Source { place: place.clone(), gate: gate.clone(), base: own, sts, role };
        let session = Arc::new(Session::new(source, time));
        let config = base
            .into_builder()
            .credentials_provider(SharedCredentialsProvider::new(SharedSession(session.clone())))
            .build();
        Ok(Self {
            ec2: ec2_client(settings, &config, region),
            balancing: balancing_client(settings, &config, region),
            route53: route53_client(settings, &config, region),
            place,
            gate,
            session,
            lists: settings.share_reads.then(Lists::default),
        })
    }
}

impl Api {
    /// Reads a list, or takes it from the pass where its estates share what they read.
    pub(crate) async fn listed<K, T, F>(
        &self,
        kept: fn(&Lists) -> &Kept<K, T>,
        key: K,
        read: impl FnOnce() -> F,
    ) -> Result<Vec<T>, ProviderError>
    where
        K: Ord,
        T: Clone,
        F: Future<Output = Result<Vec<T>, ProviderError>>,
    {
        match &self.lists {
            Some(lists) => kept(lists).once(key, read).await,
            None => read().await,
        }
    }
}

/// The session as the SDK wants to own it.
#[derive(Debug)]
struct SharedSession(Arc<Session>);

impl aws_credential_types::provider::ProvideCredentials for SharedSession {
    fn provide_credentials<'a>(&'a self) -> aws_credential_types::provider::future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        self.0.provide_credentials()
    }
}

/// What all clients share: no retries of their own, timeouts, and the region being worked on. Endpoints come from
/// [`crate::Endpoints`] alone, where they are judged: each client below sets its own, or none.
async fn base_config(settings: &AwsSettings, region: &str) -> SdkConfig {
    let region = Region::new(region.to_owned());
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(settings.connect_timeout)
        .operation_attempt_timeout(settings.attempt_timeout)
        .build();
    let mut builder = match &settings.base_credentials {
        Some(credentials) => SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region)
            .credentials_provider(credentials.clone()),
        None => {
            let mut loader =
                aws_config::defaults(BehaviorVersion::latest()).region(region).timeout_config(timeouts.clone());
            if let Some(client) = &settings.http_client {
                loader = loader.http_client(client.clone());
            }
            loader.load().await.into_builder()
        }
    };
    if let Some(client) = &settings.http_client {
        builder.set_http_client(Some(client.clone()));
    }
    builder.set_time_source(Some(settings.time_source.clone().unwrap_or_default()));
    builder
        .retry_config(RetryConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .timeout_config(timeouts)
        .sleep_impl(TokioSleep::new())
        .identity_cache(IdentityCache::no_cache())
        .build()
}

/// Returns the caller's own configuration: credentials, and the region if none is given.
pub(crate) async fn caller_config(settings: &AwsSettings, region: Option<&str>) -> SdkConfig {
    match region {
        Some(region) => base_config(settings, region).await,
        None if settings.base_credentials.is_some() => base_config(settings, "us-east-1").await,
        None => {
            let timeouts = TimeoutConfig::builder().connect_timeout(settings.connect_timeout).build();
            aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts).load().await
        }
    }
}

fn role_arn(account: &str, region: &str, role: &str) -> String {
    format!("arn:{}:iam::{account}:role/{role}", aws_partition(region))
}

fn sts_client(settings: &AwsSettings, config: &SdkConfig, region: &str) -> aws_sdk_sts::Client {
    let mut builder = aws_sdk_sts::config::Builder::from(config).interceptor(CompleteAnswers);
    builder.set_endpoint_url(settings.endpoints.resolve(Service::Sts, region).map(str::to_owned));
    aws_sdk_sts::Client::from_conf(builder.build())
}

fn ec2_client(settings: &AwsSettings, config: &SdkConfig, region: &str) -> aws_sdk_ec2::Client {
    let mut builder = aws_sdk_ec2::config::Builder::from(config).interceptor(CompleteAnswers);
    builder.set_endpoint_url(settings.endpoints.resolve(Service::Ec2, region).map(str::to_owned));
    aws_sdk_ec2::Client::from_conf(builder.build())
}

fn balancing_client(
    settings: &AwsSettings,
    config: &SdkConfig,
    region: &str,
) -> aws_sdk_elasticloadbalancingv2::Client {
    let mut builder = aws_sdk_elasticloadbalancingv2::config::Builder::from(config).interceptor(CompleteAnswers);
    builder.set_endpoint_url(settings.endpoints.resolve(Service::LoadBalancing, region).map(str::to_owned));
    aws_sdk_elasticloadbalancingv2::Client::from_conf(builder.build())
}

/// Route 53 is one service for all regions of a partition; its requests are signed for that partition's first region.
fn route53_client(settings: &AwsSettings, config: &SdkConfig, region: &str) -> aws_sdk_route53::Client {
    let mut builder = aws_sdk_route53::config::Builder::from(config)
        .interceptor(CompleteAnswers)
        .region(Region::new(aws_global_region(region)));
    builder.set_endpoint_url(settings.endpoints.resolve(Service::Route53, region).map(str::to_owned));
    aws_sdk_route53::Client::from_conf(builder.build())
}
