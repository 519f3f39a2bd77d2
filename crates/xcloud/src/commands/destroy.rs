//! `xcloud destroy`: plans and applies an empty desired state for what is ours.

use xcloud_core::journal::Verb;
use xcloud_core::plan::PlanOptions;

use super::apply::unfinished;
use super::dispatch::Invocation;
use crate::cli::DestroyArgs;
use crate::exit::Exit;
use crate::input;
use crate::planning;
use crate::recording;
use crate::running::{Order, carry_out};
use crate::session::{self, Setup};
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: &DestroyArgs) -> anyhow::Result<Exit> {
    let (ui, global) = (&invocation.ui, &invocation.global);
    let options = PlanOptions { filter: global.filter(), destroy: true, ..PlanOptions::default() };
    let loaded = input::load(ui, &global.config);
    let input = match loaded.and_then(|input| input::check_filter(ui, &input.desired, &options).map(|()| input)) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let settings = &invocation.settings;
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| {
        let head = match unfinished(session, &input.desired).await {
            Ok(head) => head,
            Err(exit) => return Ok(exit),
        };
        let options = recording::knowing(&input.desired, Some(&head), options.clone()).await;
        let plan = match planning::plan(session, &input.desired, &options).await {
            Ok(plan) => plan,
            Err(exit) => return Ok(exit),
        };
        carry_out(
            session,
            &Order {
                unknown: planning::unknown_parts(&plan, &input.desired, &options),
                plan: &plan,
                desired: &input.desired,
                options: &options,
                config_sha256: input.fingerprint(),
                head,
                reviewed: false,
                yes: args.yes,
                on_failure: args.on_failure.into(),
                verb: Verb::Destroy,
                object: None,
                reason: None,
            },
        )
        .await
    })
}
