//! What every plan stands on: how the environments stand, how they are to stand, and what is desired under that.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::draft::Breach;
use super::{Filter, Note, PlanOptions};
use crate::active::{self, ActiveRecord, Standing};
use crate::code::NoteCode;
use crate::live::Observed;
use crate::model::Desired;

/// What a plan stands on.
pub(crate) struct Ground<'d> {
    /// What is declared.
    pub(crate) desired: &'d Desired,
    /// The options, with the environments left out whose record cannot be read.
    pub(crate) options: PlanOptions,
    /// How each environment with a disaster-recovery region stands.
    pub(crate) standings: BTreeMap<String, Standing>,
    /// The environments whose record cannot be read, with the reason.
    pub(crate) left_alone: BTreeMap<String, String>,
}

impl<'d> Ground<'d> {
    /// Reads how the environments stand.
    pub(crate) fn of(desired: &'d Desired, observed: &Observed, options: &PlanOptions) -> Self {
        let (mut standings, mut left_alone) = (BTreeMap::new(), BTreeMap::new());
        for (env, reading) in active::read(desired, observed, &options.known) {
            match reading {
                Ok(standing) => {
                    standings.insert(env, standing);
                }
                Err(why) => {
                    left_alone.insert(env, why);
                }
            }
        }
        let mut options = options.clone();
        options.filter.left_alone.extend(left_alone.keys().cloned());
        Self { desired, options, standings, left_alone }
    }

    /// Returns how these environments stand.
    pub(crate) fn chosen(&self, envs: &BTreeSet<String>) -> BTreeMap<String, Standing> {
        let standings = self.standings.iter().filter(|(env, _)| envs.contains(*env));
        standings.map(|(env, standing)| (env.clone(), standing.clone())).collect()
    }

    /// Returns the records of the environments that the run is about.
    pub(crate) fn records(&self) -> BTreeMap<String, ActiveRecord> {
        let chosen = |env: &String| {
            let envs = &self.options.filter.envs;
            envs.is_empty() || envs.contains(env)
        };
        let standings = self.standings.iter().filter(|(env, _)| chosen(env));
        standings.map(|(env, standing)| (env.clone(), standing.record.clone())).collect()
    }

    /// Returns what an operator should know of the records; `breaches` are the environments whose fence does not hold.
    pub(crate) fn notes(&self, breaches: &BTreeMap<String, Breach>) -> Vec<Note> {
        let mut notes = Vec::new();
        for (env, why) in &self.left_alone {
            let text = format!("{env} is left alone, since its active region is not known: {why}");
            notes.push(Note::of(NoteCode::ActiveRegionUnknown, None, text));
        }
        for (env, standing) in &self.standings {
            let ActiveRecord { epoch, region, to, old, .. } = &standing.record;
            if let Some(to) = to {
                let text =
                    format!("a failover of {env} to {to} is under way (epoch {epoch}): `xcloud resume` finishes it");
                notes.push(Note::of(NoteCode::FailoverUnderWay, None, text));
            }
            if *region != self.desired.regions.primary {
                let holds = match breaches.get(env) {
                    Some(Breach::Certain) => ", but rules of others pass its fence",
                    Some(Breach::Missing) => ", but its fence does not exist yet",
                    Some(Breach::Possible) => ", but it is not known whether its fence holds",
                    None => "",
                };
                let text =
                    format!("{region} is active in {env} (epoch {epoch}); the primary region is {}{holds}", old.word());
                notes.push(Note::of(NoteCode::ActiveRegion, None, text));
            }
        }
        notes
    }
}

/// What a plan is to reach: how the environments stand then, what is desired under that, and which part of it.
pub(crate) struct Aim<'d> {
    /// What is desired then.
    pub(crate) desired: Cow<'d, Desired>,
    /// The options, with the part of the estate that is planned.
    pub(crate) options: PlanOptions,
    /// How each environment with a disaster-recovery region stands then.
    pub(crate) after: BTreeMap<String, Standing>,
}

impl<'d> Aim<'d> {
    /// The environments stay as they stand.
    pub(crate) fn as_it_stands(ground: &Ground<'d>, observed: &Observed) -> Self {
        Self::of(ground, observed, BTreeMap::new())
    }

    /// Some environments come to stand otherwise.
    pub(crate) fn of(ground: &Ground<'d>, observed: &Observed, changed: BTreeMap<String, Standing>) -> Self {
        let mut after = ground.standings.clone();
        after.extend(changed);
        Self { desired: active::under(ground.desired, observed, &after), options: ground.options.clone(), after }
    }

    /// Plans a part of the estate alone.
    pub(crate) fn only(mut self, part: Filter) -> Self {
        let left_alone = std::mem::take(&mut self.options.filter.left_alone);
        self.options.filter = Filter { left_alone, ..part };
        self
    }

    /// Returns the region that is active then, of each environment that has a record.
    pub(crate) fn active(&self) -> BTreeMap<String, String> {
        self.after.iter().map(|(env, standing)| (env.clone(), standing.record.region.clone())).collect()
    }
}
