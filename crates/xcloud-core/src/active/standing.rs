//! How each environment with a disaster-recovery region stands, as its record says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::addresses::known_addresses;
use super::record::{ActiveRecord, OldRegion};
use crate::live::{LiveRecordSet, Observed};
use crate::model::{Addr, ArmName, Desired, Place};

/// The type of Azure's record sets that hold texts.
const TXT: &str = "TXT";

/// What the ledger knows of records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The highest epoch of each environment that a failover wrote down before it began.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub epochs: BTreeMap<String, u64>,
}

/// How an environment stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// What its record says; an absent one says the primary region and epoch 0.
    pub record: ActiveRecord,
    /// The record as it is written; `None` if there is none yet.
    pub live: Option<Written>,
}

/// A record as it is written, in a zone or in the ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// Its name.
    pub name: String,
    /// Its text.
    pub text: String,
    /// What a write that replaces it must name: the `ETag` of the record set, or the number of the version.
    pub etag: String,
    /// The metadata of the record set; empty in the ledger.
    pub metadata: BTreeMap<String, String>,
}

/// Where the active-region records of a product live.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordHome {
    /// The place through which they are read and written.
    pub place: Place,
    /// The private DNS zone that holds them; `None`: the ledger does.
    pub zone: Option<ArmName>,
}

/// How an environment stands, or why that cannot be read: then it is left alone.
pub type Reading = Result<Standing, String>;

/// Returns the name of an environment's record, relative to the zone.
#[must_use]
pub fn record_name(product: &str, env: &str) -> String {
    format!("_active.{product}-{env}")
}

/// Returns the address under which plans and journals name an environment's record.
#[must_use]
pub fn record_addr(desired: &Desired, env: &str) -> Addr {
    let (home, product) = (if desired.record_zone.is_some() { "azure" } else { "ledger" }, &desired.product);
    let text = format!("{env}/{home}/active-region/{}", record_name(product, env));
    Addr::parse(&text).unwrap_or_else(|_| Addr::new(env, home, crate::model::Kind::PrivateDnsRecord, product))
}

impl Desired {
    /// Returns the disaster-recovery region of an environment that has one.
    #[must_use]
    pub fn dr_of(&self, env: &str) -> Option<&str> {
        let dr = self.regions.dr.as_deref()?;
        self.environments.get(env).filter(|environment| environment.regions.contains(dr)).map(|_| dr)
    }

    /// Returns the other one of an environment's two regions.
    #[must_use]
    pub fn other_region(&self, env: &str, region: &str) -> Option<&str> {
        let dr = self.dr_of(env)?;
        if region == dr { Some(&self.regions.primary) } else { Some(dr).filter(|_| region == self.regions.primary) }
    }

    /// Returns where the active-region records live, if any environment has one.
    #[must_use]
    pub fn record_home(&self) -> Option<RecordHome> {
        match &self.record_zone {
            Some((place, zone)) => Some(RecordHome { place: place.clone(), zone: Some(zone.clone()) }),
            None if !self.environments.keys().any(|env| self.dr_of(env).is_some()) => None,
            None => Some(RecordHome { place: Place::Ledger { product: self.product.clone() }, zone: None }),
        }
    }
}

/// Returns how each environment with a disaster-recovery region stands.
#[must_use]
pub fn read(desired: &Desired, observed: &Observed, known: &Known) -> BTreeMap<String, Reading> {
    let envs = desired.environments.keys().filter_map(|env| Some((env, desired.dr_of(env)?)));
    envs.map(|(env, dr)| (env.clone(), read_one(desired, observed, known, env, dr))).collect()
}

fn read_one(desired: &Desired, observed: &Observed, known: &Known, env: &str, dr: &str) -> Reading {
    let live = match live_record(desired, observed, env)? {
        Some(live) => live,
        None => return absent(desired, observed, known, env, dr),
    };
    let record: ActiveRecord = live.text.parse().map_err(|why| format!("the record {}: {why}", live.name))?;
    let strange = |region: &str| region != desired.regions.primary && region != dr;
    if let Some(region) = [Some(&record.region), record.to.as_ref()].into_iter().flatten().find(|r| strange(r)) {
        return Err(format!("the record {} names {region}, which is no region of {env}", live.name));
    }
    match known.epochs.get(env) {
        Some(epoch) if *epoch > record.epoch => {
            Err(format!("the record {} is of epoch {}, and the ledger knows {epoch}", live.name, record.epoch))
        }
        _ => Ok(Standing { record, live: Some(live) }),
    }
}

/// Returns the record as it is written; `None` if there is none.
fn live_record(desired: &Desired, observed: &Observed, env: &str) -> Result<Option<Written>, String> {
    let Some(home) = desired.record_home() else { return Ok(None) };
    let key = home.place.key();
    let why = || observed.unknown(&key).map_or_else(|| "it was not asked".to_owned(), ToString::to_string);
    let name = record_name(&desired.product, env);
    let Some(zone) = home.zone else {
        let live = observed.ledger(&key);
        let live = live.ok_or_else(|| format!("the ledger, which holds the record, does not answer: {}", why()))?;
        let found = live.records.iter().find(|record| record.env == env);
        return Ok(found.map(|record| Written {
            name,
            text: record.text.clone(),
            etag: record.version.to_string(),
            metadata: BTreeMap::new(),
        }));
    };
    let live = observed
        .azure(&key)
        .ok_or_else(|| format!("the zone {} of the active-region record does not answer: {}", zone.name(), why()))?;
    let is_it =
        |set: &&LiveRecordSet| set.record_type == TXT && set.zone == zone && set.name.eq_ignore_ascii_case(&name);
    let Some(set) = live.record_sets.iter().find(is_it) else { return Ok(None) };
    match set.texts.as_slice() {
        [text] => {
            let (name, text) = (set.name.clone(), text.clone());
            Ok(Some(Written { name, text, etag: set.etag.clone(), metadata: set.metadata.clone() }))
        }
        texts => Err(format!("the record {} holds {} texts, not one", set.name, texts.len())),
    }
}

/// An absent record means the primary region, unless something speaks of a failover.
fn absent(desired: &Desired, observed: &Observed, known: &Known, env: &str, dr: &str) -> Reading {
    let name = record_name(&desired.product, env);
    if let Some(epoch) = known.epochs.get(env).filter(|epoch| **epoch > 0) {
        return Err(format!("there is no record {name}, and the ledger knows epoch {epoch}"));
    }
    if let Some(set) = pointed_at(desired, observed, env, dr) {
        return Err(format!("there is no record {name}, and {} points at {dr}", set.name));
    }
    let region = desired.regions.primary.clone();
    let record = ActiveRecord { epoch: 0, region, to: None, old: OldRegion::Open, run: String::new() };
    Ok(Standing { record, live: None })
}

/// Returns a live A record of the environment that names an address of `region`.
fn pointed_at<'o>(desired: &Desired, observed: &'o Observed, env: &str, region: &str) -> Option<&'o LiveRecordSet> {
    desired.resources.values().filter(|resource| resource.addr.env() == env).find_map(|resource| {
        let (spec, regions) = resource.spec.declared().role().switched()?;
        let addresses = known_addresses(desired, observed, regions.get(region)?);
        let live = observed.azure(&resource.place.key())?;
        live.record_sets.iter().find(|set| {
            let same = set.record_type == "A" && set.zone == spec.zone && set.name.eq_ignore_ascii_case(&spec.record);
            same && set.addresses.iter().any(|ip| addresses.iter().any(|net| net.addr() == *ip))
        })
    })
}
