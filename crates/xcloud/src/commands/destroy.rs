//! `xcloud destroy`: plans and applies an empty desired state for what is ours.

use clap::Args;
use xcloud_core::journal::Verb;
use xcloud_core::plan::PlanOptions;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::options::Consent;
use crate::running::converge_to;
use crate::session;
use crate::wiring::Access;

/// Delete everything that carries this product's mark.
#[derive(Debug, Clone, Args)]
pub(crate) struct DestroyArgs {
    #[command(flatten)]
    pub(crate) consent: Consent,
}

impl Runnable for DestroyArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let options = PlanOptions { filter: invocation.global.filter(), destroy: true, ..PlanOptions::default() };
        let input = invocation.input_for(&options)?;
        session::run(invocation, &input.desired, Access::Write, async |session| {
            converge_to(session, &input, options, Verb::Destroy, self.consent).await
        })
    }
}
