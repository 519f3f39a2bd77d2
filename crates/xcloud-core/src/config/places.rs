//! Every place where something of the product lives or may be left.

use std::collections::{BTreeMap, BTreeSet};

use crate::code::ProblemCode;
use crate::model::{Place, PlaceKey};

use super::flows::Story;
use super::parsed_resource::Draft;
use super::raw::{At, Fault, Problems};
use super::resources::Accounts;
use super::settings::Settings;

/// Collects the places: every account in every region of the file, the subscription, and the named accounts.
pub(crate) fn places(
    story: &Story<'_>,
    accounts: &Accounts,
    drafts: &[Draft],
    settings: &Settings,
    problems: &mut Problems<'_>,
) -> Vec<Place> {
    let mut all: BTreeMap<PlaceKey, BTreeSet<Place>> = BTreeMap::new();
    let mut add = |at: Option<At>, place: Place| {
        let same = all.entry(place.key()).or_default();
        if let (Some(at), Some(other)) = (at, same.iter().find(|other| roles(other) != roles(&place))) {
            let fault = Fault::new(
                ProblemCode::RolesDiffer,
                format!("{} is reached with other roles elsewhere in this file", place.key()),
            )
            .hint(format!("there: {}; use one role for an account and region", describe(other)));
            problems.error(at, fault);
        }
        same.insert(place);
    };
    for region in settings.region_names() {
        if let Some(hub) = &story.hub
            && let Some(account) = &hub.account
        {
            add(None, hub.place(account, &region));
        }
        for env in &story.environments {
            if let (Some(product), Some(account)) = (&story.product, &env.account) {
                add(Some(account.at), product.place(&account.value, &region));
            }
        }
    }
    if let Some(azure) = &story.azure {
        add(None, azure.place());
    }
    for account in accounts.values() {
        add(Some(account.at), account.value.clone());
    }
    for draft in drafts {
        add(None, draft.resource.place.clone());
    }
    // Of two places that differ in their location only, the one that names it.
    all.into_values().filter_map(|same| same.into_iter().next_back()).collect()
}

fn roles(place: &Place) -> Option<(&Option<String>, &Option<String>)> {
    match place {
        Place::Aws { role, read_role, .. } => Some((role, read_role)),
        Place::Azure { .. } | Place::Ledger { .. } => None,
    }
}

fn describe(place: &Place) -> String {
    match roles(place) {
        Some((role, read_role)) => {
            let word = |role: &Option<String>| role.clone().unwrap_or_else(|| "none".to_owned());
            format!("role {}, read_role {}", word(role), word(read_role))
        }
        None => String::new(),
    }
}
