//! Whether a failover would help: not where the fault is on the other side, or the names cannot be changed.

use super::findings::Findings;
use super::health::Health;
use super::{Gate, GateName, Light, Question};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    for silence in question.subscriptions().iter().filter_map(|key| question.azure(key).err()) {
        let text = "Azure does not answer: the record and the names cannot be changed";
        findings.add(Light::Red, text, &silence);
    }
    let (from, to) = (Health::of(question, question.from), Health::of(question, question.to));
    if from.is_dead() && to.is_dead() && !question.shut {
        let text =
            "both regions' targets are unhealthy: the fault is in Azure or the underlay, and a failover does not help";
        findings.add(Light::Red, text, "see the application, the firewall and the way between the clouds first");
    }
    let silent = question.silent(question.from);
    silent.iter().for_each(|line| findings.note(line));
    let (healthy, total) = from.count();
    let region = question.from;
    let text = match (silent.is_empty(), healthy, total) {
        (false, ..) => format!("{region} does not answer"),
        (true, _, 0) => format!("the health of {region} is not known"),
        (true, 0, _) => format!("0/{total} targets healthy in {region}"),
        (true, _, _) if healthy < total => {
            format!("{healthy}/{total} targets healthy in {region}: a part still serves")
        }
        (true, ..) => format!("{healthy}/{total} targets healthy in {region}: it still serves"),
    };
    findings.gate(GateName::Helps, text)
}
