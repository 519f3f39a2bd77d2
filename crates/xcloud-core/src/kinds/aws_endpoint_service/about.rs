//! What is known of the kind without a resource.

use serde_json::Value;

use super::{plan, read, remove};
use crate::kinds::rules::{AddressFrom, Orphans, Rules, RulesIn, Search};
use crate::live::{EndpointState, Observed};
use crate::model::Spec;
use crate::plan::{Path, Property, Set};

/// See [`Rules`].
pub(in crate::kinds) const RULES: Rules = Rules {
    read: |header, reading| read::read(header, reading).map(Spec::EndpointService),
    identify: |cx| cx.each(plan::identify),
    plan: |cx| cx.each(plan::plan),
    remove: remove::remove,
    orphans: Orphans::Aws(Search::Always, |query| query.services = true),
    address: AddressFrom::Name,
    rules: RulesIn::None,
    global: false,
    widens,
    stranger_lets_in,
    never_read: &[],
};

fn widens(path: &Path, expected: &Value, actual: &Value) -> bool {
    match path {
        Path::Member(Set::Principals, _) => expected.is_null() && !actual.is_null(),
        Path::Of(Property::Acceptance) => actual == "automatic",
        _ => false,
    }
}

/// Whoever may see the service may ask; only one who was accepted is let in.
fn stranger_lets_in(path: Option<&Path>, observed: &Observed) -> bool {
    let Some(Path::Member(Set::Connections, endpoint)) = path else { return true };
    let places = observed.places.keys().filter_map(|place| observed.aws(place));
    let connections = places.flat_map(|live| &live.services).flat_map(|service| service.connections.iter().flatten());
    connections.filter(|one| one.endpoint == *endpoint).any(|one| one.state != EndpointState::PendingAcceptance)
}
