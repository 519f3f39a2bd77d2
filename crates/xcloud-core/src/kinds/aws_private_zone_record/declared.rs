//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{object, selector};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope, red};
use crate::limits::{Paced, Quota};
use crate::live::Query;
use crate::model::{Addr, GroupRef, PlaceKey, PrivateZoneRecord, Selector, Spec};

impl Declared for PrivateZoneRecord {
    fn name(&self) -> Option<(Scope, &str)> {
        None
    }

    fn claims(&self, place: &PlaceKey) -> Vec<Claim> {
        vec![Claim::ZoneRecord(place.clone(), self.vpc.clone(), self.record.to_ascii_lowercase())]
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
        let Query::Aws(query) = query else { return };
        query.vpcs.insert(self.vpc.clone());
        query.records.insert((self.vpc.clone(), self.record.clone()));
    }

    fn properties(&self) -> Vec<Property> {
        vec![red("record", &self.record), red("endpoint", &self.endpoint)]
    }

    fn creating_calls(&self) -> Vec<Paced> {
        vec![Paced { operation: "ChangeResourceRecordSets", quota: Quota::Route53 }]
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        object([
            ("vpc", selector(&self.vpc, "id")),
            ("record", json!(self.record)),
            ("endpoint", json!(self.endpoint.as_str())),
        ])
    }
}
