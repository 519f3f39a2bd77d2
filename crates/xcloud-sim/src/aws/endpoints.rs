//! Interface endpoints: their states, and reading them. Creation and changes are in `endpoint_changes`.

use serde::{Deserialize, Serialize};

use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::interfaces::{Holder, held_by};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::tags::tag_set;
use super::world::{Region, digest};
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// An interface endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Endpoint {
    pub(super) owner: String,
    /// `None` for an interface endpoint, else the type.
    #[serde(default)]
    pub(super) odd: Option<String>,
    pub(super) vpc: String,
    /// The service's id; empty for another type.
    pub(super) service: String,
    pub(super) service_name: String,
    pub(super) subnets: Vec<String>,
    pub(super) groups: Vec<String>,
    pub(super) private_dns: bool,
    pub(super) policy: Option<String>,
    /// The service's verified private name, as long as private DNS is on.
    pub(super) private_name: Option<String>,
    pub(super) connection: String,
    pub(super) created: Millis,
    pub(super) visible: Millis,
    pub(super) phase: Phase,
    /// Until when it says `pending` again, because its subnets were changed. What it had before carries on.
    #[serde(default)]
    pub(super) moving: Millis,
    /// Code and message.
    pub(super) last_error: Option<(String, String)>,
    pub(super) tags: Tags,
}

/// Where an endpoint stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// Waits for the provider.
    PendingAcceptance,
    /// Accepted; works from this moment on.
    Accepted(Millis),
    /// The provider refused it. It never comes back.
    Rejected,
    /// It failed for good.
    Failed,
    /// Deleted by its owner; gone at this moment.
    Deleting(Millis),
}

/// How long an accepted endpoint is `pending` (minutes are seen for services of AWS; nothing is published).
pub(super) const PENDING_SECONDS: f64 = 45.0;

/// How long a deleted endpoint keeps its interfaces, and how long it is shown as `deleted` afterwards.
pub(super) const DELETING_SECONDS: f64 = 30.0;
const DELETED_SECONDS: f64 = 5.0;

pub(super) const OPERATIONS: &[Operation] =
    &[Operation::read("DescribeVpcEndpoints", &["VpcEndpointId", "Filter", "MaxResults", "NextToken"], describe)];

impl Endpoint {
    /// Returns the state as the wire spells it: camel case, unlike the SDK's enum.
    pub(super) fn state(&self, now: Millis) -> &'static str {
        match self.phase {
            Phase::PendingAcceptance => "pendingAcceptance",
            Phase::Accepted(works) if now < works.max(self.moving) => "pending",
            Phase::Accepted(_) => "available",
            Phase::Rejected => "rejected",
            Phase::Failed => "failed",
            Phase::Deleting(gone) if now < gone => "deleting",
            Phase::Deleting(_) => "deleted",
        }
    }

    /// Tells whether connections go through it.
    pub(super) fn carries(&self, now: Millis) -> bool {
        matches!(self.phase, Phase::Accepted(works) if works <= now)
    }

    /// Tells whether it keeps its service from being deleted.
    pub(super) fn connected(&self, now: Millis) -> bool {
        !matches!(self.state(now), "rejected" | "failed" | "deleted")
    }

    /// Returns when nothing is left of it.
    pub(super) fn forgotten(&self) -> Option<Millis> {
        match self.phase {
            Phase::Deleting(gone) => Some(gone.plus_secs(DELETED_SECONDS)),
            Phase::PendingAcceptance | Phase::Accepted(_) | Phase::Rejected | Phase::Failed => None,
        }
    }
}

/// Returns an endpoint of the account.
pub(super) fn find<'a>(region: &'a Region, account: &str, now: Millis, id: &str) -> Result<&'a Endpoint, Failure> {
    region.endpoints.get(id).filter(|endpoint| endpoint.owner == account && endpoint.visible <= now).ok_or_else(|| {
        Failure::new("InvalidVpcEndpointId.NotFound", format!("The Vpc Endpoint Id '{id}' does not exist"))
    })
}

/// Returns the DNS names of an endpoint with their hosted zones: the regional one, one for each zone, the private one
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-resources.html>).
pub(super) fn dns_entries(region_name: &str, region: &Region, id: &str, endpoint: &Endpoint) -> Vec<(String, String)> {
    let label = format!("{id}-{}", &digest(id)[..8]);
    let own = format!("com.amazonaws.{region_name}.");
    let host = endpoint.service_name.strip_prefix(&own).unwrap_or(&endpoint.service);
    let tail = format!("{host}.{region_name}.vpce.amazonaws.com");
    let zone = hosted_zone(&format!("{region_name}.vpce"));
    let mut entries = vec![(format!("{label}.{tail}"), zone.clone())];
    let mut zonal: Vec<String> = endpoint
        .subnets
        .iter()
        .filter_map(|subnet| region.subnets.get(subnet))
        .map(|subnet| zones::name_of(&endpoint.owner, region_name, &subnet.zone_id))
        .collect();
    zonal.sort();
    entries.extend(zonal.into_iter().map(|name| (format!("{label}-{name}.{tail}"), zone.clone())));
    if let Some(name) = endpoint.private_name.as_ref().filter(|_| endpoint.private_dns) {
        entries.push((name.clone(), hosted_zone(&format!("{id}.private"))));
    }
    entries
}

