//! The simulator as the SDK's transport, its clock as the SDK's clock, and one seeded region.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use xcloud_aws::AwsClouds;
use xcloud_core::provider::{Clouds as _, Provider};
use xcloud_sim::aws::{SubnetSeed, VpcSeed};
use xcloud_sim::{Cloud, Lost, Millis, World};

use crate::support::{Open, place, settings};

/// The simulator as a transport.
#[derive(Debug, Clone)]
pub(crate) struct Simulated(pub(crate) Cloud);

impl HttpClient for Simulated {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Simulated {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let cloud = self.0.clone();
        HttpConnectorFuture::new(async move {
            let (parts, body) = request.try_into_http1x().map_err(|e| ConnectorError::user(e.into()))?.into_parts();
            let body = Bytes::copy_from_slice(body.bytes().unwrap_or_default());
            match cloud.handle(http::Request::from_parts(parts, body), "https://cloud.invalid").await {
                Ok(response) => HttpResponse::try_from(response.map(SdkBody::from))
                    .map_err(|error| ConnectorError::other(error.into(), None)),
                Err(Lost::Refused) => Err(broken(std::io::ErrorKind::ConnectionRefused).never_connected()),
                Err(Lost::Reset) => Err(broken(std::io::ErrorKind::ConnectionReset)),
                Err(Lost::Silent) => std::future::pending().await,
            }
        })
    }
}

fn broken(kind: std::io::ErrorKind) -> ConnectorError {
    ConnectorError::io(std::io::Error::from(kind).into())
}

impl TimeSource for Simulated {
    fn now(&self) -> SystemTime {
        let millis = u64::try_from(self.0.clock().now().0).unwrap_or_default();
        SystemTime::UNIX_EPOCH + Duration::from_millis(millis)
    }
}

/// A simulated region with one VPC of three subnets, and the adapter for it through a role.
pub(crate) struct Region {
    pub(crate) cloud: Cloud,
    pub(crate) gate: Open,
    pub(crate) adapter: Arc<dyn Provider>,
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
}

/// Seeds a region and returns it with an adapter.
pub(crate) fn region() -> Result<Region, Box<dyn std::error::Error>> {
    let mut world = World { now: Millis(1_800_000_000_000), ..World::default() };
    let (account, name) = ("111122223333", "eu-north-1");
    world.aws.add_access_key("AKIDTESTOWN", "999900001111")?;
    let vpc = VpcSeed { id: None, cidr: "10.1.0.0/16".parse()?, dns_hostnames: true, tags: [].into() };
    let vpc = world.aws.add_vpc(account, name, vpc)?;
    let mut subnets = Vec::new();
    for zone in 1..=3 {
        let seed = SubnetSeed {
            id: None,
            vpc: vpc.clone(),
            cidr: format!("10.1.{zone}.0/24").parse()?,
            zone_id: format!("eun1-az{zone}"),
            tags: [("tier".to_owned(), "private".to_owned())].into(),
        };
        subnets.push(world.aws.add_subnet(account, name, seed)?);
    }
    let cloud = Cloud::start(world, 1.0);
    let gate = Open::default();
    let mut settings = settings(Simulated(cloud.clone()));
    settings.time_source = Some(SharedTimeSource::new(Simulated(cloud.clone())));
    let adapter = AwsClouds::new(settings, Arc::new(gate.clone())).provider(&place(Some("xcloud")));
    Ok(Region { cloud, gate, adapter, vpc, subnets })
}
