//! AWS: each kind of the example, changed as with the console.

use xcloud_sim::{Millis, World};

use super::hand::{check, tamper};
use crate::bed::RESOURCES;
use crate::cases::must;

const HERE: (&str, &str) = ("100000000001", "eu-north-1");

pub(super) fn id(world: &World, kind: &str, address: &str) -> String {
    let address = format!("hub/eu-north-1/{address}");
    let mut objects = world.aws.objects().into_iter();
    let found = objects.find(|object| object.kind == kind && object.tags.get("xcloud:address") == Some(&address));
    found.unwrap_or_else(|| panic!("there is no {kind} of {address}")).id
}

pub(super) fn first(world: &World, kind: &str) -> String {
    let mut objects = world.aws.objects().into_iter();
    let found = objects.find(|object| object.kind == kind && object.region == HERE.1);
    found.unwrap_or_else(|| panic!("there is no {kind}")).id
}

pub(super) fn ec2(world: &mut World, now: Millis, action: &str, parameters: &[(&str, &str)]) -> String {
    world.aws.perform(now, HERE, "ec2", action, parameters).unwrap_or_else(|error| panic!("{action}: {error}"))
}

pub(super) fn elb(world: &mut World, now: Millis, action: &str, parameters: &[(&str, &str)]) -> String {
    let done = world.aws.perform(now, HERE, "elasticloadbalancing", action, parameters);
    done.unwrap_or_else(|error| panic!("{action}: {error}"))
}

pub(super) fn edge_group(world: &World) -> String {
    id(world, "security-group", "security-group/edge")
}

pub(super) fn clients_group(world: &World) -> String {
    id(world, "security-group", "security-group/clients")
}

fn open(world: &mut World, now: Millis, group: &str, action: &str) {
    let everyone =
        [("GroupId", group), ("IpPermissions.1.IpProtocol", "-1"), ("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")];
    ec2(world, now, action, &everyone);
}

