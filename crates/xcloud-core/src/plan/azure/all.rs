//! All Azure kinds, in the order in which they refer to each other.

use super::{changes, dns, firewall, late, link_service, nsg, private_endpoint, rows};
use crate::plan::draft::Draft;

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
