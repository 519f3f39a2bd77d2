//! What the AWS planners tell each other: under which id a resource will be known after the run.

use std::collections::{BTreeMap, BTreeSet};

use super::addresses::Known;
use crate::model::Addr;
use crate::op::Handle;

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
    /// The service that serves an address after the run: its id and its name.
    pub(crate) services: BTreeMap<Addr, (Handle, Handle)>,
    /// The endpoint that serves an address after the run.
    pub(crate) endpoints: BTreeMap<Addr, Handle>,
    /// Ids (or ARNs) of live objects that a replacement supersedes: they are removed behind the commit point.
    pub(crate) superseded: BTreeSet<String>,
    /// Why an address is replaced.
    pub(crate) reasons: BTreeMap<Addr, Vec<String>>,
    /// Steps that revoke rules which refer to a group, by the group's id.
    pub(crate) revokes: BTreeMap<String, Vec<usize>>,
    /// Steps that take a load balancer out of a service, by ARN.
    pub(crate) detached: BTreeMap<String, Vec<usize>>,
    /// Steps that delete a listener or move it to another target group, by the old target group's ARN.
    pub(crate) freed: BTreeMap<String, Vec<usize>>,
    /// Steps that point a record elsewhere, by the old alias name in lower case.
    pub(crate) unpointed: BTreeMap<String, Vec<usize>>,
    /// Steps that delete an endpoint, by endpoint id.
    pub(crate) endpoint_deletes: BTreeMap<String, usize>,
}
