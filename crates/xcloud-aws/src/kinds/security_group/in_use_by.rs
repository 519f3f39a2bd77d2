//! Who still uses a security group.

use std::collections::BTreeSet;

use futures_util::try_join;
use xcloud_core::provider::{Progress, ProviderError};

use super::observe::describe;
use crate::clients::Api;
use crate::interfaces::{filter, using_group};
use crate::progress::{done, not_yet};

/// Returns the interfaces and other groups that use a group, in words: `eni-1 (ELB net/...)`, `a rule of sg-2 (name)`.
pub(super) async fn of_group(api: &Api, group: &str) -> Result<Vec<String>, ProviderError> {
    let by = |name: &str| vec![filter(name, [group.to_owned()])];
    let (interfaces, inbound, outbound) = try_join!(
        using_group(api, group),
        describe(api, by("ip-permission.group-id")),
        describe(api, by("egress.ip-permission.group-id")),
    )?;
    let interfaces = interfaces.into_iter().map(|interface| {
        let id = interface.network_interface_id.unwrap_or_default();
        match interface.description.filter(|text| !text.is_empty()) {
            Some(text) => format!("{id} ({text})"),
            None => id,
        }
    });
    // A group that names itself is no hindrance.
    let others: BTreeSet<String> = inbound
        .into_iter()
        .chain(outbound)
        .filter(|other| other.id != group)
        .map(|other| format!("a rule of {} ({})", other.id, other.name))
        .collect();
    Ok(interfaces.chain(others).collect())
}

/// Looks whether nothing uses the group any more.
pub(crate) async fn unused(api: &Api, group: &str) -> Result<Progress, ProviderError> {
    let holders = of_group(api, group).await?;
    if holders.is_empty() { Ok(done()) } else { not_yet(format!("held by {}", holders.join(", "))) }
}
