//! The endpoint services that AWS itself offers in a region, as `com.amazonaws.eu-north-1.s3`.

use std::collections::BTreeMap;

use super::endpoint_services::{EndpointService, PrivateName};
use super::filter::Tags;
use super::operation::Call;
use super::service_permissions::Permission;
use super::world::digest;
use super::zones;
use crate::Millis;

/// The owner that DescribeVpcEndpointServices names for them.
pub(super) const AMAZON: &str = "amazon";

/// Some of the services with interface endpoints
/// (<https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html>).
const NAMES: [&str; 12] = [
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "elasticloadbalancing",
    "kms",
    "logs",
    "monitoring",
    "s3",
    "secretsmanager",
    "sqs",
    "ssm",
    "sts",
];

/// Puts them into the call's region, if they are not there yet: open to all, in all zones, with private DNS.
pub(super) fn place(call: &mut Call<'_>) {
    let region_name = call.region.clone();
    let zones = zones::ids(&region_name);
    for short in NAMES {
        let name = format!("com.amazonaws.{region_name}.{short}");
        let id = format!("vpce-svc-0{}", &digest(&name)[..16]);
        let permission = Permission { id: id.replace("svc", "svc-perm"), visible: Millis(i64::MIN) };
        let private = short.split('.').rev().collect::<Vec<_>>().join(".");
        call.here().services.entry(id).or_insert(EndpointService {
            told_zones: BTreeMap::new(),
            regions: Vec::new(),
            owner_pays: false,
            owner: AMAZON.to_owned(),
            name,
            acceptance_required: false,
            load_balancers: Vec::new(),
            fixed_zones: zones.clone(),
            address_types: vec!["ipv4".to_owned()],
            private_dns: Some(PrivateName {
                name: format!("{private}.{region_name}.amazonaws.com"),
                verified: Some(Millis(i64::MIN)),
            }),
            permissions: BTreeMap::from([("*".to_owned(), permission)]),
            visible: Millis(i64::MIN),
            usable: Millis(i64::MIN),
            gone: None,
            tags: Tags::new(),
        });
    }
}
