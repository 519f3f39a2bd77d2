//! The first rule that matches, of rules that are not all certain.

/// A rule that matches the packet.
#[derive(Debug, Clone)]
pub(super) struct Match {
    /// Where it stands: the lowest is met first.
    pub(super) order: (usize, i64),
    /// Whether it lets the packet through.
    pub(super) allows: bool,
    /// Its name.
    pub(super) rule: String,
}

/// What one rule, or one group of rules, may do with the packet: a match, or nothing.
pub(super) type Slot = Vec<Option<Match>>;

/// Returns every match that may be the first one; nothing if it may be that none matches.
///
/// A match can be the first if each other slot has an alternative that is not met before it.
pub(super) fn first_matches(slots: &[Slot]) -> Vec<Option<&Match>> {
    let mut found = Vec::new();
    for (index, slot) in slots.iter().enumerate() {
        for wanted in slot.iter().flatten() {
            let behind = |other: &Option<Match>| other.as_ref().is_none_or(|other| other.order >= wanted.order);
            let first = slots.iter().enumerate().all(|(at, other)| at == index || other.iter().any(behind));
            if first {
                found.push(Some(wanted));
            }
        }
    }
    if slots.iter().all(|slot| slot.iter().any(Option::is_none)) {
        found.push(None);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Match, Slot, first_matches};

    fn rule(priority: i64, allows: bool) -> Option<Match> {
        Some(Match { order: (0, priority), allows, rule: priority.to_string() })
    }

    fn firsts(slots: &[Slot]) -> Vec<&str> {
        first_matches(slots).into_iter().map(|found| found.map_or("none", |found| found.rule.as_str())).collect()
    }

    #[test]
    fn certain_rules_have_one_first_match() {
        assert_eq!(firsts(&[]), ["none"]);
        assert_eq!(firsts(&[vec![None]]), ["none"]);
        assert_eq!(firsts(&[vec![rule(300, true)], vec![rule(200, false)], vec![None]]), ["200"]);
    }

    #[test]
    fn uncertain_rules_have_several() {
        assert_eq!(firsts(&[vec![None, rule(200, false)], vec![rule(300, true)]]), ["200", "300"]);
        assert_eq!(firsts(&[vec![None, rule(400, false)], vec![rule(300, true)]]), ["300"]);
        assert_eq!(firsts(&[vec![None, rule(200, true)]]), ["200", "none"]);
        assert_eq!(firsts(&[vec![rule(100, true)], vec![rule(100, false)]]), ["100", "100"], "no order, no certainty");
    }
}
