//! From a header and its node to a resource.

use crate::config::draft::Draft;
use crate::config::raw::Problems;
use crate::model::{Kind, Resource, Spec};

use super::reading::Reading;
use super::{Header, Refs, azure_rules, dns, endpoint, load_balancer, private_link, security_group};

/// Reads the bodies of declared resources. One that is not complete is left out; why was reported.
pub(crate) fn read(headers: &[Header<'_>], product: &str, refs: &Refs, problems: &mut Problems<'_>) -> Vec<Draft> {
    let mut drafts = Vec::new();
    for header in headers {
        let mut reading = Reading { product, refs, problems };
        let Some(spec) = spec(header, &mut reading) else { continue };
        let resource =
            Resource { addr: header.addr.clone(), place: header.place.clone(), flow: header.flow.clone(), spec };
        drafts.push(Draft { at: header.at, resource });
    }
    drafts
}

fn spec(header: &Header<'_>, reading: &mut Reading<'_, '_>) -> Option<Spec> {
    Some(match header.kind {
        Kind::SecurityGroup => Spec::SecurityGroup(security_group::read(header, reading)?),
        Kind::LoadBalancer => Spec::LoadBalancer(load_balancer::read(header, reading)?),
        Kind::EndpointService => Spec::EndpointService(endpoint::read_service(header, reading)?),
        Kind::Endpoint => Spec::Endpoint(endpoint::read(header, reading)?),
        Kind::PrivateZoneRecord => Spec::PrivateZoneRecord(dns::read_aws(header, reading)?),
        Kind::NetworkSecurityGroup => Spec::NetworkSecurityGroup(azure_rules::read_nsg(header, reading)?),
        Kind::FirewallRules => Spec::FirewallRules(azure_rules::read_firewall(header, reading)?),
        Kind::PrivateLinkService => Spec::PrivateLinkService(private_link::read_service(header, reading)?),
        Kind::PrivateEndpoint => Spec::PrivateEndpoint(private_link::read_endpoint(header, reading)?),
        Kind::PrivateDnsRecord => Spec::PrivateDnsRecord(dns::read_azure(header, reading)?),
    })
}
