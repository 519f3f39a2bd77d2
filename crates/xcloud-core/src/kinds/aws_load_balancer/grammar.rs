//! The form of the kind in a file.

use crate::config::grammar::format_net::IPV4;
use crate::config::grammar::{
    ADDRESS_KEY, DRAIN_KEY, ENV_KEY, FLOW_KEY, GROUP_TYPE, HEALTH, IN_KEY, IPV4_TYPE, Key, NAME_KEY, PROTECT_KEY,
    SUBNETS_KEY, Shape, TAGS_KEY, Type, VPC,
};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an aws/load-balancer",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        DRAIN_KEY,
        TAGS_KEY,
        Key::may("vpc", VPC, "which VPC; needed where subnets are chosen by tag"),
        SUBNETS_KEY,
        Key::may("service_ips", Type::List(&IPV4_TYPE, 1), "one address for each subnet; leave out to let AWS choose"),
        Key::must(
            "security_groups",
            Type::List(&GROUP_TYPE, 1),
            "names in this file, or sg-...; without a group at birth a load balancer can never get one",
        ),
        Key::may(
            "private_link_ingress_rules",
            Type::Word(&["enforced", "off"]),
            "whether the groups' inbound rules apply to PrivateLink traffic",
        ),
        Key::must("listeners", Type::List(&LISTENER_TYPE, 1), "TCP listeners, each with its targets"),
    ],
);

static LISTENER_TYPE: Type = Type::Map(&LISTENER);
static TARGET_TYPE: Type = Type::Map(&TARGET);

static LISTENER: Shape = Shape::all(
    "a listener",
    &[
        Key::must("port", Type::Int(1, 65_535), "the listener's port"),
        Key::must("targets", Type::List(&TARGET_TYPE, 1), "where connections go"),
        Key::may(
            "target_port",
            Type::Int(1, 65_535),
            "the target group's own port; by default that of the first target",
        ),
        Key::may("health", Type::Map(&HEALTH), "the target group's health check; leave out for AWS's defaults"),
    ],
);

static TARGET: Shape = Shape::all(
    "a target",
    &[Key::must("ip", Type::Text(&IPV4), "the address"), Key::must("port", Type::Int(1, 65_535), "the port")],
);
