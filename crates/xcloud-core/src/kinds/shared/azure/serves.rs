//! Which environment and region a rule serves: declared for ours, read from the name for what is only live.

use super::next_name::without_next;
use crate::active::{fence_name, fenced_name};
use crate::model::{Addr, Desired};
use crate::plan::PlanOptions;

/// Whom a rule serves, as far as that is known.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Served<'d> {
    /// The environment.
    pub(crate) env: Option<&'d str>,
    /// The region.
    pub(crate) region: Option<&'d str>,
}

impl<'d> Served<'d> {
    /// Reads whom a live rule serves that is not declared. A fence's rule serves whom the declared rule serves that it
    /// denies; any other says it in its name, as names are written for flows.
    pub(crate) fn by_live(desired: &'d Desired, name: &str) -> Self {
        fenced(desired, name).unwrap_or_else(|| Self { env: env_of(desired, name), region: region_of(desired, name) })
    }
}

/// Returns true if a live rule that is not declared is in the part that this run is about. Where the name does not
/// say what it serves, it is only if nothing is left out.
pub(crate) fn includes_live(desired: &Desired, options: &PlanOptions, addr: &Addr, name: &str) -> bool {
    let filter = &options.filter;
    let own = (addr.env() != "shared").then(|| addr.env());
    let served = Served::by_live(desired, name);
    let env = own.or(served.env);
    if env.is_none() && !filter.left_alone.is_empty() {
        return false;
    }
    if !filter.regions.is_empty() && served.region.is_none() {
        return false;
    }
    filter.includes_rule(addr, env.unwrap_or_default(), served.region)
}

/// Returns whom the declared rule serves that a fence's rule denies.
fn fenced<'d>(desired: &'d Desired, name: &str) -> Option<Served<'d>> {
    if fenced_name(name) == name {
        return None;
    }
    let is_its = |rule: &str| fence_name(rule).eq_ignore_ascii_case(name);
    let mut rules = desired.resources.values().flat_map(|resource| resource.spec.declared().rules());
    let rule = rules.find(|rule| is_its(rule.name))?;
    Some(Served { env: Some(rule.env), region: rule.region.or_else(|| region_of(desired, name)) })
}

/// Returns the environment that the name says, if the name is one of ours. Of `prod` and `prod-eu` the longer fits.
fn env_of<'d>(desired: &'d Desired, name: &str) -> Option<&'d str> {
    let rest = name.strip_prefix(&crate::marks::name_prefix(&desired.product))?;
    let fits = desired.environments.keys().filter(|env| rest.starts_with(&format!("{env}-")));
    fits.max_by_key(|env| env.len()).map(String::as_str)
}

fn region_of<'d>(desired: &'d Desired, name: &str) -> Option<&'d str> {
    let regions = std::iter::once(&desired.regions.primary).chain(&desired.regions.dr);
    let name = without_next(fenced_name(name));
    regions.map(String::as_str).find(|region| name.ends_with(&format!("-{region}")))
}
