//! The planners of the Azure kinds.

mod changes;
mod depends;
mod dns;
mod firewall;
mod firewall_steps;
mod late;
mod link;
mod link_service;
mod nsg;
mod nsg_steps;
mod priority;
mod private_endpoint;
mod rows;
mod scope;
mod shadow;
mod shape;

pub(crate) use shape::Shape;

use super::draft::Draft;

/// Plans every Azure resource.
pub(crate) fn plan(draft: &mut Draft<'_>) {
    let mut rows = nsg::plan(draft);
    rows.extend(firewall::plan(draft));
    let services = link_service::plan(draft);
    private_endpoint::plan(draft, &services);
    link_service::remove(draft, services);
    dns::plan(draft);
    late::check(draft);
    changes::join(draft);
    rows::add(draft, rows);
}

#[cfg(test)]
mod tests;
