//! What a config expects to find, made in the simulated clouds: accounts, networks, load balancers, zones, groups.
//!
//! Seeding again adds only what was not asked for before, so what xcloud or a tampering hand changed stays changed.

mod aws;
mod azure;
mod demand;
mod ranges;
mod seeded;

pub(crate) use seeded::{Seeded, add};

#[cfg(test)]
mod tests;
