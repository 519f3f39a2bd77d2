//! Which part of the desired state a run is about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::active::Known;
use crate::model::Addr;

/// How a plan is made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanOptions {
    /// The part that the run is about.
    pub filter: Filter,
    /// Also delete what carries our mark and is not declared.
    pub prune: bool,
    /// Plan the removal of everything that is ours.
    pub destroy: bool,
    /// What the ledger knows of active-region records.
    #[serde(default, rename = "active")]
    pub known: Known,
    /// Only compare: also tell what a plan does not look at, as connections where acceptance is automatic.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub compare: bool,
}

/// A part of the desired state. Empty sets select everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Environments (`--env`).
    pub envs: BTreeSet<String>,
    /// Regions (`--region`); Azure objects that serve no single region are always in.
    pub regions: BTreeSet<String>,
    /// Addresses or globs (`--target`).
    pub targets: BTreeSet<String>,
    /// Addresses or globs (`--exclude`).
    pub excludes: BTreeSet<String>,
    /// Environments that are left alone, since how they stand cannot be read.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub left_alone: BTreeSet<String>,
}

impl Filter {
    /// Returns true if nothing is left out.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self == &Self::default()
    }

    /// Returns true if the resource is in the part.
    #[must_use]
    pub fn includes(&self, addr: &Addr) -> bool {
        let shared = addr.env() == "shared";
        let env = shared || self.envs.is_empty() || self.envs.contains(addr.env());
        let azure = addr.region() == "azure";
        let region = azure || self.regions.is_empty() || self.regions.contains(addr.region());
        env && region && !self.left_alone.contains(addr.env()) && self.names(addr)
    }

    /// Returns true if a rule that serves `env` and `region`, inside the resource `addr`, is in the part.
    #[must_use]
    pub fn includes_rule(&self, addr: &Addr, env: &str, region: Option<&str>) -> bool {
        let env = (self.envs.is_empty() || self.envs.contains(env)) && !self.left_alone.contains(env);
        let region = self.regions.is_empty() || region.is_none_or(|region| self.regions.contains(region));
        env && region && self.names(addr)
    }

    fn names(&self, addr: &Addr) -> bool {
        let matches = |patterns: &BTreeSet<String>| patterns.iter().any(|pattern| glob(pattern, addr.as_str()));
        (self.targets.is_empty() || matches(&self.targets)) && !matches(&self.excludes)
    }
}

/// Returns true if the glob (`*` for any run of characters, `?` for one) matches the whole text.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut seen, mut star) = (0, 0, None);
    while seen < text.len() {
        if at < pattern.len() && pattern[at] == '*' {
            star = Some((at, seen));
            at += 1;
        } else if at < pattern.len() && (pattern[at] == '?' || pattern[at] == text[seen]) {
            at += 1;
            seen += 1;
        } else if let Some((star_at, star_seen)) = star {
            at = star_at + 1;
            seen = star_seen + 1;
            star = Some((star_at, seen));
        } else {
            return false;
        }
    }
    pattern[at..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Filter, glob};
    use crate::model::{Addr, Kind};

    fn set(words: &[&str]) -> BTreeSet<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    fn one(change: impl Fn(&mut Filter)) -> Filter {
        let mut filter = Filter::default();
        change(&mut filter);
        filter
    }

    /// A filter for each of its options.
    fn filters() -> [Filter; 5] {
        [
            one(|filter| filter.envs = set(&["prod"])),
            one(|filter| filter.regions = set(&["eu-north-1"])),
            one(|filter| filter.targets = set(&["prod/*/endpoint/*"])),
            one(|filter| filter.excludes = set(&["dev/*"])),
            one(|filter| filter.left_alone = set(&["dev"])),
        ]
    }

    #[test]
    fn only_a_filter_without_a_word_is_everything() {
        assert!(Filter::default().is_everything());
        assert!(filters().iter().all(|filter| !filter.is_everything()));
    }

    #[test]
    fn each_option_leaves_out_what_it_says() {
        let included = |addr: &Addr| filters().map(|filter| filter.includes(addr));
        let addr = |env: &str, region: &str| Addr::new(env, region, Kind::Endpoint, "to-azure");
        assert_eq!(included(&addr("prod", "eu-north-1")), [true, true, true, true, true]);
        assert_eq!(included(&addr("dev", "eu-north-1")), [false, true, false, false, false]);
        assert_eq!(included(&addr("prod", "eu-west-1")), [true, false, true, true, true]);
        assert_eq!(included(&addr("shared", "azure")), [true, true, false, true, true], "it serves all");
        assert!(Filter::default().includes(&addr("dev", "eu-west-1")));
    }

    #[test]
    fn rules_in_a_shared_resource_are_chosen_by_what_they_serve() {
        let holder = Addr::new("shared", "azure", Kind::FirewallRules, "rcg");
        let included =
            |env: &str, region: Option<&str>| [0, 1, 3, 4].map(|at| filters()[at].includes_rule(&holder, env, region));
        assert_eq!(included("prod", Some("eu-north-1")), [true, true, true, true]);
        assert_eq!(included("dev", Some("eu-north-1")), [false, true, true, false]);
        assert_eq!(included("prod", Some("eu-west-1")), [true, false, true, true]);
        assert_eq!(included("prod", None), [true, true, true, true], "it serves every region");
        let named = one(|filter| filter.targets = set(&["prod/*"]));
        assert!(!named.includes_rule(&holder, "prod", None), "the resource itself is not named");
    }

    #[test]
    fn globs_match_whole_addresses() {
        assert!(glob("prod/*/endpoint/*", "prod/eu-north-1/endpoint/to-azure"));
        assert!(glob("*", "x") && glob("", "") && glob("*", "") && glob("a*", "a"));
        assert!(!glob("prod/*/endpoint", "prod/eu-north-1/endpoint/to-azure"));
        assert!(glob("p?od/*azure", "prod/eu-north-1/endpoint/to-azure"));
        assert!(glob("*a*b", "xaxbxb") && !glob("*a*b", "xaxbx"), "a star gives back what it took");
        assert!(!glob("?", "") && !glob("ab", "a") && !glob("a", "ab") && !glob("a?", "a"));
        assert!(glob("a**b", "ab") && !glob("a**b", "a"));
    }
}
