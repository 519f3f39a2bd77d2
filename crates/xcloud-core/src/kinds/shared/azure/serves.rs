//! Which environment and region a rule serves: declared for ours, read from the name for what is only live.

use crate::active::{fence_name, fenced_name};
use crate::model::{Addr, Desired};
use crate::plan::PlanOptions;

/// Returns true if a live rule that is not declared is in the part that this run is about. Where the name does not
/// say what it serves, it is only if nothing is left out.
pub(crate) fn includes_live(desired: &Desired, options: &PlanOptions, addr: &Addr, name: &str) -> bool {
    let filter = &options.filter;
    let own = (addr.env() != "shared").then(|| addr.env());
    let fenced = fenced(desired, name);
    let env = own.or(fenced.map(|(env, _)| env)).or_else(|| env_of(desired, name));
    let region = fenced.and_then(|(_, region)| region).or_else(|| region_of(desired, name));
    if env.is_none() && !filter.left_alone.is_empty() {
        return false;
    }
    if !filter.regions.is_empty() && region.is_none() {
        return false;
    }
    filter.includes_rule(addr, env.unwrap_or_default(), region)
}

/// Returns whom the declared rule serves that a fence's rule denies.
fn fenced<'d>(desired: &'d Desired, name: &str) -> Option<(&'d str, Option<&'d str>)> {
    if fenced_name(name) == name {
        return None;
    }
    let is_its = |rule: &str| fence_name(rule).eq_ignore_ascii_case(name);
    let mut rules = desired.resources.values().flat_map(|resource| resource.spec.declared().rules());
    rules.find(|rule| is_its(rule.name)).map(|rule| (rule.env, rule.region))
}

/// Returns the environment that the name of a rule says it serves, if the name is one of ours; the longest fit.
pub(crate) fn env_of<'d>(desired: &'d Desired, name: &str) -> Option<&'d str> {
    let rest = name.strip_prefix(&crate::marks::name_prefix(&desired.product))?;
    let fits = desired.environments.keys().filter(|env| rest.starts_with(&format!("{env}-")));
    fits.max_by_key(|env| env.len()).map(String::as_str)
}

/// Returns the region that the name of a rule says it serves.
pub(crate) fn region_of<'d>(desired: &'d Desired, name: &str) -> Option<&'d str> {
    let regions = std::iter::once(&desired.regions.primary).chain(&desired.regions.dr);
    let name = fenced_name(name);
    regions.map(String::as_str).find(|region| name.ends_with(&format!("-{region}")))
}
