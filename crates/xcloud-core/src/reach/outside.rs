//! What of a box is outside all the boxes of others.

use super::Traffic;

/// Cuts a box until each part is outside every one of the others, or is gone.
///
/// Each part that is looked at gives one item: the part itself if it is outside all, nothing if it was cut on or is
/// covered. The parts share no packet. The first part outside is found before the rest is cut.
pub(super) fn outside<'a>(
    whole: Traffic,
    others: impl Iterator<Item = &'a Traffic> + Clone,
) -> impl Iterator<Item = Option<Traffic>> {
    let mut parts = if whole.is_empty() { Vec::new() } else { vec![(whole, others)] };
    std::iter::from_fn(move || {
        let (part, mut rest) = parts.pop()?;
        if rest.clone().any(|other| other.covers(&part)) {
            return Some(None);
        }
        let Some(other) = rest.find(|other| other.meets(&part)) else { return Some(Some(part)) };
        parts.extend(part.minus(other).into_iter().rev().map(|part| (part, rest.clone())));
        Some(None)
    })
}
