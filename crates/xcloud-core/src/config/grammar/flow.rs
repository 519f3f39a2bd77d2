//! Environments and flows.

use super::format::{DURATION, ENVIRONMENT, FLOW, REASON};
use super::format_aws::{ACCOUNT, NLB_ARN, REGION};
use super::format_azure::ARM_PAIR;
use super::format_net::{CIDR, DNS_NAME, IPV4, TARGET};
use super::resource::{DRAIN_KEY, PROTECT_KEY, TAGS_KEY};
use super::selectors::TAGS;
use super::{Key, Shape, Type};

static CIDR_TYPE: Type = Type::Text(&CIDR);
static IPV4_TYPE: Type = Type::Text(&IPV4);
static TARGET_TYPE: Type = Type::Text(&TARGET);
static DNS_TYPE: Type = Type::Text(&DNS_NAME);
static FLOW_TYPE: Type = Type::Tagged("direction", &[("aws-to-azure", &AWS_TO_AZURE), ("azure-to-aws", &AZURE_TO_AWS)]);
static PINS: Type = Type::List(&IPV4_TYPE, 1);
static PINS_BY_REGION: Type = Type::Names(&REGION, &PINS);
static REGION_TYPE: Type = Type::Either(&[Type::Map(&REGION_SHAPE), Type::Word(&["none"])]);

pub(super) const FLOWS: Type = Type::Names(&FLOW, &FLOW_TYPE);

pub(super) static ENVIRONMENT_SHAPE: Shape = Shape::all(
    "an environment",
    &[
        Key::may("account", Type::Text(&ACCOUNT), "the product's account: twelve digits, quoted"),
        Key::may("azure", Type::Map(&ENVIRONMENT_AZURE), "the Azure side of the environment"),
        Key::must(
            "regions",
            Type::Names(&REGION, &REGION_TYPE),
            "every region of the file, with its clients or `none`",
        ),
        DRAIN_KEY,
        PROTECT_KEY,
        TAGS_KEY,
    ],
);

static ENVIRONMENT_AZURE: Shape = Shape::all(
    "the Azure side of an environment",
    &[
        Key::may("clients", Type::List(&CIDR_TYPE, 1), "who may call AWS"),
        Key::may("nsg", Type::Text(&ARM_PAIR), "the existing network security group: resource-group/name"),
        Key::may("wide", Type::Text(&REASON), "why a client range is wider than /16"),
    ],
);

static REGION_SHAPE: Shape = Shape::all(
    "a region of an environment",
    &[
        Key::may("clients", Type::List(&CIDR_TYPE, 1), "who may call Azure"),
        Key::may(
            "service_ips",
            Type::List(&IPV4_TYPE, 1),
            "the load balancer addresses that Azure sees as source; leave out to let AWS choose",
        ),
        Key::may(
            "endpoint_ips",
            Type::List(&IPV4_TYPE, 1),
            "the hub endpoint addresses that Azure calls; leave out to let AWS choose",
        ),
        Key::may("wide", Type::Text(&REASON), "why a client range is wider than /16"),
    ],
);

static AWS_TO_AZURE: Shape = Shape::all(
    "an aws-to-azure flow",
    &[
        Key::must("port", Type::Int(1, 65_535), "the port of the Azure application, and of the listener"),
        Key::may("protocol", Type::Word(&["tcp"]), "tcp"),
        Key::must(
            "azure_ip",
            Type::Either(&[Type::Text(&TARGET), Type::Names(&ENVIRONMENT, &TARGET_TYPE)]),
            "the address of the Azure application, for each environment",
        ),
        Key::may(
            "name",
            Type::Either(&[Type::Text(&DNS_NAME), Type::Names(&ENVIRONMENT, &DNS_TYPE)]),
            "the name that AWS applications use, in the product's private zone",
        ),
        Key::must(
            "acceptance",
            ACCEPTANCE,
            "managed: xcloud accepts exactly the endpoints it made; automatic: the service accepts all allowed principals",
        ),
        Key::may("health", Type::Map(&HEALTH), "the target group's health check"),
        DRAIN_KEY,
    ],
);

static AZURE_TO_AWS: Shape = Shape::all(
    "an azure-to-aws flow",
    &[
        Key::must("port", Type::Int(1, 65_535), "the port of the product's load balancer"),
        Key::may("protocol", Type::Word(&["tcp"]), "tcp"),
        Key::must("aws_nlb", NLB, "the product's load balancer: {tag: {key: value}} or {arn: ...}"),
        Key::may(
            "name",
            Type::Either(&[Type::Text(&DNS_NAME), Type::Names(&ENVIRONMENT, &DNS_TYPE)]),
            "the name that Azure applications use, for each environment",
        ),
        Key::must(
            "acceptance",
            ACCEPTANCE,
            "managed: xcloud accepts exactly the endpoints it made; automatic: the service accepts all allowed principals",
        ),
        Key::may(
            "endpoint_ips",
            Type::Names(&ENVIRONMENT, &PINS_BY_REGION),
            "the hub endpoint addresses, for each environment and region, where several flows go this way",
        ),
        DRAIN_KEY,
    ],
);

/// Who accepts connections.
pub(crate) const ACCEPTANCE: Type = Type::Word(&["managed", "automatic"]);

/// A found load balancer.
pub(crate) const NLB: Type = Type::Map(&NLB_SELECTOR);

static NLB_SELECTOR: Shape = Shape::one(
    "a load balancer's selector",
    &[
        Key::may("tag", TAGS, "tags, all of which must be there"),
        Key::may("arn", Type::Text(&NLB_ARN), "the load balancer's ARN"),
    ],
);

/// ELBv2: intervals of 5 to 300 seconds, thresholds of 2 to 10.
pub(crate) static HEALTH: Shape = Shape::all(
    "a health check",
    &[
        Key::may("protocol", Type::Word(&["tcp"]), "tcp"),
        Key::must("interval", Type::Text(&DURATION), "time between checks, 5s to 300s"),
        Key::must("threshold", Type::Int(2, 10), "consecutive results that change the state"),
    ],
);
