//! The plan of a failover: another region of an environment becomes the active one.
//!
//! ```text
//! intent ─► what the target region lacks, its rules ─► proofs ─► switch of the A records ─► watch ─► commit ─► fence
//! ```
//!
//! It is the plan that `converge` makes for the target region under the record as it will be, with the record's two
//! writes around the switch. So it needs nothing of the region that is left: that region's rules stay as they are live,
//! and its addresses are read from the config and from Azure.

mod goal;
mod proofs;
mod purpose;
mod steps;
#[cfg(test)]
mod tests;

pub use goal::part;
pub use purpose::Purpose;
