//! The planners of the Azure kinds.

use super::draft::Draft;

/// Plans every Azure resource.
pub(crate) fn plan(_draft: &mut Draft<'_>) {}
