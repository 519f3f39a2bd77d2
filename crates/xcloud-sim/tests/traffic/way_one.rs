//! From AWS to Azure.

use xcloud_sim::traffic::{FromAws, Verdict};

use crate::estate::{HUB, Outcome, PRODUCT, estate, ip, refused};
use crate::rules::{ours, rule_group};

#[tokio::test(start_paused = true)]
async fn a_connection_passes_from_every_node() {
    let estate = estate("eu-north-1").await;
    let judgement = estate.one();
    let text = "10.60.2.20 -> 10.122.8.10:443: passes\n\
                10.60.2.36 -> 10.122.8.10:443: passes\n\
                10.60.2.4 -> 10.122.8.10:443: passes";
    let mut lines: Vec<String> = judgement.to_string().lines().map(str::to_owned).collect();
    lines.sort();
    assert_eq!(lines.join("\n"), text);
    assert_eq!(judgement.verdict, Verdict::Passes);
    assert!(estate.judge_one(&FromAws { vpc: None, ..estate.ask_one() }).passes(), "its VPC is the one around it");
}

#[tokio::test(start_paused = true)]
async fn the_name_must_be_known_in_the_clients_vpc() -> Outcome {
    let estate = estate("eu-north-1").await;
    let unknown = FromAws { name: "loans.azure.bank.example", ..estate.ask_one() };
    refused(&estate.judge_one(&unknown), "name", "loans.azure.bank.example. has no A record in the zone azure");
    refused(&estate.judge_one(&FromAws { name: "core.elsewhere", ..estate.ask_one() }), "name", "is unknown");
    refused(&estate.judge_one(&FromAws { vpc: Some("vpc-9"), ..estate.ask_one() }), "client", "no VPC vpc-9");

    // The zone with the longest name answers, even if it has no such record.
    let vpcs = [(estate.region.to_owned(), estate.vpc.clone())];
    let nearer = estate.cloud.change(|world, _| world.aws.add_private_zone(PRODUCT, "core.azure.bank.example", &vpcs));
    refused(&estate.one(), "name", "in the zone core.azure.bank.example.");
    let set = |kind: &'static str, name: &'static str, value: &'static str| {
        estate.cloud.change(|world, _| world.aws.set_record(&nearer, name, kind, 60, &[value]))
    };
    set("CNAME", "a.core.azure.bank.example", "core.azure.bank.example")?;
    set("A", "core.azure.bank.example", "10.12.9.99")?;
    let by_alias = FromAws { name: "A.core.azure.bank.example.", ..estate.ask_one() };
    refused(&estate.judge_one(&by_alias), "endpoint", "has the address 10.12.9.99");
    set("A", "core.azure.bank.example", "10.12.9.4")?;
    refused(&estate.judge_one(&by_alias), "endpoint", "has the address 10.12.9.4");
    set("A", "core.azure.bank.example", "10.12.9.5")?;
    let passes = estate.judge_one(&by_alias);
    assert!(passes.passes(), "{passes}");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_must_be_in_the_clients_vpc() {
    let estate = estate("eu-north-1").await;
    estate.alias("core.azure.bank.example", &estate.two.endpoint).await;
    refused(&estate.one(), "endpoint", "the client in vpc-");
}

#[tokio::test(start_paused = true)]
async fn the_endpoint_must_be_accepted_and_available() {
    let estate = estate("eu-north-1").await;
    let decide = [("ServiceId", estate.one.service.as_str()), ("VpcEndpointId.1", &estate.one.endpoint)];
    estate.perform(HUB, "ec2", "RejectVpcEndpointConnections", &decide);
    refused(&estate.one(), "endpoint", "is rejected");

    let service_name = format!("com.amazonaws.vpce.eu-north-1.{}", estate.one.service);
    let create = [
        ("VpcEndpointType", "Interface"),
        ("VpcId", estate.vpc.as_str()),
        ("ServiceName", &service_name),
        ("SecurityGroupId.1", &estate.one.endpoint_group),
        ("SubnetId.1", estate.subnets[0].as_str()),
    ];
    let made = estate.perform(PRODUCT, "ec2", "CreateVpcEndpoint", &create);
    let id = crate::estate::text(&made, "vpcEndpointId");
    let name = crate::estate::text(&made, "dnsName");
    let own = FromAws { name: &name, ..estate.ask_one() };
    refused(&estate.judge_one(&own), "endpoint", &format!("{id} is pendingAcceptance"));
    estate.perform(
        HUB,
        "ec2",
        "AcceptVpcEndpointConnections",
        &[("ServiceId", estate.one.service.as_str()), ("VpcEndpointId.1", &id)],
    );
    refused(&estate.judge_one(&own), "endpoint", "is pending");
    estate.cloud.clock().sleep(46.0).await;
    assert!(estate.judge_one(&own).passes());
    estate.perform(PRODUCT, "ec2", "DeleteVpcEndpoints", &[("VpcEndpointId.1", &id)]);
    refused(&estate.judge_one(&own), "endpoint", "is deleting");
}

