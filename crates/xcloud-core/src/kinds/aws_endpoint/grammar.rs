//! The form of the kind in a file.

use crate::config::grammar::format::REFERENCE;
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, GROUP_TYPE, IN_KEY, IPV4_TYPE, Key, NAME_KEY, PROTECT_KEY, SUBNETS_KEY, Shape,
    TAGS_KEY, Type, VPC_KEY,
};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an aws/endpoint",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        TAGS_KEY,
        VPC_KEY,
        SUBNETS_KEY,
        Key::may("endpoint_ips", Type::List(&IPV4_TYPE, 1), "one address for each subnet; leave out to let AWS choose"),
        Key::must(
            "service",
            Type::Text(&REFERENCE),
            "a name in this file, or a full service name such as com.amazonaws.eu-north-1.s3",
        ),
        Key::must("security_groups", Type::List(&GROUP_TYPE, 1), "names in this file, or sg-..."),
        Key::may(
            "private_dns",
            Type::Bool,
            "whether the service's private DNS name resolves in the VPC; false if left out",
        ),
    ],
);
