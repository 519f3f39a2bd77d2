//! The one list of kinds: from it come [`Kind`](super::Kind), [`Spec`](super::Spec) and the registry of `kinds`.

/// Hands every kind to a macro: its doc, cloud, full name, spec's type, and folder in `kinds`.
///
/// The order is that in which kinds refer to each other: what a kind may name stands above it. Planners go through it
/// from the top, what goes is removed from the bottom.
macro_rules! for_each_kind {
    ($make:ident) => {
        $make! {
            /// An EC2 security group with its rules.
            Aws "aws/security-group" SecurityGroup aws_security_group,
            /// An internal Network Load Balancer with target groups, listeners and targets, as one unit.
            Aws "aws/load-balancer" LoadBalancer aws_load_balancer,
            /// A VPC endpoint service with its principals and the acceptance of connections.
            Aws "aws/endpoint-service" EndpointService aws_endpoint_service,
            /// An interface VPC endpoint.
            Aws "aws/endpoint" Endpoint aws_endpoint,
            /// A record in a found Route 53 private zone.
            Aws "aws/private-zone-record" PrivateZoneRecord aws_private_zone_record,
            /// Rules in a found Azure network security group.
            Azure "azure/network-security-group" NetworkSecurityGroup azure_network_security_group,
            /// One wholly owned rule collection group of a found firewall policy.
            Azure "azure/firewall-rules" FirewallRules azure_firewall_rules,
            /// An Azure private link service.
            Azure "azure/private-link-service" PrivateLinkService azure_private_link_service,
            /// An Azure private endpoint with the approval of its connection.
            Azure "azure/private-endpoint" PrivateEndpoint azure_private_endpoint,
            /// An A record set in a found Azure private DNS zone.
            Azure "azure/private-dns-record" PrivateDnsRecord azure_private_dns_record,
        }
    };
}

pub(crate) use for_each_kind;
