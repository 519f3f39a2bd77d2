//! How something is found: by tags, or by its id.

use super::format_aws::{SUBNET_ID, TAG_KEY, TAG_VALUE, VPC_ID};
use super::{Key, Shape, Type};

static TAG_VALUE_TYPE: Type = Type::Text(&TAG_VALUE);
static SUBNET_ID_TYPE: Type = Type::Text(&SUBNET_ID);

/// Tags, all of which must be there.
pub(super) const TAGS: Type = Type::Names(&TAG_KEY, &TAG_VALUE_TYPE);

/// A VPC's selector.
pub(crate) const VPC: Type = Type::Map(&VPC_SELECTOR);

static VPC_SELECTOR: Shape = Shape::one(
    "a VPC's selector",
    &[Key::may("tag", TAGS, "tags, all of which must be there"), Key::may("id", Type::Text(&VPC_ID), "the VPC's id")],
);

/// The VPC in which something stands.
pub(crate) const VPC_KEY: Key = Key::must("vpc", VPC, "which VPC: {tag: {key: value}} or {id: vpc-...}");

/// A selector of subnets.
const SUBNETS: Type = Type::Map(&SUBNET_SELECTOR);

static SUBNET_SELECTOR: Shape = Shape::one(
    "a selector of subnets",
    &[
        Key::may("tag", TAGS, "tags, all of which must be there"),
        Key::may("ids", Type::List(&SUBNET_ID_TYPE, 1), "the subnets' ids, one for each availability zone"),
    ],
);

/// The subnets in which something has addresses.
pub(crate) const SUBNETS_KEY: Key = Key::must(
    "subnets",
    SUBNETS,
    "which subnets, one for each availability zone: {tag: {key: value}} or {ids: [subnet-...]}",
);
