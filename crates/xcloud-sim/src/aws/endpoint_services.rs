//! Endpoint services: creation and reading, by their owner and by consumers.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::amazon_services::AMAZON;
use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::service_permissions::Permission;
use super::tags::{at_creation, tag_set};
use super::world::{Region, digest};
use super::xml::Xml;
use super::zones;
use crate::Millis;

/// An endpoint service.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct EndpointService {
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) acceptance_required: bool,
    pub(super) load_balancers: Vec<String>,
    /// Zones of a service without load balancers: one of AWS itself.
    pub(super) fixed_zones: Vec<String>,
    /// The zones of each load balancer when the service was last told of it: a subnet that the load balancer gets
    /// later brings no zone to the service (hashicorp/terraform-provider-aws#40809).
    #[serde(default)]
    pub(super) told_zones: BTreeMap<String, BTreeSet<String>>,
    pub(super) address_types: Vec<String>,
    /// Other Regions from which endpoints can be made.
    #[serde(default)]
    pub(super) regions: Vec<String>,
    /// Whether the service's owner pays for the endpoints.
    #[serde(default)]
    pub(super) owner_pays: bool,
    pub(super) private_dns: Option<PrivateName>,
    /// Principal ARN to its permission.
    pub(super) permissions: BTreeMap<String, Permission>,
    pub(super) visible: Millis,
    /// From when on endpoints can be made; before that the answer is 503.
    pub(super) usable: Millis,
    /// When it disappears, once it is being deleted.
    pub(super) gone: Option<Millis>,
    pub(super) tags: Tags,
}

/// A private DNS name and its verification.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct PrivateName {
    pub(super) name: String,
    /// When the verification that was started succeeds.
    pub(super) verified: Option<Millis>,
}

/// How long a new service says `Available` and still refuses endpoints with 503 (aws/aws-sdk-go-v2#2254, #2870: half
/// a minute and less; no number is published).
const SETTLING_SECONDS: f64 = 20.0;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "CreateVpcEndpointServiceConfiguration",
        &[
            "AcceptanceRequired",
            "PrivateDnsName",
            "NetworkLoadBalancerArn",
            "SupportedIpAddressType",
            "SupportedRegion",
            "ClientToken",
            "TagSpecification",
        ],
        create,
    ),
    Operation::read(
        "DescribeVpcEndpointServiceConfigurations",
        &["ServiceId", "Filter", "MaxResults", "NextToken"],
        describe,
    ),
    Operation::read(
        "DescribeVpcEndpointServices",
        &["ServiceName", "Filter", "MaxResults", "NextToken", "ServiceRegion"],
        discover,
    ),
];

impl EndpointService {
    fn state(&self) -> &'static str {
        if self.gone.is_some() { "Deleting" } else { "Available" }
    }

    /// Returns the zone ids in which it can be reached: those of its load balancers' subnets.
    pub(super) fn zone_ids(&self, region: &Region) -> BTreeSet<String> {
        let told = |arn: &String, zone: &String| self.told_zones.get(arn).is_none_or(|told| told.contains(zone));
        let behind = self
            .load_balancers
            .iter()
            .flat_map(|arn| zones_of_balancer(region, arn).into_iter().filter(move |zone| told(arn, zone)));
        behind.chain(self.fixed_zones.iter().cloned()).collect()
    }

    /// Hears of load balancers, also of those that it has.
    pub(super) fn hear_of(&mut self, region: &Region, arns: &[String]) {
        self.told_zones.extend(arns.iter().map(|arn| (arn.clone(), zones_of_balancer(region, arn))));
    }

    /// Returns the private name if it is verified.
    pub(super) fn verified_name(&self, now: Millis) -> Option<&str> {
        let name = self.private_dns.as_ref()?;
        name.verified.filter(|verified| *verified <= now).map(|_| name.name.as_str())
    }

    fn verification(&self, now: Millis) -> &'static str {
        if self.verified_name(now).is_some() { "verified" } else { "pendingVerification" }
    }
}

fn zones_of_balancer(region: &Region, arn: &str) -> BTreeSet<String> {
    let places = region.load_balancers.get(arn).into_iter().flat_map(|balancer| &balancer.subnets);
    places.filter_map(|place| region.subnets.get(&place.subnet)).map(|subnet| subnet.zone_id.clone()).collect()
}

/// Returns a service of the account.
pub(super) fn find<'a>(
    region: &'a Region,
    account: &str,
    now: Millis,
    id: &str,
) -> Result<&'a EndpointService, Failure> {
    region.services.get(id).filter(|service| service.owner == account && service.visible <= now).ok_or_else(|| {
        let text = format!("The VpcEndpointService Id '{id}' does not exist");
        Failure::new("InvalidVpcEndpointServiceId.NotFound", text)
    })
}

