//! Load balancers, listeners and targets, second by second.

use crate::client::{Estate, HUB, REGION, estate};

type Outcome = Result<(), Box<dyn std::error::Error>>;

async fn target_group(estate: &Estate, name: &str) -> String {
    let parameters = [
        ("Name", name),
        ("Protocol", "TCP"),
        ("Port", "443"),
        ("VpcId", estate.hub.vpc.as_str()),
        ("TargetType", "ip"),
    ];
    estate.elb("CreateTargetGroup", &parameters).await.text("TargetGroupArn").to_owned()
}

async fn listen(estate: &Estate, balancer: &str, port: &str, group: &str) -> String {
    let parameters = [
        ("LoadBalancerArn", balancer),
        ("Protocol", "TCP"),
        ("Port", port),
        ("DefaultActions.member.1.Type", "forward"),
        ("DefaultActions.member.1.TargetGroupArn", group),
    ];
    let made = estate.elb("CreateListener", &parameters).await;
    if made.status == 200 { made.text("ListenerArn").to_owned() } else { made.code().to_owned() }
}

async fn health(estate: &Estate, group: &str) -> Vec<String> {
    let seen = estate.elb("DescribeTargetHealth", &[("TargetGroupArn", group)]).await;
    seen.all("State").into_iter().map(str::to_owned).collect()
}

