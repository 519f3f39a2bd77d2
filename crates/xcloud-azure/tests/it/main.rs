//! The adapter through its port, against canned answers of Resource Manager under a paused clock.

mod conditions;
mod failures;
mod fake;
mod finding;
mod guards;
mod observing;
mod operations;
mod secrecy;
mod simulated;
mod tenants;
mod writing;
