//! `xcloud apply`: plans, asks and carries out; or carries out a saved plan exactly.

use std::path::{Path, PathBuf};

use clap::Args;
use xcloud_core::journal::Verb;
use xcloud_core::plan::{PlanOptions, converge};

use crate::context::Opened;
use crate::exit::Exit;
use crate::failure::{Failure, Refusal};
use crate::input;
use crate::invocation::{Invocation, Runnable};
use crate::options::Consent;
use crate::planning;
use crate::recording;
use crate::running::{Order, carry_out, converge_to};
use crate::saved::{Moved, SavedPlan, moved};
use crate::session::{self, Session};
use crate::wiring::Access;

/// Change the clouds to match the config.
#[derive(Debug, Clone, Args)]
pub(crate) struct ApplyArgs {
    /// A plan saved by `xcloud plan --out`; without it, apply plans first.
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) consent: Consent,
    /// Also delete undeclared objects that carry our mark.
    #[arg(long, conflicts_with = "file")]
    pub(crate) prune: bool,
}

impl Runnable for ApplyArgs {
    fn run(&self, invocation: &Invocation) -> Result<Exit, Failure> {
        if let Some(file) = &self.file {
            return run_saved(invocation, self, file);
        }
        let options = PlanOptions { filter: invocation.global.filter(), prune: self.prune, ..PlanOptions::default() };
        let input = invocation.input_for(&options)?;
        session::run(invocation, &input.desired, Access::Write, async |session| {
            converge_to(session, &input, options, Verb::Apply, self.consent).await
        })
    }
}

fn run_saved(invocation: &Invocation, args: &ApplyArgs, file: &Path) -> Result<Exit, Failure> {
    if !invocation.global.filter().is_everything() {
        let message =
            "a saved plan is carried out as it is: --env, --region, --target and --exclude belong to `plan --out`";
        return Err(Refusal::usage(message).into());
    }
    let saved = SavedPlan::read(file).map_err(|error| Refusal::new(format!("{error:#}")))?;
    tell_config_change(invocation, &saved);
    session::run(invocation, &saved.desired, Access::Write, async |session| {
        let head = recording::head(session, &saved.desired).await?;
        head.refuse_if_cut_off()?;
        still_holds(session, &saved).await?;
        let opened = Opened {
            session,
            desired: &saved.desired,
            config_sha256: saved.config_sha256.clone(),
            options: saved.options.clone(),
            head,
        };
        let order = Order::of(Verb::Apply, &opened, &saved.plan).agreed(args.consent);
        carry_out(&Order { reviewed: true, ..order }).await
    })
}

/// The plan is carried out as it was approved, also if the file says something else now; but that is told.
fn tell_config_change(invocation: &Invocation, saved: &SavedPlan) {
    let now = std::fs::read_to_string(&invocation.global.config).map(|text| input::fingerprint(&text));
    if now.is_ok_and(|now| now != saved.config_sha256) {
        let text = format!("{} has changed since the plan was saved; the plan is carried out as saved", saved.config);
        invocation.ui.warn(&text);
    }
}

/// Observes again and refuses the plan if something that it depends on is no longer as it was.
async fn still_holds(session: &Session, saved: &SavedPlan) -> Result<(), Failure> {
    let observed = planning::look(session, &saved.desired, saved.options.prune).await?;
    let silent = saved.plan.places.keys().filter(|key| !saved.plan.unknown.contains_key(*key));
    let silent: Vec<String> =
        silent.filter_map(|key| observed.unknown(key).map(|why| format!("{key} does not answer: {why}"))).collect();
    if !silent.is_empty() {
        return Err(Refusal::unchanged("the saved plan cannot be checked,").lines(silent).into());
    }
    let (fresh, problems) = converge(&saved.desired, &observed, &saved.options);
    let Some(fresh) = fresh else {
        return Err(Refusal::unchanged("the saved plan is no longer possible:").problems(problems, "").into());
    };
    let moved = moved(&saved.plan.depends, &fresh.depends);
    if moved.is_empty() {
        return Ok(());
    }
    let refusal = Refusal::unchanged("what the saved plan depends on has changed,");
    Err(refusal.lines(moved.iter().flat_map(Moved::lines)).hint("plan again and review the new plan").into())
}
