//! Targets of the region's load balancers: healthy targets prove the way from AWS to Azure.

use super::findings::Findings;
use super::health::{GroupHealth, Health};
use super::{Gate, GateName, Light, Question};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    let health = Health::of(question, question.to);
    for silence in &health.silent {
        findings.add(Light::Warn, format!("targets not read: {silence}"), "");
    }
    for addr in &health.missing {
        findings.add(Light::Red, format!("{addr} does not exist"), "apply it");
    }
    for (addr, arn, state) in &health.waiting {
        findings.add(Light::Warn, format!("{addr} ({arn}) is {state}"), "");
    }
    for line in &health.blind {
        findings.add(Light::Warn, line, "see where its listener on the declared port leads");
    }
    for group in &health.groups {
        judge(&mut findings, group, question.shut && group.ours);
    }
    let (healthy, total) = health.count();
    let answered = health.missing.is_empty() && health.silent.is_empty();
    if answered && health.balancers > 0 && !health.groups.iter().any(|group| group.ours) {
        findings.add(Light::Red, format!("no listener of {} leads to a target group", question.env), "apply it");
    }
    let zones: Vec<&str> = health.zones.iter().map(String::as_str).collect();
    let mut text = format!("{healthy}/{total} targets healthy in {}", question.to);
    if !zones.is_empty() {
        text = format!("{text} ({})", zones.join(", "));
    }
    if health.balancers == 0 && health.groups.is_empty() {
        text = "no load balancer of ours".to_owned();
    }
    // The count says it all, unless something is not counted, or one way is closed and others are not.
    let counted =
        [health.missing.is_empty(), health.silent.is_empty(), health.waiting.is_empty(), health.blind.is_empty()];
    let all_or_enough = total > 0 && (healthy == 0 || findings.light() < Light::Red);
    if !counted.contains(&false) && all_or_enough && health.groups.iter().all(|group| group.total() > 0) {
        return findings.gate_saying(GateName::Targets, text);
    }
    findings.gate(GateName::Targets, text)
}

/// Targets behind rules that the failover opens are proved on its way, before the switch.
fn judge(findings: &mut Findings, group: &GroupHealth, shut: bool) {
    let GroupHealth { of, id, healthy, others, .. } = group;
    let hint = "check the application at the targets, and the rules on the way";
    if *healthy > 0 && others.is_empty() {
        findings.note(format!("{of}: {healthy}/{healthy} healthy ({id})"));
    } else if group.total() == 0 {
        let hint = if group.ours { "apply it" } else { "start the application there" };
        findings.add(Light::Red, format!("{of}: no target is registered ({id})"), hint);
    } else {
        let light = if *healthy > 0 || shut { Light::Warn } else { Light::Red };
        let text = format!("{of}: {healthy}/{} healthy ({id}), {}", group.total(), others.join(", "));
        let hint =
            if shut { "Azure refuses the region until the failover opens it, and proves them then" } else { hint };
        findings.add(light, text, hint);
    }
}
