//! Regional failover on both simulated clouds, as an operator's commands make it.

mod continuity;
mod health;
mod kills;
mod ledger;
mod others;
mod overruled;
mod races;
mod region_loss;
mod rollback;
mod sweep;
mod variants;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use xcloud_core::active::{ActiveRecord, record_name};
use xcloud_core::model::{Addr, AddressSource, Desired, DnsAddresses, Spec};
use xcloud_core::plan::{Plan, PlanOptions};
use xcloud_sim::{Fault, FaultKind};
use xcloud_tests::{Operator, Testbed};

use crate::bed::{OPEN_API, apply, differences, later, load, make};

/// The region that is left.
const NORTH: &str = "eu-north-1";
/// The region that takes over.
const WEST: &str = "eu-west-1";

/// The story's estate as applied, and a folder for a ledger.
struct Scene {
    bed: Testbed,
    desired: Desired,
    config: PathBuf,
    ledger: PathBuf,
    /// The records live in the ledger, which is the sandbox's own, beside the config.
    lone: bool,
}

fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/open-api.yaml")
}

/// Returns a folder of its own.
fn folder() -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    std::env::temp_dir().join(format!("xcloud-failover-{}-{count}", std::process::id()))
}

impl Scene {
    /// Returns the estate of the story, applied.
    async fn new() -> Self {
        let desired = load(OPEN_API);
        Self { bed: make(&desired).await, desired, config: config(), ledger: folder(), lone: false }
    }

    /// Returns the estate of another config, of which the part is applied that the options choose.
    async fn of(text: &str, options: &PlanOptions) -> Self {
        let desired = load(text);
        let bed = Testbed::new(&desired);
        apply(&bed, &desired, options).await;
        later(&bed).await;
        let ledger = folder();
        std::fs::create_dir_all(&ledger).expect("a folder");
        let config = ledger.with_extension("yaml");
        std::fs::write(&config, text).expect("a config");
        Self { bed, desired, config, ledger, lone: false }
    }

    /// Returns a copy in which things may happen.
    fn fork(&self) -> Self {
        let (bed, desired, ledger) = (self.bed.fork(), self.desired.clone(), folder());
        let config = if self.lone { ledger::copied(self, &ledger) } else { self.config.clone() };
        Self { bed, desired, config, ledger, lone: self.lone }
    }

    /// Returns a new operator, as a new process has it.
    fn operator(&self) -> Operator {
        if self.lone {
            return self.bed.operator_in_sandbox(&self.config);
        }
        self.bed.operator(&self.config, &self.ledger)
    }

    /// Returns the records of a record set, as they stand now; `None` if there is no such set.
    fn records(&self, record_type: &str, name: &str) -> Option<Vec<serde_json::Value>> {
        let end = format!("/{record_type}/{name}").to_ascii_lowercase();
        let property = format!("{}Records", record_type.to_ascii_lowercase());
        self.bed.cloud().look(|world, _| {
            let set = world.azure.resources.iter().find(|(id, _)| id.ends_with(&end))?.1;
            Some(set.list(&property).to_vec())
        })
    }

    /// Returns the active-region record of an environment, if there is one.
    fn record(&self, env: &str) -> Option<ActiveRecord> {
        if self.lone {
            return ledger::record(self, env);
        }
        let records = self.records("TXT", &record_name(&self.desired.product, env))?;
        let parts = records[0]["value"].as_array()?.iter().filter_map(|part| part.as_str());
        Some(parts.collect::<String>().parse().unwrap_or_else(|why| panic!("{why}")))
    }

    /// Returns the region at whose addresses the environment's switched name points.
    fn pointed_at(&self, env: &str) -> String {
        if self.lone {
            // There is no name to switch.
            return self.record(env).map_or(NORTH.to_owned(), |record| record.region);
        }
        let mut named = self.desired.resources.values().filter(|resource| resource.addr.env() == env);
        let spec = named.find_map(|resource| match &resource.spec {
            Spec::PrivateDnsRecord(spec) => Some(spec),
            _ => None,
        });
        let DnsAddresses::Active(regions) = &spec.expect("it has a name").addresses else {
            panic!("{env} has two regions")
        };
        let records = self.records("A", &spec.expect("it has a name").record).unwrap_or_default();
        let mut ips: Vec<&str> = records.iter().filter_map(|record| record["ipv4Address"].as_str()).collect();
        ips.sort_unstable();
        let at = regions.iter().find(|(_, source)| match source {
            AddressSource::Of { addr, .. } => pins(&self.desired, addr) == ips,
            AddressSource::Listed(_) => false,
        });
        at.map_or_else(|| format!("nowhere: {ips:?}"), |(region, _)| region.clone())
    }

    /// Fails unless exactly one region is active, and the record, the name and the rules agree.
    async fn assert_agrees(&self, what: &str) {
        for env in ["int", "prod"] {
            let record = self.record(env);
            let region = record.as_ref().map_or(NORTH, |record| &record.region).to_owned();
            assert_eq!(record.as_ref().and_then(|record| record.to.clone()), None, "{what}: {env} is not finished");
            assert_eq!(self.pointed_at(env), region, "{what}: {env}: the name and the record");
        }
        let (plan, problems) = self.operator().plan().await;
        let plan: Plan = plan.unwrap_or_else(|| panic!("{what}: {problems:?}"));
        assert!(plan.steps.is_empty(), "{what}: {:#?}", differences(&plan));
    }
}

impl Drop for Scene {
    fn drop(&mut self) {
        let _never_made = std::fs::remove_dir_all(&self.ledger);
    }
}

fn pins(desired: &Desired, addr: &Addr) -> Vec<String> {
    let Some(Spec::Endpoint(endpoint)) = desired.resources.get(addr).map(|resource| &resource.spec) else {
        return Vec::new();
    };
    let mut ips: Vec<String> = endpoint.endpoint_ips.iter().map(ToString::to_string).collect();
    ips.sort();
    ips
}

/// Everything that is asked of a region meets this.
fn everywhere(region: &str, kind: FaultKind) -> Fault {
    Fault { operation: None, region: Some(region.to_owned()), skip: 0, times: u32::MAX, kind }
}

fn error(status: u16, code: &str) -> FaultKind {
    FaultKind::Error { status, code: code.to_owned(), message: "the region is lost".to_owned() }
}
