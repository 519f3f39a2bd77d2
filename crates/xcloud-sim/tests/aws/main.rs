//! The AWS side through its front door, under a paused clock: what happens later, and when.

mod client;
mod endpoints;
mod groups;
mod load_balancers;
mod rates;
mod served;
mod state;
mod zones;
