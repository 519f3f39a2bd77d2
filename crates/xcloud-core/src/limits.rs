//! The published request limits of both clouds.

use crate::model::{Cloud, Limit};
use crate::provider::ApiCall;

/// Returns the published limit of an operation (facts/aws 2.3, facts/azure 4.2).
#[must_use]
pub fn published_limits(call: &ApiCall) -> Limit {
    let (burst, per_second) = match call.place.cloud {
        Cloud::Azure => azure(call.operation),
        Cloud::Aws => aws(call.operation),
        // Stores of objects take thousands of requests a second.
        Cloud::Ledger => (100.0, 100.0),
    };
    Limit { burst, per_second }
}

fn azure(operation: &str) -> (f64, f64) {
    let verb = operation.split(' ').next().unwrap_or_default();
    match verb {
        "GET" | "HEAD" | "LIST" => (250.0, 25.0),
        // The network provider allows 1000 writes in five minutes, less than ARM's own 10 a second.
        _ => (200.0, 3.3),
    }
}

fn aws(operation: &str) -> (f64, f64) {
    match operation {
        "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints" => (4.0, 0.3),
        "CreateVpcEndpointServiceConfiguration"
        | "ModifyVpcEndpointServiceConfiguration"
        | "DeleteVpcEndpointServiceConfigurations"
        | "AcceptVpcEndpointConnections"
        | "RejectVpcEndpointConnections" => (10.0, 1.0),
        "CreateTags" | "DeleteTags" => (100.0, 10.0),
        "DescribeSecurityGroupReferences" => (20.0, 5.0),
        "RegisterTargets" | "DeregisterTargets" => (20.0, 4.0),
        // 600 requests a second for an account; never reached here.
        "AssumeRole" | "GetCallerIdentity" => (600.0, 600.0),
        _ if is_route53(operation) => (5.0, 5.0),
        _ if is_elb(operation) => (40.0, 10.0),
        _ if operation.starts_with("Describe") || operation.starts_with("Get") => (100.0, 20.0),
        _ => (50.0, 5.0),
    }
}

/// Returns the bucket of a call: EC2 has one for each API, `ELBv2`, Route 53 and Resource Manager share theirs.
#[must_use]
pub fn bucket_of(call: &ApiCall) -> String {
    let place = &call.place;
    let name = match place.cloud {
        Cloud::Azure => match call.operation.split(' ').next().unwrap_or_default() {
            "GET" | "HEAD" | "LIST" => "reads",
            "DELETE" => "deletes",
            _ => "writes",
        },
        Cloud::Ledger => "ledger",
        // Route 53 is global: its limit is the account's.
        Cloud::Aws if is_route53(call.operation) => return format!("{}/route53", place.account),
        Cloud::Aws => match call.operation {
            "RegisterTargets" | "DeregisterTargets" => "elb-targets",
            operation if is_elb(operation) => "elb",
            operation => operation,
        },
    };
    format!("{place}/{name}")
}

fn is_route53(operation: &str) -> bool {
    ["HostedZone", "ResourceRecordSets", "GetChange"].iter().any(|part| operation.contains(part))
}

fn is_elb(operation: &str) -> bool {
    let parts = ["LoadBalancer", "TargetGroup", "TargetHealth", "Listener", "SetSecurityGroups", "SetSubnets"];
    parts.iter().any(|part| operation.contains(part))
        || matches!(operation, "AddTags" | "RemoveTags" | "DescribeElbTags")
}
