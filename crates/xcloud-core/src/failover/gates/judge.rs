//! All gates in their order.

use super::{Gate, Question, connections, endpoints, helps, names, parity, quotas, rules, targets};

/// The names of all gates, in the order in which [`gates`] answers them.
pub const NAMES: [&str; 8] = ["parity", "endpoints", "connections", "targets", "rules", "names", "quotas", "helps"];

/// Returns every gate of a failover, in a fixed order.
#[must_use]
pub fn gates(question: &Question<'_>) -> Vec<Gate> {
    vec![
        parity::gate(question),
        endpoints::gate(question),
        connections::gate(question),
        targets::gate(question),
        rules::gate(question),
        names::gate(question),
        quotas::gate(question),
        helps::gate(question),
    ]
}
