//! Changes of Route 53 records.

use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use xcloud_core::live::LiveRecord;
use xcloud_core::op::{RecordAction, RecordChange, RecordValue};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::dispatch::{done, made};
use crate::call::absent_is_none;
use crate::clients::Api;
use crate::observe::zones::{quoted, records_of};

/// Makes all changes in one batch, which happens whole or not at all (Route 53 API, `ChangeResourceRecordSets`).
pub(super) async fn change(api: &Api, zone: &str, changes: &[RecordChange]) -> Result<Performed, ProviderError> {
    const OPERATION: &str = "ChangeResourceRecordSets";
    let batch = batch(changes).map_err(|error| api.error(OPERATION, ErrorKind::Invalid, &error.to_string()))?;
    let request = api.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    match api.mutate(OPERATION, request.send()).await {
        Ok((output, request_ids)) => {
            let change = output.change_info.map(|info| info.id);
            Ok(made(None, [("change", change)], request_ids))
        }
        Err(error) if is_about_records(&error) && hold(api, zone, changes).await? => {
            Ok(done(error.request_id.into_iter().collect()))
        }
        Err(error) => Err(error),
    }
}

/// The record or its zone is there, or is not there, against what the batch supposes.
fn is_about_records(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound)
        || matches!(error.code.as_deref(), Some("InvalidChangeBatch" | "InvalidInput"))
}

/// Returns true if the records are as the changes leave them.
pub(crate) async fn hold(api: &Api, zone: &str, changes: &[RecordChange]) -> Result<bool, ProviderError> {
    for change in changes {
        let live = absent_is_none(records_of(api, zone, &change.name).await)?.unwrap_or_default();
        let of_type =
            live.iter().find(|live| live.name == change.name.to_ascii_lowercase() && is_of_type(live, change));
        let holds = match change.action {
            RecordAction::Create | RecordAction::Upsert => of_type.is_some_and(|live| says(live, &change.value)),
            RecordAction::Delete => of_type.is_none(),
        };
        if !holds {
            return Ok(false);
        }
    }
    Ok(true)
}

fn is_of_type(live: &LiveRecord, change: &RecordChange) -> bool {
    let wanted = match change.value {
        RecordValue::Alias { .. } => "A",
        RecordValue::Txt { .. } => "TXT",
    };
    live.record_type.eq_ignore_ascii_case(wanted)
}

fn says(live: &LiveRecord, wanted: &RecordValue) -> bool {
    match wanted {
        RecordValue::Alias { dns_name, zone } => live.alias.as_ref().is_some_and(|(name, live_zone)| {
            name.eq_ignore_ascii_case(dns_name.id().trim_end_matches('.')) && live_zone == zone.id()
        }),
        RecordValue::Txt { ttl_secs, text } => {
            live.ttl_secs == Some(*ttl_secs) && live.values == std::slice::from_ref(text)
        }
    }
}

fn batch(changes: &[RecordChange]) -> Result<ChangeBatch, BuildError> {
    let changes: Result<Vec<Change>, BuildError> = changes.iter().map(one).collect();
    ChangeBatch::builder().set_changes(Some(changes?)).build()
}

fn one(change: &RecordChange) -> Result<Change, BuildError> {
    let action = match change.action {
        RecordAction::Create => ChangeAction::Create,
        RecordAction::Upsert => ChangeAction::Upsert,
        RecordAction::Delete => ChangeAction::Delete,
    };
    let set = ResourceRecordSet::builder().name(&change.name);
    let set = match &change.value {
        RecordValue::Alias { dns_name, zone } => {
            let target = AliasTarget::builder()
                .dns_name(dns_name.id())
                .hosted_zone_id(zone.id())
                .evaluate_target_health(false)
                .build()?;
            set.r#type(RrType::A).alias_target(target)
        }
        RecordValue::Txt { ttl_secs, text } => {
            let value = ResourceRecord::builder().value(quoted(text)).build()?;
            set.r#type(RrType::Txt).ttl(i64::from(*ttl_secs)).resource_records(value)
        }
    };
    Change::builder().action(action).resource_record_set(set.build()?).build()
}
