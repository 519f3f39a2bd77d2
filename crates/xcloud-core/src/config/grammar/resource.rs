//! What all resources have.

use super::format::{ACCOUNT_NAME, ADDRESS, DURATION, FLOW, GROUP, NAME};
use super::format::{NEW_TAG_KEY, NEW_TAG_VALUE};
use super::format_net::{CIDR, IPV4, PORTS};
use super::{Key, Type};

/// What it is called.
pub(crate) const NAME_KEY: Key = Key::must(
    "name",
    Type::Text(&NAME),
    "unique among the resources of its kind; the cloud's name is xc-<product>-<name>",
);
/// Where it lives.
pub(crate) const IN_KEY: Key = Key::must("in", Type::Text(&ACCOUNT_NAME), "the account, by its name in `accounts`");
/// The environment of its address.
pub(crate) const ENV_KEY: Key =
    Key::may("env", Type::Text(&ACCOUNT_NAME), "the environment part of the address; by default the account's name");
/// Its address.
pub(crate) const ADDRESS_KEY: Key =
    Key::may("address", Type::Text(&ADDRESS), "the whole address, where it is not <env>/<region>/<kind>/<name>");
/// Its flow.
pub(crate) const FLOW_KEY: Key = Key::may("flow", Type::Text(&FLOW), "the flow that it was expanded from");

/// Whether it is protected; also a whole environment.
pub(crate) const PROTECT_KEY: Key = Key::may(
    "protect",
    Type::Bool,
    "whether plans that delete or replace it (of an environment: anything in it) are refused; false if left out",
);

/// How long what it leaves drains, for the kinds that may leave something.
pub(crate) const DRAIN_KEY: Key = Key::may(
    "drain",
    Type::Text(&DURATION),
    "how long connections on a way that was left may go on, 0s to 24h; by default until they have ended",
);

static NEW_TAG_VALUE_TYPE: Type = Type::Text(&NEW_TAG_VALUE);

/// The tags of what is made, for the kinds that carry some; also of a whole file, account or environment.
pub(crate) const TAGS_KEY: Key = Key::may(
    "tags",
    Type::Names(&NEW_TAG_KEY, &NEW_TAG_VALUE_TYPE),
    "tags on what is made: those of the file, then of the account, of the environment, of the resource",
);

/// A range.
pub(crate) static CIDR_TYPE: Type = Type::Text(&CIDR);
/// A single address.
pub(crate) static IPV4_TYPE: Type = Type::Text(&IPV4);
static PORT_TYPE: Type = Type::Either(&[Type::Int(1, 65_535), Type::Text(&PORTS)]);

/// A port, a range, or a list of both.
pub(crate) const PORTS_TYPE: Type =
    Type::Either(&[Type::Int(1, 65_535), Type::Text(&PORTS), Type::List(&PORT_TYPE, 1)]);

/// A security group: a name in this file, or an id.
pub(crate) static GROUP_TYPE: Type = Type::Text(&GROUP);

#[cfg(test)]
mod tests {
    use super::{PROTECT_KEY, Type};

    #[test]
    fn every_kind_can_be_protected() {
        let Type::Tagged(_, kinds) = &crate::kinds::RESOURCE else { panic!("kinds") };
        let without = kinds.iter().filter(|(_, shape)| !shape.has(PROTECT_KEY.name)).map(|(kind, _)| *kind);
        assert_eq!(without.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
