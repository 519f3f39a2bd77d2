//! Changing and deleting endpoint services.

use super::endpoint_services::{PrivateName, check_balancers, find};
use super::failure::{Failure, ensure};
use super::operation::{Answer, Call, Operation};
use super::xml::Xml;

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "ModifyVpcEndpointServiceConfiguration",
        &[
            "ServiceId",
            "PrivateDnsName",
            "RemovePrivateDnsName",
            "AcceptanceRequired",
            "AddNetworkLoadBalancerArn",
            "RemoveNetworkLoadBalancerArn",
            "AddSupportedIpAddressType",
            "RemoveSupportedIpAddressType",
            "AddSupportedRegion",
            "RemoveSupportedRegion",
        ],
        modify,
    ),
    Operation::write(
        "ModifyVpcEndpointServicePayerResponsibility",
        &["ServiceId", "PayerResponsibility"],
        change_payer,
    ),
    Operation::write("StartVpcEndpointServicePrivateDnsVerification", &["ServiceId"], verify),
    Operation::write("DeleteVpcEndpointServiceConfigurations", &["ServiceId"], delete),
];

/// How long a private DNS name is verified, and a deleted service says `Deleting` (simulated; nothing is published).
const VERIFYING_SECONDS: f64 = 15.0;
const DELETING_SECONDS: f64 = 5.0;

/// Writes an element of `Unsuccessful` in an answer with HTTP 200.
pub(super) fn unsuccessful(id: &str, code: &str, message: &str) -> Xml {
    Xml::new().nest("error", &Xml::new().text("code", code).text("message", message)).text("resourceId", id)
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("ServiceId")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let region = call.here();
    let mut service = find(region, &account, now, &id)?.clone();
    ensure(service.gone.is_none(), "InvalidVpcEndpointServiceId.NotFound", || {
        format!("The VpcEndpointService Id '{id}' does not exist")
    })?;
    service.acceptance_required = query.boolean("AcceptanceRequired")?.unwrap_or(service.acceptance_required);
    let added = query.list("AddNetworkLoadBalancerArn");
    check_balancers(region, &account, Some(&id), &added)?;
    service.hear_of(region, &added);
    change(&mut service.load_balancers, added, &query.list("RemoveNetworkLoadBalancerArn"), "load balancer")?;
    let (more, fewer) = (query.list("AddSupportedIpAddressType"), query.list("RemoveSupportedIpAddressType"));
    change(&mut service.address_types, more, &fewer, "IP address type")?;
    let own = call.region.clone();
    service.regions.extend(query.list("AddSupportedRegion").into_iter().filter(|region| *region != own));
    service.regions.retain(|region| !query.list("RemoveSupportedRegion").contains(region));
    service.regions.sort();
    service.regions.dedup();
    if query.boolean("RemovePrivateDnsName")? == Some(true) {
        service.private_dns = None;
    }
    if let Some(name) = query.text("PrivateDnsName") {
        service.private_dns = Some(PrivateName { name: name.to_owned(), verified: None });
    }
    call.here().services.insert(id, service);
    Ok(Xml::new().text("return", true))
}

fn change_payer(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("ServiceId")?.to_owned();
    let payer = call.query.required("PayerResponsibility")?.to_owned();
    // Nothing gives it back (EC2 `ModifyVpcEndpointServicePayerResponsibility`: the only value is `ServiceOwner`).
    ensure(payer == "ServiceOwner", "InvalidParameter", || format!("PayerResponsibility '{payer}' is not valid"))?;
    let (account, now) = (call.account.clone(), call.now);
    find(call.here(), &account, now, &id)?;
    if let Some(service) = call.here().services.get_mut(&id) {
        service.owner_pays = true;
    }
    Ok(Xml::new().text("return", true))
}

fn change(list: &mut Vec<String>, added: Vec<String>, removed: &[String], what: &str) -> Result<(), Failure> {
    for value in added {
        if !list.contains(&value) {
            list.push(value);
        }
    }
    for value in removed {
        ensure(list.contains(value), "InvalidParameter", || {
            format!("The {what} '{value}' is not associated with the service")
        })?;
    }
    list.retain(|value| !removed.contains(value));
    ensure(!list.is_empty(), "InvalidParameter", || format!("The service must keep at least one {what}"))
}

fn verify(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("ServiceId")?.to_owned();
    let (account, now) = (call.account.clone(), call.now);
    find(call.here(), &account, now, &id)?;
    let name = call.here().services.get_mut(&id).and_then(|service| service.private_dns.as_mut());
    let name = name.ok_or_else(|| {
        Failure::new("InvalidParameter", format!("The service '{id}' has no private DNS name to verify"))
    })?;
    name.verified = name.verified.or(Some(now.plus_secs(VERIFYING_SECONDS)));
    Ok(Xml::new().text("return", true))
}

fn delete(call: &mut Call<'_>) -> Answer {
    let ids = call.query.required_list("ServiceId")?;
    let (account, now) = (call.account.clone(), call.now);
    let region = call.here();
    let mut failed = Vec::new();
    for id in ids {
        let Ok(service) = find(region, &account, now, &id) else {
            let text = format!("The VpcEndpointService Id '{id}' does not exist");
            failed.push(unsuccessful(&id, "InvalidVpcEndpointService.NotFound", &text));
            continue;
        };
        if service.gone.is_some() {
            continue;
        }
        if region.endpoints.values().any(|endpoint| endpoint.service == id && endpoint.connected(now)) {
            let text = "Service has existing active VPC Endpoint connections!";
            failed.push(unsuccessful(&id, "ExistingVpcEndpointConnections", text));
        } else if let Some(service) = region.services.get_mut(&id) {
            service.gone = Some(now.plus_secs(DELETING_SECONDS));
        }
    }
    Ok(Xml::new().list("unsuccessful", "item", failed))
}
