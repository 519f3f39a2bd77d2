//! The kinds of Azure.

use super::aws::{ADDRESS_KEY, CIDR_TYPE, ENV_KEY, FLOW_KEY, IN_KEY, IPV4_TYPE, NAME_KEY, PORTS_TYPE};
use super::flow::ACCEPTANCE;
use super::format::{ACCOUNT_NAME, DURATION, NAME, REASON, REFERENCE};
use super::format_aws::REGION;
use super::format_azure::{
    ARM_PAIR, ARM_TRIPLE, AZURE_NAME, RESOURCE_GROUP, RULE_PRIORITIES, SUBSCRIPTION, SUBSCRIPTION_OR_ALL,
};
use super::format_net::RECORD;
use super::{Key, Shape, Type};

/// The addresses of a rule's side.
const SIDE: Type = Type::Either(&[Type::List(&CIDR_TYPE, 1), Type::Map(&ADDRESSES_OF)]);

static ADDRESSES_OF: Shape = Shape::one(
    "addresses of another resource",
    &[
        Key::may("service_ips_of", Type::Text(&REFERENCE), "the load balancer addresses behind an endpoint service"),
        Key::may("endpoint_ips_of", Type::Text(&REFERENCE), "the addresses of an endpoint"),
    ],
);

const PROTOCOL: Type = Type::Word(&["tcp", "udp", "icmp", "all"]);
const RULE_REGION_TYPE: Type = Type::Either(&[Type::Word(&["none"]), Type::Text(&REGION)]);
const RULE_NAME: Key = Key::must("name", Type::Text(&NAME), "the rule in Azure is xc-<product>-<name>");
const RULE_ENV: Key =
    Key::may("env", Type::Text(&ACCOUNT_NAME), "the environment that the rule serves; by default that of the resource");
const RULE_REGION: Key = Key::may(
    "region",
    RULE_REGION_TYPE,
    "the region that the rule serves, or none; by default that of the addresses it refers to",
);
const WIDE: Key = Key::may("wide", Type::Text(&REASON), "why a source range is wider than /16");

pub(super) static NETWORK_SECURITY_GROUP: Shape = Shape::all(
    "an azure/network-security-group",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("group", Type::Text(&ARM_PAIR), "the existing group: resource-group/name or a full resource id"),
        Key::must("rules", Type::List(&NSG_RULE_TYPE, 0), "our rules in it"),
    ],
);

static NSG_RULE_TYPE: Type = Type::Map(&NSG_RULE);

static NSG_RULE: Shape = Shape::all(
    "a rule of a network security group",
    &[
        RULE_NAME,
        RULE_ENV,
        RULE_REGION,
        WIDE,
        Key::may("priority", Type::Int(100, 4096), "its priority"),
        Key::may(
            "priorities",
            Type::Text(&RULE_PRIORITIES),
            "the range from which it takes one, instead of `priority`",
        ),
        Key::must("direction", Type::Word(&["inbound", "outbound"]), "inbound or outbound"),
        Key::must("access", Type::Word(&["allow", "deny"]), "allow or deny"),
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp or all"),
        Key::must("from", SIDE, "sources: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::must("to", SIDE, "destinations: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::may("ports", PORTS_TYPE, "destination ports; not for icmp"),
    ],
);

pub(super) static FIREWALL_RULES: Shape = Shape::all(
    "an azure/firewall-rules",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must(
            "policy",
            Type::Text(&ARM_PAIR),
            "the existing firewall policy: resource-group/name or a full resource id",
        ),
        Key::must("group", Type::Text(&AZURE_NAME), "the rule collection group that is wholly ours"),
        Key::must("priority", Type::Int(100, 65_000), "the group's priority in the policy"),
        Key::must("rules", Type::List(&FIREWALL_RULE_TYPE, 0), "network rules that allow"),
    ],
);

static FIREWALL_RULE_TYPE: Type = Type::Map(&FIREWALL_RULE);

static FIREWALL_RULE: Shape = Shape::all(
    "a firewall rule",
    &[
        RULE_NAME,
        RULE_ENV,
        RULE_REGION,
        WIDE,
        Key::must("protocol", PROTOCOL, "tcp, udp, icmp or all"),
        Key::must("from", SIDE, "sources: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::must("to", SIDE, "destinations: a list of ranges, {service_ips_of: ...} or {endpoint_ips_of: ...}"),
        Key::may("ports", PORTS_TYPE, "destination ports; not for icmp"),
    ],
);

static SUBSCRIPTION_TYPE: Type = Type::Text(&SUBSCRIPTION);
static VISIBLE_TYPE: Type = Type::Text(&SUBSCRIPTION_OR_ALL);

pub(super) static PRIVATE_LINK_SERVICE: Shape = Shape::all(
    "an azure/private-link-service",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("resource_group", Type::Text(&RESOURCE_GROUP), "where it is made"),
        Key::must(
            "load_balancer_frontend",
            Type::Text(&ARM_TRIPLE),
            "resource-group/load-balancer/frontend or a full resource id",
        ),
        Key::must("nat_subnet", Type::Text(&ARM_TRIPLE), "resource-group/network/subnet or a full resource id"),
        Key::may("visibility", Type::List(&VISIBLE_TYPE, 0), "subscriptions that see it; * is everyone"),
        Key::may(
            "auto_approval",
            Type::List(&SUBSCRIPTION_TYPE, 0),
            "subscriptions whose connections are approved at once",
        ),
    ],
);

pub(super) static PRIVATE_ENDPOINT: Shape = Shape::all(
    "an azure/private-endpoint",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        Key::must("resource_group", Type::Text(&RESOURCE_GROUP), "where it is made"),
        Key::must("subnet", Type::Text(&ARM_TRIPLE), "resource-group/network/subnet or a full resource id"),
        Key::must("service", Type::Text(&REFERENCE), "a name in this file, or a full resource id or alias"),
        Key::must(
            "approval",
            ACCEPTANCE,
            "managed: xcloud approves exactly the connection it made; automatic: the service does",
        ),
    ],
);

pub(super) static PRIVATE_DNS_RECORD: Shape = Shape::all(
    "an azure/private-dns-record",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
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
