//! The engine against a scripted cloud, under a paused clock.

mod execute;
mod fake;
mod ledger;
mod pace;
mod records;
mod unwind;
