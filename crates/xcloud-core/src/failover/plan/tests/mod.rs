//! The story's estate: the primary region is silent, and of the other one only the ground is there.

mod close;
mod fences;
mod fixture;
mod goals;
mod guard;
mod proofs;
mod protected;
mod requests;
mod switch;
