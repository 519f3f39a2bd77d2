//! Token buckets, one for each account, region and API.

use serde::{Deserialize, Serialize};

use super::dispatch::Service;
use super::failure::Failure;
use super::operation::{Call, Operation};
use super::query::Query;
use crate::Millis;

/// The tokens of one API.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Bucket {
    tokens: f64,
    at: Millis,
}

/// How many calls an API takes at once, and how many a second.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    burst: f64,
    refill: f64,
}

/// Takes a token, or refuses.
pub(super) fn take(call: &mut Call<'_>, service: Service, operation: &Operation) -> Result<(), Failure> {
    let Some(rate) = rate(service, operation, &call.query) else { return Ok(()) };
    if !call.world.throttling {
        return Ok(());
    }
    let key = format!("{}/{}/{service:?}/{}/{}", call.account, call.region, operation.name, rate.burst);
    let now = call.now;
    let bucket = call.world.buckets.entry(key).or_insert(Bucket { tokens: rate.burst, at: now });
    bucket.tokens = (bucket.tokens + now.secs_since(bucket.at) * rate.refill).min(rate.burst);
    bucket.at = now;
    if bucket.tokens >= 1.0 {
        bucket.tokens -= 1.0;
        return Ok(());
    }
    Err(match service {
        Service::Ec2 => Failure::with_status(503, "RequestLimitExceeded", "Request limit exceeded."),
        Service::Elb | Service::Sts | Service::Route53 => Failure::new("Throttling", "Rate exceeded"),
    })
}

/// EC2: <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>. ELBv2 publishes no numbers; these
/// are the ones that the AWS Load Balancer Controller keeps to. STS and Route 53 are not throttled here.
fn rate(service: Service, operation: &Operation, query: &Query) -> Option<Rate> {
    let (burst, refill) = match (service, operation.name) {
        (Service::Ec2, "CreateVpcEndpoint" | "ModifyVpcEndpoint" | "DeleteVpcEndpoints") => (4.0, 0.3),
        (
            Service::Ec2,
            "CreateVpcEndpointServiceConfiguration"
            | "ModifyVpcEndpointServiceConfiguration"
            | "DeleteVpcEndpointServiceConfigurations"
            | "AcceptVpcEndpointConnections"
            | "RejectVpcEndpointConnections",
        ) => (10.0, 1.0),
        (Service::Ec2, "CreateTags" | "DeleteTags") => (100.0, 10.0),
        (Service::Ec2, "DescribeSecurityGroupReferences") => (20.0, 5.0),
        (Service::Ec2, "DescribeSecurityGroups" | "DescribeNetworkInterfaces") if unbounded(query) => (50.0, 10.0),
        (Service::Ec2, _) if operation.writes => (50.0, 5.0),
        (Service::Ec2, _) => (100.0, 20.0),
        (Service::Elb, "RegisterTargets" | "DeregisterTargets") => (20.0, 4.0),
        (Service::Elb, _) => (40.0, 10.0),
        (Service::Sts | Service::Route53, _) => return None,
    };
    Some(Rate { burst, refill })
}

/// Neither paged, nor filtered, nor by id.
fn unbounded(query: &Query) -> bool {
    !["Filter", "MaxResults", "GroupId", "GroupName", "NetworkInterfaceId"].iter().any(|name| query.has(name))
}
