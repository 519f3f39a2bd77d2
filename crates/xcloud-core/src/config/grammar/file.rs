//! The top level of the file.

use super::flow::{ENVIRONMENT_SHAPE, FLOWS};
use super::format::{
    ACCOUNT_NAME, API_VERSION, DATE, DURATION, ENVIRONMENT, GLOB, KEPT_ELSEWHERE, LEDGER, OPERATION, OWNER, PRODUCT,
    REASON, WEBHOOK,
};
use super::format_aws::{ACCOUNT, REGION, ROLE};
use super::format_azure::{ARM_PAIR, AZURE_NAME, LOCATION, SUBSCRIPTION, TENANT};
use super::resource::TAGS_KEY;
use super::selectors::{SUBNETS_KEY, VPC_KEY};
use super::{Key, Shape, Type};

/// The whole file.
pub(crate) static FILE: Type = Type::Map(&FILE_SHAPE);

static FILE_SHAPE: Shape = Shape::all(
    "the file",
    &[
        Key::must("apiVersion", Type::Text(&API_VERSION), "the version of this format: xcloud/v1"),
        Key::must("product", Type::Text(&PRODUCT), "the product's name; part of every name and mark"),
        Key::must("owner", Type::Text(&OWNER), "whom to ask; goes into tags and rule descriptions"),
        Key::must("regions", Type::Map(&REGIONS), "the primary and the disaster-recovery region"),
        TAGS_KEY,
        Key::may("aws", Type::Map(&AWS), "where flows live in AWS"),
        Key::may("azure", Type::Map(&AZURE), "where flows live in Azure, and the zone of the active-region record"),
        Key::may(
            "environments",
            Type::Names(&ENVIRONMENT, &ENVIRONMENT_TYPE),
            "the environments, each with its DR choice",
        ),
        Key::may("flows", FLOWS, "what may talk to what across the clouds"),
        Key::may("failover", Type::Map(&FAILOVER), "what a failover does"),
        Key::may("accounts", Type::Names(&ACCOUNT_NAME, &ACCOUNT_TYPE), "named places where resources live"),
        Key::may(
            "resources",
            Type::List(&crate::kinds::RESOURCE, 0),
            "resources one by one, for everything that a flow does not cover",
        ),
        Key::may("ledger", Type::Text(&LEDGER), "where runs are recorded: file:DIR, s3://... or az://..."),
        Key::may("limits", Type::Names(&OPERATION, &LIMIT_TYPE), "API limits that AWS has raised, by operation"),
        Key::may(
            "auth",
            Type::Word(&["workload-identity", "managed-identity", "client-secret", "azure-cli"]),
            "how to authenticate to Azure; by default the first that the environment supports",
        ),
        Key::may(
            "read_role",
            Type::Text(&ROLE),
            "the role for plan, drift and readiness in accounts that name none of their own",
        ),
        Key::may(
            "require_reversible",
            Type::List(&ENVIRONMENT_NAME, 0),
            "environments whose plans may hold only steps that can be undone",
        ),
        Key::may("ignore", Type::List(&IGNORE_TYPE, 0), "differences that drift does not report"),
        Key::may("notify", Type::List(&NOTIFY_TYPE, 0), "who is notified"),
    ],
);

static ENVIRONMENT_TYPE: Type = Type::Map(&ENVIRONMENT_SHAPE);
static ENVIRONMENT_NAME: Type = Type::Text(&ENVIRONMENT);
static ACCOUNT_TYPE: Type = Type::Tagged("cloud", &[("aws", &AWS_ACCOUNT), ("azure", &AZURE_ACCOUNT)]);
static LIMIT_TYPE: Type = Type::Map(&LIMIT);
static IGNORE_TYPE: Type = Type::Map(&IGNORE);
static NOTIFY_TYPE: Type = Type::Map(&NOTIFY);

const READ_ROLE: Key =
    Key::may("read_role", Type::Text(&ROLE), "assumed for plan, drift and readiness; by default `role`");

static REGIONS: Shape = Shape::all(
    "`regions`",
    &[
        Key::must("primary", Type::Text(&REGION), "the region that normally serves, for example eu-north-1"),
        Key::may("dr", Type::Text(&REGION), "the disaster-recovery region, for example eu-west-1"),
    ],
);

static AWS: Shape = Shape::all(
    "`aws`",
    &[
        Key::may("hub", Type::Map(&HUB), "the central connectivity account"),
        Key::may("product", Type::Map(&PRODUCT_ACCOUNT), "the same selectors in every environment's account"),
    ],
);

