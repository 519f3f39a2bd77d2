//! Changes of Route 53 records.

use aws_sdk_route53::error::BuildError;
use aws_sdk_route53::types::{
    AliasTarget, Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType,
};
use xcloud_core::op::{Call as _, PrivateZoneRecordOp, RecordAction, RecordChange, RecordValue};
use xcloud_core::provider::{ErrorKind, Performed, ProviderError};

use super::observe::quoted;
use crate::answer::{done, made};
use crate::as_written::{Asked, Written as _};
use crate::clients::Api;

/// Makes all changes in one batch, which happens whole or not at all (Route 53 API, `ChangeResourceRecordSets`).
pub(crate) async fn perform(api: &Api, op: &PrivateZoneRecordOp) -> Result<Performed, ProviderError> {
    let PrivateZoneRecordOp::Change { zone, changes } = op;
    let batch = batch(changes).map_err(|error| api.error(op.name(), ErrorKind::Invalid, &error.to_string()))?;
    let request = api.route53.change_resource_record_sets().hosted_zone_id(zone).change_batch(batch);
    match api.mutate(op, request.send()).await {
        Ok((output, request_ids)) => {
            let change = output.change_info.map(|info| info.id);
            Ok(made(None, [("change", change)], request_ids))
        }
        Err(error) if is_about_records(&error) => {
            let seen = op.look(api, Asked::Effect).await?;
            if op.effect(&seen).is_some() { Ok(done(error.request_id.into_iter().collect())) } else { Err(error) }
        }
        Err(error) => Err(error),
    }
}

/// The record or its zone is there, or is not there, against what the batch supposes.
fn is_about_records(error: &ProviderError) -> bool {
    matches!(error.kind, ErrorKind::Conflict | ErrorKind::NotFound)
        || matches!(error.code.as_deref(), Some("InvalidChangeBatch" | "InvalidInput"))
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
