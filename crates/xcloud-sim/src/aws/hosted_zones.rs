//! Hosted zones of Route 53 and the changes made to them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::operation::{Answer, Call};
use super::record_sets::{self, RecordSet};
use super::route53::Route;
use super::world::AwsWorld;
use super::xml::{Element, Xml};
use crate::Millis;

/// A hosted zone: private if it has VPCs.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct HostedZone {
    pub(super) owner: String,
    /// With the dot at the end.
    pub(super) name: String,
    pub(super) reference: String,
    pub(super) comment: Option<String>,
    pub(super) private: bool,
    /// Region and id of each VPC.
    pub(super) vpcs: Vec<(String, String)>,
    /// Record sets in Route 53's order; see [`record_sets::key`].
    pub(super) records: BTreeMap<String, RecordSet>,
}

/// A submitted change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Change {
    pub(super) owner: String,
    pub(super) submitted: Millis,
    pub(super) comment: Option<String>,
}

/// How long a change is `PENDING` ("generally within 60 seconds",
/// <https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeResourceRecordSets.html>).
const SPREADING_SECONDS: f64 = 30.0;

/// Returns a zone of the account. That of another is refused like every resource of another account.
pub(super) fn find<'a>(world: &'a AwsWorld, account: &str, id: &str) -> Result<&'a HostedZone, Failure> {
    match world.zones.get(id) {
        Some(zone) if zone.owner == account => Ok(zone),
        Some(_) => Err(Failure::with_status(403, "AccessDenied", "User is not authorized to access this resource")),
        None => Err(Failure::with_status(404, "NoSuchHostedZone", format!("No hosted zone found with ID: {id}"))),
    }
}

/// Puts a zone with its NS and SOA records into the world.
pub(super) fn place(world: &mut AwsWorld, mut zone: HostedZone) -> String {
    let id = format!("Z{}", world.new_digits(20).to_uppercase());
    for record in record_sets::of_new_zone(&zone.name) {
        zone.records.insert(record_sets::key(&record.name, &record.kind), record);
    }
    world.zones.insert(id.clone(), zone);
    id
}

/// Records a change and writes `<ChangeInfo>`.
pub(super) fn submit(call: &mut Call<'_>, comment: Option<String>) -> Xml {
    let id = format!("C{}", call.world.new_digits(20).to_uppercase());
    let change = Change { owner: call.account.clone(), submitted: call.now, comment };
    let xml = change_xml(&id, &change, call.now);
    call.world.changes.insert(id, change);
    xml
}

fn change_xml(id: &str, change: &Change, now: Millis) -> Xml {
    let pending = now < change.submitted.plus_secs(SPREADING_SECONDS);
    let inner = Xml::new()
        .text("Id", format!("/change/{id}"))
        .text("Status", if pending { "PENDING" } else { "INSYNC" })
        .text("SubmittedAt", change.submitted.iso8601())
        .maybe("Comment", change.comment.as_ref());
    Xml::new().nest("ChangeInfo", &inner)
}

/// Answers GetChange.
pub(super) fn get_change(call: &mut Call<'_>, route: &Route) -> Answer {
    let change = call.world.changes.get(&route.id).filter(|change| change.owner == call.account);
    let change = change.ok_or_else(|| {
        Failure::with_status(404, "NoSuchChange", format!("Could not find resource with ID: {}", route.id))
    })?;
    Ok(change_xml(&route.id, change, call.now))
}

fn zone_xml(id: &str, zone: &HostedZone) -> Xml {
    let config = Xml::new().maybe("Comment", zone.comment.as_ref()).text("PrivateZone", zone.private);
    Xml::new()
        .text("Id", format!("/hostedzone/{id}"))
        .text("Name", &zone.name)
        .text("CallerReference", &zone.reference)
        .nest("Config", &config)
        .text("ResourceRecordSetCount", zone.records.len())
}

fn vpc_xml((region, id): &(String, String)) -> Xml {
    Xml::new().text("VPCRegion", region).text("VPCId", id)
}

/// Answers GetHostedZone.
pub(super) fn get(call: &mut Call<'_>, route: &Route) -> Answer {
    let zone = find(call.world, &call.account, &route.id)?;
    let xml = Xml::new().nest("HostedZone", &zone_xml(&route.id, zone));
    if !zone.private {
        let servers = Xml::new().texts("NameServers", "NameServer", record_sets::NAME_SERVERS);
        return Ok(xml.nest("DelegationSet", &servers));
    }
    Ok(xml.list("VPCs", "VPC", zone.vpcs.iter().map(vpc_xml)))
}

/// Answers ListHostedZones.
pub(super) fn list(call: &mut Call<'_>, route: &Route) -> Answer {
    let most = route.max_items(100)?;
    let kind = route.parameter("hostedzonetype");
    let marker = route.parameter("marker").unwrap_or_default();
    let own = call.world.zones.iter().filter(|(id, zone)| {
        zone.owner == call.account && id.as_str() >= marker && (kind != Some("PrivateHostedZone") || zone.private)
    });
    let mut zones: Vec<(&String, &HostedZone)> = own.take(most + 1).collect();
    let next = if zones.len() > most { zones.pop().map(|(id, _)| id.clone()) } else { None };
    Ok(Xml::new()
        .list("HostedZones", "HostedZone", zones.into_iter().map(|(id, zone)| zone_xml(id, zone)))
        .text("Marker", marker)
        .text("IsTruncated", next.is_some())
        .maybe("NextMarker", next)
        .text("MaxItems", most))
}

