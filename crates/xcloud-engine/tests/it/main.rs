//! The engine against a scripted cloud, under a paused clock.

mod execute;
mod fake;
mod pace;
mod unwind;
