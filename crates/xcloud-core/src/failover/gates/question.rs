//! What is judged.

use std::collections::BTreeSet;

use crate::live::{AwsLive, AzureLive, Observed};
use crate::model::{Cloud, Desired, FailoverRules, Place, PlaceKey, Resource};
use crate::plan::Comparison;

/// What is judged: whether a region can take over for an environment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Question<'a> {
    /// What is declared under the active-region record.
    pub(crate) desired: &'a Desired,
    /// What is live. Health of targets and connections count only as far as they were asked for.
    pub(crate) observed: &'a Observed,
    /// [`compare`](crate::plan::compare) of both, with nothing filtered out.
    pub(crate) comparison: &'a Comparison,
    /// The environment.
    pub(crate) env: &'a str,
    /// The active region.
    pub(crate) from: &'a str,
    /// The region that would take over.
    pub(crate) to: &'a str,
    /// True if Azure refuses that region now, by a fence or closed rules which the failover itself takes away: then its
    /// targets in Azure answer no health check, and that says nothing.
    pub(crate) shut: bool,
}

impl<'a> Question<'a> {
    /// Returns the environment's AWS resources in a region, in the order of addresses.
    pub(super) fn in_region(&self, region: &str) -> impl Iterator<Item = &'a Resource> {
        let regional = |resource: &&Resource| resource.spec.kind().cloud().has_regions();
        let there = move |one: &&Resource| one.addr.env() == self.env && one.addr.region() == region;
        self.desired.resources.values().filter(regional).filter(there)
    }

    /// Returns what is live where a resource stands, or why that is not known.
    pub(super) fn aws(&self, resource: &Resource) -> Result<&'a AwsLive, String> {
        let key = resource.place.key();
        self.observed.aws(&key).ok_or_else(|| self.silence(&key))
    }

    /// Returns what is live in a subscription, or why that is not known.
    pub(super) fn azure(&self, key: &PlaceKey) -> Result<&'a AzureLive, String> {
        self.observed.azure(key).ok_or_else(|| self.silence(key))
    }

    /// Returns the places of a region that are not known, each with the reason.
    pub(super) fn silent(&self, region: &str) -> BTreeSet<String> {
        self.in_region(region).filter_map(|resource| self.aws(resource).err()).collect()
    }

    /// Returns the subscriptions that serve the environment: of its own and of shared resources, and of the record.
    pub(super) fn subscriptions(&self) -> BTreeSet<PlaceKey> {
        let serves = |one: &&Resource| match one.spec.declared().role().wall() {
            Some(wall) => wall.rules.iter().any(|rule| rule.env == self.env),
            None => one.addr.env() == self.env,
        };
        let places = self.desired.resources.values().filter(serves).map(|resource| &resource.place);
        let record = self.desired.record_home().map(|home| home.place.key());
        let is_subscription = |key: &PlaceKey| match key.cloud {
            Cloud::Azure => true,
            Cloud::Aws | Cloud::Ledger => false,
        };
        places.map(Place::key).chain(record).filter(is_subscription).collect()
    }

    /// Returns true if the region that takes over needs an Azure rule that serves this environment and region.
    pub(super) fn needs_rule(&self, env: &str, region: Option<&str>) -> bool {
        env == self.env && region.is_none_or(|region| region == self.to)
    }

    /// Returns true if the failover itself opens the rules of the region.
    pub(super) fn opens_rules(&self) -> bool {
        self.desired.failover.as_ref().is_some_and(|policy| policy.rules == FailoverRules::OnFailover)
    }

    fn silence(&self, key: &PlaceKey) -> String {
        match self.observed.unknown(key) {
            Some(error) => format!("{key} does not answer: {error}"),
            None => format!("{key} was not read"),
        }
    }
}