#[tokio::test(start_paused = true)]
async fn a_load_balancer_is_provisioned_for_ninety_seconds() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let arn = estate.load_balancer("edge", &group).await;
    assert!(arn.starts_with(&format!("arn:aws:elasticloadbalancing:{REGION}:{HUB}:loadbalancer/net/edge/")), "{arn}");
    let describe = [("LoadBalancerArns.member.1", arn.as_str())];
    estate.wait(88.0).await;
    assert_eq!(estate.elb("DescribeLoadBalancers", &describe).await.text("Code"), "provisioning");
    estate.wait(2.0).await;
    assert_eq!(estate.elb("DescribeLoadBalancers", &describe).await.text("Code"), "active");
    assert_eq!(estate.load_balancer("edge", &group).await, arn, "the same settings give the same load balancer");
    estate.cloud.change(|world, _| world.aws.fail_load_balancer(REGION, &arn))?;
    assert_eq!(estate.elb("DescribeLoadBalancers", &describe).await.text("Code"), "failed");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn targets_become_healthy_and_drain() -> Outcome {
    let estate = estate()?;
    let security = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &security).await;
    estate.wait(90.0).await;
    let group = target_group(&estate, "app").await;
    let outside = [("TargetGroupArn", group.as_str()), ("Targets.member.1.Id", "10.200.0.4")];
    assert_eq!(estate.elb("RegisterTargets", &outside).await.code(), "ValidationError");
    let inside = [("Targets.member.1.Id", "10.60.1.9"), ("Targets.member.1.AvailabilityZone", "all")];
    let inside = [&[("TargetGroupArn", group.as_str())], &inside[..]].concat();
    assert_eq!(estate.elb("RegisterTargets", &inside).await.code(), "ValidationError");
    let mut target = outside.to_vec();
    target.push(("Targets.member.1.AvailabilityZone", "all"));
    assert_eq!(estate.elb("RegisterTargets", &target).await.code(), "200");
    assert_eq!(health(&estate, &group).await, ["unused"]);
    let listener = listen(&estate, &balancer, "443", &group).await;
    assert_eq!(health(&estate, &group).await, ["initial"]);
    // 180 to 300 seconds until it is checked, and then five checks, one every 30 seconds.
    estate.wait(180.0 + 150.0 - 1.0).await;
    assert_eq!(health(&estate, &group).await, ["initial"]);
    estate.wait(121.0).await;
    assert_eq!(health(&estate, &group).await, ["healthy"]);
    let egress = [("GroupId", security.as_str()), ("IpPermissions.1.IpProtocol", "-1")];
    let egress = [&egress[..], &[("IpPermissions.1.IpRanges.1.CidrIp", "0.0.0.0/0")]].concat();
    assert_eq!(estate.ec2("HUB", "RevokeSecurityGroupEgress", &egress).await.code(), "200");
    estate.wait(59.0).await;
    assert_eq!(health(&estate, &group).await, ["healthy"], "two checks must fail");
    estate.wait(2.0).await;
    assert_eq!(health(&estate, &group).await, ["unhealthy"], "checks are subject to outbound rules");
    assert_eq!(estate.ec2("HUB", "AuthorizeSecurityGroupEgress", &egress).await.code(), "200");
    estate.wait(149.0).await;
    assert_eq!(health(&estate, &group).await, ["unhealthy"]);
    estate.wait(2.0).await;
    assert_eq!(health(&estate, &group).await, ["healthy"]);
    let address = "10.200.0.4".parse()?;
    estate.cloud.change(|world, _| world.aws.set_target_health(REGION, address, false));
    assert_eq!(health(&estate, &group).await, ["unhealthy"]);
    estate.cloud.change(|world, _| world.aws.set_target_health(REGION, address, true));
    assert_eq!(estate.elb("DeregisterTargets", &outside).await.code(), "200");
    estate.wait(298.0).await;
    assert_eq!(health(&estate, &group).await, ["draining"]);
    estate.wait(3.0).await;
    assert!(health(&estate, &group).await.is_empty());
    assert_eq!(estate.elb("DeleteTargetGroup", &[("TargetGroupArn", &group)]).await.code(), "ResourceInUse");
    assert_eq!(estate.elb("DeleteListener", &[("ListenerArn", &listener)]).await.code(), "200");
    assert_eq!(estate.elb("DeleteTargetGroup", &[("TargetGroupArn", &group)]).await.code(), "200");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_target_group_serves_one_load_balancer_and_a_port_one_listener() -> Outcome {
    let estate = estate()?;
    let security = estate.group("edge").await;
    let (one, two) = (estate.load_balancer("one", &security).await, estate.load_balancer("two", &security).await);
    let (first, second) = (target_group(&estate, "first").await, target_group(&estate, "second").await);
    assert!(listen(&estate, &one, "443", &first).await.starts_with("arn:"));
    assert_eq!(listen(&estate, &one, "443", &second).await, "DuplicateListener");
    assert_eq!(listen(&estate, &two, "443", &first).await, "TargetGroupAssociationLimit");
    assert!(listen(&estate, &two, "443", &second).await.starts_with("arn:"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn groups_are_born_with_the_load_balancer_or_never() -> Outcome {
    let estate = estate()?;
    let security = estate.group("edge").await;
    let bare = [
        ("Name", "bare"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("Subnets.member.1", estate.hub.subnets[0].as_str()),
    ];
    let made = estate.elb("CreateLoadBalancer", &bare).await;
    assert!(!made.body.contains("EnforceSecurityGroup"), "{}", made.body);
    let add = [("LoadBalancerArn", made.text("LoadBalancerArn")), ("SecurityGroups.member.1", security.as_str())];
    assert_eq!(estate.elb("SetSecurityGroups", &add).await.code(), "InvalidConfigurationRequest");
    let arn = estate.load_balancer("edge", &security).await;
    let remove = [("LoadBalancerArn", arn.as_str()), ("SecurityGroups", "")];
    assert_eq!(estate.elb("SetSecurityGroups", &remove).await.code(), "InvalidConfigurationRequest");
    let off = [
        ("LoadBalancerArn", arn.as_str()),
        ("SecurityGroups.member.1", security.as_str()),
        ("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "off"),
    ];
    assert_eq!(estate.elb("SetSecurityGroups", &off).await.code(), "200");
    let seen = estate.elb("DescribeLoadBalancers", &[("LoadBalancerArns.member.1", &arn)]).await;
    assert_eq!(seen.text("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"), "off");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn pinned_nodes_have_their_addresses_and_others_the_lowest_free_one() -> Outcome {
    let estate = estate()?;
    let parameters = [
        ("Name", "edge"),
        ("Type", "network"),
        ("Scheme", "internal"),
        ("SubnetMappings.member.1.SubnetId", estate.hub.subnets[0].as_str()),
        ("SubnetMappings.member.1.PrivateIPv4Address", "10.60.1.4"),
        ("SubnetMappings.member.2.SubnetId", estate.hub.subnets[1].as_str()),
    ];
    let made = estate.elb("CreateLoadBalancer", &parameters).await;
    assert_eq!(made.all("PrivateIPv4Address"), ["10.60.1.4"]);
    estate.wait(1.0).await;
    let filter = [("Filter.1.Name", "interface-type"), ("Filter.1.Value.1", "network_load_balancer")];
    let seen = estate.ec2("HUB", "DescribeNetworkInterfaces", &filter).await;
    let mut addresses = seen.all("privateIpAddress");
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses, ["10.60.1.4", "10.60.2.4"]);
    assert!(seen.all("description").iter().all(|text| text.starts_with("ELB net/edge/")), "{}", seen.body);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_zone_leaves_a_load_balancer_only_without_endpoints() -> Outcome {
    let estate = estate()?;
    let security = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &security).await;
    let (one, two) = (estate.hub.subnets[0].as_str(), estate.hub.subnets[1].as_str());
    let arn = ("LoadBalancerArn", balancer.as_str());
    let (first, second) = (("Subnets.member.1", one), ("Subnets.member.2", two));
    let set =
        async |subnets: &[(&str, &str)]| estate.elb("SetSubnets", &[&[arn], subnets].concat()).await.code().to_owned();
    assert_eq!(set(&[first, second]).await, "200");
    assert_eq!(set(&[first]).await, "200", "nobody is connected");
    assert_eq!(set(&[first, second]).await, "200");
    let (service, name) = estate.service(&balancer, "true").await;
    let made = estate.endpoint(&name, &[]).await;
    estate.wait(1.0).await;
    assert_eq!(set(&[first]).await, "InvalidConfigurationRequest", "an endpoint is connected");
    assert_eq!(set(&[first, second]).await, "200", "nothing leaves");
    let reject = [("ServiceId", service.as_str()), ("VpcEndpointId.1", made.text("vpcEndpointId"))];
    assert_eq!(estate.ec2("HUB", "RejectVpcEndpointConnections", &reject).await.code(), "200");
    assert_eq!(set(&[first]).await, "200", "it is not any more");
    Ok(())
}
