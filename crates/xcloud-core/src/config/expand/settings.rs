//! What is said once for the whole file.

use serde_json::{Map, Value, json};

use crate::model::{Auth, Desired, FailoverRules, NotifyForm, Place};

use crate::kinds::{duration, object, put};

pub(super) fn settings(desired: &Desired) -> Map<String, Value> {
    let mut regions = object([("primary", json!(desired.regions.primary))]);
    put(&mut regions, "dr", desired.regions.dr.as_deref());
    let mut file = object([
        ("apiVersion", json!("xcloud/v1")),
        ("product", json!(desired.product)),
        ("owner", json!(desired.owner)),
        ("regions", Value::Object(regions)),
    ]);
    put(&mut file, "auth", desired.auth.map(auth));
    put(&mut file, "ledger", desired.ledger.as_deref());
    if !desired.limits.is_empty() {
        let limits = desired
            .limits
            .iter()
            .map(|(name, limit)| (name.clone(), json!({"burst": limit.burst, "per_second": limit.per_second})));
        file.insert("limits".to_owned(), Value::Object(limits.collect()));
    }
    if !desired.require_reversible.is_empty() {
        file.insert("require_reversible".to_owned(), json!(desired.require_reversible));
    }
    lists(desired, &mut file);
    if let Some((Place::Azure { subscription, .. }, zone)) = &desired.record_zone {
        let azure = json!({"subscription": subscription, "private_dns_zone": zone.0});
        file.insert("azure".to_owned(), azure);
    }
    if !desired.environments.is_empty() {
        file.insert("environments".to_owned(), Value::Object(environments(desired)));
    }
    if let Some(failover) = &desired.failover {
        let rules = match failover.rules {
            FailoverRules::AlwaysOpen => "always-open",
            FailoverRules::OnFailover => "on-failover",
        };
        let failover = json!({
            "rules": rules,
            "ttl": duration(u64::from(failover.ttl_secs)),
            "rto": duration(failover.rto_secs),
            "close_after": duration(failover.close_after_secs),
        });
        file.insert("failover".to_owned(), failover);
    }
    file
}

fn lists(desired: &Desired, file: &mut Map<String, Value>) {
    if !desired.ignore.is_empty() {
        let ignored = desired.ignore.iter().map(|ignore| {
            let mut entry = object([("address", json!(ignore.address))]);
            put(&mut entry, "property", ignore.property.as_deref());
            put(&mut entry, "reason", Some(&ignore.reason));
            put(&mut entry, "expires", Some(&ignore.expires));
            Value::Object(entry)
        });
        file.insert("ignore".to_owned(), Value::Array(ignored.collect()));
    }
    if !desired.notify.is_empty() {
        let notified = desired.notify.iter().map(|notify| {
            let mut entry = object([("webhook", json!(notify.webhook))]);
            if notify.form == NotifyForm::Slack {
                entry.insert("form".to_owned(), json!("slack"));
            }
            put(&mut entry, "signed_with", notify.signed_with.as_deref());
            entry.insert("on".to_owned(), json!(notify.on));
            Value::Object(entry)
        });
        file.insert("notify".to_owned(), Value::Array(notified.collect()));
    }
}

/// The environments with nothing but their DR choice.
fn environments(desired: &Desired) -> Map<String, Value> {
    let all: Vec<&String> = std::iter::once(&desired.regions.primary).chain(&desired.regions.dr).collect();
    desired
        .environments
        .iter()
        .map(|(name, environment)| {
            let regions: Map<String, Value> = all
                .iter()
                .map(|region| {
                    let lives = environment.regions.contains(*region);
                    ((*region).clone(), if lives { json!({}) } else { json!("none") })
                })
                .collect();
            let mut entries = object([("regions", Value::Object(regions))]);
            let drain = desired.drains.environments.get(name).map(|secs| duration(*secs));
            put(&mut entries, "drain", drain.as_deref());
            if desired.protected.environments.contains(name) {
                entries.insert("protect".to_owned(), json!(true));
            }
            (name.clone(), Value::Object(entries))
        })
        .collect()
}

fn auth(auth: Auth) -> &'static str {
    match auth {
        Auth::WorkloadIdentity => "workload-identity",
        Auth::ManagedIdentity => "managed-identity",
        Auth::ClientSecret => "client-secret",
        Auth::AzureCli => "azure-cli",
    }
}
