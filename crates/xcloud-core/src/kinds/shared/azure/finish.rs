//! What follows the last kind of Azure.

use super::{joined, opens_too_late, rule_table};
use crate::plan::draft::Draft;

/// Looks at the steps of all kinds, and puts their changes and rows together.
pub(crate) fn finish(draft: &mut Draft<'_>, rows: Vec<rule_table::Row>) {
    opens_too_late::check(draft);
    joined::join(draft);
    rule_table::add(draft, rows);
}
