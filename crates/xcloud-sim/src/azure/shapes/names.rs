//! Private DNS zones and record sets.

use super::super::schema::{Field, Shape, optional, read_only, required};

use Shape::{Int, List, Object, Text, TextMap};

const TEXTS: Shape = List(&Text);

/// `PrivateZone`.
pub(in crate::azure) const ZONE: &[Field] = &[
    read_only("id"),
    read_only("name"),
    read_only("type"),
    optional("etag", Text),
    optional("location", Text),
    optional("tags", TextMap),
    optional("properties", Object(&[])),
];

/// `RecordSet`.
pub(in crate::azure) const RECORD_SET: &[Field] = &[
    read_only("id"),
    read_only("name"),
    read_only("type"),
    optional("etag", Text),
    required(
        "properties",
        Object(&[
            optional("metadata", TextMap),
            optional("ttl", Int),
            read_only("fqdn"),
            read_only("isAutoRegistered"),
            optional("aRecords", List(&Object(&[required("ipv4Address", Text)]))),
            optional("aaaaRecords", List(&Object(&[required("ipv6Address", Text)]))),
            optional("cnameRecord", Object(&[required("cname", Text)])),
            optional("mxRecords", List(&Object(&[required("preference", Int), required("exchange", Text)]))),
            optional("ptrRecords", List(&Object(&[required("ptrdname", Text)]))),
            optional(
                "soaRecord",
                Object(&[
                    optional("host", Text),
                    optional("email", Text),
                    optional("serialNumber", Int),
                    optional("refreshTime", Int),
                    optional("retryTime", Int),
                    optional("expireTime", Int),
                    optional("minimumTtl", Int),
                ]),
            ),
            optional(
                "srvRecords",
                List(&Object(&[
                    required("priority", Int),
                    required("weight", Int),
                    required("port", Int),
                    required("target", Text),
                ])),
            ),
            optional("txtRecords", List(&Object(&[required("value", TEXTS)]))),
        ]),
    ),
];
