"""Load balancers, target groups and listeners."""

from aws_client import HUB, check, ec2, elb, equal, make_group, names, refused, tags, until


def load_balancer(vpc, subnets, group):
    pinned = [
        {"SubnetId": subnets[0]["SubnetId"], "PrivateIPv4Address": "10.60.1.50"},
        {"SubnetId": subnets[1]["SubnetId"]},
    ]
    arguments = {
        "Name": "edge",
        "Type": "network",
        "Scheme": "internal",
        "SubnetMappings": pinned,
        "SecurityGroups": [group],
        "Tags": tags(Name="edge"),
    }
    made = elb.create_load_balancer(**arguments)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    equal("provisioning", made["State"]["Code"], "provisioning")
    check("arn", f":{HUB}:loadbalancer/net/edge/" in arn, arn)
    equal("idempotent", elb.create_load_balancer(**arguments)["LoadBalancers"][0]["LoadBalancerArn"], arn)
    refused(
        "other settings",
        "DuplicateLoadBalancerName",
        elb.create_load_balancer,
        **{**arguments, "SubnetMappings": pinned[:1]},
    )
    refused(
        "reserved address",
        "InvalidConfigurationRequest",
        elb.create_load_balancer,
        **{
            **arguments,
            "Name": "b",
            "SubnetMappings": [{"SubnetId": subnets[0]["SubnetId"], "PrivateIPv4Address": "10.60.1.3"}],
        },
    )
    refused("taken address", "InvalidConfigurationRequest", elb.create_load_balancer, **{**arguments, "Name": "b"})
    refused(
        "unknown group",
        "InvalidSecurityGroup",
        elb.create_load_balancer,
        **{**arguments, "Name": "b", "SecurityGroups": ["sg-0123456789abcdef0"]},
    )
    refused(
        "unknown subnet",
        "SubnetNotFound",
        elb.create_load_balancer,
        Name="b",
        Type="network",
        Scheme="internal",
        Subnets=["subnet-0123456789abcdef0"],
    )
    refused("long name", "ValidationError", elb.create_load_balancer, **{**arguments, "Name": "x" * 33})
    refused("not found", "LoadBalancerNotFound", elb.describe_load_balancers, Names=["nobody"])
    waited = until(
        "active",
        lambda: next(iter(elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]))["State"]["Code"]
        == "active",
    )
    check("active in the end", waited)
    seen = elb.describe_load_balancers(Names=["edge"])["LoadBalancers"][0]
    equal("enforced", seen["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"], "on")
    addresses = {
        zone["SubnetId"]: [a["PrivateIPv4Address"] for a in zone["LoadBalancerAddresses"]]
        for zone in seen["AvailabilityZones"]
    }
    equal("pins", addresses, {subnets[0]["SubnetId"]: ["10.60.1.50"], subnets[1]["SubnetId"]: []})
    nodes = ec2.describe_network_interfaces(Filters=names(description=f"ELB net/edge/{arn.rsplit('/')[-1]}"))[
        "NetworkInterfaces"
    ]
    equal("nodes", sorted(node["PrivateIpAddress"] for node in nodes), ["10.60.1.50", "10.60.2.4"])
    equal(
        "node type",
        {(node["InterfaceType"], node["RequesterId"], node["Groups"][0]["GroupId"]) for node in nodes},
        {("network_load_balancer", "amazon-elb", group)},
    )
    change_load_balancer(arn, subnets, group, vpc)
    return arn


