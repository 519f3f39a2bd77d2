//! A rule of a network security group, and what becomes of it.

use crate::kinds::shared::azure::Want;
use crate::live::LiveNsgRule;
use crate::model::{Addr, NsgRule};

/// A rule of ours, declared or live or both.
pub(super) struct Entry<'a> {
    pub(super) addr: Addr,
    pub(super) name: String,
    pub(super) live: Option<&'a LiveNsgRule>,
    pub(super) wish: Wish<'a>,
}

/// What becomes of a rule.
pub(super) enum Wish<'a> {
    /// It stays as it is live: left out of this run, or its addresses are unknown.
    Keep(Option<&'a NsgRule>),
    /// It goes.
    Remove,
    /// It is to be as declared.
    Write { rule: &'a NsgRule, want: Box<Want> },
}

impl Entry<'_> {
    /// Returns where the declared rule stands among the others afterwards: the number that it has and keeps, or the last that
    /// it may get.
    pub(super) fn priority(&self, rule: &NsgRule) -> u16 {
        let numbers = rule.priority.numbers();
        let kept = self.live.map(|live| live.priority).filter(|number| numbers.contains(number));
        kept.unwrap_or(*numbers.end())
    }
}
