//! The planners of the AWS kinds.

use super::draft::Draft;

/// Plans every AWS resource and fills the address book.
pub(crate) fn plan(_draft: &mut Draft<'_>) {}
