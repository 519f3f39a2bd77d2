//! What the AWS planners tell each other: under which id a resource will be known after the run.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses::Known;
use super::health::CheckedGroup;
use super::index::Indexes;
use super::ways::{NextWay, Way};
use crate::code::{NoteCode, ProblemCode};
use crate::model::{Addr, Cloud, Place, PlaceKey};
use crate::op::Handle;
use crate::plan::Await;
use crate::plan::draft::Draft;

/// What became of each resource.
#[derive(Default)]
pub(crate) struct Refs {
    /// The group that serves an address after the run.
    pub(crate) groups: BTreeMap<Addr, Handle>,
    /// The load balancer that serves an address after the run.
    pub(crate) balancers: BTreeMap<Addr, Handle>,
    /// The addresses of each load balancer after the run.
    pub(crate) balancer_addresses: BTreeMap<Addr, Known>,
    /// The availability-zone ids of each load balancer after the run.
    pub(crate) balancer_zones: BTreeMap<Addr, BTreeSet<String>>,
    /// Steps after which an endpoint may connect to a service: principals, acceptance, load balancers.
    pub(crate) service_steps: BTreeMap<Addr, Vec<usize>>,
    /// What connections to each load balancer, service and endpoint go through after the run.
    pub(crate) next_ways: BTreeMap<Addr, NextWay>,
    /// What is healthy before an endpoint goes into a zone that its service gets in this run, by service.
    pub(crate) zone_health: BTreeMap<Addr, Vec<Await>>,
    /// Services that accept by themselves only after the commit point: until then connections are accepted one by one.
    pub(crate) opens_late: BTreeSet<Addr>,
    /// The service that serves an address after the run: its id and its name.
    pub(crate) services: BTreeMap<Addr, (Handle, Handle)>,
    /// The endpoint that serves an address after the run.
    pub(crate) endpoints: BTreeMap<Addr, Handle>,
    /// Ids of live endpoints that serve a declared address after the run.
    pub(crate) kept_endpoints: BTreeSet<String>,
    /// Ids (or ARNs) of live objects that a replacement supersedes: they are removed after the commit point.
    pub(crate) superseded: BTreeSet<String>,
    /// Why an address is replaced.
    pub(crate) reasons: BTreeMap<Addr, Vec<String>>,
    /// An Azure place that does not answer: while there is one, no address is given back.
    pub(crate) silent: Option<String>,
    /// AWS accounts with a place that does not answer: their endpoints may be ours.
    pub(crate) silent_accounts: BTreeSet<String>,
    /// The target groups of each load balancer after the run.
    pub(crate) target_groups: BTreeMap<Addr, Vec<CheckedGroup>>,
    /// Steps after which a group lets pass what it should: nothing is moved to it before.
    pub(crate) group_ready: BTreeMap<Addr, Vec<usize>>,
    /// Steps after which a load balancer carries what it should: nothing is moved to it before.
    pub(crate) balancer_ready: BTreeMap<Addr, Vec<usize>>,
    /// Steps that give a live load balancer more subnets.
    pub(crate) grown: BTreeMap<Addr, usize>,
    /// The resource that puts a load balancer behind its service, by the load balancer's id or object.
    pub(crate) claims: BTreeMap<Handle, Addr>,
    /// Uses of a group that end in this run: the group's id and its user's.
    pub(crate) left: BTreeSet<(String, String)>,
    /// Rules that this run revokes, by id.
    pub(crate) revoked: BTreeSet<String>,
    /// Steps that end a use of a group, by its id: they revoke a rule that refers to it, or take it from its user.
    pub(crate) last_uses: BTreeMap<String, Vec<usize>>,
    /// The step that takes load balancers out of a service, by the service's name.
    pub(crate) leavers: BTreeMap<String, usize>,
    /// Steps that take a load balancer out of a service, by ARN.
    pub(crate) detached: BTreeMap<String, Vec<usize>>,
    /// Steps that delete a listener or move it to another target group, by the old target group's ARN.
    pub(crate) freed: BTreeMap<String, Vec<usize>>,
    /// Steps that point a name elsewhere, or take it from an endpoint, by the old plain DNS name.
    pub(crate) unpointed: BTreeMap<String, Vec<usize>>,
    /// Resources whose record is there after the run.
    pub(crate) records: BTreeSet<Addr>,
    /// The resource of each record that is wanted: the zone's id and the name in lower case.
    pub(crate) claimed_records: BTreeMap<(String, String), Addr>,
    /// Records that this run points elsewhere or takes away: the zone's id and the name in lower case.
    pub(crate) moved_records: BTreeSet<(String, String)>,
    /// Steps that delete an endpoint, by endpoint id.
    pub(crate) endpoint_deletes: BTreeMap<String, usize>,
    /// Steps that delete a service, by service id.
    pub(crate) service_deletes: BTreeMap<String, usize>,
    /// Steps that delete a load balancer, by ARN.
    pub(crate) balancer_deletes: BTreeMap<String, usize>,
}

impl Refs {
    /// Returns what is healthy before connections that came by these ways are sent to a resource, see [`NextWay`].
    pub(crate) fn healthy_before(&self, left: impl IntoIterator<Item = Option<Way>>, next: &Addr) -> Vec<Await> {
        self.next_ways.get(next).map(|next| next.healthy_before(left)).unwrap_or_default()
    }

    /// A load balancer leaves a service after the endpoints that leave it or one of its zones: they would be without one.
    pub(crate) fn leaves_first(&self, draft: &mut Draft<'_>, step: usize, service_name: &str) {
        if let Some(leaver) = self.leavers.get(service_name) {
            draft.steps[*leaver].after.push(step);
        }
    }

    /// Returns what is known before any resource is planned: which places do not answer.
    pub(crate) fn of(draft: &Draft<'_>) -> Self {
        let places = draft.desired.places.iter().chain(draft.desired.resources.values().map(|one| &one.place));
        let keys: BTreeSet<PlaceKey> = places.map(Place::key).collect();
        let answers = |key: &PlaceKey| draft.observed.aws(key).is_some() || draft.observed.azure(key).is_some();
        let (aws, azure): (Vec<PlaceKey>, Vec<PlaceKey>) =
            keys.into_iter().filter(|key| !answers(key)).partition(|key| key.cloud == Cloud::Aws);
        Self {
            silent: azure.first().map(ToString::to_string),
            silent_accounts: aws.into_iter().map(|key| key.account).collect(),
            ..Self::default()
        }
    }
}

/// Says why a resource cannot be planned: what it refers to is in a place that does not answer, or not in this run.
pub(crate) fn missing(draft: &mut Draft<'_>, indexes: &Indexes<'_>, addr: &Addr, needed: &Addr) {
    let place = draft.desired.resources.get(needed).map(|resource| &resource.place);
    if place.is_some_and(|place| indexes.get(place).is_none()) {
        let text = format!("it waits for {needed}, whose region does not answer");
        draft.note(NoteCode::WaitsForPlace, Some(addr), text);
    } else if !draft.problems.has_errors() {
        let text = format!("it needs {needed}, which does not exist and is not in this run");
        draft.problem(addr, ProblemCode::ReferenceMissing, text, "include it in the run");
    }
}
