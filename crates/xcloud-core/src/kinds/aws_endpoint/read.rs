//! From a node of the file to the kind.

use crate::code::ProblemCode;
use crate::config::raw::{Fault, Node};
use crate::config::resources::{Header, Reading};
use crate::config::values::{check_selector, pin_list, pins, selector, subnets};
use crate::kinds::shared::pins_fit;
use crate::model::{Endpoint, Kind, Place, ServiceRef};

pub(super) fn read(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<Endpoint> {
    let node = header.node;
    check_selector(node.get("vpc"), reading.problems);
    check_selector(node.get("subnets"), reading.problems);
    let endpoint_ips = pins(node.get("endpoint_ips"), reading.problems);
    let found = subnets(node.get("subnets"), &header.env);
    pins_fit(node, "endpoint_ips", endpoint_ips.len(), found.as_ref(), reading.problems);
    let service = node.get("service").and_then(|service| service_ref(service, header, reading));
    let security_groups = reading.groups(header);
    Some(Endpoint {
        name: reading.name(header),
        vpc: selector(node.get("vpc"), &header.env)?,
        subnets: found?,
        endpoint_ips: pin_list(&endpoint_ips),
        service: service?,
        security_groups,
        private_dns: node.text_of("private_dns").is_some_and(|word| word.eq_ignore_ascii_case("true")),
    })
}

/// A text with dots and without slashes is a full service name; anything else refers to a service in the file.
fn service_ref(node: &Node, header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<ServiceRef> {
    let text = node.text()?;
    let Place::Aws { region, .. } = &header.place else { return None };
    if text.contains('.') && !text.contains('/') {
        let foreign = text.strip_prefix("com.amazonaws.vpce.").and_then(|rest| rest.split('.').next());
        if let Some(foreign) = foreign.filter(|foreign| foreign != region) {
            let fault = Fault::new(
                ProblemCode::ServiceElsewhere,
                format!("the service is in {foreign}, the endpoint in {region}"),
            )
            .hint("an endpoint connects to services of its own region");
            reading.problems.error(node.at, fault);
        }
        return Some(ServiceRef::Name(text.to_owned()));
    }
    let addr = reading.refs.resolve(node, Kind::EndpointService, reading.problems)?;
    let home = reading.refs.place(&addr).map(|place| place.key().region);
    if home.as_ref().is_some_and(|home| home != region) {
        let fault = Fault::new(
            ProblemCode::ServiceElsewhere,
            format!("{addr} is in another region than the endpoint, {region}"),
        )
        .hint("an endpoint connects to services of its own region");
        reading.problems.error(node.at, fault);
    }
    Some(ServiceRef::Declared(addr))
}
