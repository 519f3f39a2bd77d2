//! Keys that all resources have, and the kinds of AWS.

use super::flow::{ACCEPTANCE, HEALTH, NLB};
use super::format::{ACCOUNT_NAME, ADDRESS, FLOW, GROUP, NAME, PEER, REASON, REFERENCE};
use super::format_aws::{AWS_DESCRIPTION, PRINCIPAL};
use super::format_net::{CIDR, DNS_NAME, IPV4, PORTS};
use super::selectors::{SUBNETS, VPC};
use super::{Key, Shape, Type};

pub(super) const NAME_KEY: Key = Key::must(
    "name",
    Type::Text(&NAME),
    "unique among the resources of its kind; the cloud's name is xc-<product>-<name>",
);
pub(super) const IN_KEY: Key = Key::must("in", Type::Text(&ACCOUNT_NAME), "the account, by its name in `accounts`");
pub(super) const ENV_KEY: Key =
    Key::may("env", Type::Text(&ACCOUNT_NAME), "the environment part of the address; by default the account's name");
pub(super) const ADDRESS_KEY: Key =
    Key::may("address", Type::Text(&ADDRESS), "the whole address, where it is not <env>/<region>/<kind>/<name>");
pub(super) const FLOW_KEY: Key = Key::may("flow", Type::Text(&FLOW), "the flow that it was expanded from");

pub(super) static CIDR_TYPE: Type = Type::Text(&CIDR);
pub(super) static IPV4_TYPE: Type = Type::Text(&IPV4);
static PRINCIPAL_TYPE: Type = Type::Text(&PRINCIPAL);
static PORT_TYPE: Type = Type::Either(&[Type::Int(1, 65_535), Type::Text(&PORTS)]);

/// A port, a range, or a list of both.
pub(super) const PORTS_TYPE: Type =
    Type::Either(&[Type::Int(1, 65_535), Type::Text(&PORTS), Type::List(&PORT_TYPE, 1)]);

pub(super) static SECURITY_GROUP: Shape = Shape::all(
    "an aws/security-group",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("vpc", VPC, "which VPC: {tag: {key: value}} or {id: vpc-...}"),
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
static GROUP_TYPE: Type = Type::Text(&GROUP);

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

pub(super) static LOAD_BALANCER: Shape = Shape::all(
    "an aws/load-balancer",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::may("vpc", VPC, "which VPC; needed where subnets are chosen by tag"),
        Key::must(
            "subnets",
            SUBNETS,
            "which subnets, one for each availability zone: {tag: {key: value}} or {ids: [subnet-...]}",
        ),
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

pub(super) static ENDPOINT_SERVICE: Shape = Shape::all(
    "an aws/endpoint-service",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
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

pub(super) static ENDPOINT: Shape = Shape::all(
    "an aws/endpoint",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("vpc", VPC, "which VPC: {tag: {key: value}} or {id: vpc-...}"),
        Key::must(
            "subnets",
            SUBNETS,
            "which subnets, one for each availability zone: {tag: {key: value}} or {ids: [subnet-...]}",
        ),
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

pub(super) static PRIVATE_ZONE_RECORD: Shape = Shape::all(
    "an aws/private-zone-record",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("vpc", VPC, "the VPC whose private zones are searched"),
        Key::must("record", Type::Text(&DNS_NAME), "the full name"),
        Key::must(
            "endpoint",
            Type::Text(&REFERENCE),
            "the endpoint in this file whose regional name it is an alias to",
        ),
    ],
);
