//! A gate, and what it says.

use serde::Serialize;

/// What a gate says. The worse one is the greater one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Light {
    /// Nothing stands in the way.
    Ok,
    /// A failover passes, and somebody should look.
    Warn,
    /// A failover does not pass without an override.
    Red,
}

/// One question about a failover, answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Gate {
    /// Its stable name, one of [`NAMES`](super::NAMES).
    pub name: &'static str,
    /// The answer.
    pub light: Light,
    /// The answer in one line: `3/3 targets healthy in eu-west-1 (euw1-az1, euw1-az2, euw1-az3)`.
    pub text: String,
    /// The objects with their ids, what is wrong with them, and what to do; one line each.
    pub details: Vec<String>,
}

/// Returns the worst of the lights; of no gate at all: red, since nothing was proven.
#[must_use]
pub fn verdict(gates: &[Gate]) -> Light {
    gates.iter().map(|gate| gate.light).max().unwrap_or(Light::Red)
}
