//! From a request to the operation and back to a response in the service's format.

use bytes::Bytes;

use super::failure::Failure;
use super::operation::{Answer, Call, Operation};
use super::query::{Dialect, Query};
use super::world::{AwsWorld, Hidden, request_id};
use super::xml::Xml;
use super::{
    connections, elb_attributes, elb_tags, endpoint_changes, endpoint_services, endpoints, governed, interfaces,
    listeners, load_balancer_changes, load_balancers, prefix_lists, route53, rule_changes, rule_reads, rule_updates,
    security_groups, service_changes, service_permissions, sts, tags, target_groups, targets, throttle, vpcs, zones,
};
use crate::{Caller, Millis, Request, Response};

/// The simulated services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Service {
    /// EC2, which PrivateLink is a part of.
    Ec2,
    /// Elastic Load Balancing, version 2.
    Elb,
    /// Security Token Service.
    Sts,
    /// Route 53.
    Route53,
}

const EC2: &[&[Operation]] = &[
    zones::OPERATIONS,
    vpcs::OPERATIONS,
    security_groups::OPERATIONS,
    rule_reads::OPERATIONS,
    rule_changes::OPERATIONS,
    rule_updates::OPERATIONS,
    prefix_lists::OPERATIONS,
    interfaces::OPERATIONS,
    tags::OPERATIONS,
    endpoint_services::OPERATIONS,
    service_changes::OPERATIONS,
    service_permissions::OPERATIONS,
    connections::OPERATIONS,
    endpoints::OPERATIONS,
    endpoint_changes::OPERATIONS,
];
const ELB: &[&[Operation]] = &[
    load_balancers::OPERATIONS,
    load_balancer_changes::OPERATIONS,
    elb_attributes::OPERATIONS,
    target_groups::OPERATIONS,
    targets::OPERATIONS,
    listeners::OPERATIONS,
    elb_tags::OPERATIONS,
];
const STS: &[&[Operation]] = &[sts::OPERATIONS];

impl Service {
    fn of(request: &Request) -> Option<Self> {
        let Caller::Aws { service, .. } = &request.caller else { return None };
        Self::named(service)
    }

    /// Returns the service of a credential scope.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name {
            "ec2" => Some(Self::Ec2),
            "elasticloadbalancing" => Some(Self::Elb),
            "sts" => Some(Self::Sts),
            "route53" => Some(Self::Route53),
            _ => None,
        }
    }

    fn operation(self, name: &str) -> Option<&'static Operation> {
        operations(self).find(|operation| operation.name == name)
    }

    /// Returns how its lists are spelled.
    pub(super) fn dialect(self) -> Dialect {
        if self == Self::Ec2 { Dialect::Ec2 } else { Dialect::Query }
    }

    fn namespace(self) -> &'static str {
        match self {
            Self::Ec2 => "http://ec2.amazonaws.com/doc/2016-11-15/",
            Self::Elb => "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
            Self::Sts => "https://sts.amazonaws.com/doc/2011-06-15/",
            Self::Route53 => "https://route53.amazonaws.com/doc/2013-04-01/",
        }
    }

    fn success(self, action: &str, inner: &Xml, id: &str) -> String {
        let whole = match self {
            Self::Ec2 => Xml::new().text("requestId", id).join(inner),
            Self::Elb | Self::Sts => Xml::new()
                .nest(&format!("{action}Result"), inner)
                .nest("ResponseMetadata", &Xml::new().text("RequestId", id)),
            // Route 53 answers with the response element of each operation, which `route53` has written.
            Self::Route53 => return inner.document(),
        };
        Xml::new().nest_in_namespace(&format!("{action}Response"), self.namespace(), &whole).document()
    }

    fn failure(self, failure: &Failure, id: &str) -> String {
        let error = Xml::new().text("Code", &failure.code).text("Message", &failure.message);
        if self == Self::Ec2 {
            let errors = Xml::new().nest("Errors", &Xml::new().nest("Error", &error)).text("RequestID", id);
            return Xml::new().nest("Response", &errors).document();
        }
        let kind = if failure.status < 500 { "Sender" } else { "Receiver" };
        let error = Xml::new().nest("Error", &Xml::new().text("Type", kind).join(&error)).text("RequestId", id);
        Xml::new().nest_in_namespace("ErrorResponse", self.namespace(), &error).document()
    }
}

/// Returns the operations of a query protocol.
pub(super) fn operations(service: Service) -> impl Iterator<Item = &'static Operation> {
    let families: &[&[Operation]] = match service {
        Service::Ec2 => EC2,
        Service::Elb => ELB,
        Service::Sts => STS,
        Service::Route53 => &[],
    };
    families.iter().flat_map(|family| family.iter())
}

/// Returns the operation's name without executing it.
#[must_use]
pub fn operation_of(request: &Request) -> String {
    match Service::of(request) {
        Some(Service::Route53) => route53::operation_of(request).unwrap_or("?").to_owned(),
        Some(service) => {
            let query = Query::parse(&request.body, service.dialect());
            query.text("Action").unwrap_or("?").to_owned()
        }
        None => "?".to_owned(),
    }
}

/// Returns an error in the service's own format.
#[must_use]
pub fn error_response(request: &Request, status: u16, code: &str, message: &str) -> Response {
    let failure = Failure::with_status(status, code, message);
    let id = request_id(&format!("{} {}", request.uri, String::from_utf8_lossy(&request.body)));
    respond(request, Service::of(request).unwrap_or(Service::Ec2), &Err(failure), &id, false)
}

