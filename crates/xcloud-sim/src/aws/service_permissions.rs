//! Who may connect to an endpoint service.

use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};

use super::endpoint_services::{EndpointService, find};
use super::failure::{Failure, ensure};
use super::filter::{Filters, Tags};
use super::operation::{Answer, Call, Operation};
use super::page::ec2_page;
use super::partition::partition;
use super::xml::Xml;
use crate::Millis;

/// One allowed principal.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Permission {
    pub(super) id: String,
    /// From when on consumers see the service.
    pub(super) visible: Millis,
}

pub(super) const OPERATIONS: &[Operation] = &[
    Operation::write(
        "ModifyVpcEndpointServicePermissions",
        &["ServiceId", "AddAllowedPrincipals", "RemoveAllowedPrincipals"],
        modify,
    ),
    Operation::read(
        "DescribeVpcEndpointServicePermissions",
        &["ServiceId", "Filter", "MaxResults", "NextToken"],
        describe,
    ),
];

impl EndpointService {
    /// Tells whether an account may connect: the owner, or one of whose principals is allowed.
    pub(super) fn permits(&self, account: &str, now: Millis) -> bool {
        self.owner == account
            || self.permissions.iter().any(|(principal, permission)| {
                permission.visible <= now && (principal == "*" || account_in(principal) == Some(account))
            })
    }
}

fn account_in(principal: &str) -> Option<&str> {
    principal.split(':').nth(4)
}

fn kind(principal: &str, region: &str) -> Result<&'static str, Failure> {
    if principal == "*" {
        return Ok("All");
    }
    let parts: Vec<&str> = principal.splitn(6, ':').collect();
    let kind = match parts.as_slice() {
        ["arn", of, "iam", "", account, resource] if *of == partition(region) && account.len() == 12 => {
            let digits = account.chars().all(|digit| digit.is_ascii_digit());
            match resource.split('/').next().filter(|_| digits) {
                Some("root") => Some("Account"),
                Some("user") => Some("User"),
                Some("role") => Some("Role"),
                _ => None,
            }
        }
        _ => None,
    };
    kind.ok_or_else(|| Failure::new("InvalidPrincipal", format!("The principal '{principal}' is not valid")))
}

fn modify(call: &mut Call<'_>) -> Answer {
    let id = call.query.required("ServiceId")?.to_owned();
    let (account, now, query) = (call.account.clone(), call.now, call.query.clone());
    let mut service = find(call.here(), &account, now, &id)?.clone();
    let (added, removed) = (query.list("AddAllowedPrincipals"), query.list("RemoveAllowedPrincipals"));
    ensure(!added.is_empty() || !removed.is_empty(), "MissingParameter", || {
        "The request must contain principals to add or to remove".to_owned()
    })?;
    let mut items = Vec::new();
    for principal in added {
        let kind = kind(&principal, &call.region)?;
        if let Entry::Vacant(place) = service.permissions.entry(principal.clone()) {
            let (permission, visible) = call.new_id("vpce-svc-perm");
            items.push(item(&principal, kind, &permission, &id));
            place.insert(Permission { id: permission, visible });
        }
    }
    for principal in removed {
        service.permissions.remove(&principal);
    }
    call.here().services.insert(id, service);
    Ok(Xml::new().list("addedPrincipalSet", "item", items).text("return", true))
}

fn item(principal: &str, kind: &str, permission: &str, service: &str) -> Xml {
    Xml::new()
        .text("principalType", kind)
        .text("principal", principal)
        .text("servicePermissionId", permission)
        .text("serviceId", service)
}

fn describe(call: &mut Call<'_>) -> Answer {
    let filters = Filters::read(&call.query, &["principal", "principal-type"])?;
    let id = call.query.required("ServiceId")?.to_owned();
    let (account, region, now, query) = (call.account.clone(), call.region.clone(), call.now, call.query.clone());
    let service = find(call.here(), &account, now, &id)?;
    let mut found = Vec::new();
    for (principal, permission) in &service.permissions {
        let kind = kind(principal, &region)?;
        let values = |name: &str| vec![if name == "principal" { principal.clone() } else { kind.to_owned() }];
        if filters.admit(&Tags::new(), values) {
            let item = item(principal, kind, &permission.id, &id).list("tagSet", "item", []);
            found.push((principal.clone(), item));
        }
    }
    let page = ec2_page(&query, found)?;
    Ok(Xml::new().list("allowedPrincipals", "item", page.items).maybe("nextToken", page.next))
}
