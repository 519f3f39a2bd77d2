//! Both clouds simulated in the process, with what the config expects to find, kept beside the config.
//!
//! ```text
//! .xcloud/sandbox/<product>/world.json ─► World ─► seed (what the config needs and is not there yet) ─► Cloud
//!              ▲                                                                                        │
//!              └──────────────────────────── saved after the command ◄──────────────────────────────────┘
//! ```

mod seed;
mod store;
mod transport;

pub(crate) use seed::ACCESS_KEY;
#[cfg(feature = "testbed")]
pub(crate) use seed::{Seeded, add};
pub(crate) use store::Sandbox;
pub(crate) use transport::{ArmInProcess, aws_in_process};
