//! Whether the ledger outlives the region that is left. The sandbox has only its own.

use super::{Facts, Gate, GateName, Light};

pub(super) fn gate(facts: &Facts<'_>) -> Gate {
    let gate = |light: Light, text: String| Gate::new(GateName::Ledger, light, text);
    let url = match &facts.ledger {
        Ok(url) => *url,
        Err(why) => {
            return gate(Light::Warn, format!("it cannot be reached: {why}"))
                .saying("a failover would be recorded on its own machine");
        }
    };
    let regions = [Some(&facts.desired.regions.primary), facts.desired.regions.dr.as_ref()];
    let inside = regions.into_iter().flatten().find(|region| url.contains(region.as_str()));
    let (light, text) = match inside {
        _ if facts.sandbox => return gate(Light::Ok, "in the sandbox, not judged".to_owned()),
        _ if url.starts_with("file:") => (Light::Red, format!("{url} is on this machine only")),
        Some(region) => (Light::Red, format!("{url} is in {region}, a region of the product")),
        None if url.starts_with("s3:") && !url.contains("region=") => {
            (Light::Warn, format!("{url} does not say its region"))
        }
        None => return gate(Light::Ok, url.to_owned()),
    };
    gate(light, text).saying("keep it in a third region or in Azure: `ledger: az://account/container`")
}