/// Answers one request.
#[must_use]
pub fn handle(world: &mut AwsWorld, now: Millis, request: &Request) -> Response {
    let Caller::Aws { access_key, region, .. } = &request.caller else {
        return error_response(
            request,
            401,
            "MissingAuthenticationToken",
            "Request is missing an authentication token",
        );
    };
    let Some(service) = Service::of(request) else {
        return error_response(request, 400, "UnknownService", "The service of the credential scope is not simulated");
    };
    let id = world.new_request_id(now, &request.body);
    let account = match sts::account_of(world, access_key, now) {
        Ok(account) => account,
        Err(()) => return respond(request, service, &Err(expired(service)), &id, false),
    };
    world.region(region).sweep(now);
    let query = Query::parse(&request.body, service.dialect());
    let mut call = Call { world, now, account, region: region.clone(), access_key: access_key.clone(), query };
    let (answer, writes) = match service {
        Service::Route53 => route53::run(&mut call, request),
        Service::Ec2 | Service::Elb | Service::Sts => match find(service, &call.query) {
            Ok(operation) => {
                let answer = admit(&mut call, service, operation).and_then(|()| run(&mut call, service, operation));
                (answer, operation.writes)
            }
            Err(failure) => (Err(failure), false),
        },
    };
    respond(request, service, &answer, &id, writes)
}

fn expired(service: Service) -> Failure {
    match service {
        Service::Ec2 => Failure::new("RequestExpired", "Request has expired."),
        Service::Elb | Service::Sts | Service::Route53 => {
            Failure::with_status(403, "ExpiredToken", "The security token included in the request is expired")
        }
    }
}

fn find(service: Service, query: &Query) -> Result<&'static Operation, Failure> {
    let action = query.text("Action").unwrap_or_default();
    service
        .operation(action)
        .ok_or_else(|| Failure::new("InvalidAction", format!("The action {action} is not valid for this web service")))
}

/// Runs one operation as nobody's request: neither throttled nor in the call log.
pub(super) fn perform(call: &mut Call<'_>, service: Service, action: &str) -> Result<String, Failure> {
    let operation = service.operation(action).ok_or_else(|| Failure::new("InvalidAction", action))?;
    let inner = (operation.run)(call)?;
    Ok(service.success(action, &inner, "none"))
}

/// What comes before an operation: its rate, and whether every parameter is known.
fn admit(call: &mut Call<'_>, service: Service, operation: &Operation) -> Result<(), Failure> {
    throttle::take(call, service, operation)?;
    let common = ["Action", "Version"];
    let unknown = call.query.names().find(|name| {
        let dry_run = service == Service::Ec2 && *name == "DryRun";
        !dry_run && !common.contains(name) && !operation.parameters.contains(name)
    });
    match unknown {
        Some(name) => Err(Failure::new("UnknownParameter", format!("The parameter {name} is not recognized"))),
        None => {
            let (demanded, query) = (&call.world.required_tag, &call.query);
            governed::check(demanded, &call.account, query, operation.name, operation.parameters)
        }
    }
}

fn run(call: &mut Call<'_>, service: Service, operation: &Operation) -> Answer {
    if service == Service::Elb {
        return run_behind(call, operation);
    }
    if service != Service::Ec2 || call.query.boolean("DryRun")? != Some(true) {
        return (operation.run)(call);
    }
    let mut copy = call.world.clone();
    let mut rehearsal = Call {
        world: &mut copy,
        now: call.now,
        account: call.account.clone(),
        region: call.region.clone(),
        access_key: call.access_key.clone(),
        query: call.query.clone(),
    };
    (operation.run)(&mut rehearsal)?;
    Err(Failure::with_status(412, "DryRunOperation", "Request would have succeeded, but DryRun flag is set."))
}

/// What Elastic Load Balancing just made is out of sight for so long, in seconds.
const OUT_OF_SIGHT: (f64, f64) = (2.0, 3.0);

/// Answers as load balancing does, whose reads may follow its writes seconds later: what was just made is found neither by reads
/// nor by the calls that name it (`LoadBalancerNotFound` after CreateLoadBalancer, hashicorp/terraform-provider-aws). Names are
/// compared at once.
fn run_behind(call: &mut Call<'_>, operation: &Operation) -> Answer {
    if !call.world.balancing_lag {
        return (operation.run)(call);
    }
    let now = call.now;
    let compares_names = matches!(operation.name, "CreateLoadBalancer" | "CreateTargetGroup");
    let hidden = if compares_names { Hidden::default() } else { call.here().hide(now) };
    let before = operation.name.starts_with("Create").then(|| call.here().balancing_arns());
    let answer = (operation.run)(call);
    if let Some(before) = before {
        let made = call.here().balancing_arns().into_iter().filter(|arn| !before.contains(arn)).collect::<Vec<_>>();
        let (least, most) = OUT_OF_SIGHT;
        for arn in made {
            let spread = f64::from(arn.bytes().fold(0_u32, |sum, byte| (sum * 7 + u32::from(byte)) % 100)) / 100.0;
            call.here().unseen.insert(arn, now.plus_secs(least + (most - least) * spread));
        }
    }
    call.here().show(hidden);
    answer
}

fn respond(request: &Request, service: Service, answer: &Answer, id: &str, writes: bool) -> Response {
    let operation = operation_of(request);
    let (status, body) = match answer {
        Ok(inner) => (200, service.success(&operation, inner, id)),
        Err(failure) => (failure.status, service.failure(failure, id)),
    };
    let status = if service == Service::Route53 && answer.is_ok() { route53::status(&operation) } else { status };
    let headers = vec![
        ("content-type".to_owned(), "text/xml;charset=UTF-8".to_owned()),
        ("x-amzn-requestid".to_owned(), id.to_owned()),
    ];
    Response { status, headers, body: Bytes::from(body), operation, mutated: writes && answer.is_ok() }
}
