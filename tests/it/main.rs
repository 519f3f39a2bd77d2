//! Whole stories on both simulated clouds, in one process, under a paused clock.

mod bad_clouds;
mod bed;
mod copies;
mod figures;
mod story;
