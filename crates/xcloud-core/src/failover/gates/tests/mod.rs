//! The example estate with everything in its place, and for each gate what goes wrong.

mod aws_gates;
mod azure_gates;
mod facts;
mod fixture;
pub(crate) mod live;
mod parity;
mod shadows;
mod silence;
