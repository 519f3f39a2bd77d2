//! What a rule set lets through, exactly: whether one lets through more than another, and which packet shows it.
//!
//! ```text
//! rules ──► Traffic, one box each ──► Allowed ──► beyond ──► a Packet that only the one lets through
//! ```
//!
//! A box is a set of sources × a set of destinations × a set of services; what a rule set lets through is a union of
//! boxes. Order and spelling of the rules do not matter, only what they mean: two /17 are one /16.
//!
//! A name (a security group, a prefix list, a service tag, an FQDN) is a source or destination of its own, which only
//! the same name or `*` covers: which addresses are behind it is not known here. So to refuse a name takes no address
//! away, and `0.0.0.0/0` does not cover a name.

mod allowed;
mod join;
mod names;
mod outside;
mod packet;
mod peers;
mod ranges;
mod services;
mod traffic;

pub use allowed::Allowed;
pub use packet::{Packet, Peer};
pub use peers::Peers;
pub use services::{IpProtocol, Services};
pub use traffic::Traffic;

#[cfg(test)]
mod tests;
