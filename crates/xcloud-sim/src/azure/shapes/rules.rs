//! Security groups, firewall policies and their rules.

use super::super::schema::{Field, Shape, optional, read_only, required};

use Shape::{Bool, Int, List, Object, Reference, Tagged, Text, TextMap};

const TEXTS: Shape = List(&Text);
const REFERENCES: Shape = List(&Reference);

/// `SecurityRule`.
pub(in crate::azure) const SECURITY_RULE: &[Field] = &[
    optional("id", Text),
    optional("name", Text),
    optional("type", Text),
    read_only("etag"),
    required("properties", Object(SECURITY_RULE_PROPERTIES)),
];

const SECURITY_RULE_PROPERTIES: &[Field] = &[
    optional("description", Text),
    required("protocol", Text),
    optional("sourcePortRange", Text),
    optional("destinationPortRange", Text),
    optional("sourceAddressPrefix", Text),
    optional("sourceAddressPrefixes", TEXTS),
    optional("sourceApplicationSecurityGroups", REFERENCES),
    optional("destinationAddressPrefix", Text),
    optional("destinationAddressPrefixes", TEXTS),
    optional("destinationApplicationSecurityGroups", REFERENCES),
    optional("sourcePortRanges", TEXTS),
    optional("destinationPortRanges", TEXTS),
    required("access", Text),
    required("priority", Int),
    required("direction", Text),
    read_only("provisioningState"),
];

/// `NetworkSecurityGroup`.
pub(in crate::azure) const SECURITY_GROUP: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional(
        "properties",
        Object(&[
            optional("flushConnection", Bool),
            optional("securityRules", List(&Object(SECURITY_RULE))),
            read_only("defaultSecurityRules"),
            read_only("networkInterfaces"),
            read_only("subnets"),
            read_only("flowLogs"),
            read_only("resourceGuid"),
            read_only("provisioningState"),
        ]),
    ),
];

/// `FirewallPolicy`.
pub(in crate::azure) const FIREWALL_POLICY: &[Field] = &[
    optional("id", Text),
    read_only("name"),
    read_only("type"),
    read_only("etag"),
    optional("location", Text),
    optional("tags", TextMap),
    optional(
        "properties",
        Object(&[
            read_only("size"),
            read_only("ruleCollectionGroups"),
            read_only("provisioningState"),
            optional("basePolicy", Reference),
            read_only("firewalls"),
            read_only("childPolicies"),
            optional("threatIntelMode", Text),
            optional("threatIntelWhitelist", Object(&[optional("ipAddresses", TEXTS), optional("fqdns", TEXTS)])),
            optional("snat", Object(&[optional("privateRanges", TEXTS), optional("autoLearnPrivateRanges", Text)])),
            optional("sql", Object(&[optional("allowSqlRedirect", Bool)])),
            optional(
                "dnsSettings",
                Object(&[
                    optional("servers", TEXTS),
                    optional("enableProxy", Bool),
                    optional("requireProxyForNetworkRules", Bool),
                ]),
            ),
            optional("sku", Object(&[optional("tier", Text)])),
        ]),
    ),
];

const RULE_TYPES: &[(&str, &[Field])] = &[
    (
        "NetworkRule",
        &[
            optional("name", Text),
            optional("description", Text),
            required("ruleType", Text),
            optional("ipProtocols", TEXTS),
            optional("sourceAddresses", TEXTS),
            optional("destinationAddresses", TEXTS),
            optional("destinationPorts", TEXTS),
            optional("sourceIpGroups", TEXTS),
            optional("destinationIpGroups", TEXTS),
            optional("destinationFqdns", TEXTS),
        ],
    ),
    (
        "ApplicationRule",
        &[
            optional("name", Text),
            optional("description", Text),
            required("ruleType", Text),
            optional("sourceAddresses", TEXTS),
            optional("destinationAddresses", TEXTS),
            optional("protocols", List(&Object(&[optional("protocolType", Text), optional("port", Int)]))),
            optional("targetFqdns", TEXTS),
            optional("targetUrls", TEXTS),
            optional("fqdnTags", TEXTS),
            optional("sourceIpGroups", TEXTS),
            optional("terminateTLS", Bool),
            optional("webCategories", TEXTS),
            optional(
                "httpHeadersToInsert",
                List(&Object(&[optional("headerName", Text), optional("headerValue", Text)])),
            ),
        ],
    ),
    (
        "NatRule",
        &[
            optional("name", Text),
            optional("description", Text),
            required("ruleType", Text),
            optional("ipProtocols", TEXTS),
            optional("sourceAddresses", TEXTS),
            optional("destinationAddresses", TEXTS),
            optional("destinationPorts", TEXTS),
            optional("translatedAddress", Text),
            optional("translatedPort", Text),
            optional("sourceIpGroups", TEXTS),
            optional("translatedFqdn", Text),
        ],
    ),
];

const RULE_COLLECTION: &[Field] = &[
    required("ruleCollectionType", Text),
    optional("name", Text),
    optional("priority", Int),
    optional("action", Object(&[optional("type", Text)])),
    optional("rules", List(&Tagged("ruleType", RULE_TYPES))),
];

/// `FirewallPolicyRuleCollectionGroup`.
pub(in crate::azure) const RULE_GROUP: &[Field] = &[
    optional("id", Text),
    optional("name", Text),
    read_only("etag"),
    read_only("type"),
    optional(
        "properties",
        Object(&[
            read_only("size"),
            optional("priority", Int),
            optional(
                "ruleCollections",
                List(&Tagged(
                    "ruleCollectionType",
                    &[
                        ("FirewallPolicyFilterRuleCollection", RULE_COLLECTION),
                        ("FirewallPolicyNatRuleCollection", RULE_COLLECTION),
                    ],
                )),
            ),
            read_only("provisioningState"),
        ]),
    ),
];
