//! What a config expects to find, made in the simulated clouds: accounts, networks, load balancers, zones, groups.
//!
//! Seeding again adds only what was not asked for before, so what xcloud or a tampering hand changed stays changed.

mod add;
mod aws;
mod azure;
mod demand;
mod ranges;
mod seeded;

pub(crate) use add::{ACCESS_KEY, add};
pub(crate) use seeded::Seeded;

#[cfg(test)]
mod tests;