/// A rule of the example: tcp 443 from 10.20.0.0/16.
fn rule_of<'a>(group: &'a str, port: &'a str, cidr: &'a str) -> [(&'a str, &'a str); 5] {
    [
        ("GroupId", group),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", port),
        ("IpPermissions.1.ToPort", port),
        ("IpPermissions.1.IpRanges.1.CidrIp", cidr),
    ]
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn security_groups() {
    let lines = [
        tamper(
            "everything from everywhere",
            |world, now| open(world, now, &edge_group(world), "AuthorizeSecurityGroupIngress"),
            r#"
             update hub/eu-north-1/security-group/edge
               ingress[all from 0.0.0.0/0] true -> null"#,
        ),
        tamper(
            "everything to everywhere",
            |world, now| open(world, now, &clients_group(world), "AuthorizeSecurityGroupEgress"),
            r#"
             update hub/eu-north-1/security-group/clients
               egress[all to 0.0.0.0/0] true -> null"#,
        ),
        tamper(
            "a rule removed",
            |world, now| {
                let group = clients_group(world);
                ec2(world, now, "RevokeSecurityGroupIngress", &rule_of(&group, "443", "10.20.0.0/16"));
            },
            r#"
             update hub/eu-north-1/security-group/clients
               ingress[tcp 443 from 10.20.0.0/16] null -> "workloads in AWS and in Azure""#,
        ),
        tamper(
            "a rule for another port",
            |world, now| {
                let group = clients_group(world);
                ec2(world, now, "RevokeSecurityGroupIngress", &rule_of(&group, "443", "10.20.0.0/16"));
                ec2(world, now, "AuthorizeSecurityGroupIngress", &rule_of(&group, "22", "10.20.0.0/16"));
            },
            r#"
             update hub/eu-north-1/security-group/clients
               ingress[tcp 443 from 10.20.0.0/16] null -> "workloads in AWS and in Azure"
               ingress[tcp 22 from 10.20.0.0/16] true -> null"#,
        ),
        tamper(
            "another description",
            |world, now| {
                let group = clients_group(world);
                let mut rule = rule_of(&group, "443", "10.20.0.0/16").to_vec();
                rule.push(("IpPermissions.1.IpRanges.1.Description", "mine"));
                ec2(world, now, "UpdateSecurityGroupRuleDescriptionsIngress", &rule);
            },
            r#"
             update hub/eu-north-1/security-group/clients
               ingress[tcp 443 from 10.20.0.0/16].description "mine" -> "workloads in AWS and in Azure""#,
        ),
        tamper(
            "the mark's owner",
            |world, now| {
                let group = clients_group(world);
                let tag = [("ResourceId.1", group.as_str()), ("Tag.1.Key", "xcloud:owner"), ("Tag.1.Value", "me")];
                ec2(world, now, "CreateTags", &tag);
            },
            r#"
             update hub/eu-north-1/security-group/clients
               tags.xcloud:owner "me" -> "banking-platform@bank.example""#,
        ),
        tamper(
            "a tag of their own",
            |world, now| {
                let group = clients_group(world);
                let tag = [("ResourceId.1", group.as_str()), ("Tag.1.Key", "cost"), ("Tag.1.Value", "42")];
                ec2(world, now, "CreateTags", &tag);
            },
            "",
        ),
    ];
    must(check("security_groups", RESOURCES, &lines).await);
}

#[tokio::test(start_paused = true)]
async fn load_balancers() {
    let lines = [
        tamper(
            "a target more",
            |world, now| {
                let group = first(world, "target-group");
                let target = [
                    ("TargetGroupArn", group.as_str()),
                    ("Targets.member.1.Id", "10.122.8.99"),
                    ("Targets.member.1.Port", "443"),
                    ("Targets.member.1.AvailabilityZone", "all"),
                ];
                elb(world, now, "RegisterTargets", &target);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].targets[10.122.8.99:443] true -> null"#,
        ),
        tamper(
            "the target removed",
            |world, now| {
                let group = first(world, "target-group");
                let target = [
                    ("TargetGroupArn", group.as_str()),
                    ("Targets.member.1.Id", "10.122.8.10"),
                    ("Targets.member.1.Port", "443"),
                ];
                elb(world, now, "DeregisterTargets", &target);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].targets[10.122.8.10:443] null -> true"#,
        ),
        tamper(
            "a listener more",
            |world, now| {
                let (balancer, group) = (first(world, "load-balancer"), first(world, "target-group"));
                let listener = [
                    ("LoadBalancerArn", balancer.as_str()),
                    ("Port", "22"),
                    ("Protocol", "TCP"),
                    ("DefaultActions.member.1.Type", "forward"),
                    ("DefaultActions.member.1.TargetGroupArn", group.as_str()),
                ];
                elb(world, now, "CreateListener", &listener);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[22] "TCP to arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*" -> null"#,
        ),
        tamper(
            "the listener removed",
            |world, now| {
                let listener = first(world, "listener");
                elb(world, now, "DeleteListener", &[("ListenerArn", listener.as_str())]);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443] null -> {"protocol":"tcp","targets":["10.122.8.10:443"],"health":{"interval":10,"threshold":3}}"#,
        ),
        tamper(
            "another health check",
            |world, now| {
                let group = first(world, "target-group");
                let check = [("TargetGroupArn", group.as_str()), ("HealthCheckIntervalSeconds", "300")];
                elb(world, now, "ModifyTargetGroup", &check);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].health.interval 300 -> 10"#,
        ),
        tamper(
            "rules off",
            |world, now| {
                let (balancer, group) = (first(world, "load-balancer"), edge_group(world));
                let flag = [
                    ("LoadBalancerArn", balancer.as_str()),
                    ("SecurityGroups.member.1", group.as_str()),
                    ("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "off"),
                ];
                elb(world, now, "SetSecurityGroups", &flag);
            },
            r#"
             update hub/eu-north-1/load-balancer/edge
               private_link_ingress_rules "off" -> "enforced""#,
        ),
        tamper(
            "a target that is not healthy",
            |world, _| world.aws.set_target_health(HERE.1, [10, 122, 8, 10].into(), false),
            "",
        ),
    ];
    must(check("load_balancers", RESOURCES, &lines).await);
}

pub(super) fn service(world: &World) -> String {
    id(world, "vpc-endpoint-service", "endpoint-service/payments")
}

fn endpoint(world: &World) -> String {
    id(world, "vpc-endpoint", "endpoint/payments")
}

#[tokio::test(start_paused = true)]
async fn services() {
    let lines = [
        tamper(
            "a principal more",
            |world, now| {
                let service = service(world);
                let more = [("ServiceId", service.as_str()), ("AddAllowedPrincipals.1", "*")];
                ec2(world, now, "ModifyVpcEndpointServicePermissions", &more);
            },
            r#"
             update hub/eu-north-1/endpoint-service/payments
               principals[*] true -> null"#,
        ),
        tamper(
            "a principal less",
            |world, now| {
                let (service, gone) = (service(world), "arn:aws:iam::200000000003:root");
                let less = [("ServiceId", service.as_str()), ("RemoveAllowedPrincipals.1", gone)];
                ec2(world, now, "ModifyVpcEndpointServicePermissions", &less);
            },
            r#"
             update hub/eu-north-1/endpoint-service/payments
               principals[arn:aws:iam::200000000003:root] null -> true"#,
        ),
        tamper(
            "acceptance off",
            |world, now| {
                let service = service(world);
                let off = [("ServiceId", service.as_str()), ("AcceptanceRequired", "false")];
                ec2(world, now, "ModifyVpcEndpointServiceConfiguration", &off);
            },
            r#"
             update hub/eu-north-1/endpoint-service/payments
               acceptance "automatic" -> "managed""#,
        ),
        tamper(
            "a stranger waits",
            |world, now| drop(stranger(world, now)),
            r#"
             note stranger hub/eu-north-1/endpoint-service/payments"#,
        ),
        tamper(
            "a stranger was accepted",
            |world, now| {
                let (service, stranger) = (service(world), stranger(world, now));
                let accepted = [("ServiceId", service.as_str()), ("VpcEndpointId.1", stranger.as_str())];
                // The service does not see a new endpoint at once.
                let answer = ec2(world, now.plus_secs(60.0), "AcceptVpcEndpointConnections", &accepted);
                assert!(!answer.contains("<code>"), "{answer}");
            },
            r#"
             note stranger hub/eu-north-1/endpoint-service/payments"#,
        ),
    ];
    must(check("services", RESOURCES, &lines).await);
}

/// Somebody else's endpoint on our service.
fn stranger(world: &mut World, now: Millis) -> String {
    let name = service(world).replace("vpce-svc", "com.amazonaws.vpce.eu-north-1.vpce-svc");
    let group = clients_group(world);
    let parameters = [
        ("VpcEndpointType", "Interface"),
        ("VpcId", "vpc-0ee55ff66aa77bb88"),
        ("ServiceName", name.as_str()),
        ("SubnetId.1", "subnet-0c1d2e3f405162738"),
        ("SecurityGroupId.1", group.as_str()),
    ];
    let answer = ec2(world, now, "CreateVpcEndpoint", &parameters);
    let id = answer.split("<vpcEndpointId>").nth(1).and_then(|rest| rest.split('<').next());
    id.expect("the answer names the endpoint").to_owned()
}

#[expect(clippy::too_many_lines, reason = "one table")]
#[tokio::test(start_paused = true)]
async fn endpoints_and_records() {
    let lines = [
        tamper(
            "deleted",
            |world, now| {
                let endpoint = endpoint(world);
                ec2(world, now, "DeleteVpcEndpoints", &[("VpcEndpointId.1", endpoint.as_str())]);
            },
            r#"
             create hub/eu-north-1/endpoint/payments
               service null -> "com.amazonaws.vpce.eu-north-1.vpce-svc-*"
               vpc null -> "vpc-0ee55ff66aa77bb88"
               subnets[subnet-0c1d2e3f405162738] null -> "10.20.9.5"
               subnets[subnet-0d1e2f30415263748] null -> "10.20.9.21"
               security_groups null -> ["sg-*"]
               private_dns null -> false
             update hub/eu-north-1/private-zone-record/core
               alias "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com" -> "(known after apply: the regional name of hub/eu-north-1/endpoint/payments)""#,
        ),
        tamper(
            "rejected",
            |world, now| {
                let (service, endpoint) = (service(world), endpoint(world));
                let rejected = [("ServiceId", service.as_str()), ("VpcEndpointId.1", endpoint.as_str())];
                ec2(world, now, "RejectVpcEndpointConnections", &rejected);
            },
            r#"
             replace hub/eu-north-1/endpoint/payments
               state "rejected" -> "available"
             update hub/eu-north-1/private-zone-record/core
               alias "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com" -> "(known after apply: the regional name of hub/eu-north-1/endpoint/payments)""#,
        ),
        tamper(
            "a subnet less",
            |world, now| {
                let endpoint = endpoint(world);
                let less = [("VpcEndpointId", endpoint.as_str()), ("RemoveSubnetId.1", "subnet-0d1e2f30415263748")];
                ec2(world, now, "ModifyVpcEndpoint", &less);
            },
            r#"
             update hub/eu-north-1/endpoint/payments
               subnets[subnet-0d1e2f30415263748] null -> "10.20.9.21""#,
        ),
        tamper(
            "the record points elsewhere",
            |world, _| {
                let zone = zone(world);
                let values = world.aws.set_record(&zone, "core.azure.bank.example", "A", 60, &["10.9.9.9"]);
                values.expect("the zone takes it");
            },
            r#"
             update hub/eu-north-1/private-zone-record/core
               alias ["10.9.9.9"] -> "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com""#,
        ),
        tamper(
            "the record removed",
            |world, _| {
                let zone = zone(world);
                assert!(world.aws.remove_record(&zone, "core.azure.bank.example", "A"));
            },
            r#"
             update hub/eu-north-1/private-zone-record/core
               alias null -> "vpce-*-*.vpce-svc-*.eu-north-1.vpce.amazonaws.com""#,
        ),
        tamper(
            "a record of their own",
            |world, _| {
                let zone = zone(world);
                world.aws.set_record(&zone, "theirs.azure.bank.example", "A", 60, &["10.9.9.9"]).expect("it takes it");
            },
            "",
        ),
    ];
    must(check("endpoints_and_records", RESOURCES, &lines).await);
}

pub(super) fn zone(world: &World) -> String {
    let mut records = world.aws.objects().into_iter().filter(|object| object.kind == "record-set");
    let found = records.find(|record| record.id.contains("core.azure.bank.example"));
    found.and_then(|record| record.id.split(' ').next().map(str::to_owned)).expect("the record's zone")
}
