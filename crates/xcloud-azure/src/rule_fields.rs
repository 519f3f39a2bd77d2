//! Fields that rules of security groups and of firewalls have alike.

use std::collections::BTreeSet;

use xcloud_core::model::{Addresses, PortRange};

/// Returns the addresses as Azure writes them. An empty set is never sent: it would mean something else.
pub(crate) fn addresses(addresses: &Addresses, what: &str) -> Result<Vec<String>, String> {
    match addresses {
        Addresses::Late(late) => Err(format!("the {what} addresses of {} are not bound", late.of)),
        Addresses::Known(known) if known.is_empty() => Err(format!("the rule has no {what} address")),
        Addresses::Known(known) => Ok(known.iter().map(|net| net.trunc().to_string()).collect()),
    }
}

/// Returns the ports as Azure writes them: every port is `*`.
pub(crate) fn ports(ports: &[PortRange]) -> Vec<String> {
    if ports.is_empty() || ports.contains(&PortRange::ALL) {
        return vec!["*".to_owned()];
    }
    let sorted: BTreeSet<PortRange> = ports.iter().copied().collect();
    sorted.iter().map(ToString::to_string).collect()
}
