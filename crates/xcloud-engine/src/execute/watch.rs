//! Watches a state until it holds: looks, sleeps, looks again, and gives up in time.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;
use xcloud_core::journal::Noted;
use xcloud_core::model::Target;
use xcloud_core::op::{Handle, Unbound};
use xcloud_core::plan::{Await, Condition, Judge, Patience, Step, StepId};
use xcloud_core::provider::{ErrorKind, Facts, Progress, ProviderError};

use super::context::Context;
use crate::EventKind;

/// The first look comes at once, the next after this long; then each pause is half as long again.
const FIRST_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How a watch ended without its state.
pub(super) enum WatchError {
    /// The run halted.
    Halted,
    /// It did not come, or never can.
    Failed(ProviderError),
    /// The plan asks for something that no step answers.
    Unbound(Unbound),
}

/// Watches until the condition holds, and binds what it answers.
pub(super) async fn watch(ctx: &Context<'_>, step: Option<&Step>, watched: &Await) -> Result<(), WatchError> {
    let condition = bind(ctx, &watched.condition).map_err(WatchError::Unbound)?;
    if let Judge::Clock { secs, since } = condition.judge() {
        return elapsed(ctx, step, secs, since, describe(&condition)).await;
    }
    let (secs, fails) = match watched.patience {
        Patience::Fail(secs) => (secs, true),
        Patience::Warn(secs) => (secs, false),
    };
    // The run's own deadline counts too: one patient wait must not keep a run alive beyond it.
    let until = (Instant::now() + Duration::from_secs(secs)).min(ctx.deadline());
    match look_until(ctx, step, watched, &condition, until).await {
        Ok(facts) => {
            keep(ctx, watched, facts);
            Ok(())
        }
        Err(WatchError::Failed(error)) if !fails => {
            ctx.warn(format!("{}: {}", describe(&condition), error.said()));
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Waits until the given seconds have passed since these steps, or all needs of the step, were done.
async fn elapsed(
    ctx: &Context<'_>,
    step: Option<&Step>,
    secs: u64,
    since: &BTreeSet<StepId>,
    what: String,
) -> Result<(), WatchError> {
    let all = step.map(|step| step.needs.as_slice()).unwrap_or_default();
    let needs = all.iter().filter(|need| since.is_empty() || since.contains(need));
    // From the end of the needs, not from now: the time that the step's other waits took counts. What an earlier process
    // did counts from the start of this one: to wait longer does no harm.
    let begun = needs.map(|need| ctx.done_at(need)).max().unwrap_or_else(Instant::now);
    let until = begun + Duration::from_secs(secs);
    let left = until.saturating_duration_since(Instant::now());
    ctx.emit(EventKind::Watching {
        step: step.map(|step| step.id.clone()),
        addr: step.map(|step| step.addr.clone()),
        what,
        now: format!("{} s to go", left.as_secs()),
    });
    if ctx.sleep(left).await { Ok(()) } else { Err(WatchError::Halted) }
}

async fn look_until(
    ctx: &Context<'_>,
    step: Option<&Step>,
    watched: &Await,
    condition: &Condition,
    until: Instant,
) -> Result<Facts, WatchError> {
    let Some(provider) = ctx.provider(&watched.place) else {
        return Err(WatchError::Failed(error(
            watched,
            ErrorKind::Other,
            "the plan does not name this place".to_owned(),
        )));
    };
    let (mut pause, mut last) = (FIRST_PAUSE, String::new());
    loop {
        let now = match provider.check(condition).await {
            Ok(Progress::Done(facts)) => return Ok(facts),
            Ok(Progress::Never(error)) => return Err(WatchError::Failed(error)),
            Ok(Progress::NotYet(now)) => now,
            Err(error) if is_passing(error.kind) => error.to_string(),
            Err(error) => return Err(WatchError::Failed(error)),
        };
        if now != last {
            ctx.emit(EventKind::Watching {
                step: step.map(|step| step.id.clone()),
                addr: step.map(|step| step.addr.clone()),
                what: describe(condition),
                now: now.clone(),
            });
            last.clone_from(&now);
        }
        // A look after the deadline would find nothing new in time, so the watch ends before the pause, not after it.
        if Instant::now() + pause > until {
            let text = format!("it did not come in time; last seen: {now}");
            return Err(WatchError::Failed(error(watched, ErrorKind::Deadline, text)));
        }
        if !ctx.sleep(pause).await {
            return Err(WatchError::Halted);
        }
        pause = (pause * 3 / 2).min(LONGEST_PAUSE);
    }
}

/// An object that this run made may not be visible yet, and clouds have bad minutes: a watch goes on.
fn is_passing(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::NotFound
            | ErrorKind::Throttled
            | ErrorKind::Busy
            | ErrorKind::Unreachable
            | ErrorKind::OutcomeUnknown
            | ErrorKind::Malformed
    )
}

fn error(watched: &Await, kind: ErrorKind, message: String) -> ProviderError {
    ProviderError {
        kind,
        operation: describe(&watched.condition),
        place: watched.place.clone(),
        code: None,
        message,
        request_id: None,
        retry_after_secs: None,
    }
}

fn keep(ctx: &Context<'_>, watched: &Await, facts: Facts) {
    let mut noted = Noted::default();
    if let Some(object) = &watched.binds {
        noted.objects.extend(facts.facts.into_iter().map(|(name, value)| (object.fact(&name), value)));
    }
    if let Condition::AddressesKnown { of, kind, .. } = &watched.condition {
        noted.addresses.push((of.clone(), *kind, facts.addresses));
    }
    if !noted.is_empty() {
        ctx.note(noted);
    }
}

/// Returns the condition with every late id replaced.
fn bind(ctx: &Context<'_>, condition: &Condition) -> Result<Condition, Unbound> {
    let mut condition = condition.clone();
    let bindings = &ctx.state().bindings;
    for handle in condition.handles_mut() {
        if let Handle::Made(object) = handle {
            let id = bindings.objects.get(object).ok_or_else(|| Unbound::Object(object.clone()))?;
            *handle = Handle::Known(id.clone());
        }
    }
    Ok(condition)
}

/// Returns a condition for people: `endpoint vpce-1 available`.
pub(super) fn describe(condition: &Condition) -> String {
    match condition {
        Condition::LoadBalancerActive { load_balancer } => format!("load balancer {load_balancer} active"),
        Condition::ServiceAvailable { service } => format!("endpoint service {service} available"),
        Condition::ConnectionListed { service, endpoint } => format!("connection of {endpoint} listed by {service}"),
        Condition::EndpointAvailable { endpoint } => format!("endpoint {endpoint} available"),
        Condition::EndpointGone { endpoint } => format!("endpoint {endpoint} gone"),
        Condition::ConnectionsGone { service } => format!("connections of {service} gone"),
        Condition::GroupUnused { group } => format!("security group {group} unused"),
        Condition::LoadBalancerGone { load_balancer } => format!("load balancer {load_balancer} gone"),
        Condition::AddressesKnown { of, count, .. } => format!("{count} addresses of {of}"),
        Condition::TargetsHealthy { target_group, targets } => format!("{} healthy", of_group(targets, target_group)),
        Condition::TargetsServe { target_group, targets } => {
            format!("a healthy one of {}", of_group(targets, target_group))
        }
        Condition::TargetsGone { target_group, targets } => format!("{} gone", of_group(targets, target_group)),
        Condition::LinkConnectionListed { service, endpoint } => {
            format!("connection of {} listed by {service}", endpoint.name())
        }
        Condition::LinkConnectionApproved { endpoint } => format!("connection of {} approved", endpoint.name()),
        Condition::ArmSucceeded { id } => format!("{} provisioned", id.name()),
        Condition::ArmGone { id } => format!("{} gone", id.name()),
        Condition::RecordAnswers { record, .. } => format!("{record} answers the new addresses"),
        Condition::EpochsHold { zone: Some(zone), .. } => format!("active-region records in {}", zone.name()),
        Condition::EpochsHold { zone: None, .. } => "active-region records in the ledger".to_owned(),
        Condition::Elapsed { secs, what, .. } => format!("{secs} s, in which {what}"),
    }
}

fn of_group(targets: &BTreeSet<Target>, group: &Handle) -> String {
    let named: Vec<String> = targets.iter().map(|target| format!("{}:{}", target.ip, target.port)).collect();
    if named.is_empty() { format!("targets of {group}") } else { format!("{} of {group}", named.join(", ")) }
}
