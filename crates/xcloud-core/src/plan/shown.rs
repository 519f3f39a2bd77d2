//! A value as a plan shows it: known, or known only after another step.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Deref;

use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use crate::model::{Addr, Addresses};
use crate::op::{Handle, Object};

/// What a field will be. It is written as its value; a late one is a text in parentheses.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(transparent)]
pub struct Shown {
    value: Value,
    #[serde(skip)]
    late: Vec<Late>,
}

/// What a value waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Late {
    /// What the cloud chooses for this resource: its addresses, its name.
    Chosen(Addr),
    /// The id of an object that the run makes.
    Made(Object),
    /// A record says so, and no more.
    Recorded,
}

impl Shown {
    /// Returns a text about what the cloud chooses for a resource.
    #[must_use]
    pub fn chosen(of: &Addr, text: String) -> Self {
        Self { value: Value::from(text), late: vec![Late::Chosen(of.clone())] }
    }

    /// Returns an id, or the name of the object that will have one.
    #[must_use]
    pub fn handle(handle: &Handle) -> Self {
        Self { value: Value::from(handle.to_string()), late: late(handle).into_iter().collect() }
    }

    /// Returns ids, sorted.
    #[must_use]
    pub fn handles(handles: &BTreeSet<Handle>) -> Self {
        Self {
            value: handles.iter().map(|handle| Value::from(handle.to_string())).collect(),
            late: handles.iter().filter_map(late).collect(),
        }
    }

    /// Returns an address set: a list, or the bound of a late one.
    #[must_use]
    pub fn addresses(addresses: &Addresses) -> Self {
        match addresses {
            Addresses::Known(set) => Self::from(nets(set)),
            Addresses::Late(late) => Self::chosen(&late.of, late.to_string()),
        }
    }

    /// Returns a value as a record holds it.
    #[must_use]
    pub fn recorded(value: Value) -> Self {
        let is_late = |value: &Value| value.as_str().is_some_and(|text| text.starts_with('('));
        let late = is_late(&value) || value.as_array().is_some_and(|items| items.iter().any(is_late));
        Self { value, late: if late { vec![Late::Recorded] } else { Vec::new() } }
    }

    /// Adds what the field waits for, though its value is known.
    #[must_use]
    pub(crate) fn waits_for(mut self, handle: &Handle) -> Self {
        self.late.extend(late(handle));
        self
    }

    /// Returns what it waits for; nothing if it is known.
    #[must_use]
    pub fn late(&self) -> &[Late] {
        &self.late
    }
}

fn late(handle: &Handle) -> Option<Late> {
    match handle {
        Handle::Known(_) => None,
        Handle::Made(object) => Some(Late::Made(object.clone())),
    }
}

impl<T: Into<Value>> From<T> for Shown {
    fn from(value: T) -> Self {
        Self { value: value.into(), late: Vec::new() }
    }
}

impl Deref for Shown {
    type Target = Value;

    fn deref(&self) -> &Value {
        &self.value
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<'de> Deserialize<'de> for Shown {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Value::deserialize(deserializer).map(Self::recorded)
    }
}

/// A plan that was read is equal to the one that was written, so only the value counts.
impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// Returns how a plan prints addresses that are known.
pub(crate) fn nets(set: &BTreeSet<IpNet>) -> Value {
    set.iter().map(|net| Value::from(short(net))).collect()
}

/// Returns a network without `/32`.
pub(crate) fn short(net: &IpNet) -> String {
    if net.prefix_len() == net.max_prefix_len() { net.addr().to_string() } else { net.to_string() }
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_single_address_is_shown_without_its_length() {
        let shown = |text: &str| short(&text.parse().expect("a network"));
        assert_eq!([shown("10.0.0.1/32"), shown("2001:db8::1/128")], ["10.0.0.1", "2001:db8::1"]);
        assert_eq!([shown("10.0.0.0/24"), shown("2001:db8::/32")], ["10.0.0.0/24", "2001:db8::/32"]);
    }
}
