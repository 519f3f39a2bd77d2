//! Private DNS zones.

use serde_json::json;

use super::call::Call;
use super::ids::{Kind, ResourceId};
use super::reply::{ArmError, Outcome};
use super::world::{AzureWorld, Stored};
use super::{shapes, write};

/// Creates or updates a zone: 202 with an operation, and no body.
pub(super) fn put(call: &mut Call<'_>, id: &ResourceId) -> Outcome {
    let draft = write::draft(call, id, shapes::ZONE)?;
    write::refuse_while_busy(call, id)?;
    check_name(id.name())?;
    if draft.location.as_deref() != Some("global") {
        let message = format!("The location of private DNS zone {} must be 'global'.", id.name());
        return Err(ArmError::bad_request("BadRequest", message));
    }
    if !draft.exists {
        add_soa(call.world, &draft.id);
    }
    let seconds = call.world.durations.zone;
    let mut reply = write::accept(call, draft, seconds);
    reply.status = 202;
    reply.body = None;
    Ok(reply)
}

/// Gives a new zone the record that every zone has.
pub(super) fn add_soa(world: &mut AzureWorld, zone: &ResourceId) {
    let Some(id) = zone.child("SOA", "@") else { return };
    let etag = world.new_etag(Kind::RecordSet);
    let mut soa = Stored::new(&id, None, etag);
    let properties = json!({
        "fqdn": format!("{}.", zone.name()),
        "isAutoRegistered": false,
        "ttl": 3600,
        "soaRecord": {
            "host": "azureprivatedns.net",
            "email": "azureprivatedns-host.microsoft.com",
            "serialNumber": 1,
            "refreshTime": 3600,
            "retryTime": 300,
            "expireTime": 2_419_200,
            "minimumTtl": 10,
        },
    });
    soa.properties = properties.as_object().cloned().unwrap_or_default();
    world.resources.insert(id.key(), soa);
}

/// Checks a zone's name: 2 to 34 labels of 1 to 63 characters ("Naming rules", privateDnsZones).
fn check_name(name: &str) -> Result<(), ArmError> {
    let labels: Vec<&str> = name.split('.').collect();
    let label = |label: &&str| {
        (1..=63).contains(&label.len()) && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
    };
    if (2..=34).contains(&labels.len()) && labels.iter().all(label) {
        return Ok(());
    }
    Err(ArmError::bad_request("BadRequest", format!("The zone name '{name}' is not valid.")))
}
