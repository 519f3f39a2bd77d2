//! What is known of the kind without a resource.

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, never, nothing};
use crate::live::Observed;
use crate::model::Access;
use crate::model::Spec;
use crate::plan::Path;

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::NetworkSecurityGroup),
    identify: nothing,
    plan: |cx| cx.rows.extend(plan::plan(cx.draft)),
    remove: nothing,
    orphans: Orphans::Azure(Search::Always, |query| query.all_nsgs = true),
    address: AddressFrom::Name,
    rules: RulesIn::Found,
    global: false,
    widens: never,
    stranger_lets_in,
    never_read: &[
        "which subnets and interfaces an Azure security group is attached to",
        "security admin rules of Azure Virtual Network Manager, which decide before security groups",
    ],
};

/// Rules of strangers let somebody in, unless they deny.
fn stranger_lets_in(path: Option<&Path>, observed: &Observed) -> bool {
    let Some((name, None)) = path.and_then(Path::rule) else { return false };
    let places = observed.azure_places().map(|(_, live)| live);
    let mut rules = places.flat_map(|live| &live.nsgs).flat_map(|nsg| &nsg.rules);
    rules.any(|rule| rule.name == name.text && rule.access == Access::Allow)
}
