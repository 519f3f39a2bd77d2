//! All gates in their order.

use super::{
    Facts, Gate, GateName, Judged, Light, Question, connections, debts, endpoints, helps, ledger, names, parity,
    quotas, record, rto, rules, stable, targets,
};
use crate::active::{Standing, is_shut};
use crate::failover::gate::When;
use crate::failover::target::as_target;
use crate::plan::compare;

impl Facts<'_> {
    /// Judges whether a region could take over an environment: what is always asked, and what is asked `when`. While it is
    /// not known how the environment stands, nothing is asked of its objects.
    #[must_use]
    pub fn judge(&self, env: &str, reading: Result<&Standing, &str>, to: &str, when: When) -> Judged {
        let mut gates = vec![record::gate(self, env, reading, to)];
        if let Ok(standing) = reading {
            let shut = is_shut(self.desired, standing, to);
            gates.extend(self.of_objects(env, standing, to).into_iter().map(|gate| match gate.name {
                // The failover opens the way first, and waits for them then.
                GateName::Targets if shut => gate.turned(Light::Red, Light::Warn, OPENED),
                GateName::Parity if when == When::Failback => gate.turned(Light::Warn, Light::Red, AS_DECLARED),
                _ => gate,
            }));
            gates.push(rto::gate(self, env, to));
            if when == When::Failback {
                gates.extend([debts::gate(self, env), stable::gate(self, env)]);
            }
        }
        if when == When::Readiness {
            gates.push(ledger::gate(self));
        }
        let from = reading.map_or(&self.desired.regions.primary, |standing| &standing.record.region);
        Judged { env: env.to_owned(), from: from.clone(), to: to.to_owned(), gates }
    }

    /// Judges what must hold of a region after a failover to it.
    #[must_use]
    pub fn hold(&self, env: &str, standing: &Standing, to: &str) -> Vec<Gate> {
        let mut gates = self.of_objects(env, standing, to);
        gates.retain(|gate| gate.name != GateName::Helps && gate.name != GateName::Parity);
        gates
    }

    fn of_objects(&self, env: &str, standing: &Standing, to: &str) -> Vec<Gate> {
        let comparison = compare(self.desired, self.observed, self.options);
        let (wanted, seen) = as_target(self.desired, self.observed, env, standing, to);
        let (from, shut) = (standing.record.region.as_str(), is_shut(self.desired, standing, to));
        gates(&Question { desired: &wanted, observed: &seen, comparison: &comparison, env, from, to, shut })
    }
}

const OPENED: &str = "the failover opens the way to them, then waits until they are healthy";
const AS_DECLARED: &str = "a failback waits until the region is as declared: `xcloud apply --region`";

/// Judges what stands.
pub(crate) fn gates(question: &Question<'_>) -> Vec<Gate> {
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
