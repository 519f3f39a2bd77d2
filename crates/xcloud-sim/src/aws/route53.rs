//! Route 53's REST front: paths to operations.

use super::failure::Failure;
use super::operation::{Answer, Call};
use super::xml::Xml;
use super::{hosted_zones, record_changes, record_sets};
use crate::Request;

/// The namespace of every document.
const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// One call, with what its path and query say.
#[derive(Debug, Clone)]
pub(super) struct Route {
    pub(super) operation: &'static str,
    /// The id in the path, without `/hostedzone/` or `/change/`.
    pub(super) id: String,
    query: Vec<(String, String)>,
}

impl Route {
    /// Returns a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns how many results are wanted, at most `most`.
    pub(super) fn max_items(&self, most: usize) -> Result<usize, Failure> {
        match self.parameter("maxitems").map(str::parse::<usize>) {
            None => Ok(most),
            Some(Ok(count)) if count > 0 => Ok(count.min(most)),
            Some(_) => Err(Failure::new("InvalidInput", "maxitems is invalid")),
        }
    }
}

fn route(request: &Request) -> Option<Route> {
    let path = request.uri.path().strip_prefix("/2013-04-01/")?;
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (operation, id) = match (request.method.as_str(), parts.as_slice()) {
        ("GET", ["hostedzonesbyvpc"]) => ("ListHostedZonesByVPC", ""),
        ("GET", ["hostedzone"]) => ("ListHostedZones", ""),
        ("POST", ["hostedzone"]) => ("CreateHostedZone", ""),
        ("GET", ["hostedzone", id]) => ("GetHostedZone", *id),
        ("DELETE", ["hostedzone", id]) => ("DeleteHostedZone", *id),
        ("GET", ["hostedzone", id, "rrset"]) => ("ListResourceRecordSets", *id),
        ("POST", ["hostedzone", id, "rrset"]) => ("ChangeResourceRecordSets", *id),
        ("GET", ["change", id]) => ("GetChange", *id),
        _ => return None,
    };
    let query = url::form_urlencoded::parse(request.uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    Some(Route { operation, id: id.to_owned(), query })
}

/// Returns the operation's name.
pub(super) fn operation_of(request: &Request) -> Option<&'static str> {
    route(request).map(|route| route.operation)
}

/// Returns the HTTP status of a success.
pub(super) fn status(operation: &str) -> u16 {
    if operation == "CreateHostedZone" { 201 } else { 200 }
}

/// Answers one call; the flag says whether the operation writes.
pub(super) fn run(call: &mut Call<'_>, request: &Request) -> (Answer, bool) {
    let Some(route) = route(request) else {
        let text = format!("{} {} is not simulated", request.method, request.uri.path());
        return (Err(Failure::with_status(404, "UnknownOperationException", text)), false);
    };
    let inner = match route.operation {
        "ListHostedZonesByVPC" => hosted_zones::by_vpc(call, &route),
        "ListHostedZones" => hosted_zones::list(call, &route),
        "CreateHostedZone" => hosted_zones::create(call, &request.body),
        "GetHostedZone" => hosted_zones::get(call, &route),
        "DeleteHostedZone" => hosted_zones::delete(call, &route),
        "ListResourceRecordSets" => record_sets::list(call, &route),
        "ChangeResourceRecordSets" => record_changes::change(call, &route, &request.body),
        _ => hosted_zones::get_change(call, &route),
    };
    let writes = request.method != http::Method::GET;
    let element = format!("{}Response", route.operation);
    (inner.map(|inner| Xml::new().nest_in_namespace(&element, NAMESPACE, &inner)), writes)
}
