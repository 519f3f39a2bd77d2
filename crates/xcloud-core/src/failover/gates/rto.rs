//! The recovery time that the limits of the interfaces allow for what a failover would still have to create, and the locks
//! that would stop it.

use std::collections::BTreeSet;

use super::{Facts, Gate, GateName, Light};
use crate::active::{Failover, Fence};
use crate::code::NoteCode;
use crate::counted::counted;
use crate::duration::human;
use crate::failover::least_time::{least_secs, missing_calls};
use crate::plan::{Note, Plan};

pub(super) fn gate(facts: &Facts<'_>, env: &str, to: &str) -> Gate {
    let request = Failover {
        to: to.to_owned(),
        envs: BTreeSet::from([env.to_owned()]),
        run: "readiness".to_owned(),
        unplanned: true,
        fence: Fence::Now,
        passed: BTreeSet::new(),
    };
    let (plan, problems) = request.plan(facts.desired, facts.observed, facts.options);
    let Some(plan) = plan else {
        let details = problems.0.iter().map(|problem| problem.message.clone()).collect();
        return Gate { details, ..Gate::new(GateName::Rto, Light::Red, "there is no plan of a failover") };
    };
    under_locks(in_time(facts, env, to, &plan), &plan)
}

/// Judges how long what is missing takes to create.
fn in_time(facts: &Facts<'_>, env: &str, to: &str, plan: &Plan) -> Gate {
    let desired = facts.desired;
    let Some(rto) = desired.failover.as_ref().map(|policy| policy.rto_secs) else {
        return Gate::new(GateName::Rto, Light::Ok, "no recovery time is declared");
    };
    let regional = plan.steps.iter().filter(|step| step.place.cloud.has_regions());
    let creates: Vec<_> = regional.map(|step| (step.place.clone(), step.op.paced())).collect();
    let least = least_secs(&creates, &desired.limits);
    let all = least_secs(&missing_calls(desired, env, to), &desired.limits);
    let objective = human(rto * 1000);
    let text = if creates.is_empty() {
        format!("nothing to create; objective {objective}")
    } else {
        let calls = counted(creates.len(), "call");
        format!("{calls} to create what is missing, at least {least} s; objective {objective}")
    };
    Gate::new(GateName::Rto, if least > rto { Light::Red } else { Light::Ok }, text)
        .saying(format!("building {to} from nothing takes at least {all} s"))
}

/// Adds what locks refuse of the failover, and of its undo.
fn under_locks(gate: Gate, plan: &Plan) -> Gate {
    let told = |note: &Note| note.addr.as_ref().map_or(note.text.clone(), |addr| format!("{addr}: {}", note.text));
    let of = |code: NoteCode| plan.notes.iter().filter(move |note| note.code == code).map(told);
    let details = [NoteCode::Locked, NoteCode::UndoLocked, NoteCode::LocksUnread].into_iter().flat_map(of);
    let details = details.chain(gate.details).collect();
    if of(NoteCode::Locked).next().is_some() {
        let text = "a lock refuses calls of the failover".to_owned();
        return Gate { light: Light::Red, text, details, ..gate };
    }
    let light = if of(NoteCode::UndoLocked).next().is_some() { gate.light.max(Light::Warn) } else { gate.light };
    Gate { light, details, ..gate }
}
