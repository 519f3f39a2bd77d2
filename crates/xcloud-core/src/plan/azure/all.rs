//! All Azure kinds, in the order in which they refer to each other.

use super::{changes, dns, firewall, link_service, nsg, opens_too_late, private_endpoint, rule_table};
use crate::plan::draft::Draft;

/// Plans every Azure resource.
pub(crate) fn plan(draft: &mut Draft<'_>) {
    let mut rows = nsg::plan(draft);
    rows.extend(firewall::plan(draft));
    let services = link_service::plan(draft);
    private_endpoint::plan(draft, &services);
    link_service::remove(draft, services);
    dns::plan(draft);
    opens_too_late::check(draft);
    changes::join(draft);
    rule_table::add(draft, rows);
}
