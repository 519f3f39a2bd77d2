//! The planners of the kinds of a cloud together, on tiny clouds; what is held of every kind.

mod aws;
mod azure;
mod twins;
