//! What objects of ours can be made to say that no config can say: it is told, or put right, and never silent.

use xcloud_sim::{Millis, World};

use super::aws::{clients_group, ec2, edge_group, elb, first, service, zone};
use super::hand::{check, tamper};
use crate::bed::RESOURCES;
use crate::cases::{edit, edited, must};

/// The example with nothing said about enforcement and health, as far as it need not be.
fn bare() -> String {
    let balancer = "aws/load-balancer";
    edited(
        RESOURCES,
        &[
            edit(balancer, "    private_link_ingress_rules: enforced     # or off\n", ""),
            edit(balancer, ", health: {protocol: tcp, interval: 10s, threshold: 3}}", "}"),
        ],
    )
}

/// A target group of somebody else, with a target of their own, in the load balancer's network.
fn canary(world: &mut World, now: Millis) -> String {
    let group = [
        ("Name", "canary"),
        ("Protocol", "TCP"),
        ("Port", "443"),
        ("VpcId", "vpc-0aa11bb22cc33dd44"),
        ("TargetType", "ip"),
    ];
    let answer = elb(world, now, "CreateTargetGroup", &group);
    let arn = answer.split("<TargetGroupArn>").nth(1).and_then(|rest| rest.split('<').next());
    let arn = arn.expect("the answer names the group").to_owned();
    let target = [
        ("TargetGroupArn", arn.as_str()),
        ("Targets.member.1.Id", "10.99.9.9"),
        ("Targets.member.1.Port", "443"),
        ("Targets.member.1.AvailabilityZone", "all"),
    ];
    elb(world, now, "RegisterTargets", &target);
    arn
}

/// Shares the traffic of our listener: `first` names the group that is written first.
fn share(world: &mut World, now: Millis, ours_first: bool) {
    let (listener, ours) = (first(world, "listener"), first(world, "target-group"));
    let theirs = canary(world, now);
    let groups = if ours_first { [&ours, &theirs] } else { [&theirs, &ours] };
    let config = "DefaultActions.member.1.ForwardConfig.TargetGroups.member";
    let (arn_1, weight_1) = (format!("{config}.1.TargetGroupArn"), format!("{config}.1.Weight"));
    let (arn_2, weight_2) = (format!("{config}.2.TargetGroupArn"), format!("{config}.2.Weight"));
    let shares = [
        ("ListenerArn", listener.as_str()),
        ("DefaultActions.member.1.Type", "forward"),
        (arn_1.as_str(), groups[0].as_str()),
        (weight_1.as_str(), "50"),
        (arn_2.as_str(), groups[1].as_str()),
        (weight_2.as_str(), "50"),
    ];
    elb(world, now, "ModifyListener", &shares);
}

#[tokio::test(start_paused = true)]
async fn load_balancers_beyond_the_config() {
    let lines = [
        tamper(
            "half of the traffic goes to a target group of others",
            |world, now| share(world, now, true),
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].target_group ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/canary/*","arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*"] -> "arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*""#,
        ),
        tamper(
            "the other target group is written first",
            |world, now| share(world, now, false),
            r#"
             update hub/eu-north-1/load-balancer/edge
               listeners[443].target_group ["arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/canary/*","arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*"] -> "arn:aws:elasticloadbalancing:eu-north-1:100000000001:targetgroup/xc-a5f8b0ec-443-to-443/*""#,
        ),
        tamper(
            "enforcement off, where the config says nothing of it",
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
            "health asked by HTTP on another port",
            |world, now| {
                let group = first(world, "target-group");
                let http = [
                    ("TargetGroupArn", group.as_str()),
                    ("HealthCheckProtocol", "HTTP"),
                    ("HealthCheckPort", "8080"),
                    ("HealthCheckPath", "/x"),
                ];
                elb(world, now, "ModifyTargetGroup", &http);
            },
            r#"
             note beyond-config hub/eu-north-1/load-balancer/edge
             note beyond-config hub/eu-north-1/load-balancer/edge"#,
        ),
        tamper(
            "health asked every five minutes",
            |world, now| {
                let group = first(world, "target-group");
                let slow = [("TargetGroupArn", group.as_str()), ("HealthCheckIntervalSeconds", "300")];
                elb(world, now, "ModifyTargetGroup", &slow);
            },
            r#"
             note beyond-config hub/eu-north-1/load-balancer/edge"#,
        ),
        tamper(
            "dualstack",
            |world, now| {
                let balancer = first(world, "load-balancer");
                let dualstack = [("LoadBalancerArn", balancer.as_str()), ("IpAddressType", "dualstack")];
                elb(world, now, "SetIpAddressType", &dualstack);
            },
            r#"
             note beyond-config hub/eu-north-1/load-balancer/edge"#,
        ),
    ];
    must(check("load_balancers_beyond", &bare(), &lines).await);
}

#[tokio::test(start_paused = true)]
async fn services_beyond_the_config() {
    let lines = [
        tamper("another region", |world, now| modify(world, now, ("AddSupportedRegion.1", "us-east-1")), TOLD),
        tamper("a private name", |world, now| modify(world, now, ("PrivateDnsName", "pay.bank.example")), TOLD),
        tamper("IPv6", |world, now| modify(world, now, ("AddSupportedIpAddressType.1", "ipv6")), TOLD),
        tamper(
            "another payer",
            |world, now| {
                let service = service(world);
                let payer = [("ServiceId", service.as_str()), ("PayerResponsibility", "ServiceOwner")];
                ec2(world, now, "ModifyVpcEndpointServicePayerResponsibility", &payer);
            },
            TOLD,
        ),
    ];
    must(check("services_beyond", RESOURCES, &lines).await);
}

const TOLD: &str = "
    note beyond-config hub/eu-north-1/endpoint-service/payments";

fn modify(world: &mut World, now: Millis, (key, value): (&str, &str)) {
    let service = service(world);
    ec2(world, now, "ModifyVpcEndpointServiceConfiguration", &[("ServiceId", service.as_str()), (key, value)]);
}

#[tokio::test(start_paused = true)]
async fn neighbours_of_endpoints_and_records() {
    let lines = [
        tamper(
            "an endpoint of another type with a group of ours",
            |world, now| {
                let group = clients_group(world);
                let parameters = [
                    ("VpcEndpointType", "Resource"),
                    ("VpcId", "vpc-0ee55ff66aa77bb88"),
                    ("ResourceConfigurationArn", "arn:aws:vpc-lattice:eu-north-1:100000000001:resourceconfiguration/x"),
                    ("SubnetId.1", "subnet-0c1d2e3f405162738"),
                    ("SecurityGroupId.1", group.as_str()),
                ];
                ec2(world, now, "CreateVpcEndpoint", &parameters);
            },
            r#"
             note stranger hub/eu-north-1/security-group/clients"#,
        ),
        tamper(
            "an IPv6 address beside the record",
            |world, _| {
                let zone = zone(world);
                let values = world.aws.set_record(&zone, "core.azure.bank.example", "AAAA", 60, &["2001:db8::1"]);
                values.expect("the zone takes it");
            },
            r#"
             note rival-record hub/eu-north-1/private-zone-record/core"#,
        ),
    ];
    must(check("neighbours", RESOURCES, &lines).await);
}