/// Returns the id of a hosted zone that AWS owns.
pub(super) fn hosted_zone(what: &str) -> String {
    format!("Z{}", digest(what)[..13].to_uppercase())
}

/// Writes `<dnsEntrySet>`.
pub(super) fn dns_entry_set(entries: Vec<(String, String)>) -> Xml {
    let items = entries.into_iter().map(|(name, zone)| Xml::new().text("dnsName", name).text("hostedZoneId", zone));
    Xml::new().list("dnsEntrySet", "item", items)
}

const OPEN_POLICY: &str =
    "{\"Statement\":[{\"Action\":\"*\",\"Effect\":\"Allow\",\"Principal\":\"*\",\"Resource\":\"*\"}]}";

/// Writes an endpoint.
pub(super) fn endpoint_xml(region_name: &str, region: &Region, id: &str, endpoint: &Endpoint, now: Millis) -> Xml {
    let groups = endpoint.groups.iter().map(|group| {
        let name = region.groups.get(group).map(|group| group.name.clone()).unwrap_or_default();
        Xml::new().text("groupId", group).text("groupName", name)
    });
    let error = endpoint
        .last_error
        .as_ref()
        .map(|(code, message)| Xml::new().nest("lastError", &Xml::new().text("message", message).text("code", code)));
    let holder = Holder::Endpoint(id.to_owned());
    let interfaces: Vec<&String> = held_by(region, |held| *held == holder).map(|(id, _)| id).collect();
    Xml::new()
        .text("vpcEndpointId", id)
        .text("vpcEndpointType", endpoint.odd.as_deref().unwrap_or("Interface"))
        .text("vpcId", &endpoint.vpc)
        .text("serviceName", &endpoint.service_name)
        .text("state", endpoint.state(now))
        .text("policyDocument", endpoint.policy.as_deref().unwrap_or(OPEN_POLICY))
        .list("routeTableIdSet", "item", [])
        .texts("subnetIdSet", "item", &endpoint.subnets)
        .list("groupSet", "item", groups)
        .text("ipAddressType", "ipv4")
        .nest("dnsOptions", &Xml::new().text("dnsRecordIpType", "ipv4"))
        .text("privateDnsEnabled", endpoint.private_dns)
        .text("requesterManaged", false)
        .texts("networkInterfaceIdSet", "item", interfaces)
        .join(&dns_entry_set(dns_entries(region_name, region, id, endpoint)))
        .text("creationTimestamp", endpoint.created.iso8601())
        .join(&tag_set(&endpoint.tags))
        .text("ownerId", &endpoint.owner)
        .join(&error.unwrap_or_default())
        .text("serviceRegion", region_name)
}

const FILTERS: &[&str] = &[
    "ip-address-type",
    "service-name",
    "service-region",
    "vpc-endpoint-id",
    "vpc-endpoint-state",
    "vpc-endpoint-type",
    "vpc-id",
    "tag",
    "tag-key",
];

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, FILTERS)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let ids = query.list("VpcEndpointId");
    ensure(ids.len() <= 1000, "InvalidParameterValue", || "At most 1000 ids can be given".to_owned())?;
    for id in &ids {
        find(region, &account, now, id)?;
    }
    let own = region.endpoints.iter().filter(|(id, endpoint)| {
        endpoint.owner == account
            && endpoint.visible <= now
            && (ids.is_empty() || ids.contains(id))
            && filters.admit(&endpoint.tags, |filter| {
                vec![match filter {
                    "ip-address-type" => "ipv4".to_owned(),
                    "service-name" => endpoint.service_name.clone(),
                    "service-region" => name.clone(),
                    "vpc-endpoint-state" => endpoint.state(now).to_owned(),
                    "vpc-endpoint-type" => endpoint.odd.clone().unwrap_or_else(|| "Interface".to_owned()),
                    "vpc-id" => endpoint.vpc.clone(),
                    _ => (*id).clone(),
                }]
            })
    });
    let items = own.map(|(id, endpoint)| (id.clone(), endpoint_xml(&name, region, id, endpoint, now))).collect();
    let page = ec2_page(&query, items)?;
    Ok(Xml::new().list("vpcEndpointSet", "item", page.items).maybe("nextToken", page.next))
}
