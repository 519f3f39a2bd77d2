//! What rule sets let through: named cases, every packet of a small world, and large sets.

mod cases;
mod fixture;
mod large;
mod world;
