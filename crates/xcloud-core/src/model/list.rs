//! The one list of kinds: from it come [`Kind`](super::Kind), [`Spec`](super::Spec), the registry of `kinds` and the
//! calls of each cloud.

/// Hands every kind to a macro, cloud by cloud: its doc, full name, spec's type, calls' type, and folder in `kinds`.
///
/// The order is that in which kinds refer to each other: what a kind may name stands above it. Planners go through it
/// from the top, what goes is removed from the bottom.
macro_rules! for_each_kind {
    ($make:ident) => {
        $make! {
            Aws {
                /// An EC2 security group with its rules.
                "aws/security-group" SecurityGroup SecurityGroupOp aws_security_group,
                /// An internal Network Load Balancer with target groups, listeners and targets, as one unit.
                "aws/load-balancer" LoadBalancer LoadBalancerOp aws_load_balancer,
                /// A VPC endpoint service with its principals and the acceptance of connections.
                "aws/endpoint-service" EndpointService EndpointServiceOp aws_endpoint_service,
                /// An interface VPC endpoint.
                "aws/endpoint" Endpoint EndpointOp aws_endpoint,
                /// A record in a found Route 53 private zone.
                "aws/private-zone-record" PrivateZoneRecord PrivateZoneRecordOp aws_private_zone_record,
            }
            Azure {
                /// Rules in a found Azure network security group.
                "azure/network-security-group" NetworkSecurityGroup NetworkSecurityGroupOp azure_network_security_group,
                /// One wholly owned rule collection group of a found firewall policy.
                "azure/firewall-rules" FirewallRules FirewallRulesOp azure_firewall_rules,
                /// An Azure private link service.
                "azure/private-link-service" PrivateLinkService PrivateLinkServiceOp azure_private_link_service,
                /// An Azure private endpoint with the approval of its connection.
                "azure/private-endpoint" PrivateEndpoint PrivateEndpointOp azure_private_endpoint,
                /// An A record set in a found Azure private DNS zone.
                "azure/private-dns-record" PrivateDnsRecord PrivateDnsRecordOp azure_private_dns_record,
            }
        }
    };
}

pub(crate) use for_each_kind;
