//! Tags of what stands: the keys that we write, whatever carries them.

use std::collections::{BTreeMap, BTreeSet};

use xcloud_core::limits::Quota;
use xcloud_core::op::TagOp;
use xcloud_core::provider::{Performed, ProviderError};

use super::load_balancer::parts;
use crate::answer::done;
use crate::as_written::{Asked, Difference, Written, tags_differ};
use crate::call::PAGE;
use crate::clients::Api;
use crate::interfaces::filter;
use crate::tags::{self, Tags};

pub(crate) async fn perform(api: &Api, op: &TagOp) -> Result<Performed, ProviderError> {
    let request_ids = match op {
        TagOp::CreateTags { resources, tags } => {
            let resources = resources.iter().cloned().collect();
            let request = api.ec2.create_tags().set_resources(Some(resources)).set_tags(Some(tags::to_ec2(tags)));
            api.mutate(op, request.send()).await?.1
        }
        TagOp::DeleteTags { resources, tags } => {
            let resources = resources.iter().cloned().collect();
            let request = api.ec2.delete_tags().set_resources(Some(resources)).set_tags(Some(tags::to_ec2(tags)));
            api.mutate(op, request.send()).await?.1
        }
        TagOp::AddTags { resources, tags } => {
            let resources = resources.iter().cloned().collect();
            let request = api.balancing.add_tags().set_resource_arns(Some(resources));
            api.mutate(op, request.set_tags(tags::to_balancing(tags)).send()).await?.1
        }
        TagOp::RemoveTags { resources, tags } => {
            let resources = resources.iter().cloned().collect();
            let request = api.balancing.remove_tags().set_resource_arns(Some(resources));
            api.mutate(op, request.set_tag_keys(Some(tags.keys().cloned().collect())).send()).await?.1
        }
    };
    Ok(done(request_ids))
}

impl Written for TagOp {
    /// Tags by what carries them.
    type Seen = BTreeMap<String, Tags>;

    async fn look(&self, api: &Api, _: Asked) -> Result<Self::Seen, ProviderError> {
        match self {
            Self::CreateTags { resources, .. } | Self::DeleteTags { resources, .. } => ec2_tags(api, resources).await,
            Self::AddTags { resources, .. } | Self::RemoveTags { resources, .. } => {
                parts::tags_of(api, &resources.iter().cloned().collect::<Vec<_>>()).await
            }
        }
    }

    fn differs(&self, seen: &Self::Seen, _: Asked) -> Difference {
        let none = Tags::new();
        let live = |id: &str| seen.get(id).unwrap_or(&none);
        match self {
            Self::CreateTags { resources, tags } | Self::AddTags { resources, tags } => {
                resources.iter().find_map(|id| tags_differ(id, live(id), tags))
            }
            Self::DeleteTags { resources, tags } | Self::RemoveTags { resources, tags } => {
                resources.iter().find_map(|id| {
                    tags.keys().find(|key| live(id).contains_key(*key)).map(|key| format!("{id} has a tag {key}"))
                })
            }
        }
    }
}

async fn ec2_tags(api: &Api, resources: &BTreeSet<String>) -> Result<BTreeMap<String, Tags>, ProviderError> {
    let of_resources = filter("resource-id", resources.iter().cloned());
    let request = api.ec2.describe_tags().filters(of_resources).max_results(PAGE);
    let found = api
        .pages(
            Quota::Ec2Reads,
            "DescribeTags",
            |token| request.clone().set_next_token(token).send(),
            |page| (page.tags, page.next_token),
        )
        .await?;
    let mut live: BTreeMap<String, Tags> = BTreeMap::new();
    for tag in found {
        let (Some(resource), Some(key)) = (tag.resource_id, tag.key) else { continue };
        live.entry(resource).or_default().insert(key, tag.value.unwrap_or_default());
    }
    Ok(live)
}
