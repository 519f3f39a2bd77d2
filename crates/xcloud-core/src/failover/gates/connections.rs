//! Connections of the region's services: those of our own endpoints are accepted.

use super::findings::Findings;
use super::marked;
use super::{Gate, GateName, Light, Question};
use crate::live::{EndpointState, LiveService};
use crate::model::{Addr, Endpoint, Resource, ServiceRef};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    let (mut expected, mut accepted) = (0, 0);
    for resource in question.in_region(question.to) {
        if resource.spec.declared().role().service().is_none() {
            continue;
        }
        for endpoint in endpoints(question, &resource.addr) {
            expected += 1;
            accepted += usize::from(judge(question, &mut findings, resource, endpoint));
        }
    }
    let text = if expected == 0 {
        format!("no service of ours with an endpoint of ours in {}", question.to)
    } else {
        format!("{accepted}/{expected} connections accepted in {}", question.to)
    };
    findings.gate(GateName::Connections, text)
}

/// The declared endpoints of the environment that connect to a service.
fn endpoints<'a>(question: &Question<'a>, service: &Addr) -> Vec<&'a Resource> {
    let to_it = |spec: &Endpoint| matches!(&spec.service, ServiceRef::Declared(addr) if addr == service);
    let connects = |one: &&Resource| one.spec.declared().role().endpoint().is_some_and(to_it);
    question.in_region(question.to).filter(connects).collect()
}

/// Returns true if the connection is accepted.
fn judge(question: &Question<'_>, findings: &mut Findings, service: &Resource, endpoint: &Resource) -> bool {
    let (there, here) = match (question.aws(service), question.aws(endpoint)) {
        (Ok(there), Ok(here)) => (there, here),
        (Err(silence), _) | (_, Err(silence)) => {
            findings.add(Light::Warn, format!("connections not read: {silence}"), "");
            return false;
        }
    };
    let Some(there) = marked::service(question, there, &service.addr) else {
        findings.add(Light::Red, format!("{} does not exist", service.addr), "apply it");
        return false;
    };
    let Some(here) = marked::endpoint(question, here, &endpoint.addr) else {
        findings.add(
            Light::Red,
            format!("{} does not exist, so nothing connects to {}", endpoint.addr, there.id),
            "apply it",
        );
        return false;
    };
    judge_state(findings, &service.addr, there, &here.id)
}

fn judge_state(findings: &mut Findings, addr: &Addr, service: &LiveService, endpoint: &str) -> bool {
    let id = &service.id;
    let Some(connections) = &service.connections else {
        findings.add(Light::Warn, format!("the connections of {addr} ({id}) were not read"), "");
        return false;
    };
    match connections.iter().find(|one| one.endpoint == endpoint) {
        None => {
            let text = format!("{addr} ({id}) has no connection of {endpoint}");
            findings.add(Light::Red, text, "see which service the endpoint names, or apply again");
            false
        }
        Some(connection) if connection.state != EndpointState::Available => {
            let text = format!("the connection of {endpoint} to {addr} ({id}) is {}", connection.state);
            findings.add(Light::Red, text, "apply accepts it where acceptance is managed; else its owner must");
            false
        }
        Some(_) => {
            findings.note(format!("{addr}: {id} has accepted {endpoint}"));
            true
        }
    }
}
