//! The planners of the kinds of a cloud together, on tiny clouds.

mod aws;
mod azure;
