//! `xcloud failback`: a failover to the primary region.

use clap::Args;
use xcloud_core::journal::Verb;

use super::failover::{SwitchArgs, start};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};

/// Make the primary region the active one again.
#[derive(Debug, Clone, Args)]
pub(crate) struct FailbackArgs {
    #[command(flatten)]
    switch: SwitchArgs,
}

impl Runnable for FailbackArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        start(invocation, Verb::Failback, None, &self.switch, None)
    }
}
