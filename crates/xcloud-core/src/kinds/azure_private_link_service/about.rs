//! What is known of the kind without a resource.

use serde_json::Value;

use super::{plan, read};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search, has_more, nothing};
use crate::live::{ConnectionStatus, Observed};
use crate::model::Spec;
use crate::plan::{Path, Property, Set};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::PrivateLinkService),
    identify: nothing,
    plan: |cx| cx.services = plan::plan(cx.draft),
    remove: |cx| plan::remove(cx.draft, std::mem::take(&mut cx.services)),
    orphans: Orphans::Azure(Search::Everywhere, |query| query.everywhere = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in,
    never_read: &["proxy protocol and addresses of private link services"],
};

fn widens(path: &Path, expected: &Value, actual: &Value) -> bool {
    matches!(path, Path::Of(Property::Visibility | Property::AutoApproval)) && has_more(expected, actual)
}

/// Whoever sees the service may ask; only one who was approved is let in.
fn stranger_lets_in(path: Option<&Path>, observed: &Observed) -> bool {
    let Some(Path::Member(Set::Connections, endpoint)) = path else { return true };
    let services = observed.azure_places().flat_map(|(_, live)| &live.link_services);
    let mut its = services.flat_map(|service| &service.connections).filter(|one| one.endpoint.0 == *endpoint);
    its.any(|connection| *connection.status != ConnectionStatus::Pending)
}
