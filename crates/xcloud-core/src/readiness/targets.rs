//! Targets of the region's load balancers: healthy targets prove the way from AWS to Azure.

use super::findings::Findings;
use super::health::{GroupHealth, Health};
use super::{Gate, Light, Question};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    let health = Health::of(question, question.to);
    for silence in &health.silent {
        findings.add(Light::Warn, format!("targets not read: {silence}"), "");
    }
    for addr in &health.missing {
        findings.add(Light::Red, format!("{addr} is not there"), "apply it");
    }
    for (addr, arn, state) in &health.waiting {
        findings.add(Light::Warn, format!("{addr} ({arn}) is {state}"), "");
    }
    for group in &health.groups {
        judge(&mut findings, group);
    }
    let (healthy, total) = health.count();
    let answered = health.missing.is_empty() && health.silent.is_empty();
    if answered && health.balancers > 0 && health.groups.is_empty() {
        findings.add(Light::Red, format!("no listener of {} leads to a target group", question.env), "apply it");
    }
    health.blind.iter().for_each(|line| findings.note(line));
    let zones: Vec<&str> = health.zones.iter().map(String::as_str).collect();
    let mut text = format!("{healthy}/{total} targets healthy in {}", question.to);
    if !zones.is_empty() {
        text = format!("{text} ({})", zones.join(", "));
    }
    if health.balancers == 0 && health.groups.is_empty() {
        text = "no load balancer of ours".to_owned();
    }
    // The count says it all, unless something is not counted.
    let counted = health.missing.is_empty() && health.silent.is_empty() && health.waiting.is_empty();
    if counted && total > 0 && health.groups.iter().all(|group| group.total() > 0) {
        return findings.gate_saying("targets", text);
    }
    findings.gate("targets", text)
}

fn judge(findings: &mut Findings, group: &GroupHealth) {
    let GroupHealth { of, id, healthy, others } = group;
    let hint = "see what answers at the targets, and which rule on the way is closed";
    if *healthy > 0 && others.is_empty() {
        findings.note(format!("{of}: {healthy}/{healthy} healthy ({id})"));
    } else if group.total() == 0 {
        findings.add(Light::Red, format!("{of}: no target is registered ({id})"), "apply it");
    } else {
        let light = if *healthy > 0 { Light::Warn } else { Light::Red };
        let text = format!("{of}: {healthy}/{} healthy ({id}), {}", group.total(), others.join(", "));
        findings.add(light, text, hint);
    }
}
