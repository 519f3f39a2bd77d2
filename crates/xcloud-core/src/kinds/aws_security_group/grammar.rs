//! The form of the kind in a file.

use crate::config::grammar::VPC_KEY;
use crate::config::grammar::format::{PEER, REASON};
use crate::config::grammar::format_aws::AWS_DESCRIPTION;
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PORTS_TYPE, PROTECT_KEY, Shape, TAGS_KEY, Type,
};

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an aws/security-group",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        TAGS_KEY,
        VPC_KEY,
        Key::must("description", Type::Text(&AWS_DESCRIPTION), "the group's description; a new one replaces the group"),
        Key::must("ingress", Type::List(&INGRESS, 0), "inbound rules"),
        Key::must("egress", Type::List(&EGRESS, 0), "outbound rules; [] for none"),
        Key::may(
            "ownership",
            Type::Word(&["exclusive", "additive"]),
            "exclusive: rules that are not listed are removed; additive: only marked rules are touched",
        ),
    ],
);

static INGRESS: Type = Type::Map(&INGRESS_RULE);
static EGRESS: Type = Type::Map(&EGRESS_RULE);

const PROTOCOL: Type = Type::Word(&["tcp", "udp", "icmp", "icmpv6", "all"]);
const PEERS: Type = Type::List(&PEER_TYPE, 1);
static PEER_TYPE: Type = Type::Text(&PEER);

static INGRESS_RULE: Shape = Shape::all(
    "an inbound rule",
    &[
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp, icmpv6 or all"),
        Key::may("ports", PORTS_TYPE, "a port, a range such as 8000-8080, or a list; for tcp and udp only"),
        Key::must("from", PEERS, "ranges, prefix lists (pl-...), groups (sg-... or a name in this file)"),
        Key::may("description", Type::Text(&AWS_DESCRIPTION), "free text"),
        Key::may("wide", Type::Text(&REASON), "why a range is wider than /16"),
    ],
);

static EGRESS_RULE: Shape = Shape::all(
    "an outbound rule",
    &[
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp, icmpv6 or all"),
        Key::may("ports", PORTS_TYPE, "a port, a range such as 8000-8080, or a list; for tcp and udp only"),
        Key::must("to", PEERS, "ranges, prefix lists (pl-...), groups (sg-... or a name in this file)"),
        Key::may("description", Type::Text(&AWS_DESCRIPTION), "free text"),
    ],
);
