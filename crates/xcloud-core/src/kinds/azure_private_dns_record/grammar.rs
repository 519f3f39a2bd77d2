//! The form of the kind in a file.

use crate::config::grammar::format::{DURATION, REFERENCE};
use crate::config::grammar::format_aws::REGION;
use crate::config::grammar::format_azure::ARM_PAIR;
use crate::config::grammar::format_net::RECORD;
use crate::config::grammar::{
    ADDRESS_KEY, DRAIN_KEY, ENV_KEY, FLOW_KEY, IN_KEY, IPV4_TYPE, Key, NAME_KEY, PROTECT_KEY, Shape, Type,
};
use crate::kinds::shared::ADDRESSES_OF;

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an azure/private-dns-record",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        DRAIN_KEY,
        Key::must("zone", Type::Text(&ARM_PAIR), "the existing zone: resource-group/name or a full resource id"),
        Key::must("record", Type::Text(&RECORD), "the name inside the zone; @ for the zone itself"),
        Key::must("ttl", Type::Text(&DURATION), "time to live"),
        Key::must(
            "addresses",
            ADDRESSES,
            "a list, {endpoint_ips_of: ...}, or {active: {<region>: ...}} for the record that a failover switches",
        ),
    ],
);

const ADDRESSES: Type = Type::Either(&[Type::List(&IPV4_TYPE, 1), Type::Map(&RECORD_ADDRESSES)]);

static RECORD_ADDRESSES: Shape = Shape::one(
    "a record's addresses",
    &[
        Key::may("endpoint_ips_of", Type::Text(&REFERENCE), "the addresses of an endpoint"),
        Key::may("service_ips_of", Type::Text(&REFERENCE), "the load balancer addresses behind an endpoint service"),
        Key::may(
            "active",
            Type::Names(&REGION, &ACTIVE_SIDE),
            "for each region its addresses; those of the active region count",
        ),
    ],
);

static ACTIVE_SIDE: Type = Type::Either(&[Type::List(&IPV4_TYPE, 1), Type::Map(&ADDRESSES_OF)]);
