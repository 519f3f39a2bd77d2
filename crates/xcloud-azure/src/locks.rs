//! Resource locks: what refuses writes of whatever is in their scope, whoever asks.

use futures_util::future::join_all;
use serde_json::Value;
use xcloud_core::live::{AzureQuery, LiveLock};
use xcloud_core::model::ArmName;
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::arm::Arm;
use crate::error;
use crate::ids;
use crate::json::{need, text};
use crate::list::parsed;

const OPERATION: &str = "GET locks";
const VERSION: &str = "2020-05-01";
/// What stands between a scope and the name of a lock on it.
const LOCKS: &str = "/providers/Microsoft.Authorization/locks";

/// The locks that were found, and why there may be more.
#[derive(Default)]
pub(crate) struct Locks {
    pub(crate) found: Vec<LiveLock>,
    pub(crate) unread: Option<String>,
}

/// Reads the locks: one list of the subscription, which has those of all its resource groups and resources; where the
/// caller may not read that, one of each resource group that the query names. Not to know them hinders nothing: each
/// refuses by itself.
pub(crate) async fn observe(arm: &Arm, query: &AzureQuery) -> Locks {
    let mut locks = Locks::default();
    if !query.locks {
        return locks;
    }
    match listed(arm, "").await {
        Err(error) if error.kind == ErrorKind::Denied => {
            let groups = query.resource_groups();
            for of_group in join_all(groups.iter().map(|group| of_group(arm, group))).await {
                locks.add(of_group);
            }
            // A lock on the subscription itself stands above all of them.
            locks.unread.get_or_insert(error.message);
        }
        of_all => locks.add(of_all),
    }
    locks
}

impl Locks {
    fn add(&mut self, listed: Result<Vec<LiveLock>, ProviderError>) {
        match listed {
            Ok(found) => self.found.extend(found),
            Err(error) => self.unread = self.unread.take().or(Some(error.message)),
        }
    }
}

async fn of_group(arm: &Arm, group: &str) -> Result<Vec<LiveLock>, ProviderError> {
    ids::resource_group(group).map_err(|why| arm.invalid(OPERATION, &why))?;
    listed(arm, &format!("/resourceGroups/{group}")).await
}

/// Lists the locks on a part of the subscription, and on what is in it.
async fn listed(arm: &Arm, part: &str) -> Result<Vec<LiveLock>, ProviderError> {
    let path = format!("/subscriptions/{}{part}{LOCKS}?api-version={VERSION}", arm.place.account);
    // Not to know the list is not to know that there are none.
    let unknown = || error::of(&arm.reading(OPERATION), ErrorKind::NotFound, "Resource Manager has no such list");
    let listed = arm.list_at(OPERATION, &path).await?.ok_or_else(unknown)?;
    let read: Result<Vec<_>, _> = listed.iter().map(|lock| parsed(arm, OPERATION, lock_of(lock))).collect();
    Ok(read?.into_iter().flatten().collect())
}

/// Reads a lock; one of level `NotSpecified` refuses nothing.
fn lock_of(lock: &Value) -> Result<Option<LiveLock>, String> {
    let id = need(lock, "/id")?;
    let at = id.to_ascii_lowercase().rfind(&LOCKS.to_ascii_lowercase()).ok_or(format!("`{id}` is not a lock's"))?;
    let read_only = match text(lock, "/properties/level").to_ascii_lowercase().as_str() {
        "notspecified" => return Ok(None),
        level => level == "readonly",
    };
    Ok(Some(LiveLock { id: ArmName(id.to_owned()), scope: ArmName(id[..at].to_owned()), read_only }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lock_says_what_it_is_on_and_what_it_refuses() {
        let of = |level: &str| {
            let id = "/subscriptions/1/resourcegroups/rg/Providers/microsoft.authorization/Locks/keep";
            lock_of(&json!({"id": id, "name": "keep", "properties": {"level": level}})).expect("it is well formed")
        };
        let lock = of("ReadOnly").expect("it refuses something");
        assert!(lock.read_only && lock.scope.0 == "/subscriptions/1/resourcegroups/rg", "{lock:?}");
        assert!(lock.refuses("/subscriptions/1/resourceGroups/RG/providers/x", false));
        assert!(!lock.refuses("/subscriptions/1/resourceGroups/rg-2", true), "its name only begins alike");
        let lock = of("CanNotDelete").expect("it refuses something");
        assert!(lock.refuses("/subscriptions/1/resourceGroups/rg", true) && !lock.refuses(&lock.scope.0, false));
        assert_eq!(of("NotSpecified"), None);
        assert!(lock_of(&json!({"id": "/subscriptions/1", "properties": {}})).is_err());
    }
}
