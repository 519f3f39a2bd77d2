//! `xcloud destroy`: plans and applies an empty desired state for what is ours.

use xcloud_core::plan::PlanOptions;

use crate::cli::DestroyArgs;
use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::invocation::Invocation;
use crate::running::{Order, carry_out};
use crate::session;
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: &DestroyArgs) -> Result<Exit, Failure> {
    let options = PlanOptions { filter: invocation.global.filter(), destroy: true, ..PlanOptions::default() };
    let input = invocation.input_for(&options)?;
    session::run(invocation, &input.desired, Access::Write, async |session| {
        let opened = Opened::write(session, &input, options).await?;
        let plan = opened.plan().await?;
        let order = Order::of("destroy", &opened, &plan);
        carry_out(&Order { yes: args.yes, on_failure: args.on_failure.into(), ..order }).await
    })
}
