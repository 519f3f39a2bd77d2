//! No answer of AWS makes the AWS adapter panic: every call gets the fuzzed body.
#![no_main]

mod gate;

use std::collections::BTreeSet;
use std::sync::Arc;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use libfuzzer_sys::fuzz_target;
use xcloud_aws::{AwsClouds, AwsSettings};
use xcloud_core::live::{AwsQuery, Query};
use xcloud_core::model::{Place, Selector, SubnetSelector};
use xcloud_core::provider::Clouds;

#[derive(Debug, Clone)]
struct Fuzzed(u16, Vec<u8>);

impl HttpClient for Fuzzed {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Fuzzed {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        let body = SdkBody::from(self.1.clone());
        let response = http::Response::builder().status(self.0).body(body).expect("a response");
        HttpConnectorFuture::ready(Ok(HttpResponse::try_from(response).expect("a response")))
    }
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let status = [200, 200, 200, 400, 403, 503, 500, 404][usize::from(input.0 % 8)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let credentials = Credentials::new("AKIAFUZZ000000000000", "fuzz", None, None, "fuzz");
    let settings = AwsSettings {
        http_client: Some(SharedHttpClient::new(Fuzzed(status, input.1))),
        base_credentials: Some(SharedCredentialsProvider::new(credentials)),
        ..AwsSettings::default()
    };
    let clouds = AwsClouds::new(settings, Arc::new(gate::Open));
    let place = Place::Aws {
        account: "100000000001".to_owned(),
        region: "eu-north-1".to_owned(),
        role: None,
        read_role: None,
    };
    let query = Query::Aws(AwsQuery {
        product: "p".to_owned(),
        vpcs: BTreeSet::from([Selector::Id("vpc-1".to_owned())]),
        subnets: BTreeSet::from([SubnetSelector::Ids(BTreeSet::from(["subnet-1".to_owned()]))]),
        groups: true,
        load_balancers: true,
        found_load_balancers: BTreeSet::new(),
        services: true,
        connections: true,
        connections_may_fail: false,
        endpoints: true,
        records: BTreeSet::from([(Selector::Id("vpc-1".to_owned()), "a.bank.example".to_owned())]),
    });
    let _answer = runtime.block_on(clouds.provider(&place).observe(&query));
});
