//! The form of the kind in a file.

use crate::config::grammar::format::REFERENCE;
use crate::config::grammar::format_azure::{ARM_TRIPLE, RESOURCE_GROUP};
use crate::config::grammar::{
    ADDRESS_KEY, ENV_KEY, FLOW_KEY, IN_KEY, Key, NAME_KEY, PROTECT_KEY, Shape, TAGS_KEY, Type,
};

const APPROVAL: Type = Type::Word(&["managed", "automatic", "by-owner"]);

/// Its keys in a file.
pub(in crate::kinds) static GRAMMAR: Shape = Shape::all(
    "an azure/private-endpoint",
    &[
        NAME_KEY,
        IN_KEY,
        ENV_KEY,
        ADDRESS_KEY,
        FLOW_KEY,
        PROTECT_KEY,
        TAGS_KEY,
        Key::must("resource_group", Type::Text(&RESOURCE_GROUP), "where it is made"),
        Key::must("subnet", Type::Text(&ARM_TRIPLE), "resource-group/network/subnet or a full resource id"),
        Key::must("service", Type::Text(&REFERENCE), "a name in this file, or a full resource id or alias"),
        Key::must(
            "approval",
            APPROVAL,
            "managed: xcloud approves exactly the connection it made; automatic: the service does at once; by-owner: its owner \
             does, some time",
        ),
    ],
);
