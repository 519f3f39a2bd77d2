//! Rule sets as they are live and as they are declared, in the form in which their meaning is compared.

use std::collections::BTreeSet;

use ipnet::IpNet;

use super::RuleName;
use crate::model::{Access, Addr, Addresses};
use crate::op::{GroupRule, PeerHandle};
use crate::reach::{Peers, Services, Traffic};

/// The rules of one direction of a group, or of one rule collection group.
#[derive(Debug, Clone, PartialEq)]
pub struct RuleSet {
    /// The resources whose rules these are.
    pub addrs: BTreeSet<Addr>,
    /// What is live.
    pub live: Vec<SetRule>,
    /// What is declared.
    pub declared: Vec<SetRule>,
}

/// A rule of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct SetRule {
    /// What it is called.
    pub name: RuleName,
    /// The lower number decides first.
    pub priority: (u16, u16),
    /// Whether it lets through or refuses.
    pub access: Access,
    /// What it matches; `None`: of a form whose meaning is not known here.
    pub traffic: Option<Traffic>,
}

impl SetRule {
    /// Returns a rule of a set in which every rule allows.
    pub(crate) fn allow(name: RuleName, traffic: Option<Traffic>) -> Self {
        Self { name, priority: (0, 0), access: Access::Allow, traffic }
    }
}

/// Returns what a security-group rule matches: the group itself is the other end.
pub(crate) fn of_group(group: &str, egress: bool, rule: &GroupRule) -> Traffic {
    let peer = match &rule.peer {
        PeerHandle::Cidr(net) => Peers::of_nets([*net]),
        PeerHandle::PrefixList(id) => Peers::of_texts([id.as_str()]),
        PeerHandle::Group(handle) => Peers::of_texts([handle.to_string().as_str()]),
    };
    let own = Peers::of_texts([group]);
    let services = Services::of(rule.protocol, rule.ports.as_slice());
    let (from, to) = if egress { (own, peer) } else { (peer, own) };
    Traffic { from, to, services }
}

/// Returns the networks of an address set; of one that is not known yet, all that it may be.
pub(crate) fn of_addresses(addresses: &Addresses) -> Peers {
    let nets: Vec<IpNet> = match addresses {
        Addresses::Known(set) => set.iter().copied().collect(),
        Addresses::Late(late) => late.within.union(&late.kept).copied().collect(),
    };
    Peers::of_nets(nets)
}
