//! Endpoints of the region: available, with addresses in at least two zones.

use std::collections::BTreeSet;

use super::findings::Findings;
use super::marked;
use super::{Gate, GateName, Light, Question};
use crate::live::{AwsLive, EndpointState, LiveEndpoint};
use crate::model::Addr;

/// A zone may fail: with addresses in one only, the endpoint fails with it.
const ZONES: usize = 2;

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    let (mut declared, mut available, mut zones) = (0, 0, BTreeSet::new());
    for resource in question.in_region(question.to) {
        if resource.spec.declared().role().endpoint().is_none() {
            continue;
        }
        declared += 1;
        let live = match question.aws(resource) {
            Ok(live) => live,
            Err(silence) => {
                findings.add(Light::Warn, format!("endpoints not read: {silence}"), "");
                continue;
            }
        };
        match marked::endpoint(question, live, &resource.addr) {
            None => findings.add(Light::Red, format!("{} does not exist", resource.addr), "apply it"),
            Some(endpoint) => {
                available += usize::from(judge(&mut findings, live, &resource.addr, endpoint, &mut zones));
            }
        }
    }
    let text = if declared == 0 {
        format!("no endpoint of {} in {}", question.env, question.to)
    } else {
        let zones: Vec<&str> = zones.into_iter().collect();
        format!("{available}/{declared} endpoints available in {} ({})", question.to, zones.join(", "))
    };
    findings.gate(GateName::Endpoints, text)
}

/// Returns true if the endpoint is available.
fn judge<'a>(
    findings: &mut Findings,
    live: &'a AwsLive,
    addr: &Addr,
    endpoint: &'a LiveEndpoint,
    zones: &mut BTreeSet<&'a str>,
) -> bool {
    let id = &endpoint.id;
    if endpoint.state != EndpointState::Available {
        let hint = "see its connection in the service, or apply again";
        findings.add(Light::Red, format!("{addr} ({id}) is {}", endpoint.state), hint);
        return false;
    }
    let located: Vec<(Option<&str>, String)> = marked::addresses(&endpoint.interfaces)
        .map(|(subnet, ip)| (marked::zone(live, subnet), ip.to_string()))
        .collect();
    let own: BTreeSet<&str> = located.iter().filter_map(|(zone, _)| *zone).collect();
    match own.first() {
        _ if own.len() >= ZONES => {}
        Some(zone) => {
            let text = format!("{addr} ({id}) has addresses in one availability zone only, {zone}");
            findings.add(Light::Warn, text, "give it a subnet in a second zone");
        }
        None => {
            let text = format!("the availability zones of the addresses of {addr} ({id}) could not be read");
            findings.add(Light::Warn, text, "");
        }
    }
    let placed = located.iter().map(|(zone, ip)| format!("{ip} in {}", zone.unwrap_or("a zone not known")));
    findings.note(format!("{addr}: {id}, {}", placed.collect::<Vec<_>>().join(", ")));
    zones.extend(own);
    true
}
