//! `xcloud plan`: observes, compares, prints.

use std::path::PathBuf;

use clap::Args;
use xcloud_core::plan::{Plan, PlanOptions};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::Input;
use crate::invocation::{Invocation, Runnable};
use crate::options::Output;
use crate::planning;
use crate::recording;
use crate::render::plan::{PlanView, page};
use crate::render::{json, markdown};
use crate::saved::SavedPlan;
use crate::session::{self, Session};
use crate::wiring::Access;

/// Show what apply would change.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArgs {
    /// Save the plan, for `xcloud apply FILE`.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Also delete undeclared objects that carry our mark.
    #[arg(long)]
    pub(crate) prune: bool,
    /// End with 2 if there are differences or something is unknown.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Show each call with its undo; with a step, what would be undone if that step failed.
    #[arg(long, value_name = "STEP", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub(crate) undo: Option<String>,
}

impl Runnable for PlanArgs {
    fn forms(&self) -> &'static [Output] {
        &[Output::Text, Output::Json, Output::Markdown]
    }

    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        let options = PlanOptions { filter: invocation.global.filter(), prune: self.prune, ..PlanOptions::default() };
        let input = invocation.input_for(&options)?;
        session::run(invocation, &input.desired, Access::Read, async |session| {
            // A plan needs no ledger: one that cannot be read hinders nobody.
            let head = recording::look(session, &input.desired).await.ok();
            if let Some(head) = &head {
                head.warn_if_cut_off(session);
            }
            let options = recording::knowing(&input.desired, head.as_ref(), options).await;
            let plan = planning::plan(session, &input.desired, &options).await?;
            show(session, self, &input, options, plan)
        })
    }
}

fn show(session: &Session, args: &PlanArgs, input: &Input, options: PlanOptions, plan: Plan) -> Result<Exit, Failure> {
    let (ui, calls) = (&session.ui, session.wired.pacer.calls());
    match session.global.format {
        Output::Json => ui.json(&json::plan(&plan, &calls))?,
        Output::Markdown => ui.result(&markdown::plan(&plan))?,
        Output::Text | Output::Junit => {
            let undo = args.undo.as_deref();
            let view = PlanView { plan: &plan, calls: &calls, filter: &options.filter, verbose: ui.verbose, undo };
            ui.result(&page(&view, ui.out_columns()))?;
        }
    }
    let unknown = !planning::unknown_parts(&plan, &input.desired, &options).is_empty();
    let exit = ending(&plan, unknown, args.detailed_exitcode);
    if let Some(path) = &args.out {
        SavedPlan::new(&input.file, input.fingerprint(), input.desired.clone(), options, plan).write(path)?;
        ui.remark(&format!("saved; carry it out with `xcloud apply {}`", path.display()));
    }
    Ok(exit)
}

/// With a detailed exit code what is unknown counts as a difference; without it, as a part that is left.
fn ending(plan: &Plan, unknown: bool, detailed: bool) -> Exit {
    match (detailed, unknown) {
        (true, false) if plan.is_empty() => Exit::Done,
        (true, _) => Exit::Differences,
        (false, false) => Exit::Done,
        (false, true) => Exit::Left,
    }
}
