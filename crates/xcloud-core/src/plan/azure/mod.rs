//! The planners of the Azure kinds.

mod depends;
mod dns;
mod firewall;
mod firewall_steps;
mod nsg;
mod nsg_steps;
mod priority;
mod rows;
mod scope;
mod shadow;
mod shape;

use super::draft::Draft;

/// Plans every Azure resource.
pub(crate) fn plan(draft: &mut Draft<'_>) {
    let mut rows = nsg::plan(draft);
    rows.extend(firewall::plan(draft));
    dns::plan(draft);
    rows::add(draft, rows);
}

#[cfg(test)]
mod tests;
