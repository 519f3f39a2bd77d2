//! Whole stories on both simulated clouds, in one process, under a paused clock.

mod bad_clouds;
mod bed;
mod cases;
mod copies;
mod every_kind;
mod failover;
mod fields;
mod figures;
mod forms;
mod frozen;
mod governed;
mod judged;
mod orders;
mod orphans;
mod partial;
mod planted;
mod protected;
mod replay;
mod still;
mod story;
mod tamper;
mod traffic;
mod truth;
mod unwind;
