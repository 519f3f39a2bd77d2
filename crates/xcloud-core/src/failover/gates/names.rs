//! Names that a failover switches: there, ours, editable, and with a short enough time to live.

use super::addresses;
use super::findings::Findings;
use super::{Gate, GateName, Light, Question};
use crate::live::{AzureLive, LiveRecordSet};
use crate::marks;
use crate::model::{AddressSource, PrivateDnsRecord, Resource};

pub(super) fn gate(question: &Question<'_>) -> Gate {
    let mut findings = Findings::default();
    let (mut declared, mut longest) = (0, 0);
    for resource in question.desired.resources.values().filter(|one| one.addr.env() == question.env) {
        let Some((spec, regions)) = resource.spec.declared().role().switched() else { continue };
        declared += 1;
        judge_addresses(question, &mut findings, spec, regions.get(question.to));
        match question.azure(&resource.place.key()) {
            Err(silence) => findings.add(Light::Red, format!("{} not read: {silence}", full(spec)), ""),
            Ok(live) => {
                let ttl = judge(question, &mut findings, resource, spec, live);
                longest = longest.max(ttl.unwrap_or_default());
            }
        }
    }
    let text = match declared {
        0 => "no name to switch".to_owned(),
        one => format!("{one}/{one} names can be switched (ttl {longest} s)"),
    };
    findings.gate(GateName::Names, text)
}

fn judge_addresses(
    question: &Question<'_>,
    findings: &mut Findings,
    spec: &PrivateDnsRecord,
    source: Option<&AddressSource>,
) {
    let name = full(spec);
    let Some(source) = source else {
        let text = format!("{name} has no addresses declared for {}", question.to);
        return findings.add(Light::Red, text, "declare them");
    };
    let nets = addresses::known(question, source);
    if nets.is_empty() {
        let text = format!("the addresses of {name} in {} are not known", question.to);
        return findings.add(Light::Red, text, "pin them in the config, or apply the endpoint");
    }
    let nets: Vec<String> = nets.iter().map(|net| net.addr().to_string()).collect();
    findings.note(format!("{name} in {}: {}", question.to, nets.join(", ")));
}

/// Returns the live time to live if the record set is as it must be.
fn judge(
    question: &Question<'_>,
    findings: &mut Findings,
    resource: &Resource,
    spec: &PrivateDnsRecord,
    live: &AzureLive,
) -> Option<u32> {
    let name = full(spec);
    let at = |set: &&LiveRecordSet| {
        set.record_type == "A" && set.zone == spec.zone && set.name.eq_ignore_ascii_case(&spec.record)
    };
    let id = format!("{}/A/{}", spec.zone, spec.record);
    let Some(set) = live.record_sets.iter().find(at) else {
        findings.add(Light::Red, format!("{name} has no A record set ({id})"), "apply it");
        return None;
    };
    match marks::metadata_address(&set.metadata, &question.desired.product) {
        Some(addr) if addr == resource.addr => {}
        Some(other) => {
            findings.add(Light::Red, format!("{name} is marked for {other} ({id})"), "apply it");
            return None;
        }
        None => {
            let hint = "objects without our mark are never changed: remove it, or choose another name";
            findings.add(Light::Red, format!("{name} carries no mark of ours ({id})"), hint);
            return None;
        }
    }
    if set.etag.is_empty() {
        let text = format!("{name} was answered without an ETag ({id})");
        findings.add(Light::Red, text, "a name is changed only by compare-and-set");
        return None;
    }
    if set.ttl_secs > spec.ttl_secs {
        let text = format!("{name} has a ttl of {} s, more than the declared {} s", set.ttl_secs, spec.ttl_secs);
        findings.add(Light::Warn, text, "clients follow a switch that much later; apply it beforehand");
    }
    Some(set.ttl_secs)
}

/// The full name of a record.
fn full(spec: &PrivateDnsRecord) -> String {
    match spec.record.as_str() {
        "@" => spec.zone.name().to_owned(),
        record => format!("{record}.{}", spec.zone.name()),
    }
}
