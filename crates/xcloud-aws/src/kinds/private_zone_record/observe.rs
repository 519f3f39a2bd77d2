//! Route 53 private zones and the records that matter.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_route53::operation::list_resource_record_sets::builders::ListResourceRecordSetsFluentBuilder;
use aws_sdk_route53::types::{HostedZoneOwner, ResourceRecordSet, VpcRegion};
use xcloud_core::limits::Quota;
use xcloud_core::live::{LiveRecord, LiveVpc, LiveZone};
use xcloud_core::model::Selector;
use xcloud_core::provider::{ErrorKind, ProviderError};

use crate::call::side_by_side;
use crate::clients::Api;
use crate::network::matches;

/// The first label of the name of a mark.
const MARK: &str = "_xcloud.";

/// Reads the private zones of the VPCs; in a zone of ours that is nearest to a declared name the records of that name, and
/// every mark with the record that it marks, so that what is no longer declared is seen too.
pub(crate) async fn observe(
    api: &Api,
    records: &BTreeSet<(Selector, String)>,
    vpcs: &[LiveVpc],
) -> Result<Vec<LiveZone>, ProviderError> {
    let mut names: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (selector, name) in records {
        for vpc in vpcs.iter().filter(|vpc| matches(selector, &vpc.id, &vpc.tags)) {
            names.entry(&vpc.id).or_default().insert(name);
        }
    }
    let calls = names.iter().map(|(vpc, names)| zones_of(api, vpc, names)).collect();
    Ok(side_by_side(calls).await?.into_iter().flatten().collect())
}

async fn zones_of(api: &Api, vpc: &str, names: &BTreeSet<&str>) -> Result<Vec<LiveZone>, ProviderError> {
    let request =
        api.route53.list_hosted_zones_by_vpc().vpc_id(vpc).vpc_region(VpcRegion::from(api.place.region.as_str()));
    let found = api
        .pages(
            Quota::Route53,
            "ListHostedZonesByVPC",
            |token| request.clone().set_next_token(token).send(),
            |page| (Some(page.hosted_zone_summaries), page.next_token),
        )
        .await?;
    let mut zones: Vec<LiveZone> = found
        .into_iter()
        .map(|zone| LiveZone {
            id: zone.hosted_zone_id.trim_start_matches("/hostedzone/").to_owned(),
            name: canonical(&zone.name),
            vpc: vpc.to_owned(),
            owned_by: zone.owner.and_then(|owner| owned_by(api, owner)),
            records: Vec::new(),
        })
        .collect();
    let lengths: Vec<String> = zones.iter().map(|zone| zone.name.clone()).collect();
    for zone in &mut zones {
        let is_nearest = |name: &&&str| {
            // Two zones of one name and VPC are no real case; if they are there, both are read.
            let longest = lengths.iter().filter(|other| holds(other, name)).map(String::len).max();
            holds(&zone.name, name) && Some(zone.name.len()) == longest
        };
        let wanted: BTreeSet<String> = names.iter().filter(is_nearest).map(|name| canonical(name)).collect();
        if !wanted.is_empty() && zone.owned_by.is_none() {
            zone.records = matter(whole_zone(api, &zone.id).await?, &wanted);
        }
    }
    Ok(zones)
}

/// Returns who else owns a zone; its records answer AccessDenied to the place's account.
fn owned_by(api: &Api, owner: HostedZoneOwner) -> Option<String> {
    let account = owner.owning_account.filter(|account| *account != api.place.account);
    let account = account.map(|account| format!("account {account}"));
    owner.owning_service.map(|service| format!("the AWS service {service}")).or(account)
}

/// Keeps the records of the wanted names, every mark, and the records that are marked.
fn matter(records: Vec<LiveRecord>, wanted: &BTreeSet<String>) -> Vec<LiveRecord> {
    let marked: BTreeSet<String> = records
        .iter()
        .filter(|record| record.record_type.eq_ignore_ascii_case("TXT"))
        .filter_map(|record| record.name.strip_prefix(MARK).map(str::to_owned))
        .collect();
    let matters = |record: &LiveRecord| {
        let name = record.name.strip_prefix(MARK).unwrap_or(&record.name);
        wanted.contains(name) || marked.contains(name)
    };
    records.into_iter().filter(matters).collect()
}

/// Reads every record set of a zone, 300 a page (the most that Route 53 answers).
async fn whole_zone(api: &Api, zone: &str) -> Result<Vec<LiveRecord>, ProviderError> {
    let request = api.route53.list_resource_record_sets().hosted_zone_id(zone).max_items(300);
    Ok(pages(api, request, |_| true).await?.0)
}

