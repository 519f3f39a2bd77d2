//! The SDKs' transports into the simulator in this process. No socket is opened.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use xcloud_aws::AwsSettings;
use xcloud_azure::{ArmTransport, TransportError};
use xcloud_core::provider::BoxFuture;
use xcloud_sim::{Cloud, Lost};

use super::seed::ACCESS_KEY;

/// Where the simulated Resource Manager says it is.
const ARM_URL: &str = "https://management.azure.com";
/// Where the simulated AWS says it is.
const AWS_URL: &str = "https://aws.sandbox.invalid";

/// Returns how to reach the simulated AWS: its clock signs, and a key that nobody else knows.
pub(crate) fn aws_in_process(cloud: &Cloud) -> AwsSettings {
    let credentials = Credentials::new(ACCESS_KEY, "sandbox", None, None, "sandbox");
    AwsSettings {
        http_client: Some(SharedHttpClient::new(InProcess { cloud: cloud.clone() })),
        time_source: Some(SharedTimeSource::new(SimulatedTime { cloud: cloud.clone() })),
        base_credentials: Some(SharedCredentialsProvider::new(credentials)),
        ..AwsSettings::default()
    }
}

#[derive(Debug, Clone)]
struct InProcess {
    cloud: Cloud,
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = self.cloud.clone();
        HttpConnectorFuture::new(async move {
            let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
            let (parts, body) = request.into_parts();
            let body = body.bytes().ok_or_else(|| ConnectorError::user("a streamed body is not simulated".into()))?;
            let request = http::Request::from_parts(parts, Bytes::copy_from_slice(body));
            let response = cloud.handle(request, AWS_URL).await;
            let response = match response {
                Ok(response) => response.map(SdkBody::from),
                Err(Lost::Silent) => std::future::pending().await,
                Err(Lost::Refused) => return Err(broken(std::io::ErrorKind::ConnectionRefused)),
                Err(Lost::Reset) => return Err(broken(std::io::ErrorKind::ConnectionReset)),
            };
            HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
        })
    }
}

fn broken(kind: std::io::ErrorKind) -> ConnectorError {
    ConnectorError::io(std::io::Error::from(kind).into())
}

#[derive(Debug)]
struct SimulatedTime {
    cloud: Cloud,
}

impl TimeSource for SimulatedTime {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(u64::try_from(self.cloud.clock().now().0).unwrap_or_default())
    }
}

/// The simulated Resource Manager.
#[derive(Debug)]
pub(crate) struct ArmInProcess {
    cloud: Cloud,
}

impl ArmInProcess {
    /// Returns the transport into a simulator.
    pub(crate) fn new(cloud: Cloud) -> Self {
        Self { cloud }
    }
}

impl ArmTransport for ArmInProcess {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        Box::pin(async move {
            match self.cloud.handle(request, ARM_URL).await {
                Ok(response) => Ok(response),
                Err(Lost::Silent) => std::future::pending().await,
                Err(Lost::Refused) => Err(TransportError::Refused("connection refused".to_owned())),
                Err(Lost::Reset) => Err(TransportError::Reset("connection reset".to_owned())),
            }
        })
    }
}
