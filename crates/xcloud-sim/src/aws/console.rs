//! The hand at the cloud's own console: what tests change behind a client's back, and what breaks by itself. Nothing here
//! is throttled or in the call log.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use super::endpoints::Phase;
use super::record_sets::{Content, RecordSet, full_name, key};
use super::seed::{SeedError, pairs};
use super::world::AwsWorld;
use crate::Millis;

impl AwsWorld {
    /// Does what a request of an account would do, and returns the body of its answer. The service
    /// is `ec2` or `elasticloadbalancing`.
    ///
    /// # Errors
    /// [`SeedError`] with code and message of the refusal.
    pub fn perform(
        &mut self,
        now: Millis,
        (account, region): (&str, &str),
        service: &str,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<String, SeedError> {
        self.region(region).sweep(now);
        self.run(now, (account, region), service, action, pairs(parameters))
    }

    /// Lets the health checks of an address fail (`false`) or succeed again (`true`).
    pub fn set_target_health(&mut self, region: &str, address: Ipv4Addr, healthy: bool) {
        let dark: &mut BTreeSet<String> = &mut self.region(region).dark;
        if healthy {
            dark.remove(&address.to_string());
        } else {
            dark.insert(address.to_string());
        }
    }

    /// Lets a zone be gone, by its id: what stands in it no longer answers, targets there fail their health checks, and
    /// the API goes on as if nothing were.
    pub fn lose_zone(&mut self, region: &str, zone_id: &str) {
        self.region(region).lost_zones.insert(zone_id.to_owned());
    }

    /// Lets an endpoint fail for good, with a code and a message as its last error.
    ///
    /// # Errors
    /// [`SeedError`] if there is no such endpoint.
    pub fn fail_endpoint(&mut self, region: &str, id: &str, code: &str, message: &str) -> Result<(), SeedError> {
        let endpoint = self.region(region).endpoints.get_mut(id);
        let endpoint = endpoint.ok_or_else(|| SeedError(format!("there is no endpoint {id}")))?;
        endpoint.phase = Phase::Failed;
        endpoint.last_error = Some((code.to_owned(), message.to_owned()));
        Ok(())
    }

    /// Lets a load balancer fail for good.
    ///
    /// # Errors
    /// [`SeedError`] if there is no such load balancer.
    pub fn fail_load_balancer(&mut self, region: &str, arn: &str) -> Result<(), SeedError> {
        let balancer = self.region(region).load_balancers.get_mut(arn);
        balancer.ok_or_else(|| SeedError(format!("there is no load balancer {arn}")))?.failed = true;
        Ok(())
    }

    /// Creates or overwrites a record set of a hosted zone.
    ///
    /// # Errors
    /// [`SeedError`] if there is no such zone or the values are wrong.
    pub fn set_record(
        &mut self,
        zone: &str,
        name: &str,
        kind: &str,
        ttl: u32,
        values: &[&str],
    ) -> Result<(), SeedError> {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let content = Content::Values { ttl, values };
        let record = RecordSet { name: full_name(name), kind: kind.to_owned(), content };
        if let Some(fault) = record.fault() {
            return Err(SeedError(fault));
        }
        let zone = self.zones.get_mut(zone).ok_or_else(|| SeedError(format!("there is no zone {zone}")))?;
        zone.records.insert(key(&record.name, kind), record);
        Ok(())
    }

    /// Removes a record set of a hosted zone, and tells whether it was there.
    pub fn remove_record(&mut self, zone: &str, name: &str, kind: &str) -> bool {
        let zone = self.zones.get_mut(zone);
        zone.is_some_and(|zone| zone.records.remove(&key(&full_name(name), kind)).is_some())
    }
}