/// Reads record sets page after page, as long as the name with which the next page begins is wanted. True: the list
/// ended, so nothing that comes later is missing.
async fn pages(
    api: &Api,
    mut request: ListResourceRecordSetsFluentBuilder,
    is_wanted: impl Fn(Option<&str>) -> bool,
) -> Result<(Vec<LiveRecord>, bool), ProviderError> {
    const OPERATION: &str = "ListResourceRecordSets";
    let (mut records, mut seen) = (Vec::new(), BTreeSet::new());
    loop {
        let page = api.read(Quota::Route53, OPERATION, || request.clone().send()).await?;
        records.extend(page.resource_record_sets.into_iter().map(live));
        if !page.is_truncated || !is_wanted(page.next_record_name.as_deref()) {
            return Ok((records, !page.is_truncated));
        }
        let position =
            (page.next_record_name.clone(), page.next_record_type.clone(), page.next_record_identifier.clone());
        if !seen.insert(position) {
            return Err(api.error(OPERATION, ErrorKind::Malformed, "the same page came twice"));
        }
        request = request
            .set_start_record_name(page.next_record_name)
            .set_start_record_type(page.next_record_type)
            .set_start_record_identifier(page.next_record_identifier);
    }
}

fn holds(zone: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == zone || name.ends_with(&format!(".{zone}"))
}

/// Reads the record sets of a name and of its mark, `_xcloud.<name>`.
pub(super) async fn records_of(api: &Api, zone: &str, name: &str) -> Result<Vec<LiveRecord>, ProviderError> {
    let name = canonical(name);
    let mark = format!("_xcloud.{name}");
    let (mut records, all_seen) = records_from(api, zone, &name, &[&name, &mark]).await?;
    if !all_seen && !records.iter().any(|record| record.name == mark) {
        records.extend(records_from(api, zone, &mark, &[&mark]).await?.0);
    }
    Ok(records)
}

/// Reads on from a name while the answers still hold it. True: the zone ended, so nothing that comes later is missing.
async fn records_from(
    api: &Api,
    zone: &str,
    start: &str,
    wanted: &[&str],
) -> Result<(Vec<LiveRecord>, bool), ProviderError> {
    let request = api.route53.list_resource_record_sets().hosted_zone_id(zone).start_record_name(start).max_items(100);
    let (mut records, ended) = pages(api, request, |next| next.is_some_and(|next| canonical(next) == start)).await?;
    records.retain(|record| wanted.contains(&record.name.as_str()));
    Ok((records, ended))
}

fn live(set: ResourceRecordSet) -> LiveRecord {
    let is_text = set.r#type.as_str().eq_ignore_ascii_case("TXT");
    let values = set.resource_records.unwrap_or_default().into_iter().map(|record| record.value);
    LiveRecord {
        name: canonical(&set.name),
        record_type: set.r#type.as_str().to_owned(),
        ttl_secs: set.ttl.and_then(|ttl| u32::try_from(ttl).ok()),
        alias: set.alias_target.map(|alias| (alias.dns_name.trim_end_matches('.').to_owned(), alias.hosted_zone_id)),
        values: values.map(|value| if is_text { unquoted(&value) } else { value }).collect(),
    }
}

/// Names without the final dot, in lower case, with Route 53's octal escapes (`\052` for `*`) resolved.
fn canonical(name: &str) -> String {
    let mut plain = String::new();
    let mut rest = name.trim_end_matches('.');
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code.filter(u8::is_ascii) {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain.to_ascii_lowercase()
}

/// Returns the text of a TXT value: its quoted strings joined, escapes resolved.
fn unquoted(value: &str) -> String {
    let mut text = String::new();
    let (mut inside, mut escaped) = (false, false);
    for character in value.chars() {
        match character {
            _ if escaped => {
                text.push(character);
                escaped = false;
            }
            '\\' if inside => escaped = true,
            '"' => inside = !inside,
            _ if inside => text.push(character),
            _ => {}
        }
    }
    if value.contains('"') { text } else { value.to_owned() }
}

/// Returns a text as a TXT value of one string.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_texts_come_back_as_they_were_meant() {
        assert_eq!(canonical("\\052.Api.Bank.Internal."), "*.api.bank.internal");
        assert_eq!(canonical("a\\.b"), "a\\.b");
        assert_eq!(unquoted("\"v=1; a\" \"b\""), "v=1; ab");
        let text = "say \"hi\" \\ bye";
        assert_eq!(unquoted(&quoted(text)), text);
    }

    #[test]
    fn a_zone_holds_its_own_name_and_what_is_under_it() {
        assert!(holds("bank.internal", "api.bank.internal"));
        assert!(holds("bank.internal", "Bank.Internal"));
        assert!(!holds("bank.internal", "otherbank.internal"));
    }
}
