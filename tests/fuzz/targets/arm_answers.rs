//! No answer of Resource Manager makes the Azure adapter panic: every read gets the fuzzed body.
#![no_main]

mod gate;

use std::collections::BTreeSet;
use std::sync::Arc;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use xcloud_azure::{ArmTransport, AzureClouds, AzureSettings, TransportError};
use xcloud_core::live::{AzureQuery, Query};
use xcloud_core::model::{ArmName, Place};
use xcloud_core::provider::{BoxFuture, Clouds};

struct Fuzzed(u16, Bytes);

impl ArmTransport for Fuzzed {
    fn send(&self, _request: http::Request<Bytes>) -> BoxFuture<'_, Result<http::Response<Bytes>, TransportError>> {
        let response = http::Response::builder()
            .status(self.0)
            .header("content-type", "application/json")
            .body(self.1.clone())
            .expect("a response");
        Box::pin(async move { Ok(response) })
    }
}

const ROOT: &str = "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/rg/providers/Microsoft.Network";

fn name(rest: &str) -> ArmName {
    ArmName(format!("{ROOT}/{rest}"))
}

fuzz_target!(|input: (u8, Vec<u8>)| {
    let status = [200, 200, 200, 404, 403, 429, 500, 409][usize::from(input.0 % 8)];
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().expect("a runtime");
    let settings =
        AzureSettings { transport: Some(Arc::new(Fuzzed(status, Bytes::from(input.1)))), ..AzureSettings::default() };
    let clouds = AzureClouds::new(&settings, Arc::new(gate::Open)).expect("settings without an endpoint are good");
    let place = Place::Azure { subscription: "11111111-2222-3333-4444-555555555555".to_owned(), location: None };
    let query = Query::Azure(AzureQuery {
        product: "p".to_owned(),
        nsgs: BTreeSet::from([name("networkSecurityGroups/nsg")]),
        all_nsgs: input.0 >= 128,
        rule_groups: BTreeSet::from([(name("firewallPolicies/policy"), "group".to_owned())]),
        link_service_groups: BTreeSet::from(["rg".to_owned()]),
        link_services: BTreeSet::from([name("privateLinkServices/service")]),
        private_endpoint_groups: BTreeSet::from(["rg".to_owned()]),
        zones: BTreeSet::from([name("privateDnsZones/bank.example")]),
        subnets: BTreeSet::from([name("virtualNetworks/vnet/subnets/subnet")]),
        frontends: BTreeSet::from([name("loadBalancers/lb/frontendIPConfigurations/frontend")]),
    });
    let _answer = runtime.block_on(clouds.provider(&place).observe(&query));
});