#[tokio::test(start_paused = true)]
async fn the_endpoints_groups_must_admit_the_client_on_the_port() {
    let estate = estate("eu-north-1").await;
    let stranger = FromAws { client: ip("10.12.16.1"), ..estate.ask_one() };
    refused(&estate.judge_one(&stranger), "endpoint security group", "admit no 10.12.16.1 on port 443");
    refused(&estate.judge_one(&FromAws { port: 444, ..estate.ask_one() }), "endpoint security group", "port 444");
    let rule = ("tcp", "443", "10.12.0.0/20");
    estate.revoke(PRODUCT, &estate.one.endpoint_group, "RevokeSecurityGroupIngress", rule);
    refused(&estate.one(), "endpoint security group", "admit no 10.12.1.7 on port 443");
}

#[tokio::test(start_paused = true)]
async fn a_prefix_list_admits_its_entries() {
    let estate = estate("eu-north-1").await;
    let rule = ("tcp", "443", "10.12.0.0/20");
    estate.revoke(PRODUCT, &estate.one.endpoint_group, "RevokeSecurityGroupIngress", rule);
    let entries = ["10.12.1.0/24".parse().expect("a CIDR")];
    let list = estate.cloud.change(|world, _| {
        world.aws.add_prefix_list(PRODUCT, "eu-north-1", Some("pl-1".to_owned()), "clients", 5, &entries)
    });
    let permission = [
        ("GroupId", estate.one.endpoint_group.as_str()),
        ("IpPermissions.1.IpProtocol", "tcp"),
        ("IpPermissions.1.FromPort", "440"),
        ("IpPermissions.1.ToPort", "450"),
        ("IpPermissions.1.PrefixListIds.1.PrefixListId", &list.expect("a list")),
    ];
    estate.perform(PRODUCT, "ec2", "AuthorizeSecurityGroupIngress", &permission);
    assert!(estate.one().passes());
    let stranger = FromAws { client: ip("10.12.2.7"), ..estate.ask_one() };
    refused(&estate.judge_one(&stranger), "endpoint security group", "10.12.2.7");
}

#[tokio::test(start_paused = true)]
async fn the_load_balancer_must_be_active_and_listen_and_have_targets() -> Outcome {
    let estate = estate("eu-north-1").await;
    let describe = [("LoadBalancerArn", estate.one.balancer.as_str())];
    let listener = estate.perform(HUB, "elasticloadbalancing", "DescribeListeners", &describe);
    let group = crate::estate::text(&listener, "TargetGroupArn");
    estate.cloud.change(|world, _| world.aws.set_target_health("eu-north-1", ip("10.122.8.10"), false));
    refused(&estate.one(), "target", "one has no healthy one: 10.122.8.10 is unhealthy");
    let target = [("TargetGroupArn", group.as_str()), ("Targets.member.1.Id", "10.122.8.10")];
    estate.cloud.change(|world, _| world.aws.set_target_health("eu-north-1", ip("10.122.8.10"), true));
    estate.perform(HUB, "elasticloadbalancing", "DeregisterTargets", &target);
    estate.cloud.clock().sleep(119.0).await;
    assert!(estate.one().passes(), "new connections arrive for two to five minutes");
    estate.cloud.clock().sleep(182.0).await;
    refused(&estate.one(), "target", "one has no healthy one: 10.122.8.10 is draining");
    let listener = crate::estate::text(&listener, "ListenerArn");
    estate.perform(HUB, "elasticloadbalancing", "DeleteListener", &[("ListenerArn", &listener)]);
    refused(&estate.one(), "listener", "one has none on port 443");
    estate.cloud.change(|world, _| world.aws.fail_load_balancer("eu-north-1", &estate.one.balancer))?;
    refused(&estate.one(), "load balancer", "one is failed");
    Ok(())
}

