//! The mark of a record: a TXT record beside it, since records have no tags.

use crate::marks;
use crate::model::Addr;

/// Time to live of our marks, in seconds; nothing resolves them but xcloud.
pub(super) const MARK_TTL_SECS: u32 = 300;

/// What stands before the record's name in the name of its mark.
const PREFIX: &str = "_xcloud.";

/// Returns the name of the TXT record that marks a record as ours.
pub(super) fn mark_name(record: &str) -> String {
    format!("{PREFIX}{record}")
}

/// Returns the name of the record that a mark belongs to.
pub(super) fn record_name(mark: &str) -> &str {
    mark.strip_prefix(PREFIX).unwrap_or(mark)
}

/// Returns the text of the mark.
pub(super) fn mark_text(product: &str, addr: &Addr) -> String {
    format!("{}={product} {}={addr}", marks::TAG_PRODUCT, marks::TAG_ADDRESS)
}

/// Returns the address that a mark's text names, if it is this product's.
pub(super) fn marked(text: &str, product: &str) -> Option<Addr> {
    let rest = text.strip_prefix(&format!("{}={product} ", marks::TAG_PRODUCT))?;
    Addr::parse(rest.strip_prefix(&format!("{}=", marks::TAG_ADDRESS))?).ok()
}
