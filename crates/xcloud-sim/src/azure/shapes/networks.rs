//! Virtual networks, subnets and load balancers.

use super::super::schema::{Field, Shape, optional, read_only, required};

use Shape::{Bool, Int, List, Object, Reference, Text, TextMap};

const TEXTS: Shape = List(&Text);
const REFERENCES: Shape = List(&Reference);
const EXTENDED_LOCATION: Shape = Object(&[optional("name", Text), optional("type", Text)]);

/// `Subnet`.
pub(in crate::azure) const SUBNET: &[Field] = &[
    optional("id", Text),
    optional("name", Text),
    read_only("etag"),
    optional("type", Text),
    optional(
        "properties",
        Object(&[
            optional("addressPrefix", Text),
            optional("addressPrefixes", TEXTS),
            optional("networkSecurityGroup", Reference),
            optional("routeTable", Reference),
            optional("natGateway", Reference),
            optional(
                "serviceEndpoints",
                List(&Object(&[
                    optional("service", Text),
                    optional("locations", TEXTS),
                    read_only("provisioningState"),
                ])),
            ),
            optional("serviceEndpointPolicies", REFERENCES),
            read_only("privateEndpoints"),
            read_only("ipConfigurations"),
            read_only("ipConfigurationProfiles"),
            optional("ipAllocations", REFERENCES),
            read_only("resourceNavigationLinks"),
            read_only("serviceAssociationLinks"),
            optional(
                "delegations",
                List(&Object(&[
                    optional("id", Text),
                    optional("name", Text),
                    read_only("etag"),
                    optional("type", Text),
                    optional("properties", Object(&[optional("serviceName", Text), read_only("actions")])),
                ])),
            ),
            read_only("purpose"),
            read_only("provisioningState"),
            optional("privateEndpointNetworkPolicies", Text),
            optional("privateLinkServiceNetworkPolicies", Text),
            optional("sharingScope", Text),
            optional("defaultOutboundAccess", Bool),
        ]),
    ),
];

/// `VirtualNetwork`.
pub(in crate::azure) const NETWORK: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional("extendedLocation", EXTENDED_LOCATION),
    optional(
        "properties",
        Object(&[
            optional("addressSpace", Object(&[optional("addressPrefixes", TEXTS)])),
            optional("dhcpOptions", Object(&[optional("dnsServers", TEXTS)])),
            optional("flowTimeoutInMinutes", Int),
            optional("subnets", List(&Object(SUBNET))),
            read_only("resourceGuid"),
            read_only("provisioningState"),
            optional("enableDdosProtection", Bool),
            optional("enableVmProtection", Bool),
            optional("encryption", Object(&[required("enabled", Bool), optional("enforcement", Text)])),
            optional("privateEndpointVNetPolicies", Text),
        ]),
    ),
];

/// `LoadBalancer`.
pub(in crate::azure) const LOAD_BALANCER: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional("extendedLocation", EXTENDED_LOCATION),
    optional("sku", Object(&[optional("name", Text), optional("tier", Text)])),
    optional(
        "properties",
        Object(&[
            optional("frontendIPConfigurations", List(&Object(FRONTEND))),
            optional("backendAddressPools", List(&Object(BACKEND_POOL))),
            optional("loadBalancingRules", List(&Object(BALANCING_RULE))),
            optional("probes", List(&Object(PROBE))),
            read_only("resourceGuid"),
            read_only("provisioningState"),
        ]),
    ),
];

const FRONTEND: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("etag"),
    read_only("type"),
    optional("zones", TEXTS),
    optional(
        "properties",
        Object(&[
            read_only("inboundNatRules"),
            read_only("inboundNatPools"),
            read_only("outboundRules"),
            read_only("loadBalancingRules"),
            optional("privateIPAddress", Text),
            optional("privateIPAllocationMethod", Text),
            optional("privateIPAddressVersion", Text),
            optional("subnet", Reference),
            optional("publicIPAddress", Reference),
            optional("publicIPPrefix", Reference),
            optional("gatewayLoadBalancer", Reference),
            read_only("provisioningState"),
        ]),
    ),
];

const BACKEND_POOL: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("etag"),
    read_only("type"),
    optional(
        "properties",
        Object(&[
            optional("location", Text),
            optional("drainPeriodInSeconds", Int),
            optional("virtualNetwork", Reference),
            optional("syncMode", Text),
            read_only("provisioningState"),
        ]),
    ),
];

const PROBE: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("etag"),
    read_only("type"),
    optional(
        "properties",
        Object(&[
            read_only("loadBalancingRules"),
            required("protocol", Text),
            required("port", Int),
            optional("intervalInSeconds", Int),
            optional("noHealthyBackendsBehavior", Text),
            optional("numberOfProbes", Int),
            optional("probeThreshold", Int),
            optional("requestPath", Text),
            read_only("provisioningState"),
        ]),
    ),
];

const BALANCING_RULE: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("etag"),
    read_only("type"),
    optional(
        "properties",
        Object(&[
            optional("frontendIPConfiguration", Reference),
            optional("backendAddressPool", Reference),
            optional("backendAddressPools", REFERENCES),
            optional("probe", Reference),
            required("protocol", Text),
            optional("loadDistribution", Text),
            required("frontendPort", Int),
            optional("backendPort", Int),
            optional("idleTimeoutInMinutes", Int),
            optional("enableFloatingIP", Bool),
            optional("enableTcpReset", Bool),
            optional("disableOutboundSnat", Bool),
            read_only("provisioningState"),
        ]),
    ),
];