#[tokio::test(start_paused = true)]
async fn a_listener_that_moves_sends_connections_to_the_old_targets_for_a_while() {
    let estate = estate("eu-north-1").await;
    let describe = [("LoadBalancerArn", estate.one.balancer.as_str())];
    let listeners = estate.perform(HUB, "elasticloadbalancing", "DescribeListeners", &describe);
    let (listener, old) =
        (crate::estate::text(&listeners, "ListenerArn"), crate::estate::text(&listeners, "TargetGroupArn"));
    let groups =
        estate.perform(HUB, "elasticloadbalancing", "DescribeTargetGroups", &[("TargetGroupArns.member.1", &old)]);
    let vpc = crate::estate::text(&groups, "VpcId");
    let new = [("Name", "new"), ("Protocol", "TCP"), ("Port", "443"), ("VpcId", &vpc), ("TargetType", "ip")];
    let new = estate.perform(HUB, "elasticloadbalancing", "CreateTargetGroup", &new);
    let new = crate::estate::text(&new, "TargetGroupArn");
    let mut target = vec![("TargetGroupArn", new.as_str()), ("Targets.member.1.Id", "10.122.8.10")];
    target.push(("Targets.member.1.AvailabilityZone", "all"));
    estate.perform(HUB, "elasticloadbalancing", "RegisterTargets", &target);
    let forward =
        |group| [("DefaultActions.member.1.Type", "forward"), ("DefaultActions.member.1.TargetGroupArn", group)];
    let trial =
        [&[("LoadBalancerArn", estate.one.balancer.as_str()), ("Protocol", "TCP"), ("Port", "9")], &forward(&new)[..]];
    estate.perform(HUB, "elasticloadbalancing", "CreateListener", &trial.concat());
    estate.cloud.clock().sleep(480.0).await;
    let moves = [&[("ListenerArn", listener.as_str())], &forward(&new)[..]].concat();
    estate.perform(HUB, "elasticloadbalancing", "ModifyListener", &moves);
    assert!(estate.one().passes());
    estate.perform(HUB, "elasticloadbalancing", "DeleteTargetGroup", &[("TargetGroupArn", &old)]);
    refused(&estate.one(), "listener", "still sends connections to");
    estate.cloud.clock().sleep(76.0).await;
    assert!(estate.one().passes());
}

#[tokio::test(start_paused = true)]
async fn the_load_balancers_groups_admit_the_client_if_enforced() {
    let estate = estate("eu-north-1").await;
    let rule = ("tcp", "443", "10.12.0.0/20");
    estate.revoke(HUB, &estate.one.balancer_group, "RevokeSecurityGroupIngress", rule);
    refused(&estate.one(), "load balancer security group", "of one admit no 10.12.1.7 on port 443");
    let off = [
        ("LoadBalancerArn", estate.one.balancer.as_str()),
        ("SecurityGroups.member.1", &estate.one.balancer_group),
        ("EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic", "off"),
    ];
    estate.perform(HUB, "elasticloadbalancing", "SetSecurityGroups", &off);
    assert!(estate.one().passes());
}

#[tokio::test(start_paused = true)]
async fn the_load_balancers_groups_must_let_the_target_out() {
    let estate = estate("eu-north-1").await;
    estate.revoke(HUB, &estate.one.balancer_group, "RevokeSecurityGroupEgress", ("-1", "", "0.0.0.0/0"));
    refused(&estate.one(), "load balancer security group", "let nothing out to 10.122.8.10:443");
}

#[tokio::test(start_paused = true)]
async fn a_node_that_the_firewall_does_not_know_refuses_its_share() {
    let estate = estate("eu-north-1").await;
    let mut missing = ours();
    missing["rules"][0]["sourceAddresses"] = serde_json::json!(["10.60.2.4", "10.60.2.36"]);
    estate.put(&estate.group("ours"), rule_group(2100, &[missing])).await;
    estate.cloud.clock().sleep(300.0).await;
    let judgement = estate.one();
    refused(&judgement, "firewall", "no rule of hub admits 10.60.2.20 -> 10.122.8.10:443");
    assert_eq!(judgement.ways.iter().filter(|(_, verdict)| verdict.passes()).count(), 2);
}
