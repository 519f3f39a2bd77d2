//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::object;
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{Addr, GroupRef, PlaceKey, PrivateLinkService, Selector, Spec};

impl Declared for PrivateLinkService {
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
        query.link_service_groups.insert(self.resource_group.clone());
        query.frontends.insert(self.frontend.clone());
        query.subnets.insert(self.nat_subnet.clone());
    }

    fn properties(&self) -> Vec<Property> {
        Vec::new()
    }

    fn creating_calls(&self) -> Vec<Paced> {
        Vec::new()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        object([
            ("resource_group", json!(self.resource_group)),
            ("load_balancer_frontend", json!(self.frontend.0)),
            ("nat_subnet", json!(self.nat_subnet.0)),
            ("visibility", json!(self.visibility)),
            ("auto_approval", json!(self.auto_approval)),
        ])
    }
}
