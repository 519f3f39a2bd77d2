//! A stream of connections while something runs.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;

use xcloud_sim::Cloud;
use xcloud_sim::traffic::{AzurePath, Direction, Packet, admitted};

use super::flow::Flow;

/// When a connection was tried, and which hop refused it.
pub(crate) type Tried = (i64, Result<(), String>);

/// What the stream saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// Of each flow, second by second: the refusals.
    pub(crate) flows: BTreeMap<String, Vec<Tried>>,
    /// Of each stranger, second by second: whether Azure could have let it in.
    pub(crate) strangers: BTreeMap<String, Vec<bool>>,
}

/// How long a connection is tried after the run that passed before it and does not at its end: what a cloud does a while
/// after the last call belongs to the run.
const SETTLES_SECS: u32 = 60;

/// A packet that nobody declared.
#[derive(Debug, Clone)]
pub(crate) struct Stranger {
    pub(crate) path: AzurePath,
    pub(crate) packet: Packet,
    pub(crate) direction: Direction,
}

/// Tries every flow and stranger each second while `work` runs, and once before and after.
pub(crate) async fn watched<T>(
    cloud: &Cloud,
    flows: &[Flow],
    strangers: &[Stranger],
    work: impl Future<Output = T>,
) -> (T, Seen) {
    let seen: RefCell<Seen> = RefCell::default();
    let look = || {
        let (now, mut seen) = (cloud.clock().now().0, seen.borrow_mut());
        for flow in flows {
            seen.flows.entry(flow.name.clone()).or_default().push((now, flow.attempt(cloud)));
        }
        for Stranger { path, packet, direction } in strangers {
            let verdict = cloud.look(|world, now| admitted(world, now, path, *packet, *direction));
            seen.strangers.entry(packet.to_string()).or_default().push(verdict.passes());
        }
    };
    look();
    let stream = async {
        loop {
            cloud.clock().sleep(1.0).await;
            look();
        }
    };
    let done = tokio::select! {
        done = work => done,
        () = stream => unreachable!("the stream does not end"),
    };
    look();
    for _ in 0..SETTLES_SECS {
        let refused = |tried: Option<&Tried>| tried.is_some_and(|(_, tried)| tried.is_err());
        let waits = |seen: &Vec<Tried>| refused(seen.last()) && !refused(seen.first());
        if !seen.borrow().flows.values().any(waits) {
            break;
        }
        cloud.clock().sleep(1.0).await;
        look();
    }
    (done, seen.into_inner())
}

/// Returns each flow that passed before and after and was refused between, and each stranger that was let in only
/// between.
pub(crate) fn interruptions(seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    for (packet, seen) in &seen.strangers {
        let at_the_ends = seen.first() == Some(&true) || seen.last() == Some(&true);
        if !at_the_ends && seen.contains(&true) {
            found.push(format!("{packet} was let in for a while, and nobody declared it"));
        }
    }
    for (flow, seen) in &seen.flows {
        let ([first, .., last] | [first @ last]) = &seen[..] else { continue };
        if first.1.is_ok() && last.1.is_ok() {
            let refused: Vec<_> = seen.iter().filter_map(|(at, seen)| Some((at, seen.as_ref().err()?))).collect();
            if let [(at, why), ..] = refused[..] {
                let (count, of) = (refused.len(), seen.len());
                let after = (at - first.0) / 1000;
                found.push(format!("{flow} was refused {count} times of {of}, first after {after} s: {why}"));
            }
        }
    }
    found
}

/// Returns each of these flows that passed before and no longer does.
pub(crate) fn ended(seen: &Seen, flows: &[Flow]) -> Vec<String> {
    let mut found = Vec::new();
    for Flow { name, .. } in flows {
        let ([first, .., last] | [first @ last]) = &seen.flows[name][..] else { continue };
        if let (Ok(()), Err(why)) = (&first.1, &last.1) {
            found.push(format!("{name} passed before and does not afterwards: {why}"));
        }
    }
    found
}
