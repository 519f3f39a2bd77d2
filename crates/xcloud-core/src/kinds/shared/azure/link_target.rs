//! The private link service that an endpoint connects to: declared, or found by id or alias.

use std::collections::BTreeMap;

use crate::code::ProblemCode;
use crate::live::{AzureLive, LiveLinkService};
use crate::model::{Addr, ArmName, Cloud, PlaceKey, Resource};
use crate::op::Handle;
use crate::plan::draft::Draft;

/// The service that endpoints connect to after this run.
pub(crate) struct Target {
    pub(crate) place: PlaceKey,
    /// Known, or made by a step of this run.
    pub(crate) handle: Handle,
    /// Its id, which is known even before it is made.
    pub(crate) id: Option<ArmName>,
    pub(crate) alias: Option<String>,
}

/// Where the declared services will be, and which live ones go.
#[derive(Default)]
pub(crate) struct Services<'a> {
    pub(crate) targets: BTreeMap<Addr, Target>,
    pub(crate) going: Vec<(PlaceKey, Addr, &'a LiveLinkService)>,
}

impl Target {
    /// A service that stands.
    pub(crate) fn known(place: &PlaceKey, service: &LiveLinkService) -> Self {
        Self {
            place: place.clone(),
            handle: Handle::Known(service.id.0.clone()),
            id: Some(service.id.clone()),
            alias: service.alias.clone(),
        }
    }

    /// A service that is not declared: by id, or by alias.
    pub(crate) fn find(draft: &mut Draft<'_>, resource: &Resource, text: &str, live: &AzureLive) -> Option<Self> {
        if !text.starts_with('/') {
            let known = live.link_services.iter().find(|service| service.alias.as_deref() == Some(text));
            return Some(Self {
                place: resource.place.key(),
                handle: Handle::Known(text.to_owned()),
                id: known.map(|service| service.id.clone()),
                alias: Some(text.to_owned()),
            });
        }
        let id = ArmName(text.to_owned());
        let account = id.segment("subscriptions").unwrap_or_default().to_owned();
        let place = place_of(draft, account);
        let there = live.link_services.iter().find(|service| service.id == id);
        let here = place.account.eq_ignore_ascii_case(&resource.place.key().account);
        if here && there.is_none() && id.segment("privateLinkServices").is_some() {
            let message = format!("the private link service {id} does not exist");
            draft.problem(&resource.addr, ProblemCode::ServiceMissing, message, "");
            return None;
        }
        let alias = there.and_then(|service| service.alias.clone());
        Some(Self { place, handle: Handle::Known(text.to_owned()), id: Some(id), alias })
    }
}

/// The place of a subscription, whose id Azure writes in any letter case, as this run spells it.
fn place_of(draft: &Draft<'_>, account: String) -> PlaceKey {
    let same = |key: &&PlaceKey| key.cloud == Cloud::Azure && key.account.eq_ignore_ascii_case(&account);
    let known = draft.observed.places.keys().find(same).cloned();
    known.unwrap_or_else(|| PlaceKey { cloud: Cloud::Azure, account, region: "azure".to_owned() })
}