/// Checks load balancers that a service shall have: network load balancers of the account, in no other service
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html>).
pub(super) fn check_balancers(
    region: &Region,
    account: &str,
    service: Option<&str>,
    arns: &[String],
) -> Result<(), Failure> {
    for arn in arns {
        let own = region.load_balancers.get(arn).is_some_and(|balancer| balancer.owner == account);
        ensure(own, "InvalidParameter", || format!("The load balancer '{arn}' does not exist"))?;
        let taken = region
            .services
            .iter()
            .any(|(id, other)| Some(id.as_str()) != service && other.load_balancers.contains(arn));
        ensure(!taken, "InvalidParameter", || {
            format!("The load balancer '{arn}' is already associated with another endpoint service")
        })?;
    }
    Ok(())
}

fn create(call: &mut Call<'_>) -> Answer {
    let id = call.once("service", |region, id| region.services.contains_key(id), place)?;
    created(call, &id)
}

fn created(call: &mut Call<'_>, id: &str) -> Answer {
    let token = call.query.text("ClientToken").map(str::to_owned);
    let (now, name) = (call.now, call.region.clone());
    let region = call.here();
    let service = service_xml(&name, region, id, &region.services[id], now);
    Ok(Xml::new().nest("serviceConfiguration", &service).maybe("clientToken", token))
}

fn place(call: &mut Call<'_>) -> Result<String, Failure> {
    let tags = at_creation(&call.query, "vpc-endpoint-service")?;
    let load_balancers = call.query.list("NetworkLoadBalancerArn");
    ensure(!load_balancers.is_empty(), "InvalidParameter", || {
        "exactly one of network_load_balancer_arn or gateway_load_balancer_arn is a required member".to_owned()
    })?;
    let acceptance_required = call.query.boolean("AcceptanceRequired")?.unwrap_or(true);
    let address_types = match call.query.list("SupportedIpAddressType") {
        none if none.is_empty() => vec!["ipv4".to_owned()],
        some => some,
    };
    let other = call.query.list("SupportedRegion").into_iter().find(|region| *region != call.region);
    ensure(other.is_none(), "InvalidParameter", || "Access from other Regions is not simulated".to_owned())?;
    let private_dns =
        call.query.text("PrivateDnsName").map(|name| PrivateName { name: name.to_owned(), verified: None });
    let account = call.account.clone();
    check_balancers(call.here(), &account, None, &load_balancers)?;
    let (id, visible) = call.new_id("vpce-svc");
    let mut service = EndpointService {
        owner: account,
        name: format!("com.amazonaws.vpce.{}.{id}", call.region),
        acceptance_required,
        load_balancers,
        fixed_zones: Vec::new(),
        told_zones: BTreeMap::new(),
        address_types,
        regions: Vec::new(),
        owner_pays: false,
        private_dns,
        permissions: BTreeMap::new(),
        visible,
        usable: call.now.plus_secs(SETTLING_SECONDS),
        gone: None,
        tags,
    };
    let arns = service.load_balancers.clone();
    service.hear_of(call.here(), &arns);
    call.here().services.insert(id.clone(), service);
    Ok(id)
}

fn base_name(region: &str, id: &str) -> String {
    format!("{id}.{region}.vpce.amazonaws.com")
}

fn interface_type() -> Xml {
    Xml::new().list("serviceType", "item", [Xml::new().text("serviceType", "Interface")])
}

fn zone_sets(account: &str, region_name: &str, ids: &BTreeSet<String>) -> Xml {
    let mut names: Vec<String> = ids.iter().map(|id| zones::name_of(account, region_name, id)).collect();
    names.sort();
    Xml::new().texts("availabilityZoneIdSet", "item", ids).texts("availabilityZoneSet", "item", names)
}

