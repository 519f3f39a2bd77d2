//! Whether an endpoint is as a call wrote it.

use xcloud_core::live::{AwsQuery, EndpointState, LiveEndpoint};
use xcloud_core::op::EndpointOp;
use xcloud_core::provider::{Performed, ProviderError};

use super::observe::{list, one};
use crate::answer::made;
use crate::as_written::{
    Asked, Difference, Written, gone, members_differ, not_its_undo, sets_differ, tags_differ, there,
};
use crate::clients::Api;
use crate::handles::{ids, subnets as subnet_ids};
use crate::tags;

impl Written for EndpointOp {
    /// All, or those of the ids.
    type Seen = Vec<LiveEndpoint>;

    async fn look(&self, api: &Api, _: Asked) -> Result<Self::Seen, ProviderError> {
        let mut listed = Vec::new();
        match self {
            Self::Create { .. } => listed = list(api, &AwsQuery { endpoints: true, ..AwsQuery::default() }).await?,
            Self::Modify { endpoint, .. } => listed.extend(one(api, endpoint.id()).await?),
            Self::Delete { endpoints } => {
                for id in ids(endpoints) {
                    listed.extend(one(api, &id).await?);
                }
            }
        }
        Ok(listed.into_iter().map(|listed| listed.endpoint).collect())
    }

    fn differs(&self, seen: &Self::Seen, asked: Asked) -> Difference {
        let stays = |live: &&LiveEndpoint| live.state != EndpointState::Deleting;
        match self {
            Self::Create { .. } => {
                there(seen.iter().find(stays), "the endpoint", |live| made_differs(self, live, asked))
            }
            Self::Modify { endpoint, add_subnets, remove_subnets, add_groups, remove_groups, private_dns } => {
                let id = endpoint.id();
                // An endpoint that goes has nothing left to undo; the call may have had its effect all the same.
                there(seen.iter().find(|live| asked == Asked::Effect || stays(live)), id, |live| {
                    members_differ(id, "the subnet", &live.subnets, &subnet_ids(add_subnets), remove_subnets)
                        .or_else(|| {
                            members_differ(id, "the group", &live.groups, &ids(add_groups), &ids(remove_groups))
                        })
                        .or_else(|| {
                            let wanted = private_dns.filter(|wanted| *wanted != live.private_dns)?;
                            Some(format!("private DNS of {id} is {}", if wanted { "off" } else { "on" }))
                        })
                })
            }
            Self::Delete { .. } => {
                let left = seen.iter().find(stays)?;
                gone(Some(left), &left.id)
            }
        }
    }

    fn effect(&self, seen: &Self::Seen) -> Option<Performed> {
        if let Self::Create { .. } = self {
            let ours = seen.iter().find(|live| made_differs(self, live, Asked::Effect).is_none())?;
            let (name, zone) = ours.dns.clone().unzip();
            return Some(made(Some(ours.id.clone()), [("dns-name", name), ("dns-zone", zone)], Vec::new()));
        }
        self.differs(seen, Asked::Effect).is_none().then(Performed::default)
    }
}

/// After a lost answer all tags must be there, not the mark alone: a replacement has its predecessor's address.
fn made_differs(op: &EndpointOp, live: &LiveEndpoint, asked: Asked) -> Difference {
    let EndpointOp::Create { service_name, vpc, subnets, groups, tags } = op else { return not_its_undo() };
    let id = &live.id;
    let is_other = asked == Asked::Effect && (!tags::marked(&live.tags, tags) || live.state == EndpointState::Deleting);
    if is_other || live.service_name != service_name.id() || live.vpc != *vpc {
        return Some(format!("{id} is not the endpoint of {} that this run made", service_name.id()));
    }
    let groups = ids(groups);
    // Without groups of ours the endpoint has the VPC's default group: the cloud's choice.
    let of_groups = || if groups.is_empty() { None } else { sets_differ(id, "groups", &live.groups, &groups) };
    sets_differ(id, "subnets", &live.subnets, &subnet_ids(subnets))
        .or_else(of_groups)
        .or_else(|| tags_differ(id, &live.tags, tags))
        .or_else(|| asked.before_undo(|| live.private_dns.then(|| format!("private DNS of {id} was turned on"))))
}
