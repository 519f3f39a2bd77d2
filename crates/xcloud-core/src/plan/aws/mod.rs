//! The planners of the AWS kinds, in the order in which they refer to each other.

mod addresses;
mod endpoint;
mod endpoint_create;
mod endpoint_service;
mod endpoint_update;
mod found;
mod found_balancer;
mod group_swap;
mod hold;
mod index;
mod listeners;
mod load_balancer;
pub(crate) mod names;
mod principals;
mod record;
mod refs;
mod removal;
mod removal_ops;
mod replaced;
mod rules;
mod security_group;
mod service_book;
#[cfg(test)]
mod tests;

use super::draft::Draft;
use crate::model::Kind;
use index::Indexes;
use refs::Refs;

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
