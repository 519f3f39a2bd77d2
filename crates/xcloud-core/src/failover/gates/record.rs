//! Whether it is known how the environment stands, and whether everybody knows it.

use super::{Facts, Gate, GateName, Light};
use crate::active::Standing;

pub(super) fn gate(facts: &Facts<'_>, env: &str, reading: Result<&Standing, &str>, to: &str) -> Gate {
    let red = |text: String| Gate::new(GateName::Record, Light::Red, text);
    match (reading, lone(facts)) {
        (Ok(_), Some(url)) => {
            red(format!("the active-region record is in a local ledger ({url}), which other machines cannot read"))
                .saying(
                    "declare `private_dns_zone` under `azure`, or a `ledger:` that every machine sees (s3://, az://)",
                )
        }
        (Err(why), _) => red(format!("the active region of {env} is not known: {why}")),
        (Ok(Standing { record, .. }), None) => match &record.to {
            Some(under_way) => red(format!("a failover to {under_way} is under way (epoch {})", record.epoch))
                .saying("`xcloud resume` finishes it"),
            None => {
                let text = format!("active {} (epoch {}), standby {to}", record.region, record.epoch);
                Gate::new(GateName::Record, Light::Ok, text)
            }
        },
    }
}

/// Returns the URL of the ledger if it holds the record and other machines do not see it. The sandbox has only its own.
fn lone<'a>(facts: &Facts<'a>) -> Option<&'a str> {
    let holds = facts.desired.record_home().is_some_and(|home| home.zone.is_none());
    facts.ledger.as_ref().ok().copied().filter(|url| holds && !facts.sandbox && url.starts_with("file:"))
}
