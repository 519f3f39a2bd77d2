//! Sets of numbers, as sorted ranges.

use std::iter;

/// A set of numbers: inclusive ranges, sorted, with a gap between any two. Equal sets are equal.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ranges(Vec<(u128, u128)>);

impl Ranges {
    /// Returns the set of the numbers from the one to the other.
    pub(super) fn span(from: u128, to: u128) -> Self {
        Self::of_spans(vec![(from, to)])
    }

    /// Returns the set of the numbers in any of the spans, given in any order; one that is upside down is empty.
    pub(super) fn of_spans(mut spans: Vec<(u128, u128)>) -> Self {
        spans.retain(|(from, to)| from <= to);
        spans.sort_unstable();
        let mut joined: Vec<(u128, u128)> = Vec::new();
        for (from, to) in spans {
            match joined.last_mut() {
                Some(last) if from.saturating_sub(1) <= last.1 => last.1 = last.1.max(to),
                _ => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// Returns the lowest number.
    pub(super) fn first(&self) -> Option<u128> {
        self.0.first().map(|(from, _)| *from)
    }

    pub(super) fn has(&self, number: u128) -> bool {
        self.0.iter().any(|(from, to)| (*from..=*to).contains(&number))
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self(self.overlaps(other).collect())
    }

    pub(super) fn minus(&self, other: &Self) -> Self {
        self.and(&other.complement())
    }

    pub(super) fn meets(&self, other: &Self) -> bool {
        self.overlaps(other).next().is_some()
    }

    fn complement(&self) -> Self {
        let mut gaps = Vec::new();
        let mut next = Some(0);
        for (from, to) in &self.0 {
            gaps.extend(next.filter(|start| start < from).map(|start| (start, from - 1)));
            next = to.checked_add(1);
        }
        gaps.extend(next.map(|start| (start, u128::MAX)));
        Self(gaps)
    }

    fn overlaps(&self, other: &Self) -> impl Iterator<Item = (u128, u128)> {
        let (mut ours, mut theirs) = (self.0.as_slice(), other.0.as_slice());
        iter::from_fn(move || {
            while let ([a, our_rest @ ..], [b, their_rest @ ..]) = (ours, theirs) {
                let (from, to) = (a.0.max(b.0), a.1.min(b.1));
                if a.1 < b.1 {
                    ours = our_rest;
                } else {
                    theirs = their_rest;
                }
                if from <= to {
                    return Some((from, to));
                }
            }
            None
        })
    }
}

/// The union.
impl FromIterator<Self> for Ranges {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        Self::of_spans(sets.into_iter().flat_map(|set| set.0).collect())
    }
}
