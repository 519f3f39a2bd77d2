//! The form of the kind in a file.

use crate::config::grammar::format::REFERENCE;
use crate::config::grammar::format_net::DNS_NAME;
use crate::config::grammar::{
    ADDRESS_KEY, DRAIN_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PROTECT_KEY, Shape, Type, VPC,
};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an aws/private-zone-record",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        DRAIN_KEY,
        Key::must("vpc", VPC, "the VPC whose private zones are searched"),
        Key::must("record", Type::Text(&DNS_NAME), "the full name"),
        Key::must(
            "endpoint",
            Type::Text(&REFERENCE),
            "the endpoint in this file whose regional name it is an alias to",
        ),
    ],
);
