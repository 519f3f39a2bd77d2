//! One environment in one region: what the expansion of each flow needs of it.

use crate::config::parsed_resource::Draft;
use crate::config::raw::At;
use crate::config::tags::{Said, Tags};
use crate::model::{Addr, Place, Resource, Spec};

use super::environment::{Env, Region};
use super::flow_layer::{Flow, Side};

/// One (environment, region) with everything around it.
pub(super) struct Stack<'a> {
    pub(super) product: &'a str,
    pub(super) hub: &'a Side<'a>,
    pub(super) hub_account: &'a str,
    /// Absent where only azure-to-aws flows exist.
    pub(super) member: Option<&'a Side<'a>>,
    pub(super) account: &'a str,
    pub(super) env: &'a Env,
    pub(super) region: &'a Region,
}

/// Where something is made, and the tags of that account.
pub(super) struct Home {
    pub(super) place: Place,
    pub(super) tags: Tags,
}

impl Stack<'_> {
    pub(super) fn in_hub(&self) -> Home {
        Home { place: self.hub.place(self.hub_account, &self.region.name), tags: self.hub.tags.clone() }
    }

    pub(super) fn in_product(&self) -> Home {
        match self.member {
            Some(member) => Home { place: member.place(self.account, &self.region.name), tags: member.tags.clone() },
            None => Home {
                place: Place::Aws {
                    account: self.account.to_owned(),
                    region: self.region.name.clone(),
                    role: None,
                    read_role: None,
                },
                tags: Tags::new(),
            },
        }
    }

    pub(super) fn draft(&self, at: At, home: Home, flow: Option<&str>, name: &str, spec: Spec) -> Draft {
        let addr = Addr::new(&self.env.name, &self.region.name, spec.kind(), name);
        let resource = Resource { addr, place: home.place, flow: flow.map(str::to_owned), spec };
        Draft { at, resource, drain_secs: None, tags: Said { account: home.tags, own: Tags::new() } }
    }
}

/// The aws-to-azure flows that are complete enough to expand.
pub(super) fn to_azure<'a>(flows: &'a [Flow<'a>]) -> impl Iterator<Item = &'a Flow<'a>> {
    flows.iter().filter(|flow| flow.is_to_azure() && flow.port.is_some())
}
