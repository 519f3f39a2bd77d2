//! Addresses are neither taken from what holds them nor given back while Azure may name them.

use std::net::Ipv4Addr;

use super::index::Index;
use super::refs::Refs;
use crate::code::{NoteCode, ProblemCode};
use crate::model::Addr;
use crate::op::SubnetPin;
use crate::plan::draft::Draft;

/// Refuses pins that another live object holds: an old one that this resource's new one would follow, or a stranger.
pub(crate) fn refuse_taken(
    draft: &mut Draft<'_>,
    refs: &Refs,
    addr: &Addr,
    taken: &[(Ipv4Addr, &str)],
    key: &str,
) -> bool {
    let Some((_, holder)) = taken.first() else { return false };
    let ips: Vec<String> = taken.iter().map(|(ip, _)| ip.to_string()).collect();
    let ips = ips.join(", ");
    if refs.superseded.contains(*holder) {
        let why = refs.reasons.get(addr).map(|why| why.join(", ")).unwrap_or_default();
        let text = format!("a new one must replace {holder} ({why}), but it would keep {ips}");
        draft.problem(addr, ProblemCode::ReplacementKeepsPin, text, &format!("pin new addresses in {key}"));
    } else {
        draft.problem(
            addr,
            ProblemCode::PinInUse,
            format!("{holder} already has {ips}"),
            "pin addresses that are free",
        );
    }
    true
}

/// Returns the pins that a live object already holds, each with its holder, apart from the holder `own`.
pub(crate) fn taken<'a>(index: &Index<'a>, pins: &[SubnetPin], own: Option<&str>) -> Vec<(Ipv4Addr, &'a str)> {
    let held = pins.iter().filter_map(|pin| {
        let ip = pin.ip?;
        Some((ip, *index.held.get(&(pin.subnet.as_str(), ip))?))
    });
    held.filter(|(_, holder)| Some(*holder) != own).collect()
}

/// Returns true, and says so, if addresses would be given back while an Azure place does not answer.
pub(crate) fn waits_for_azure(draft: &mut Draft<'_>, refs: &Refs, addr: &Addr, gives_back: bool) -> bool {
    let Some(silent) = refs.silent.as_ref().filter(|_| gives_back) else { return false };
    let text = format!("addresses are released only when {silent} answers: its rules may still name them");
    draft.note(NoteCode::WaitsForPlace, Some(addr), text);
    true
}

/// Why what has addresses stays while an Azure place does not answer.
pub(crate) fn silent_text(silent: &str) -> String {
    format!("{silent} does not answer, and its rules may still name the addresses")
}
