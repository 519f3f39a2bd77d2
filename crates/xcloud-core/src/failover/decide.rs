//! What a failover is to be: the environments that change their region, and the gates before it.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::{Judged, When, passed};
use super::gates::Facts;
use crate::active::{Failover, Fence, Reading, Standing};
use crate::journal::Verb;

/// What an operator orders.
#[derive(Debug, Clone)]
pub struct Order {
    /// `failover` or `failback`.
    pub verb: Verb,
    /// The region that becomes active.
    pub to: String,
    /// The environments; those in which it is active already are left out.
    pub envs: BTreeSet<String>,
    /// The other region is lost: the failover is unplanned.
    pub incident: bool,
    /// When the region that is left is fenced, if that is said.
    pub fence: Option<Fence>,
    /// Gates that are passed also where they are red.
    pub overrides: Vec<String>,
}

/// What was judged, and what follows from it.
#[derive(Debug)]
pub struct Decided {
    /// The gates, by environment.
    pub judged: Vec<Judged>,
    /// What is asked of the planner.
    pub request: Failover,
}

/// Judges for a run of this id; `None`: the target is active everywhere already.
#[must_use]
pub fn decide(facts: &Facts<'_>, readings: &BTreeMap<String, Reading>, order: &Order, run: &str) -> Option<Decided> {
    let Order { to, .. } = order;
    // In a disaster the region that is left cannot wait for what a failback waits for.
    let back = order.verb == Verb::Failback || (*to == facts.desired.regions.primary && !order.incident);
    let when = if back { When::Failback } else { When::Always };
    let chosen = order.envs.iter().filter_map(|env| Some((env, readings.get(env)?)));
    let chosen = chosen.filter(|(_, reading)| reading.as_ref().map_or(true, |standing| moves(standing, to)));
    let judge =
        |(env, reading): (&String, &Reading)| facts.judge(env, reading.as_ref().map_err(String::as_str), to, when);
    let judged: Vec<Judged> = chosen.map(judge).collect();
    if judged.is_empty() {
        return None;
    }
    let request = Failover {
        to: to.clone(),
        envs: judged.iter().map(|one| one.env.clone()).collect(),
        run: run.to_owned(),
        unplanned: order.incident,
        fence: fence(order),
        passed: passed(&judged, &order.overrides),
    };
    Some(Decided { judged, request })
}

/// Where a failover is under way, another one must say so.
fn moves(standing: &Standing, to: &str) -> bool {
    standing.record.region != to || standing.record.to.is_some()
}

/// A failback lifts the fence; it fences nothing.
fn fence(order: &Order) -> Fence {
    match (&order.verb, order.fence) {
        (Verb::Failback, _) => Fence::None,
        (_, Some(when)) => when,
        (_, None) if order.incident => Fence::Now,
        (_, None) => Fence::AfterDrain,
    }
}
