//! `xcloud failback`: a failover to the primary region.

use clap::Args;

use super::failover::{SwitchArgs, start};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::options::{Output, PLAIN};

/// Make the primary region the active one again.
#[derive(Debug, Clone, Args)]
pub(crate) struct FailbackArgs {
    #[command(flatten)]
    switch: SwitchArgs,
}

impl Runnable for FailbackArgs {
    const FORMS: &'static [Output] = PLAIN;

    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        start(invocation, "failback", None, &self.switch, None)
    }
}
