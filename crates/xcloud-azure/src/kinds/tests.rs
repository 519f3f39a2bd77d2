//! Whatever Resource Manager answers, the decoders answer a value or an error: they never panic.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use xcloud_core::model::ArmName;

use super::private_dns_record::RecordType;
use super::{firewall_rules, network_security_group, private_dns_record, private_endpoint, private_link_service};
use crate::error::ArmError;
use crate::json::{etag, state};

/// The words that the decoders look for, so that arbitrary answers reach deep into them.
const WORDS: &[&str] = &[
    "id",
    "name",
    "etag",
    "tags",
    "location",
    "properties",
    "priority",
    "direction",
    "access",
    "protocol",
    "subnet",
    "sourceAddressPrefix",
    "sourceAddressPrefixes",
    "destinationPortRange",
    "destinationPortRanges",
    "description",
    "ruleCollections",
    "rules",
    "action",
    "type",
    "ipProtocols",
    "protocols",
    "sourceAddresses",
    "ttl",
    "aRecords",
    "ipv4Address",
    "txtRecords",
    "value",
    "metadata",
    "privateEndpointConnections",
    "privateEndpoint",
    "visibility",
    "subscriptions",
    "privateLinkServiceConnections",
    "privateLinkServiceId",
    "provisioningState",
    "error",
    "code",
    "message",
    "details",
];

fn answers() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        Just(json!("Inbound")),
        Just(json!("Allow")),
        Just(json!("10.0.0.1/33")),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(WORDS), inner), 0..8).prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(word, value)| (word.to_owned(), value)).collect::<Map<_, _>>())
            }),
        ]
    })
}

proptest! {
    #[test]
    fn decoders_never_panic(answer in answers()) {
        let zone = ArmName("/zone".to_owned());
        let mut named = answer.clone();
        if let Some(object) = named.as_object_mut() {
            object.insert("id".to_owned(), json!("/x"));
            object.insert("name".to_owned(), json!("x"));
        }
        for answer in [&answer, &named] {
            let read = [
                network_security_group::rule_of(answer).is_ok(),
                firewall_rules::group_of(&zone, "g", answer).is_ok(),
                private_link_service::service_of(answer).is_ok(),
                private_endpoint::endpoint_of(answer).is_ok(),
                private_dns_record::record_set_of(&zone, RecordType::A, answer).is_ok(),
            ];
            prop_assert!(answer.is_object() || read.iter().all(|read| !read), "only an object is a resource");
            let _error: Option<String> = ArmError::from_value(answer).map(|error| error.text());
            let (_etag, _state) = (etag(answer), state(answer));
        }
    }
}
