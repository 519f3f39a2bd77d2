//! What stands before an application in Azure: the firewall and the security group.

use super::first_match::{Slot, first_matches};
use super::question::{Direction, Packet};
use super::verdict::{Hop, Verdict, refusal, require};
use super::{firewall, security_rules};
use crate::azure_path::AzurePath;
use crate::{Millis, World};

/// Judges whether Azure could let a connection through: while a write of a rule runs, and after one has failed, it does
/// so if the rule as it was or as it shall be lets it through. What is refused here gets in by no chance.
#[must_use]
pub fn admitted(world: &World, now: Millis, path: &AzurePath, packet: Packet, direction: Direction) -> Verdict {
    pass(world, now, path, packet, direction, Doubt::Admits).into()
}

/// Judges whether Azure lets a connection through for certain: while a write of a rule runs, and after one has failed, it
/// does so if the rule as it was and as it shall be let it through.
#[must_use]
pub fn surely_admitted(world: &World, now: Millis, path: &AzurePath, packet: Packet, direction: Direction) -> Verdict {
    certainly(world, now, path, packet, direction).into()
}

/// Lets a connection through for certain, or refuses it.
pub(super) fn certainly(world: &World, now: Millis, path: &AzurePath, packet: Packet, direction: Direction) -> Hop<()> {
    pass(world, now, path, packet, direction, Doubt::Refuses)
}

/// What it means that a connection may be let through or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Doubt {
    Admits,
    Refuses,
}

fn pass(world: &World, now: Millis, path: &AzurePath, packet: Packet, direction: Direction, doubt: Doubt) -> Hop<()> {
    let azure = &world.azure;
    let known = azure.subscriptions.contains_key(&path.subscription.to_lowercase());
    require(known, "subscription", || format!("there is no subscription {}", path.subscription))?;
    let through_firewall = || {
        let Some(policy) = &path.firewall_policy else { return Ok(()) };
        decide(firewall::HOP, policy, &firewall::slots(azure, now, policy, packet)?, packet, doubt)
    };
    let through_group = || {
        let Some(group) = &path.network_security_group else { return Ok(()) };
        let slots = security_rules::slots(azure, now, group, packet, direction)?;
        decide(security_rules::HOP, group, &slots, packet, doubt)
    };
    match direction {
        Direction::Inbound => through_firewall().and_then(|()| through_group()),
        Direction::Outbound => through_group().and_then(|()| through_firewall()),
    }
}

/// Decides by the matches that may be the first; no match is a refusal.
fn decide(hop: &'static str, id: &str, slots: &[Slot], packet: Packet, doubt: Doubt) -> Hop<()> {
    let found = first_matches(slots);
    let allowed = found.iter().filter(|found| found.is_some_and(|found| found.allows)).count();
    let passes = match doubt {
        Doubt::Admits => allowed > 0,
        Doubt::Refuses => allowed == found.len(),
    };
    if passes {
        return Ok(());
    }
    let name = id.rsplit('/').next().unwrap_or(id);
    let certainty =
        if allowed > 0 { " (a write of it is not over, or failed, or it is for some client ports)" } else { "" };
    let refusing = found.into_iter().find(|found| !found.is_some_and(|found| found.allows)).flatten();
    Err(refusal(
        hop,
        match refusing {
            Some(found) => format!("{} of {name} denies {packet}{certainty}", found.rule),
            None => format!("no rule of {name} admits {packet}{certainty}"),
        },
    ))
}
