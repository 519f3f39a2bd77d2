//! The form of the kind in a file.

use crate::config::grammar::format::REFERENCE;
use crate::config::grammar::format_aws::PRINCIPAL;
use crate::config::grammar::{
    ACCEPTANCE, ADDRESS_KEY, CIDR_TYPE, DRAIN_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, NLB, PROTECT_KEY, Shape,
    TAGS_KEY, Type,
};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an aws/endpoint-service",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        DRAIN_KEY,
        TAGS_KEY,
        Key::must(
            "load_balancers",
            Type::List(&NLB_REFERENCE, 1),
            "names in this file, {tag: {key: value}} or {arn: ...}",
        ),
        Key::must(
            "acceptance",
            ACCEPTANCE,
            "managed: xcloud accepts exactly the endpoints it made; automatic: the service accepts all allowed principals",
        ),
        Key::must(
            "principals",
            Type::List(&PRINCIPAL_TYPE, 0),
            "who may connect: arn:aws:iam::<account>:root, ...:role/<name>",
        ),
        Key::may("expects", Type::Map(&EXPECTS), "what a found load balancer must already have"),
    ],
);

static NLB_REFERENCE: Type = Type::Either(&[Type::Text(&REFERENCE), NLB]);

static EXPECTS: Shape = Shape::all(
    "`expects`",
    &[
        Key::must("port", Type::Int(1, 65_535), "it has a listener on this port"),
        Key::must("clients", Type::List(&CIDR_TYPE, 1), "its groups admit these clients on that port"),
    ],
);

static PRINCIPAL_TYPE: Type = Type::Text(&PRINCIPAL);