fn service_xml(region_name: &str, region: &Region, id: &str, service: &EndpointService, now: Millis) -> Xml {
    let name = service.private_dns.as_ref();
    let proof = name.map(|name| {
        let proof = digest(&format!("{id}{}", name.name));
        Xml::new()
            .text("state", service.verification(now))
            .text("type", "TXT")
            .text("value", format!("vpce:{}", &proof[..20]))
            .text("name", format!("_{}", &proof[20..40]))
    });
    let regions = std::iter::once(region_name).chain(service.regions.iter().map(String::as_str));
    let served = regions.map(|region| Xml::new().text("region", region).text("serviceState", service.state()));
    Xml::new()
        .join(&interface_type())
        .text("serviceId", id)
        .text("serviceName", &service.name)
        .text("serviceState", service.state())
        .join(&zone_sets(&service.owner, region_name, &service.zone_ids(region)))
        .text("acceptanceRequired", service.acceptance_required)
        .text("managesVpcEndpoints", false)
        .texts("networkLoadBalancerArnSet", "item", &service.load_balancers)
        .texts("supportedIpAddressTypeSet", "item", &service.address_types)
        .texts("baseEndpointDnsNameSet", "item", [base_name(region_name, id)])
        .maybe("privateDnsName", name.map(|name| &name.name))
        .nest("privateDnsNameConfiguration", &proof.unwrap_or_default())
        .maybe("payerResponsibility", service.owner_pays.then_some("ServiceOwner"))
        .list("supportedRegionSet", "item", served)
        .text("remoteAccessEnabled", !service.regions.is_empty())
        .join(&tag_set(&service.tags))
}

fn describe(call: &mut Call<'_>) -> Answer {
    let known = ["service-name", "service-id", "service-state", "supported-ip-address-types", "tag", "tag-key"];
    let filters = Filters::read(&call.query, &known)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let ids = query.list("ServiceId");
    for id in &ids {
        find(region, &account, now, id)?;
    }
    let own = region.services.iter().filter(|(id, service)| {
        service.owner == account
            && service.visible <= now
            && (ids.is_empty() || ids.contains(id))
            && filters.admit(&service.tags, |filter| match filter {
                "service-name" => vec![service.name.clone()],
                "service-state" => vec![service.state().to_owned()],
                "supported-ip-address-types" => service.address_types.clone(),
                _ => vec![(*id).clone()],
            })
    });
    let items = own.map(|(id, service)| (id.clone(), service_xml(&name, region, id, service, now))).collect();
    let page = ec2_page(&query, items)?;
    Ok(Xml::new().list("serviceConfigurationSet", "item", page.items).maybe("nextToken", page.next))
}

/// Services that the account may connect to: its own, and those that permit it.
fn discover(call: &mut Call<'_>) -> Answer {
    let known =
        ["owner", "service-name", "service-region", "service-type", "supported-ip-address-types", "tag", "tag-key"];
    let filters = Filters::read(&call.query, &known)?;
    let (account, now, query, name) = (call.account.clone(), call.now, call.query.clone(), call.region.clone());
    let region = call.here();
    let names = query.list("ServiceName");
    let open =
        |service: &EndpointService| service.visible <= now && service.gone.is_none() && service.permits(&account, now);
    for wanted in &names {
        let found = region.services.values().any(|service| service.name == *wanted && open(service));
        ensure(found, "InvalidServiceName", || format!("The Vpc Endpoint Service '{wanted}' does not exist"))?;
    }
    let found = region.services.iter().filter(|(_, service)| {
        open(service)
            && (names.is_empty() || names.contains(&service.name))
            && filters.admit(&service.tags, |filter| match filter {
                "owner" => vec![service.owner.clone()],
                "service-name" => vec![service.name.clone()],
                "service-region" => vec![name.clone()],
                "supported-ip-address-types" => service.address_types.clone(),
                _ => vec!["Interface".to_owned()],
            })
    });
    let details = found.map(|(id, service)| {
        let zones = service.zone_ids(region);
        let private = service.private_dns.as_ref();
        let item = Xml::new()
            .text("serviceName", &service.name)
            .text("serviceId", id)
            .join(&interface_type())
            .text("serviceRegion", &name)
            .join(&zone_sets(&account, &name, &zones))
            .text("owner", &service.owner)
            .texts("baseEndpointDnsNameSet", "item", [base_name(&name, id)])
            .maybe("privateDnsName", private.map(|private| &private.name))
            .maybe("privateDnsNameVerificationState", private.map(|_| service.verification(now)))
            .text("vpcEndpointPolicySupported", service.owner == AMAZON)
            .text("acceptanceRequired", service.acceptance_required)
            .text("managesVpcEndpoints", false)
            .texts("supportedIpAddressTypeSet", "item", &service.address_types)
            .join(&tag_set(if service.owner == account { &service.tags } else { const { &Tags::new() } }));
        (service.name.clone(), (service.name.clone(), item))
    });
    let page = ec2_page(&query, details.collect())?;
    let (names, items): (Vec<String>, Vec<Xml>) = page.items.into_iter().unzip();
    Ok(Xml::new()
        .texts("serviceNameSet", "item", names)
        .list("serviceDetailSet", "item", items)
        .maybe("nextToken", page.next))
}