static HUB: Shape = Shape::all(
    "`aws.hub`",
    &[
        Key::must("account", Type::Text(&ACCOUNT), "twelve digits, quoted"),
        Key::may("role", Type::Text(&ROLE), "assumed in that account; leave out to use the caller's own credentials"),
        READ_ROLE,
        VPC_KEY,
        SUBNETS_KEY,
        TAGS_KEY,
    ],
);

static PRODUCT_ACCOUNT: Shape = Shape::all(
    "`aws.product`",
    &[
        Key::may(
            "role",
            Type::Text(&ROLE),
            "assumed in every environment's account; leave out to use the caller's own credentials",
        ),
        READ_ROLE,
        VPC_KEY,
        SUBNETS_KEY,
        TAGS_KEY,
    ],
);

static AZURE: Shape = Shape::all(
    "`azure`",
    &[
        Key::must("subscription", Type::Text(&SUBSCRIPTION), "the subscription's id"),
        Key::may("tenant", Type::Text(&TENANT), "the subscription's Entra tenant; by default that of the credentials"),
        Key::may("firewall_policy", Type::Text(&ARM_PAIR), "the existing firewall policy: resource-group/name"),
        Key::may("rule_collection_group", Type::Map(&GROUP), "the group in that policy that is wholly ours"),
        Key::may(
            "private_dns_zone",
            Type::Text(&ARM_PAIR),
            "the zone of the names that Azure applications use: resource-group/name",
        ),
        Key::may(
            "nsg_priorities",
            PRIORITIES,
            "the priorities from which new rules take theirs, for example 2000-2099",
        ),
    ],
);

/// A range of NSG priorities.
const PRIORITIES: Type = Type::Text(&super::format_azure::NSG_PRIORITIES);

static GROUP: Shape = Shape::all(
    "`rule_collection_group`",
    &[
        Key::must("name", Type::Text(&AZURE_NAME), "the group's name"),
        Key::must("priority", Type::Int(100, 65_000), "its priority in the policy"),
    ],
);

static FAILOVER: Shape = Shape::all(
    "`failover`",
    &[
        Key::may(
            "rules",
            Type::Word(&["always-open", "on-failover"]),
            "whether the standby region's rules are open beforehand",
        ),
        Key::may("ttl", Type::Text(&DURATION), "time to live of the switched records"),
        Key::may("rto", Type::Text(&DURATION), "recovery time objective: from declaration to commit"),
        Key::may("close_after", Type::Text(&DURATION), "when the old region's rules may be closed"),
    ],
);

static AWS_ACCOUNT: Shape = Shape::all(
    "an AWS account",
    &[
        Key::must("account", Type::Text(&ACCOUNT), "twelve digits, quoted"),
        Key::must("region", Type::Text(&REGION), "for example eu-north-1"),
        Key::may("role", Type::Text(&ROLE), "assumed in that account; leave out to use the caller's own credentials"),
        READ_ROLE,
        TAGS_KEY,
    ],
);

static AZURE_ACCOUNT: Shape = Shape::all(
    "an Azure subscription",
    &[
        Key::must("subscription", Type::Text(&SUBSCRIPTION), "the subscription's id"),
        Key::may("location", Type::Text(&LOCATION), "where new resources are made, for example norwayeast"),
        Key::may("tenant", Type::Text(&TENANT), "the subscription's Entra tenant; by default that of the credentials"),
        TAGS_KEY,
    ],
);

static LIMIT: Shape = Shape::all(
    "a limit",
    &[
        Key::must("burst", Type::Decimal, "how many calls at once"),
        Key::must("per_second", Type::Decimal, "how many more each second"),
    ],
);

static IGNORE: Shape = Shape::all(
    "an ignored difference",
    &[
        Key::must("address", Type::Text(&GLOB), "the resources, globs allowed"),
        Key::may("property", Type::Text(&GLOB), "the property, globs allowed; by default all"),
        Key::must("reason", Type::Text(&REASON), "why, in words"),
        Key::must("expires", Type::Text(&DATE), "the last day on which it holds"),
    ],
);

static NOTIFY: Shape = Shape::all(
    "a notification",
    &[
        Key::must("webhook", Type::Text(&WEBHOOK), "where the message is posted: an https URL, env:NAME or file:PATH"),
        Key::may("form", Type::Word(&["generic", "slack"]), "the form of the message; by default generic"),
        Key::may(
            "signed_with",
            Type::Text(&KEPT_ELSEWHERE),
            "the secret that signs each message: env:NAME or file:PATH",
        ),
        Key::must("on", Type::List(&EVENT, 1), "after which commands"),
    ],
);

static EVENT: Type = Type::Word(&["apply", "drift", "failover", "rollback"]);
