//! Endpoints and their services, second by second.

use crate::client::{PRODUCT, REGION, estate};

type Outcome = Result<(), Box<dyn std::error::Error>>;

#[tokio::test(start_paused = true)]
async fn an_endpoint_waits_for_acceptance_and_works_forty_five_seconds_later() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let (service, name) = estate.service(&balancer, "true").await;
    let made = estate.endpoint(&name, &[]).await;
    assert_eq!((made.code(), made.text("state")), ("200", "pendingAcceptance"));
    let id = made.text("vpcEndpointId");
    assert_eq!(estate.endpoint_state(id).await, "InvalidVpcEndpointId.NotFound");
    estate.wait(1.0).await;
    assert_eq!(estate.endpoint_state(id).await, "pendingAcceptance");
    estate.wait(3600.0).await;
    assert_eq!(estate.endpoint_state(id).await, "pendingAcceptance");

    let accept = [("ServiceId", service.as_str()), ("VpcEndpointId.1", id)];
    let accepted = estate.ec2("HUB", "AcceptVpcEndpointConnections", &accept).await;
    assert_eq!((accepted.code(), accepted.text("unsuccessful")), ("200", ""));
    estate.wait(44.0).await;
    assert_eq!(estate.endpoint_state(id).await, "pending");
    estate.wait(2.0).await;
    assert_eq!(estate.endpoint_state(id).await, "available");
    let connections = estate.ec2("HUB", "DescribeVpcEndpointConnections", &[]).await;
    assert_eq!((connections.text("vpcEndpointState"), connections.text("vpcEndpointOwner")), ("available", PRODUCT));

    let rejected = estate.ec2("HUB", "RejectVpcEndpointConnections", &accept).await;
    assert_eq!(rejected.text("unsuccessful"), "");
    estate.wait(3600.0).await;
    assert_eq!(estate.endpoint_state(id).await, "rejected");
    let again = estate.ec2("HUB", "AcceptVpcEndpointConnections", &accept).await;
    assert_eq!((again.status, again.text("code")), (200, "InvalidState"));
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_deleted_endpoint_holds_its_interfaces_for_thirty_seconds() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let (_, name) = estate.service(&balancer, "false").await;
    let made = estate.endpoint(&name, &[]).await;
    assert_eq!(made.text("state"), "pending");
    let id = made.text("vpcEndpointId").to_owned();
    estate.wait(46.0).await;
    assert_eq!(estate.endpoint_state(&id).await, "available");

    let filter = format!("VPC Endpoint Interface {id}");
    let interfaces = [("Filter.1.Name", "description"), ("Filter.1.Value.1", filter.as_str())];
    let seen = estate.ec2("PRODUCT", "DescribeNetworkInterfaces", &interfaces).await;
    assert_eq!(seen.all("privateIpAddress"), ["10.61.1.4", "10.61.1.4"], "the lowest free address");
    assert_eq!(estate.ec2("PRODUCT", "DeleteVpcEndpoints", &[("VpcEndpointId.1", &id)]).await.code(), "200");
    estate.wait(29.0).await;
    assert_eq!(estate.endpoint_state(&id).await, "deleting");
    assert_eq!(
        estate.ec2("PRODUCT", "DescribeNetworkInterfaces", &interfaces).await.all("networkInterfaceId").len(),
        1
    );
    estate.wait(2.0).await;
    assert_eq!(estate.endpoint_state(&id).await, "deleted");
    assert!(estate.ec2("PRODUCT", "DescribeNetworkInterfaces", &interfaces).await.all("networkInterfaceId").is_empty());
    estate.wait(5.0).await;
    assert_eq!(estate.endpoint_state(&id).await, "InvalidVpcEndpointId.NotFound");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_fresh_service_says_available_and_answers_503_for_twenty_seconds() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let create = [("NetworkLoadBalancerArn.1", balancer.as_str()), ("AcceptanceRequired", "false")];
    let made = estate.ec2("HUB", "CreateVpcEndpointServiceConfiguration", &create).await;
    assert_eq!(made.text("serviceState"), "Available");
    let (id, name) = (made.text("serviceId"), made.text("serviceName"));
    assert_eq!(estate.endpoint(name, &[]).await.code(), "InvalidServiceName", "nobody is permitted yet");
    estate.wait(1.0).await;
    let principal = format!("arn:aws:iam::{PRODUCT}:root");
    let allow = [("ServiceId", id), ("AddAllowedPrincipals.1", &principal)];
    assert_eq!(estate.ec2("HUB", "ModifyVpcEndpointServicePermissions", &allow).await.code(), "200");
    estate.wait(1.0).await;
    let early = estate.endpoint(name, &[]).await;
    assert_eq!((early.status, early.code()), (503, "Unavailable"));
    estate.wait(19.0).await;
    assert_eq!(estate.endpoint(name, &[]).await.code(), "200");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_service_goes_only_after_its_connections() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let (service, name) = estate.service(&balancer, "true").await;
    let id = estate.endpoint(&name, &[]).await.text("vpcEndpointId").to_owned();
    estate.wait(1.0).await;
    let delete = [("ServiceId.1", service.as_str())];
    let live = estate.ec2("HUB", "DeleteVpcEndpointServiceConfigurations", &delete).await;
    assert_eq!((live.status, live.text("code")), (200, "ExistingVpcEndpointConnections"));
    assert_eq!(estate.elb("DeleteLoadBalancer", &[("LoadBalancerArn", &balancer)]).await.code(), "ResourceInUse");
    let reject = [("ServiceId", service.as_str()), ("VpcEndpointId.1", &id)];
    assert_eq!(estate.ec2("HUB", "RejectVpcEndpointConnections", &reject).await.text("unsuccessful"), "");
    assert_eq!(estate.ec2("HUB", "DeleteVpcEndpointServiceConfigurations", &delete).await.text("unsuccessful"), "");
    let state = estate.ec2("HUB", "DescribeVpcEndpointServiceConfigurations", &delete).await;
    assert_eq!(state.text("serviceState"), "Deleting");
    estate.wait(6.0).await;
    let gone = estate.ec2("HUB", "DescribeVpcEndpointServiceConfigurations", &delete).await;
    assert_eq!(gone.code(), "InvalidVpcEndpointServiceId.NotFound");
    assert_eq!(estate.elb("DeleteLoadBalancer", &[("LoadBalancerArn", &balancer)]).await.code(), "200");
    assert_eq!(estate.endpoint_state(&id).await, "rejected", "the consumer's endpoint stays");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_client_token_makes_one_endpoint() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let (_, name) = estate.service(&balancer, "true").await;
    let first = estate.endpoint(&name, &[("ClientToken", "t")]).await;
    let second = estate.endpoint(&name, &[("ClientToken", "t")]).await;
    assert_eq!(first.text("vpcEndpointId"), second.text("vpcEndpointId"));
    assert_eq!(second.text("clientToken"), "t");
    let other = estate.endpoint(&name, &[("ClientToken", "t"), ("SubnetId.2", &estate.product.subnets[1])]).await;
    assert_eq!(other.code(), "IdempotentParameterMismatch");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn addresses_are_pinned_inside_the_subnet_and_zones_must_be_offered() -> Outcome {
    let estate = estate()?;
    let group = estate.group("edge").await;
    let balancer = estate.load_balancer("edge", &group).await;
    let (_, name) = estate.service(&balancer, "true").await;
    let subnet = estate.product.subnets[0].as_str();
    for (address, code) in [
        ("10.61.1.3", "InvalidParameterValue"),
        ("10.61.1.63", "InvalidParameterValue"),
        ("10.61.2.9", "InvalidParameterValue"),
        ("10.61.1.62", "200"),
    ] {
        let pin = [("SubnetConfiguration.1.SubnetId", subnet), ("SubnetConfiguration.1.Ipv4", address)];
        assert_eq!(estate.endpoint(&name, &pin).await.code(), code, "{address}");
        estate.wait(4.0).await;
    }
    let pin = [("SubnetConfiguration.1.SubnetId", subnet), ("SubnetConfiguration.1.Ipv4", "10.61.1.62")];
    assert_eq!(estate.endpoint(&name, &pin).await.code(), "InvalidIPAddress.InUse");
    estate.wait(10.0).await;
    let second = estate.endpoint(&name, &[("SubnetId.2", &estate.product.subnets[1])]).await;
    assert_eq!(second.code(), "InvalidParameter", "the load balancer is in eun1-az1 alone");
    assert!(second.text("Message").contains("does not support the availability zone"), "{}", second.body);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_verified_private_name_turns_private_dns_on_unless_told_otherwise() -> Outcome {
    let estate = estate()?;
    let parameters = |private: &'static str| {
        let mut all = vec![
            ("VpcEndpointType", "Interface"),
            ("VpcId", estate.product.vpc.as_str()),
            ("ServiceName", "com.amazonaws.eu-north-1.sts"),
        ];
        all.extend((!private.is_empty()).then_some(("PrivateDnsEnabled", private)));
        all
    };
    let off = estate.ec2("PRODUCT", "CreateVpcEndpoint", &parameters("false")).await;
    assert_eq!((off.text("privateDnsEnabled"), off.all("dnsName").len()), ("false", 1));
    let on = estate.ec2("PRODUCT", "CreateVpcEndpoint", &parameters("")).await;
    assert_eq!((on.text("privateDnsEnabled"), on.all("dnsName").len()), ("true", 2));
    let conflict = estate.ec2("PRODUCT", "CreateVpcEndpoint", &parameters("true")).await;
    assert_eq!(conflict.code(), "InvalidParameter");
    assert!(conflict.text("Message").contains("conflicting DNS domain"), "{}", conflict.body);
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_failed_endpoint_says_why() -> Outcome {
    let estate = estate()?;
    let made = estate.endpoint("com.amazonaws.eu-north-1.sts", &[]).await;
    let id = made.text("vpcEndpointId");
    estate.wait(1.0).await;
    estate.cloud.change(|world, _| world.aws.fail_endpoint(REGION, id, "InsufficientCapacity", "no room"))?;
    let seen = estate.ec2("PRODUCT", "DescribeVpcEndpoints", &[("VpcEndpointId.1", id)]).await;
    assert_eq!(
        (seen.text("state"), seen.text("code"), seen.text("message")),
        ("failed", "InsufficientCapacity", "no room")
    );
    Ok(())
}
