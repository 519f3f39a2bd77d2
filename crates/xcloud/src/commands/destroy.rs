//! `xcloud destroy`: plans and applies an empty desired state for what is ours.

use clap::Args;
use xcloud_core::journal::Verb;
use xcloud_core::plan::PlanOptions;

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::{Invocation, Runnable};
use crate::options::OnFailure;
use crate::running::{Order, carry_out};
use crate::session;
use crate::wiring::Access;

/// Delete everything that carries this product's mark.
#[derive(Debug, Clone, Args)]
pub(crate) struct DestroyArgs {
    /// Do not ask.
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What happens when the run fails before its commit point.
    #[arg(long, value_enum, default_value_t = OnFailure::Unwind, value_name = "WHAT")]
    pub(crate) on_failure: OnFailure,
}

impl Runnable for DestroyArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let options = PlanOptions { filter: invocation.global.filter(), destroy: true, ..PlanOptions::default() };
        let input = invocation.input_for(&options)?;
        session::run(invocation, &input.desired, Access::Write, async |session| {
            let opened = Opened::write(session, &input, options).await?;
            let plan = opened.plan().await?;
            let order = Order::of(Verb::Destroy, &opened, &plan);
            carry_out(&Order { yes: self.yes, on_failure: self.on_failure.into(), ..order }).await
        })
    }
}