/// Answers ListHostedZonesByVPC: the private zones of a VPC, whoever owns them.
pub(super) fn by_vpc(call: &mut Call<'_>, route: &Route) -> Answer {
    let most = route.max_items(100)?;
    let missing = |name: &str| Failure::new("InvalidInput", format!("{name} is required"));
    let id = route.parameter("vpcid").ok_or_else(|| missing("vpcid"))?;
    let region = route.parameter("vpcregion").ok_or_else(|| missing("vpcregion"))?;
    let vpc = call.world.regions.get(region).and_then(|region| region.vpcs.get(id));
    let own = vpc.is_some_and(|vpc| vpc.owner == call.account);
    ensure(own, "InvalidVPCId", || {
        format!("The VPC: {id} in region {region} that you provided is not authorized or does not exist")
    })?;
    let token = route.parameter("nexttoken").unwrap_or_default();
    let held = |zone: &HostedZone| zone.vpcs.iter().any(|(held, vpc)| held == region && vpc == id);
    let found = call.world.zones.iter().filter(|(zone_id, zone)| held(zone) && zone_id.as_str() >= token);
    let mut zones: Vec<(&String, &HostedZone)> = found.take(most + 1).collect();
    let next = if zones.len() > most { zones.pop().map(|(id, _)| id.clone()) } else { None };
    let summaries = zones.into_iter().map(|(id, zone)| {
        // A service's own zones (file systems, Cloud Map, endpoints with private DNS) name the service.
        let whose = if zone.owner.ends_with(".amazonaws.com") { "OwningService" } else { "OwningAccount" };
        let owner = Xml::new().text(whose, &zone.owner);
        Xml::new().text("HostedZoneId", id).text("Name", &zone.name).nest("Owner", &owner)
    });
    Ok(Xml::new()
        .list("HostedZoneSummaries", "HostedZoneSummary", summaries)
        .text("MaxItems", most)
        .maybe("NextToken", next))
}

/// Answers CreateHostedZone.
pub(super) fn create(call: &mut Call<'_>, body: &[u8]) -> Answer {
    let root = Element::parse(body)?;
    let required = |name: &str| {
        let value = root.child_text(name).filter(|value| !value.is_empty());
        value.ok_or_else(|| Failure::new("InvalidInput", format!("{name} is required")))
    };
    let (name, reference) = (record_sets::full_name(required("Name")?), required("CallerReference")?.to_owned());
    let config = root.child("HostedZoneConfig");
    let comment = config.and_then(|config| config.child_text("Comment")).filter(|text| !text.is_empty());
    let vpc = root.child("VPC").map(|vpc| {
        let text = |name| vpc.child_text(name).unwrap_or_default().to_owned();
        (text("VPCRegion"), text("VPCId"))
    });
    if let Some((region, id)) = &vpc {
        let found = call.world.regions.get(region).and_then(|region| region.vpcs.get(id));
        ensure(found.is_some_and(|vpc| vpc.owner == call.account), "InvalidVPCId", || {
            format!("The VPC: {id} that you provided is not authorized or does not exist")
        })?;
    }
    for zone in call.world.zones.values() {
        let same = zone.owner == call.account && zone.reference == reference;
        if same {
            let text =
                format!("A hosted zone has already been created with the specified caller reference: {reference}");
            return Err(Failure::with_status(409, "HostedZoneAlreadyExists", text));
        }
        let conflicts = zone.name == name && vpc.as_ref().is_some_and(|vpc| zone.vpcs.contains(vpc));
        ensure(!conflicts, "ConflictingDomainExists", || {
            format!("The VPC has already been associated with a hosted zone with the same domain name {name}")
        })?;
    }
    let zone = HostedZone {
        owner: call.account.clone(),
        name,
        reference,
        comment: comment.map(str::to_owned),
        private: vpc.is_some(),
        vpcs: vpc.clone().into_iter().collect(),
        records: BTreeMap::new(),
    };
    let id = place(call.world, zone);
    let change = submit(call, None);
    let servers = Xml::new().texts("NameServers", "NameServer", record_sets::NAME_SERVERS);
    let xml = Xml::new()
        .nest("HostedZone", &zone_xml(&id, &call.world.zones[&id]))
        .join(&change)
        .nest("DelegationSet", &servers);
    Ok(match vpc {
        Some(vpc) => xml.nest("VPC", &vpc_xml(&vpc)),
        None => xml,
    })
}

/// Answers DeleteHostedZone.
pub(super) fn delete(call: &mut Call<'_>, route: &Route) -> Answer {
    let zone = find(call.world, &call.account, &route.id)?;
    let own = record_sets::of_new_zone(&zone.name).len();
    ensure(zone.records.len() <= own, "HostedZoneNotEmpty", || {
        "The specified hosted zone contains non-required resource record sets and so cannot be deleted.".to_owned()
    })?;
    call.world.zones.remove(&route.id);
    Ok(submit(call, None))
}
