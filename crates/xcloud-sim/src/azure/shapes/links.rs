//! Private link services, private endpoints and the connections between them.

use super::super::schema::{Field, Shape, optional, read_only, required};

use Shape::{Bool, List, Object, Reference, Text, TextMap};

const TEXTS: Shape = List(&Text);
const REFERENCES: Shape = List(&Reference);
const EXTENDED_LOCATION: Shape = Object(&[optional("name", Text), optional("type", Text)]);
const SUBSCRIPTIONS: Shape = Object(&[optional("subscriptions", TEXTS)]);

const CONNECTION_STATE: Shape =
    Object(&[optional("status", Text), optional("description", Text), optional("actionsRequired", Text)]);

/// `PrivateLinkService`.
pub(in crate::azure) const LINK_SERVICE: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional("extendedLocation", EXTENDED_LOCATION),
    required(
        "properties",
        Object(&[
            optional("loadBalancerFrontendIpConfigurations", REFERENCES),
            optional("ipConfigurations", List(&Object(LINK_SERVICE_ADDRESS))),
            optional("destinationIPAddress", Text),
            read_only("networkInterfaces"),
            read_only("provisioningState"),
            read_only("privateEndpointConnections"),
            optional("visibility", SUBSCRIPTIONS),
            optional("autoApproval", SUBSCRIPTIONS),
            optional("fqdns", TEXTS),
            read_only("alias"),
            optional("enableProxyProtocol", Bool),
        ]),
    ),
];

const LINK_SERVICE_ADDRESS: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("etag"),
    read_only("type"),
    required(
        "properties",
        Object(&[
            optional("privateIPAddress", Text),
            optional("privateIPAllocationMethod", Text),
            required("subnet", Reference),
            optional("primary", Bool),
            read_only("provisioningState"),
            optional("privateIPAddressVersion", Text),
        ]),
    ),
];

/// `PrivateEndpointConnection` of a private link service.
pub(in crate::azure) const CONNECTION: &[Field] = &[
    optional("id", Text),
    optional("name", Text),
    read_only("type"),
    read_only("etag"),
    required(
        "properties",
        Object(&[
            read_only("privateEndpoint"),
            required("privateLinkServiceConnectionState", CONNECTION_STATE),
            read_only("provisioningState"),
            read_only("linkIdentifier"),
            read_only("privateEndpointLocation"),
        ]),
    ),
];

/// `PrivateEndpoint`.
pub(in crate::azure) const ENDPOINT: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional("extendedLocation", EXTENDED_LOCATION),
    required(
        "properties",
        Object(&[
            required("subnet", Reference),
            read_only("networkInterfaces"),
            read_only("provisioningState"),
            optional("privateLinkServiceConnections", List(&Object(ENDPOINT_CONNECTION))),
            optional("manualPrivateLinkServiceConnections", List(&Object(ENDPOINT_CONNECTION))),
            optional("customDnsConfigs", List(&Object(&[optional("fqdn", Text), optional("ipAddresses", TEXTS)]))),
            optional("applicationSecurityGroups", REFERENCES),
            optional("ipConfigurations", List(&Object(ENDPOINT_ADDRESS))),
            optional("customNetworkInterfaceName", Text),
        ]),
    ),
];

const ENDPOINT_CONNECTION: &[Field] = &[
    optional("id", Text),
    required("name", Text),
    read_only("type"),
    read_only("etag"),
    required(
        "properties",
        Object(&[
            read_only("provisioningState"),
            required("privateLinkServiceId", Text),
            optional("groupIds", TEXTS),
            optional("requestMessage", Text),
            optional("privateLinkServiceConnectionState", CONNECTION_STATE),
        ]),
    ),
];

const ENDPOINT_ADDRESS: &[Field] = &[
    required("name", Text),
    read_only("type"),
    read_only("etag"),
    required(
        "properties",
        Object(&[optional("groupId", Text), optional("memberName", Text), required("privateIPAddress", Text)]),
    ),
];
