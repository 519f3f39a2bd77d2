//! Whole stories on both simulated clouds, in one process, under a paused clock.

mod bed;
mod copies;
mod figures;
mod story;
