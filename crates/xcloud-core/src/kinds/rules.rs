//! What every kind says of itself, where there is no resource at hand.

use serde_json::Value;

use super::planning::Planning;
use crate::config::resources::{Header, Reading};
use crate::live::{AwsQuery, AzureQuery, Observed};
use crate::model::Spec;
use crate::plan::Path;

/// What is known of a kind. Every field stands in every kind's folder.
pub(crate) struct Rules {
    /// Reads its body. One that is not complete is left out; why is reported.
    pub(crate) read: fn(&Header<'_>, &mut Reading<'_, '_>) -> Option<Spec>,
    /// Decides which live object serves each resource.
    pub(crate) identify: fn(&mut Planning<'_, '_>),
    /// Adds the steps that make each resource what is declared.
    pub(crate) plan: fn(&mut Planning<'_, '_>),
    /// Adds the steps that remove what goes: every kind that uses it has removed its own before.
    pub(crate) remove: fn(&mut Planning<'_, '_>),
    /// How those that are declared no more are found.
    pub(crate) orphans: Orphans,
    /// What follows for addresses.
    pub(crate) address: AddressFrom,
    /// Where Azure rules of the kind stand.
    pub(crate) rules: RulesIn,
    /// Whether its service answers from one region for all, so that it may be silent in a failover.
    pub(crate) global: bool,
    /// Returns true if a live property lets more in than what is declared, or may: property, declared, live.
    pub(crate) widens: fn(&Path, &Value, &Value) -> bool,
    /// Returns true if what a stranger has put there lets somebody in: the property that it stands under.
    pub(crate) stranger_lets_in: fn(Option<&Path>, &Observed) -> bool,
    /// What no observation reads: drift in it is not seen.
    pub(crate) never_read: &'static [&'static str],
}

/// What is asked of a place where no resource of the kind is declared, so that orphans are seen.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Orphans {
    /// This, of every place of AWS.
    Aws(Search, fn(&mut AwsQuery)),
    /// This, of every place of Azure.
    Azure(Search, fn(&mut AzureQuery)),
    /// Nothing: one that no declared resource names is not found.
    AsDeclared,
}

/// How far a run looks for what is ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Search {
    /// As every run does.
    Always,
    /// As with `--prune`, and for drift.
    Everywhere,
}

/// What makes the address of a declared resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AddressFrom {
    /// Its environment, region and name; the file may give it another one.
    Name,
    /// Its group alone: the object serves several environments, and no other address is taken.
    Group,
}

/// Where the Azure rules of a kind stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RulesIn {
    /// It has none.
    None,
    /// In an object that is ours and comes and goes with them.
    Own,
    /// In a found object, beside those of others: it is not made, only rules in it are.
    Found,
}

/// The kind has nothing to do there.
pub(crate) fn nothing(_cx: &mut Planning<'_, '_>) {}

/// No property of the kind widens access.
pub(crate) fn never(_path: &Path, _expected: &Value, _actual: &Value) -> bool {
    false
}

/// Whatever strangers have put there lets somebody in.
pub(crate) fn always(_path: Option<&Path>, _observed: &Observed) -> bool {
    true
}

/// Returns true if a live list has members beside the declared ones.
pub(crate) fn has_more(expected: &Value, actual: &Value) -> bool {
    let members = |value: &Value| -> std::collections::BTreeSet<String> {
        let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().map(|one| one.as_str().map_or_else(|| one.to_string(), str::to_lowercase)).collect()
    };
    !members(actual).is_subset(&members(expected))
}
