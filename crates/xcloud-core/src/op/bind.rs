//! Late binding: replaces what a plan could not know with what earlier steps answered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Handle, Object};
use crate::model::{Addr, AddressKind, Addresses, LateAddresses, disjoint};

/// What earlier steps and watches answered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Bindings {
    /// Ids and facts of made objects.
    pub objects: BTreeMap<Object, String>,
    /// Addresses of endpoint services and endpoints.
    pub addresses: BTreeMap<(Addr, AddressKind), BTreeSet<IpNet>>,
}

/// An operation could not be bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unbound {
    /// No step answered the id or fact.
    #[error("`{}` is not known yet", .0.0)]
    Object(Object),
    /// No watch answered the addresses.
    #[error("the addresses of {0} are not known yet")]
    Addresses(Addr),
    /// The addresses are not those that the plan was approved for.
    #[error("the addresses of {of} are {got}, the plan allows {bound}")]
    OutsideBound {
        /// Whose addresses.
        of: Addr,
        /// What the cloud chose.
        got: String,
        /// What the plan showed.
        bound: String,
    },
}

/// What of an operation is known only after earlier steps, borrowed so that it can be filled in.
#[derive(Debug, Default)]
pub struct Late<'a> {
    handles: Vec<&'a mut Handle>,
    sets: Vec<&'a mut BTreeSet<Handle>>,
    addresses: Vec<&'a mut Addresses>,
}

impl<'a> Late<'a> {
    pub(crate) fn of(handle: &'a mut Handle) -> Self {
        Self::default().handle(handle)
    }

    pub(crate) fn handle(mut self, handle: &'a mut Handle) -> Self {
        self.handles.push(handle);
        self
    }

    pub(crate) fn set(mut self, set: &'a mut BTreeSet<Handle>) -> Self {
        self.sets.push(set);
        self
    }

    pub(crate) fn addresses(mut self, addresses: &'a mut Addresses) -> Self {
        self.addresses.push(addresses);
        self
    }

    pub(crate) fn and(mut self, other: Self) -> Self {
        self.handles.extend(other.handles);
        self.sets.extend(other.sets);
        self.addresses.extend(other.addresses);
        self
    }

    /// Replaces every late value.
    pub(crate) fn bind(self, bindings: &Bindings) -> Result<(), Unbound> {
        // Handles inside ordered sets cannot be changed in place: the sets are rebuilt.
        for set in self.sets {
            let bound: Result<BTreeSet<Handle>, Unbound> = std::mem::take(set)
                .into_iter()
                .map(|mut handle| bind_handle(&mut handle, bindings).map(|()| handle))
                .collect();
            *set = bound?;
        }
        for handle in self.handles {
            bind_handle(handle, bindings)?;
        }
        for addresses in self.addresses {
            bind_addresses(addresses, bindings)?;
        }
        Ok(())
    }

    /// Returns every object that must be known, also inside sets.
    pub(crate) fn objects(&self) -> impl Iterator<Item = &Object> {
        let in_sets = self.sets.iter().flat_map(|set| set.iter());
        in_sets.chain(self.handles.iter().map(|handle| &**handle)).filter_map(|handle| match handle {
            Handle::Made(object) => Some(object),
            Handle::Known(_) => None,
        })
    }

    /// Returns every late address set.
    pub(crate) fn late_addresses(&self) -> impl Iterator<Item = &LateAddresses> {
        self.addresses.iter().filter_map(|addresses| match addresses {
            Addresses::Late(late) => Some(late),
            Addresses::Known(_) => None,
        })
    }
}

fn bind_handle(handle: &mut Handle, bindings: &Bindings) -> Result<(), Unbound> {
    if let Handle::Made(object) = handle {
        let id = bindings.objects.get(object).ok_or_else(|| Unbound::Object(object.clone()))?;
        *handle = Handle::Known(id.clone());
    }
    Ok(())
}

fn bind_addresses(addresses: &mut Addresses, bindings: &Bindings) -> Result<(), Unbound> {
    let Addresses::Late(late) = addresses else { return Ok(()) };
    let got =
        bindings.addresses.get(&(late.of.clone(), late.kind)).ok_or_else(|| Unbound::Addresses(late.of.clone()))?;
    let inside = got.iter().all(|ip| late.within.iter().any(|net| net.contains(ip)));
    if got.len() != late.count || !inside {
        let list: Vec<String> = got.iter().map(ToString::to_string).collect();
        return Err(Unbound::OutsideBound { of: late.of.clone(), got: list.join(", "), bound: late.to_string() });
    }
    *addresses = Addresses::Known(disjoint(&got.union(&late.kept).copied().collect()));
    Ok(())
}
