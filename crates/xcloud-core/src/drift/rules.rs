//! Rules are judged by what they let through: text that means the same is no finding.

use crate::model::Access;
use crate::plan::{RuleName, RuleSet, SetRule};
use crate::reach::{Allowed, Traffic};

/// What a differing rule comes to.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Verdict {
    /// It means the same.
    Same,
    /// It differs; with traffic that only the live rules let through, if there is some.
    Differs { widens: bool, example: Option<String> },
}

impl Verdict {
    /// What two sets come to together, where a rule stands in both.
    pub(super) fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Same, other) => other,
            (one, Self::Same) => one,
            (Self::Differs { widens, example }, Self::Differs { widens: more, example: another }) => {
                Self::Differs { widens: widens || more, example: example.or(another) }
            }
        }
    }
}

/// A set of rules, with what it lets through as a whole.
pub(super) struct Judged<'a> {
    set: &'a RuleSet,
    live: Allowed,
    declared: Allowed,
    /// What is refused: after our rules come those of others and the cloud's own, so that a refusal counts also where
    /// no rule of ours lets the same through.
    live_refused: Allowed,
    declared_refused: Allowed,
    /// A live rule has a form whose meaning is not known.
    opaque: bool,
}

impl<'a> Judged<'a> {
    pub(super) fn of(set: &'a RuleSet) -> Self {
        let allowed = |rules: &[SetRule]| {
            let known = rules.iter().filter_map(|rule| Some((rule.priority, rule.access, rule.traffic.clone()?)));
            Allowed::of_ordered(known)
        };
        let refused = |rules: &[SetRule]| {
            let denies = rules.iter().filter(|rule| rule.access == Access::Deny);
            Allowed::of(denies.filter_map(|rule| rule.traffic.clone()))
        };
        Self {
            set,
            live: allowed(&set.live),
            declared: allowed(&set.declared),
            live_refused: refused(&set.live),
            declared_refused: refused(&set.declared),
            opaque: set.live.iter().any(|rule| rule.traffic.is_none()),
        }
    }

    /// Returns true if the rule is one of this set.
    pub(super) fn has(&self, name: &RuleName) -> bool {
        self.set.live.iter().chain(&self.set.declared).any(|rule| rule.name == *name)
    }

    /// Judges the rule with this name.
    pub(super) fn judge(&self, name: &RuleName) -> Verdict {
        let same = || self.live.same(&self.declared) && self.live_refused.same(&self.declared_refused);
        if !self.opaque && same() {
            return Verdict::Same;
        }
        let find = |rules: &'a [SetRule]| rules.iter().find(|rule| rule.name == *name);
        match (find(&self.set.live), find(&self.set.declared)) {
            (Some(live), None) => self.judge_live(live),
            (None, Some(declared)) => self.judge_lost(declared),
            (Some(live), Some(declared)) if declared.access == Access::Allow && live.access == Access::Allow => {
                match (&live.traffic, &declared.traffic) {
                    (Some(one), Some(other)) if only(one).same(&only(other)) => Verdict::Same,
                    _ => self.differs(live),
                }
            }
            (Some(_), Some(_)) => self.whole(),
            (None, None) => Verdict::Differs { widens: false, example: None },
        }
    }

    /// A rule that nobody declared.
    fn judge_live(&self, live: &SetRule) -> Verdict {
        match (&live.traffic, live.access) {
            (Some(traffic), Access::Allow) if self.declared.covers(&only(traffic)) => Verdict::Same,
            (_, Access::Allow) => self.differs(live),
            (Some(traffic), Access::Deny) if self.declared_refused.covers(&only(traffic)) => self.whole_or_same(),
            (_, Access::Deny) => self.whole(),
        }
    }

    /// A declared rule that is not there.
    fn judge_lost(&self, declared: &SetRule) -> Verdict {
        match (&declared.traffic, declared.access) {
            (Some(traffic), Access::Allow) if self.live.covers(&only(traffic)) => Verdict::Same,
            (_, Access::Allow) => Verdict::Differs { widens: false, example: None },
            (Some(traffic), Access::Deny) if self.live_refused.covers(&only(traffic)) => self.whole_or_same(),
            (_, Access::Deny) => self.whole(),
        }
    }

    /// A refusal that another one repeats matters only by its place among the rules that let through.
    fn whole_or_same(&self) -> Verdict {
        if self.live.same(&self.declared) { Verdict::Same } else { self.whole() }
    }

    /// What the rule alone lets through beyond what is declared as a whole. What cannot be told counts as more.
    fn differs(&self, live: &SetRule) -> Verdict {
        let Some(traffic) = &live.traffic else { return Verdict::Differs { widens: true, example: None } };
        let packet = only(traffic).beyond(&self.declared);
        Verdict::Differs { widens: packet.is_some(), example: packet.map(|packet| packet.to_string()) }
    }

    /// What the whole set lets through beyond what is declared: also that of a rule that is as declared and decides
    /// at another place among the others.
    pub(super) fn whole(&self) -> Verdict {
        let packet = self.live.beyond(&self.declared).or_else(|| self.declared_refused.beyond(&self.live_refused));
        Verdict::Differs { widens: packet.is_some(), example: packet.map(|packet| packet.to_string()) }
    }
}

fn only(traffic: &Traffic) -> Allowed {
    Allowed::of([traffic.clone()])
}
