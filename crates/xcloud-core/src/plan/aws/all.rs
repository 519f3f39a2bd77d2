//! All AWS kinds, in the order in which they refer to each other.

use super::index::Indexes;
use super::refs::Refs;
use super::{endpoint, endpoint_service, load_balancer, record, removal, security_group};
use crate::model::Kind;
use crate::plan::draft::Draft;

/// Plans every AWS resource and fills the address book that the Azure planners read.
pub(crate) fn plan(draft: &mut Draft<'_>) {
    let indexes = Indexes::of(draft.observed, &draft.desired.product);
    let mut refs = Refs::of(draft);
    let resources = draft.desired.resources.values();
    let of = |kind: Kind| resources.clone().filter(move |resource| resource.spec.kind() == kind);
    for resource in of(Kind::SecurityGroup) {
        security_group::identify(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::LoadBalancer) {
        load_balancer::identify(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::EndpointService) {
        endpoint_service::identify(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::Endpoint) {
        endpoint::identify(draft, &indexes, &mut refs, resource);
    }
    if draft.options.destroy {
        removal::plan(draft, &indexes, &mut refs);
        return;
    }
    for resource in of(Kind::SecurityGroup) {
        security_group::plan(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::LoadBalancer) {
        load_balancer::plan(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::EndpointService) {
        endpoint_service::plan(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::Endpoint) {
        endpoint::plan(draft, &indexes, &mut refs, resource);
    }
    for resource in of(Kind::PrivateZoneRecord) {
        record::plan(draft, &indexes, &mut refs, resource);
    }
    removal::plan(draft, &indexes, &mut refs);
}
