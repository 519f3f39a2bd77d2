//! What is desired.

use std::collections::BTreeMap;

use crate::model::{Desired, Place, Regions, Resource};

/// The story's estate: two regions, flows, a failover.
pub(crate) const OPEN_API: &str = include_str!("../../../../config/open-api.yaml");

/// Loads a config that must be good.
pub(crate) fn load(text: &str) -> Desired {
    let (desired, problems) = crate::config::load("test.yaml", text);
    desired.unwrap_or_else(|| panic!("the config loads: {problems:?}"))
}

pub(crate) fn open_api() -> Desired {
    load(OPEN_API)
}

/// One resource of each kind.
pub(crate) fn resources() -> Desired {
    load(include_str!("../../../../config/resources.yaml"))
}

/// Returns the product `shop` with these resources, in one region and without environments.
pub(crate) fn desired(resources: impl IntoIterator<Item = Resource>) -> Desired {
    Desired {
        product: "shop".to_owned(),
        owner: "team@bank.example".to_owned(),
        regions: Regions { primary: "eu-north-1".to_owned(), dr: None },
        environments: BTreeMap::new(),
        failover: None,
        record_zone: None,
        drains: crate::model::Drains::default(),
        tags: std::collections::BTreeMap::new(),
        protected: crate::model::Protected::default(),
        resources: resources.into_iter().map(|resource| (resource.addr.clone(), resource)).collect(),
        places: Vec::new(),
        auth: None,
        ledger: None,
        limits: BTreeMap::new(),
        require_reversible: Default::default(),
        ignore: Vec::new(),
        notify: Vec::new(),
        tenants: BTreeMap::new(),
    }
}

/// Returns a region of an AWS account.
pub(crate) fn account(account: &str, region: &str) -> Place {
    Place::Aws { account: account.to_owned(), region: region.to_owned(), role: None, read_role: None }
}

/// Returns an Azure subscription.
pub(crate) fn subscription(id: &str) -> Place {
    Place::Azure { subscription: id.to_owned(), location: None }
}
