//! Whether an endpoint service, its principals and its connections are as a call wrote them.

use std::collections::BTreeSet;

use xcloud_core::live::{LiveConnection, LiveService};
use xcloud_core::op::EndpointServiceOp;
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::connections::{State, of_service};
use super::observe::{list, one, principals};
use crate::answer::made;
use crate::as_written::{
    Asked, Difference, Written, gone, members_differ, not_its_undo, sets_differ, tags_differ, there,
};
use crate::clients::Api;
use crate::handles::ids;
use crate::tags;

pub(crate) enum Seen {
    /// All, or the one of the id; this one with principals and connections if it is to be undone.
    Services(Vec<LiveService>),
    Principals(BTreeSet<String>),
    Connections(Vec<LiveConnection>),
}

impl Written for EndpointServiceOp {
    type Seen = Seen;

    async fn look(&self, api: &Api, asked: Asked) -> Result<Seen, ProviderError> {
        match self {
            Self::Create { .. } => Ok(Seen::Services(list(api).await?)),
            Self::Modify { service, .. } => Ok(Seen::Services(one(api, service.id()).await?.into_iter().collect())),
            Self::Delete { service } => {
                let mut live = one(api, service.id()).await?.filter(|live| !live.state.is_going());
                if let (Some(live), Asked::Undo) = (&mut live, asked) {
                    live.principals = Some(principals(api, &live.id).await?);
                    live.connections = readable_connections(api, &live.id).await?;
                }
                Ok(Seen::Services(live.into_iter().collect()))
            }
            Self::ModifyPermissions { service, .. } => Ok(Seen::Principals(principals(api, service.id()).await?)),
            Self::AcceptConnections { service, .. } | Self::RejectConnections { service, .. } => {
                Ok(Seen::Connections(of_service(api, service.id()).await?))
            }
        }
    }

    fn differs(&self, seen: &Seen, asked: Asked) -> Difference {
        match (self, seen) {
            (Self::Create { .. }, Seen::Services(found)) => {
                there(found.first(), "the service", |live| made_differs(self, live, asked))
            }
            (Self::Modify { service, acceptance_required, add, remove }, Seen::Services(found)) => {
                let id = service.id();
                // A service that goes has nothing left to undo; the call may have had its effect all the same.
                let live = found.first().filter(|live| asked == Asked::Effect || !live.state.is_going());
                there(live, id, |live| {
                    acceptance_differs(live, acceptance_required.unwrap_or(live.acceptance_required)).or_else(|| {
                        members_differ(id, "the load balancer", &live.load_balancers, &ids(add), &ids(remove))
                    })
                })
            }
            (Self::Delete { service }, Seen::Services(found)) => gone(found.first(), service.id()),
            (Self::ModifyPermissions { service, add, remove }, Seen::Principals(live)) => {
                members_differ(service.id(), "the principal", live, add, remove)
            }
            (Self::AcceptConnections { endpoints, .. }, Seen::Connections(live)) => {
                let is_accepted =
                    |id: &&String| live.iter().any(|one| one.endpoint == **id && State::of(one) == State::Accepted);
                let open = ids(endpoints);
                open.iter().find(|id| !is_accepted(id)).map(|id| format!("the connection of {id} is not accepted"))
            }
            // A rejected connection stays listed.
            (Self::RejectConnections { endpoints, .. }, Seen::Connections(live)) => {
                let rejected = ids(endpoints);
                let alive =
                    live.iter().find(|one| rejected.contains(&one.endpoint) && State::of(one) != State::Over)?;
                Some(format!("the connection of {} is {}", alive.endpoint, alive.state))
            }
            (
                Self::Create { .. }
                | Self::Modify { .. }
                | Self::Delete { .. }
                | Self::ModifyPermissions { .. }
                | Self::AcceptConnections { .. }
                | Self::RejectConnections { .. },
                _,
            ) => not_its_undo(),
        }
    }

    fn effect(&self, seen: &Seen) -> Option<Performed> {
        if let (Self::Create { .. }, Seen::Services(found)) = (self, seen) {
            let ours = found.iter().find(|live| made_differs(self, live, Asked::Effect).is_none())?;
            let name = ("service-name", Some(ours.service_name.clone()));
            return Some(made(Some(ours.id.clone()), [name], Vec::new()));
        }
        self.differs(seen, Asked::Effect).is_none().then(Performed::default)
    }
}

/// A new service has no principals and no connections; those of this run are undone before. After a lost answer all
/// tags must be there, not the mark alone: a replacement has its predecessor's address but its own name.
fn made_differs(op: &EndpointServiceOp, live: &LiveService, asked: Asked) -> Difference {
    let EndpointServiceOp::Create { load_balancers, acceptance_required, tags } = op else { return not_its_undo() };
    let id = &live.id;
    if asked == Asked::Effect && (!tags::marked(&live.tags, tags) || live.state.is_going()) {
        return Some(format!("{id} is not the service that this run made"));
    }
    sets_differ(id, "load balancers", &live.load_balancers, &ids(load_balancers))
        .or_else(|| acceptance_differs(live, *acceptance_required))
        .or_else(|| tags_differ(id, &live.tags, tags))
        .or_else(|| {
            let principal = live.principals.iter().flatten().next()?;
            Some(format!("{id} allows {principal}, which was added to it"))
        })
        .or_else(|| {
            let is_alive = |one: &&LiveConnection| matches!(State::of(one), State::Waiting | State::Accepted);
            let one = live.connections.iter().flatten().find(is_alive)?;
            Some(format!("{} of account {} is connected to {id} ({})", one.endpoint, one.owner, one.state))
        })
}

fn acceptance_differs(live: &LiveService, wanted: bool) -> Difference {
    let now = if live.acceptance_required { "requires acceptance" } else { "accepts by itself" };
    (live.acceptance_required != wanted).then(|| format!("{} {now}", live.id))
}

/// Reads who is connected. Where connections cannot be read (an emulator), AWS's own refusal to delete a service that
/// has some (`ExistingVpcEndpointConnections`) must do.
async fn readable_connections(api: &Api, id: &str) -> Result<Option<Vec<LiveConnection>>, ProviderError> {
    match of_service(api, id).await {
        Ok(live) => Ok(Some(live)),
        Err(error) if matches!(error.kind, ErrorKind::OutcomeUnknown | ErrorKind::Malformed) => Ok(None),
        Err(error) => Err(error),
    }
}
