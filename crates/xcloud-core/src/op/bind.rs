//! Late binding: replaces what a plan could not know with what earlier steps answered.

use std::collections::{BTreeMap, BTreeSet};

use ipnet::IpNet;

use super::{Handle, Object, Op};
use crate::model::{Addr, AddressKind, Addresses, LateAddresses};

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
#[derive(Default)]
pub(crate) struct Late<'a> {
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
}

impl Op {
    /// Visits every late address set of the operation. Nothing is changed, as in [`Op::each_needed`].
    pub(crate) fn each_late_address(&mut self, mut visit: impl FnMut(&LateAddresses)) {
        for addresses in self.call_mut().late().addresses {
            if let Addresses::Late(late) = addresses {
                visit(late);
            }
        }
    }

    /// Returns the operation with every late value replaced.
    ///
    /// # Errors
    /// [`Unbound`] if a value is missing, or outside the bound that the plan showed.
    pub fn bind(&self, bindings: &Bindings) -> Result<Self, Unbound> {
        let mut op = self.clone();
        let late = op.call_mut().late();
        // Handles inside ordered sets cannot be changed in place: the sets are rebuilt.
        for set in late.sets {
            let bound: Result<BTreeSet<Handle>, Unbound> = std::mem::take(set)
                .into_iter()
                .map(|mut handle| bind_handle(&mut handle, bindings).map(|()| handle))
                .collect();
            *set = bound?;
        }
        for handle in late.handles {
            bind_handle(handle, bindings)?;
        }
        for addresses in late.addresses {
            bind_addresses(addresses, bindings)?;
        }
        Ok(op)
    }

    /// Returns every object that the operation needs to know, also inside sets.
    #[must_use]
    pub fn needed_objects(&self) -> BTreeSet<Object> {
        let mut needed: BTreeSet<Object> = BTreeSet::new();
        self.clone().each_needed(|object| needed.extend([object.clone()]));
        needed
    }

    /// Visits every object that the operation needs to know, also inside sets. Nothing is changed: the operation is
    /// borrowed for change so that it need not be copied.
    pub(crate) fn each_needed(&mut self, mut visit: impl FnMut(&Object)) {
        let late = self.call_mut().late();
        let in_sets = late.sets.iter().flat_map(|set| set.iter());
        for handle in in_sets.chain(late.handles.iter().map(|handle| &**handle)) {
            if let Handle::Made(object) = handle {
                visit(object);
            }
        }
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
    *addresses = Addresses::Known(got.union(&late.kept).copied().collect());
    Ok(())
}
