//! Whether a connection comes through: every hop refuses for its own reason, and passes when it is right.

mod azure;
mod estate;
mod rules;
mod way_one;
mod way_two;
