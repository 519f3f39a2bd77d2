//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::object;
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{Addr, ArmName, GroupRef, LinkServiceRef, PlaceKey, PrivateEndpoint, Selector, Spec};

impl Declared for PrivateEndpoint {
    fn name(&self) -> Option<(Scope, &str)> {
        Some((Scope::ResourceGroup(self.resource_group.to_ascii_lowercase()), &self.name))
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        Vec::new()
    }

    fn pins(&self) -> &[Ipv4Addr] {
        &[]
    }

    fn interfaces(&self) -> Option<(Option<&Selector>, &[GroupRef])> {
        None
    }

    fn names_of_its_kind(&self, _own: &Addr) -> Vec<&Addr> {
        Vec::new()
    }

    fn rules(&self) -> Vec<RuleHead<'_>> {
        Vec::new()
    }

    fn keep_outside(&mut self, _before: &Spec, _in_part: &dyn Fn(&str, Option<&str>) -> bool) {}

    fn role(&self) -> Role<'_> {
        Role::Beside
    }

    fn ask(&self, query: &mut Query) {
        let Query::Azure(query) = query else { return };
        query.private_endpoint_groups.insert(self.resource_group.clone());
        query.subnets.insert(self.subnet.clone());
        if let LinkServiceRef::Id(id) = &self.service
            && id.starts_with('/')
        {
            query.link_services.insert(ArmName(id.clone()));
        }
    }

    fn properties(&self) -> Vec<Property> {
        Vec::new()
    }

    fn creating_calls(&self) -> Vec<Paced> {
        Vec::new()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let service = match &self.service {
            LinkServiceRef::Declared(addr) => addr.as_str(),
            LinkServiceRef::Id(id) => id,
        };
        object([
            ("resource_group", json!(self.resource_group)),
            ("subnet", json!(self.subnet.0)),
            ("service", json!(service)),
            ("approval", json!(self.approval.word())),
        ])
    }
}
