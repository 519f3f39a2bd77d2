//! `xcloud apply`: plans, asks and carries out; or carries out a saved plan exactly.

use std::path::Path;

use xcloud_core::journal::Verb;
use xcloud_core::model::Desired;
use xcloud_core::plan::{PlanOptions, converge};

use super::dispatch::Invocation;
use crate::cli::{ApplyArgs, Global};
use crate::exit::Exit;
use crate::input::{self, Input};
use crate::planning;
use crate::recording::{self, Head};
use crate::running::{Order, carry_out};
use crate::saved::{Moved, SavedPlan, moved};
use crate::session::{self, Session, Setup};
use crate::ui::Ui;
use crate::wiring::Access;

pub(super) fn run(invocation: &Invocation, args: &ApplyArgs) -> anyhow::Result<Exit> {
    match &args.file {
        Some(file) => run_saved(invocation, args, file),
        None => run_fresh(invocation, args),
    }
}

fn run_fresh(invocation: &Invocation, args: &ApplyArgs) -> anyhow::Result<Exit> {
    let (ui, global) = (&invocation.ui, &invocation.global);
    let options = PlanOptions { filter: global.filter(), prune: args.prune, ..PlanOptions::default() };
    let loaded = input::load(ui, &global.config);
    let input = match loaded.and_then(|input| input::check_filter(ui, &input.desired, &options).map(|()| input)) {
        Ok(input) => input,
        Err(exit) => return Ok(exit),
    };
    let settings = &invocation.settings;
    let setup = Setup { ui, global, settings, desired: &input.desired, access: Access::Write };
    session::run(&setup, async |session| fresh(session, &input, &options, args).await)
}

/// Plans, asks and carries out.
pub(crate) async fn fresh(
    session: &Session,
    input: &Input,
    options: &PlanOptions,
    args: &ApplyArgs,
) -> anyhow::Result<Exit> {
    let head = match unfinished(session, &input.desired).await {
        Ok(head) => head,
        Err(exit) => return Ok(exit),
    };
    let options = recording::knowing(&input.desired, Some(&head), options.clone()).await;
    let plan = match planning::plan(session, &input.desired, &options).await {
        Ok(plan) => plan,
        Err(exit) => return Ok(exit),
    };
    let order = Order {
        unknown: planning::unknown_parts(&plan, &input.desired, &options),
        plan: &plan,
        desired: &input.desired,
        options: &options,
        config_sha256: input.fingerprint(),
        head,
        reviewed: false,
        yes: args.yes,
        on_failure: args.on_failure.into(),
        verb: Verb::Apply,
        object: None,
        reason: None,
    };
    carry_out(session, &order).await
}

/// Looks at the ledger before the clouds: a run that was cut off must be resumed first.
pub(super) async fn unfinished(session: &Session, desired: &Desired) -> Result<Head, Exit> {
    let head = recording::head(session, desired).await?;
    head.refuse_if_cut_off(session)?;
    Ok(head)
}

fn run_saved(invocation: &Invocation, args: &ApplyArgs, file: &Path) -> anyhow::Result<Exit> {
    let (ui, global) = (&invocation.ui, &invocation.global);
    if !global.filter().is_everything() {
        let message =
            "a saved plan is carried out as it is: --env, --region, --target and --exclude belong to `plan --out`";
        return Ok(ui.refuse_plainly(Exit::Usage, message));
    }
    let saved = match SavedPlan::read(file) {
        Ok(saved) => saved,
        Err(error) => return Ok(ui.refuse_plainly(Exit::Refused, &format!("{error:#}"))),
    };
    tell_config_change(ui, global, &saved);
    let settings = &invocation.settings;
    let setup = Setup { ui, global, settings, desired: &saved.desired, access: Access::Write };
    session::run(&setup, async |session| {
        let head = match unfinished(session, &saved.desired).await {
            Ok(head) => head,
            Err(exit) => return Ok(exit),
        };
        if let Some(exit) = refused(session, &saved).await {
            return Ok(exit);
        }
        carry_out(
            session,
            &Order {
                unknown: planning::unknown_parts(&saved.plan, &saved.desired, &saved.options),
                plan: &saved.plan,
                desired: &saved.desired,
                options: &saved.options,
                config_sha256: saved.config_sha256.clone(),
                head,
                reviewed: true,
                yes: args.yes,
                on_failure: args.on_failure.into(),
                verb: Verb::Apply,
                object: None,
                reason: None,
            },
        )
        .await
    })
}

/// The plan is carried out as it was approved, also if the file says something else now; but that is told.
fn tell_config_change(ui: &Ui, global: &Global, saved: &SavedPlan) {
    let now = std::fs::read_to_string(&global.config).map(|text| input::fingerprint(&text));
    if now.is_ok_and(|now| now != saved.config_sha256) {
        let text = format!("{} has changed since the plan was saved; the plan is carried out as saved", saved.config);
        ui.warn(&text);
    }
}

/// Observes again and refuses the plan if something that it depends on is no longer as it was.
async fn refused(session: &Session, saved: &SavedPlan) -> Option<Exit> {
    let ui = &session.ui;
    let observed = match planning::look(session, &saved.desired, saved.options.prune).await {
        Ok(observed) => observed,
        Err(exit) => return Some(exit),
    };
    let silent = saved.plan.places.keys().filter(|key| !saved.plan.unknown.contains_key(*key));
    let silent: Vec<String> =
        silent.filter_map(|key| observed.unknown(key).map(|why| format!("  {key} does not answer: {why}"))).collect();
    if !silent.is_empty() {
        let message = format!("the saved plan cannot be checked, nothing was changed\n{}", silent.join("\n"));
        return Some(ui.refuse_plainly(Exit::Refused, &message));
    }
    let (fresh, problems) = converge(&saved.desired, &observed, &saved.options);
    let Some(fresh) = fresh else {
        return Some(ui.refuse(
            Exit::Refused,
            "the saved plan cannot be made any more: nothing was changed",
            &problems,
            "",
        ));
    };
    let moved = moved(&saved.plan.depends, &fresh.depends);
    if moved.is_empty() {
        return None;
    }
    let lines: Vec<String> = moved.iter().flat_map(describe).collect();
    let message = format!(
        "what the saved plan depends on has changed, nothing was changed\n{}\nhint: plan again and review the new plan",
        lines.join("\n")
    );
    Some(ui.refuse_plainly(Exit::Refused, &message))
}

fn describe(moved: &Moved) -> Vec<String> {
    let mut lines = vec![format!("  {}", moved.what)];
    for (field, then, now) in &moved.fields {
        let field = if field.is_empty() { "value" } else { field };
        lines.push(format!("    {field}: {then} -> {now}"));
    }
    lines
}
