//! What whole stories are tested on, in one process: see `it/` for the tests, `stories/` for terminal scripts.

mod notebook;
mod process;
mod testbed;

pub use notebook::Notebook;
pub use process::Process;
pub use testbed::Testbed;
pub use xcloud::testbed::{Adapters, Operator};

use xcloud_core::plan::PlanOptions;

/// Returns plan options that choose these environments.
#[must_use]
pub fn only_env(env: &str) -> PlanOptions {
    let mut options = PlanOptions::default();
    options.filter.envs.insert(env.to_owned());
    options
}