def change_load_balancer(arn, subnets, group, vpc):
    second = make_group(ec2, vpc, "second")
    answer = elb.set_security_groups(
        LoadBalancerArn=arn, SecurityGroups=[second], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off"
    )
    equal(
        "groups set",
        (answer["SecurityGroupIds"], answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"]),
        ([second], "off"),
    )
    refused("no groups", "InvalidConfigurationRequest", elb.set_security_groups, LoadBalancerArn=arn, SecurityGroups=[])
    refused("group in use", "DependencyViolation", ec2.delete_security_group, GroupId=second)
    elb.set_security_groups(
        LoadBalancerArn=arn, SecurityGroups=[group], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="on"
    )
    ec2.delete_security_group(GroupId=second)
    zones = elb.set_subnets(LoadBalancerArn=arn, Subnets=[subnet["SubnetId"] for subnet in subnets])[
        "AvailabilityZones"
    ]
    equal("subnets set", len(zones), 3)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=tags(**{"deletion_protection.enabled": "true"}))
    refused("protected", "OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=arn)
    elb.modify_load_balancer_attributes(
        LoadBalancerArn=arn, Attributes=tags(**{"deletion_protection.enabled": "false"})
    )
    read = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    equal(
        "attributes",
        (read["deletion_protection.enabled"], read["load_balancing.cross_zone.enabled"]),
        ("false", "false"),
    )
    refused(
        "unknown attribute",
        "InvalidConfigurationRequest",
        elb.modify_load_balancer_attributes,
        LoadBalancerArn=arn,
        Attributes=tags(bogus="1"),
    )
    elb.add_tags(ResourceArns=[arn], Tags=tags(more="x"))
    elb.remove_tags(ResourceArns=[arn], TagKeys=["Name"])
    equal(
        "elb tags",
        elb.describe_tags(ResourceArns=[arn])["TagDescriptions"],
        [{"ResourceArn": arn, "Tags": tags(more="x")}],
    )
    bare = elb.create_load_balancer(Name="bare", Type="network", Scheme="internal", Subnets=[subnets[2]["SubnetId"]])
    first = elb.describe_load_balancers(PageSize=1)
    second = elb.describe_load_balancers(PageSize=1, Marker=first["NextMarker"])
    equal("pages of one", {page["LoadBalancers"][0]["LoadBalancerName"] for page in (first, second)}, {"bare", "edge"})
    check("last page", "NextMarker" not in second, second)
    bare = bare["LoadBalancers"][0]["LoadBalancerArn"]
    refused(
        "groups later",
        "InvalidConfigurationRequest",
        elb.set_security_groups,
        LoadBalancerArn=bare,
        SecurityGroups=[group],
    )
    elb.delete_load_balancer(LoadBalancerArn=bare)
    refused("21 arns", "ValidationError", elb.describe_tags, ResourceArns=[arn] * 21)


def listeners(vpc, balancer):
    arguments = {"Name": "app", "Protocol": "TCP", "Port": 8443, "VpcId": vpc, "TargetType": "ip"}
    group = elb.create_target_group(**arguments, Tags=tags(a="b"))["TargetGroups"][0]
    arn = group["TargetGroupArn"]
    equal(
        "health check",
        (
            group["HealthCheckProtocol"],
            group["HealthCheckPort"],
            group["HealthyThresholdCount"],
            group["HealthCheckTimeoutSeconds"],
        ),
        ("TCP", "traffic-port", 5, 10),
    )
    equal("same group", elb.create_target_group(**arguments)["TargetGroups"][0]["TargetGroupArn"], arn)
    refused("other group", "DuplicateTargetGroupName", elb.create_target_group, **{**arguments, "Port": 1})
    refused("zone all", "ValidationError", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4"}])
    refused(
        "public",
        "InvalidTarget",
        elb.register_targets,
        TargetGroupArn=arn,
        Targets=[{"Id": "8.8.8.8", "AvailabilityZone": "all"}],
    )
    refused("no address", "InvalidTarget", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "not-an-ip"}])
    target = {"Id": "10.200.0.4", "Port": 8443, "AvailabilityZone": "all"}
    elb.register_targets(TargetGroupArn=arn, Targets=[target])
    state = lambda: [
        (t["Target"], t["TargetHealth"]["State"])
        for t in elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
    ]
    equal("unused", state(), [(target, "unused")])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    listener = elb.create_listener(
        LoadBalancerArn=balancer, Protocol="TCP", Port=443, DefaultActions=forward, Tags=tags(l="1")
    )["Listeners"][0]["ListenerArn"]
    check("initial", state() in ([(target, "initial")], [(target, "healthy")]), state())
    until("healthy", lambda: state() == [(target, "healthy")])
    refused(
        "same port",
        "DuplicateListener",
        elb.create_listener,
        LoadBalancerArn=balancer,
        Protocol="TCP",
        Port=443,
        DefaultActions=forward,
    )
    refused("group in use", "ResourceInUse", elb.delete_target_group, TargetGroupArn=arn)
    seen = elb.modify_listener(ListenerArn=listener, Port=444)["Listeners"][0]
    equal(
        "modified listener",
        (seen["Port"], seen["DefaultActions"][0]["TargetGroupArn"], "SslPolicy" in seen),
        (444, arn, False),
    )
    elb.modify_listener(ListenerArn=listener, Port=443)
    equal("listeners", [l["Port"] for l in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]], [443])
    equal(
        "in front",
        elb.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"][0]["LoadBalancerArns"],
        [balancer],
    )
    refused("no listener", "ListenerNotFound", elb.describe_listeners, ListenerArns=[listener + "0"])
    equal(
        "idle timeout",
        elb.describe_listener_attributes(ListenerArn=listener)["Attributes"],
        tags(**{"tcp.idle_timeout.seconds": "350"}),
    )
    changed = elb.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=10, HealthCheckPort="8444")[
        "TargetGroups"
    ][0]
    equal("modified check", (changed["HealthCheckIntervalSeconds"], changed["HealthCheckPort"]), (10, "8444"))
    elb.modify_target_group_attributes(
        TargetGroupArn=arn, Attributes=tags(**{"deregistration_delay.timeout_seconds": "60"})
    )
    read = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
    equal(
        "group attributes",
        (read["deregistration_delay.timeout_seconds"], read["preserve_client_ip.enabled"]),
        ("60", "false"),
    )
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4", "Port": 8443}])
    equal("draining", [s for _, s in state()], ["draining"])
    until("drained", lambda: state() == [])
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4", "Port": 8443}])
    equal("listener tags", elb.describe_tags(ResourceArns=[listener])["TagDescriptions"][0]["Tags"], tags(l="1"))
    return listener, arn
