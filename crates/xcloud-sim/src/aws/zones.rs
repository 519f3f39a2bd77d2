//! Availability zones: ids are the same for everybody, names differ from account to account.

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::world::digest;
use super::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[Operation::read(
    "DescribeAvailabilityZones",
    &["ZoneName", "ZoneId", "AllAvailabilityZones", "Filter"],
    describe,
)];

/// Returns the zone ids of a region: `eun1-az1` to `eun1-az3` for `eu-north-1`; us-east-1 has six.
pub fn ids(region: &str) -> Vec<String> {
    let parts: Vec<&str> = region.split('-').collect();
    let short: String = match parts.as_slice() {
        [area, direction, number] => {
            let direction = match *direction {
                "northeast" => "ne",
                "southeast" => "se",
                "northwest" => "nw",
                "southwest" => "sw",
                other => other.get(..1).unwrap_or_default(),
            };
            format!("{area}{direction}{number}")
        }
        _ => region.replace('-', ""),
    };
    let count = if region == "us-east-1" { 6 } else { 3 };
    (1..=count).map(|zone| format!("{short}-az{zone}")).collect()
}

/// Returns the name that an account knows a zone by (`eu-north-1b`); accounts differ in it
/// (<https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html>).
pub(super) fn name_of(account: &str, region: &str, zone_id: &str) -> String {
    let ids = ids(region);
    let place = ids.iter().position(|id| id == zone_id).unwrap_or_default();
    let letter = (place + rotation(account, ids.len())) % ids.len();
    let letter = u8::try_from(letter).map_or('a', |letter| char::from(b'a' + letter));
    format!("{region}{letter}")
}

/// Returns the zone id behind an account's zone name.
pub(super) fn id_of(account: &str, region: &str, name: &str) -> Option<String> {
    ids(region).into_iter().find(|id| name_of(account, region, id) == name)
}

fn rotation(account: &str, count: usize) -> usize {
    digest(account).bytes().take(8).map(usize::from).sum::<usize>() % count
}

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(
        &call.query,
        &["group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"],
    )?;
    let (names, wanted) = (call.query.list("ZoneName"), call.query.list("ZoneId"));
    let mut zones: Vec<(String, String)> =
        ids(&call.region).into_iter().map(|id| (name_of(&call.account, &call.region, &id), id)).collect();
    zones.sort();
    for name in names.iter().chain(&wanted) {
        ensure(zones.iter().any(|(zone, id)| zone == name || id == name), "InvalidParameterValue", || {
            format!("Invalid availability zone: [{name}]")
        })?;
    }
    let items = zones.into_iter().filter(|(name, id)| {
        (names.is_empty() || names.contains(name))
            && (wanted.is_empty() || wanted.contains(id))
            && filters.admit(&Tags::new(), |filter| {
                vec![match filter {
                    "group-name" | "region-name" => call.region.clone(),
                    "opt-in-status" => "opt-in-not-required".to_owned(),
                    "state" => "available".to_owned(),
                    "zone-id" => id.clone(),
                    "zone-name" => name.clone(),
                    _ => "availability-zone".to_owned(),
                }]
            })
    });
    let items: Vec<Xml> = items
        .map(|(name, id)| {
            Xml::new()
                .text("optInStatus", "opt-in-not-required")
                .text("regionName", &call.region)
                .text("zoneName", name)
                .text("zoneId", id)
                .text("groupName", &call.region)
                .text("networkBorderGroup", &call.region)
                .text("zoneType", "availability-zone")
                .text("zoneState", "available")
        })
        .collect();
    Ok(Xml::new().list("availabilityZoneInfo", "item", items))
}

/// Refuses a zone id that the region does not have.
pub(super) fn check(region: &str, zone_id: &str) -> Result<(), Failure> {
    ensure(ids(region).iter().any(|id| id == zone_id), "InvalidParameterValue", || {
        format!("Value ({zone_id}) for parameter availabilityZoneId is invalid.")
    })
}

#[cfg(test)]
mod tests {
    use super::{id_of, ids, name_of};

    #[test]
    fn regions_have_their_published_ids() {
        assert_eq!(ids("eu-north-1"), ["eun1-az1", "eun1-az2", "eun1-az3"]);
        assert_eq!(ids("eu-west-1")[0], "euw1-az1");
        assert_eq!(ids("us-east-1").len(), 6);
        assert_eq!(ids("ap-northeast-1")[2], "apne1-az3");
    }

    #[test]
    fn names_differ_between_accounts_and_map_back() {
        let names = |account| ids("eu-north-1").iter().map(|id| name_of(account, "eu-north-1", id)).collect::<Vec<_>>();
        let others: Vec<String> = (0..9).map(|n| format!("10000000000{n}")).collect();
        assert!(others.iter().any(|account| names(account) != names("100000000000")));
        for account in &others {
            for id in ids("eu-north-1") {
                assert_eq!(id_of(account, "eu-north-1", &name_of(account, "eu-north-1", &id)), Some(id));
            }
        }
    }
}
