//! What is asked of a declared resource of the kind.

use std::net::Ipv4Addr;

use serde_json::{Map, Value, json};

use crate::kinds::shared::{addresses, duration, object};
use crate::kinds::{Claim, Declared, Property, Role, RuleHead, Scope};
use crate::limits::Paced;
use crate::live::Query;
use crate::model::{Addr, AddressSource, DnsAddresses, GroupRef, PlaceKey, PrivateDnsRecord, Selector, Spec};

impl Declared for PrivateDnsRecord {
    fn name(&self) -> Option<(Scope, &str)> {
        None
    }

    fn claims(&self, _place: &PlaceKey) -> Vec<Claim> {
        vec![Claim::AzureRecord(self.zone.clone(), self.record.to_ascii_lowercase())]
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
        match &self.addresses {
            DnsAddresses::Active(regions) => Role::Switched(self, regions),
            DnsAddresses::Fixed(_) => Role::Beside,
        }
    }

    fn ask(&self, query: &mut Query) {
        let Query::Azure(query) = query else { return };
        query.zones.insert(self.zone.clone());
    }

    fn properties(&self) -> Vec<Property> {
        Vec::new()
    }

    fn creating_calls(&self) -> Vec<Paced> {
        Vec::new()
    }

    fn as_written(&self, _product: &str) -> Map<String, Value> {
        let addresses = match &self.addresses {
            DnsAddresses::Fixed(source) => record_addresses(source),
            DnsAddresses::Active(regions) => {
                let regions: Map<String, Value> =
                    regions.iter().map(|(region, source)| (region.clone(), record_addresses(source))).collect();
                json!({"active": regions})
            }
        };
        object([
            ("zone", json!(self.zone.0)),
            ("record", json!(self.record)),
            ("ttl", json!(duration(u64::from(self.ttl_secs)))),
            ("addresses", addresses),
        ])
    }
}

/// A record lists addresses, not ranges.
fn record_addresses(source: &AddressSource) -> Value {
    match source {
        AddressSource::Listed(nets) => Value::Array(nets.iter().map(|net| json!(net.addr())).collect()),
        AddressSource::Of { .. } => addresses(source),
    }
}
