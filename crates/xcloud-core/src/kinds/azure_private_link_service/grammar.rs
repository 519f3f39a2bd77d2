//! The form of the kind in a file.

use crate::config::grammar::format_azure::{ARM_TRIPLE, RESOURCE_GROUP, SUBSCRIPTION, SUBSCRIPTION_OR_ALL};
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PROTECT_KEY, Shape, TAGS_KEY, Type,
};

static SUBSCRIPTION_TYPE: Type = Type::Text(&SUBSCRIPTION);
static VISIBLE_TYPE: Type = Type::Text(&SUBSCRIPTION_OR_ALL);

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an azure/private-link-service",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        TAGS_KEY,
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
