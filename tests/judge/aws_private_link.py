"""Endpoint services, endpoints, connections and their end."""

from aws_client import (
    HUB,
    PRODUCT,
    REGION,
    check,
    ec2,
    elb,
    equal,
    make_group,
    names,
    other,
    patient,
    refused,
    specification,
    until,
)


def service(balancer):
    arguments = {
        "NetworkLoadBalancerArns": [balancer],
        "AcceptanceRequired": True,
        "ClientToken": "t-1",
        "TagSpecifications": specification("vpc-endpoint-service", Name="svc"),
    }
    made = patient(ec2.create_vpc_endpoint_service_configuration, **arguments)["ServiceConfiguration"]
    identity = made["ServiceId"]
    equal(
        "service",
        (made["ServiceState"], made["ServiceType"], made["AcceptanceRequired"]),
        ("Available", [{"ServiceType": "Interface"}], True),
    )
    again = patient(ec2.create_vpc_endpoint_service_configuration, **arguments)["ServiceConfiguration"]["ServiceId"]
    equal("client token", again, identity)
    refused(
        "token mismatch",
        "IdempotentParameterMismatch",
        ec2.create_vpc_endpoint_service_configuration,
        **{**arguments, "AcceptanceRequired": False},
    )
    refused(
        "balancer taken",
        "InvalidParameter",
        ec2.create_vpc_endpoint_service_configuration,
        NetworkLoadBalancerArns=[balancer],
    )
    refused("no balancer", "InvalidParameter", ec2.create_vpc_endpoint_service_configuration, AcceptanceRequired=True)
    find = lambda **f: ec2.describe_vpc_endpoint_service_configurations(Filters=names(**f))["ServiceConfigurations"]
    until("service visible", lambda: ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[identity]))
    equal(
        "service filters",
        (len(find(tag__Name="svc")), len(find(service_name=made["ServiceName"])), len(find(tag__Name="x"))),
        (1, 1, 0),
    )
    seen = find(tag__Name="svc")[0]
    equal("host region", [r["Region"] for r in seen["SupportedRegions"]], [REGION])
    equal("zones by id", seen["AvailabilityZoneIds"], ["eun1-az1", "eun1-az2", "eun1-az3"])
    refused(
        "unknown service",
        "InvalidVpcEndpointServiceId.NotFound",
        ec2.describe_vpc_endpoint_service_configurations,
        ServiceIds=["vpce-svc-0123456789abcdef0"],
    )
    refused(
        "not permitted", "InvalidServiceName", other.describe_vpc_endpoint_services, ServiceNames=[made["ServiceName"]]
    )
    root = f"arn:aws:iam::{PRODUCT}:root"
    added = ec2.modify_vpc_endpoint_service_permissions(ServiceId=identity, AddAllowedPrincipals=[root])[
        "AddedPrincipals"
    ]
    equal("principal", [(p["PrincipalType"], p["Principal"]) for p in added], [("Account", root)])
    refused(
        "bad principal",
        "InvalidPrincipal",
        ec2.modify_vpc_endpoint_service_permissions,
        ServiceId=identity,
        AddAllowedPrincipals=["nobody"],
    )
    listed = ec2.describe_vpc_endpoint_service_permissions(ServiceId=identity)["AllowedPrincipals"]
    equal("principals", [p["Principal"] for p in listed], [root])
    until("permitted", lambda: other.describe_vpc_endpoint_services(ServiceNames=[made["ServiceName"]]))
    detail = other.describe_vpc_endpoint_services(ServiceNames=[made["ServiceName"]])["ServiceDetails"][0]
    equal(
        "detail",
        (detail["Owner"], sorted(detail["AvailabilityZoneIds"]), detail["AcceptanceRequired"]),
        (HUB, seen["AvailabilityZoneIds"], True),
    )
    return identity, made["ServiceName"]


def endpoint(identity, name):
    vpc = other.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = sorted(other.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZoneId"])
    ids = [subnet["SubnetId"] for subnet in subnets]
    group, second = make_group(other, vpc, "endpoint"), make_group(other, vpc, "endpoint-2")
    base = {"VpcEndpointType": "Interface", "VpcId": vpc, "ServiceName": name, "SubnetIds": ids[:1]}
    endpoint_refusals(base, ids)
    arguments = {
        **base,
        "SubnetIds": ids[:2],
        "SecurityGroupIds": [group],
        "ClientToken": "e-1",
        "PrivateDnsEnabled": False,
        "SubnetConfigurations": [{"SubnetId": ids[0], "Ipv4": "10.61.1.40"}],
        "TagSpecifications": specification("vpc-endpoint", Name="e"),
    }
    made = until("service usable", lambda: patient(other.create_vpc_endpoint, **arguments))["VpcEndpoint"]
    point = made["VpcEndpointId"]
    equal(
        "endpoint",
        (made["State"], made["Groups"][0]["GroupId"], made["SubnetIds"]),
        ("pendingAcceptance", group, ids[:2]),
    )
    equal("endpoint token", patient(other.create_vpc_endpoint, **arguments)["VpcEndpoint"]["VpcEndpointId"], point)
    refused(
        "endpoint token mismatch",
        "IdempotentParameterMismatch",
        other.create_vpc_endpoint,
        **{**arguments, "SubnetIds": ids},
    )
    until("endpoint visible", lambda: other.describe_vpc_endpoints(VpcEndpointIds=[point]))
    read = lambda: other.describe_vpc_endpoints(VpcEndpointIds=[point])["VpcEndpoints"][0]
    entries = read()["DnsEntries"]
    check("regional name first", entries[0]["DnsName"].endswith(f".{identity}.{REGION}.vpce.amazonaws.com"), entries)
    equal("dns entries", (len(entries), all(entry["HostedZoneId"] for entry in entries)), (3, True))
    nodes = other.describe_network_interfaces(Filters=names(description=f"VPC Endpoint Interface {point}"))[
        "NetworkInterfaces"
    ]
    equal("endpoint addresses", sorted(node["PrivateIpAddress"] for node in nodes), ["10.61.1.40", "10.61.2.4"])
    equal(
        "endpoint interfaces",
        {(n["InterfaceType"], n["Groups"][0]["GroupId"]) for n in nodes},
        {("vpc_endpoint", group)},
    )
    refused("endpoint holds group", "DependencyViolation", other.delete_security_group, GroupId=group)
    for key, value in {
        "vpc-endpoint-id": point,
        "vpc-endpoint-state": "pendingAcceptance",
        "tag:Name": "e",
        "service-name": name,
    }.items():
        found = other.describe_vpc_endpoints(Filters=[{"Name": key, "Values": [value]}])["VpcEndpoints"]
        equal(f"filter {key}", [e["VpcEndpointId"] for e in found], [point])
    accept(identity, point, read)
    change_endpoint(point, read, ids, group, second)
    return point, read, vpc, (group, second)


def endpoint_refusals(base, ids):
    refused(
        "unknown name",
        "InvalidServiceName",
        other.create_vpc_endpoint,
        **{**base, "ServiceName": "com.amazonaws.vpce.eu-north-1.vpce-svc-0"},
    )
    refused(
        "foreign subnet",
        "InvalidSubnetID.NotFound",
        other.create_vpc_endpoint,
        **{**base, "SubnetIds": ["subnet-0123456789abcdef0"]},
    )
    refused(
        "zone twice", "DuplicateSubnetsInSameZone", other.create_vpc_endpoint, **{**base, "SubnetIds": [ids[0], ids[0]]}
    )
    refused("private dns without name", "InvalidParameter", other.create_vpc_endpoint, **base, PrivateDnsEnabled=True)
    refused(
        "unknown endpoint group",
        "InvalidGroup.NotFound",
        other.create_vpc_endpoint,
        **base,
        SecurityGroupIds=["sg-0123456789abcdef0"],
    )
    refused("gateway type", "InvalidParameter", other.create_vpc_endpoint, **{**base, "VpcEndpointType": "Gateway"})


def accept(identity, point, read):
    seen = ec2.describe_vpc_endpoint_connections(Filters=names(service_id=identity))["VpcEndpointConnections"]
    equal(
        "connection",
        [(c["VpcEndpointId"], c["VpcEndpointOwner"], c["VpcEndpointState"]) for c in seen],
        [(point, PRODUCT, "pendingAcceptance")],
    )
    refused(
        "connection filter",
        "InvalidParameterValue",
        ec2.describe_vpc_endpoint_connections,
        Filters=names(vpc_endpoint_id=point),
    )
    decide = {"ServiceId": identity, "VpcEndpointIds": [point]}
    equal("accepted", patient(ec2.accept_vpc_endpoint_connections, **decide)["Unsuccessful"], [])
    equal("pending after acceptance", read()["State"], "pending")
    until("available", lambda: read()["State"] == "available")
    again = patient(ec2.accept_vpc_endpoint_connections, **decide)["Unsuccessful"]
    equal("accepted twice", [item["Error"]["Code"] for item in again], ["InvalidState"])
    gone = patient(ec2.accept_vpc_endpoint_connections, ServiceId=identity, VpcEndpointIds=["vpce-0123456789abcdef0"])[
        "Unsuccessful"
    ]
    equal("accepted nobody", [item["ResourceId"] for item in gone], ["vpce-0123456789abcdef0"])
    live = patient(ec2.delete_vpc_endpoint_service_configurations, ServiceIds=[identity])["Unsuccessful"]
    equal("live connections", [item["Error"]["Code"] for item in live], ["ExistingVpcEndpointConnections"])


def change_endpoint(point, read, ids, group, second):
    refused(
        "last group", "InvalidParameter", other.modify_vpc_endpoint, VpcEndpointId=point, RemoveSecurityGroupIds=[group]
    )
    patient(
        other.modify_vpc_endpoint,
        VpcEndpointId=point,
        AddSecurityGroupIds=[second],
        RemoveSecurityGroupIds=[group],
        AddSubnetIds=[ids[2]],
    )
    seen = read()
    equal(
        "modified endpoint",
        ([g["GroupId"] for g in seen["Groups"]], sorted(seen["SubnetIds"])),
        ([second], sorted(ids)),
    )
    mine = names(description=f"VPC Endpoint Interface {point}")
    until(
        "interfaces follow",
        lambda: {
            (n["SubnetId"], n["Groups"][0]["GroupId"])
            for n in other.describe_network_interfaces(Filters=mine)["NetworkInterfaces"]
        }
        == {(i, second) for i in ids},
    )
    until("available again", lambda: read()["State"] == "available")
    refused(
        "bad policy", "InvalidPolicyDocument", other.modify_vpc_endpoint, VpcEndpointId=point, PolicyDocument="no json"
    )


def change_service(identity, name, balancer, subnets, group):
    modify = lambda **arguments: patient(ec2.modify_vpc_endpoint_service_configuration, ServiceId=identity, **arguments)
    read = lambda: ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[identity])["ServiceConfigurations"][0]
    arguments = {"Name": "spare", "Type": "network", "Scheme": "internal", "SecurityGroups": [group]}
    made = elb.create_load_balancer(**arguments, Subnets=[subnet["SubnetId"] for subnet in subnets])
    spare = made["LoadBalancers"][0]["LoadBalancerArn"]
    refused("last balancer", "InvalidParameter", modify, RemoveNetworkLoadBalancerArns=[balancer])
    refused("strange balancer", "InvalidParameter", modify, RemoveNetworkLoadBalancerArns=[spare])
    refused("unknown balancer", "InvalidParameter", modify, AddNetworkLoadBalancerArns=[spare + "0"])
    modify(AddNetworkLoadBalancerArns=[spare], AcceptanceRequired=False)
    equal("two balancers", sorted(read()["NetworkLoadBalancerArns"]), sorted([balancer, spare]))
    equal("acceptance", read()["AcceptanceRequired"], False)
    modify(RemoveNetworkLoadBalancerArns=[spare], AcceptanceRequired=True)
    fewer = [subnet["SubnetId"] for subnet in subnets[:2]]
    refused(
        "a subnet of a connected service",
        "InvalidConfigurationRequest",
        elb.set_subnets,
        LoadBalancerArn=balancer,
        Subnets=fewer,
    )
    zones = elb.set_subnets(LoadBalancerArn=spare, Subnets=fewer)
    equal("subnet removed", len(zones["AvailabilityZones"]), 2)
    elb.delete_load_balancer(LoadBalancerArn=spare)
    modify(PrivateDnsName="api.bank.example")
    proof = read()["PrivateDnsNameConfiguration"]
    equal(
        "proof",
        (proof["State"], proof["Type"], proof["Value"].startswith("vpce:")),
        ("pendingVerification", "TXT", True),
    )
    ec2.start_vpc_endpoint_service_private_dns_verification(ServiceId=identity)
    until("verified", lambda: read()["PrivateDnsNameConfiguration"]["State"] == "verified")
    seen = other.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"][0]
    equal(
        "private name",
        (seen["PrivateDnsName"], seen["PrivateDnsNameVerificationState"]),
        ("api.bank.example", "verified"),
    )
    refused(
        "foreign service",
        "InvalidVpcEndpointServiceId.NotFound",
        other.modify_vpc_endpoint_service_configuration,
        ServiceId=identity,
    )


def private_dns(point, read):
    patient(other.modify_vpc_endpoint, VpcEndpointId=point, PrivateDnsEnabled=True)
    seen = read()
    equal("private dns", (seen["PrivateDnsEnabled"], seen["DnsEntries"][-1]["DnsName"]), (True, "api.bank.example"))
    patient(other.modify_vpc_endpoint, VpcEndpointId=point, PrivateDnsEnabled=False)
    check("private dns off", all(entry["DnsName"] != "api.bank.example" for entry in read()["DnsEntries"]))


def amazon(vpc):
    name = f"com.amazonaws.{REGION}.s3"
    detail = other.describe_vpc_endpoint_services(ServiceNames=[name])["ServiceDetails"][0]
    equal("service of aws", (detail["Owner"], len(detail["AvailabilityZoneIds"])), ("amazon", 3))
    arguments = {"VpcEndpointType": "Interface", "VpcId": vpc, "ServiceName": name}
    made = patient(other.create_vpc_endpoint, **arguments)["VpcEndpoint"]
    equal("on by itself", (made["PrivateDnsEnabled"], made["State"]), (True, "pending"))
    refused("one private name in a vpc", "InvalidParameter", other.create_vpc_endpoint, **arguments)
    until("aws endpoint visible", lambda: other.describe_vpc_endpoints(VpcEndpointIds=[made["VpcEndpointId"]]))
    equal(
        "aws endpoint deleted",
        patient(other.delete_vpc_endpoints, VpcEndpointIds=[made["VpcEndpointId"]])["Unsuccessful"],
        [],
    )


def teardown(balancer, listener, target_group, group, identity, point, read, groups):
    refused("balancer in use", "ResourceInUse", elb.delete_load_balancer, LoadBalancerArn=balancer)
    equal(
        "rejected",
        patient(ec2.reject_vpc_endpoint_connections, ServiceId=identity, VpcEndpointIds=[point])["Unsuccessful"],
        [],
    )
    equal("rejected state", read()["State"], "rejected")
    root = f"arn:aws:iam::{PRODUCT}:root"
    ec2.modify_vpc_endpoint_service_permissions(ServiceId=identity, RemoveAllowedPrincipals=[root])
    equal("no principals", ec2.describe_vpc_endpoint_service_permissions(ServiceId=identity)["AllowedPrincipals"], [])
    equal(
        "endpoints deleted",
        patient(other.delete_vpc_endpoints, VpcEndpointIds=[point, "vpce-0123456789abcdef0"])["Unsuccessful"][0][
            "Error"
        ]["Code"],
        "InvalidVpcEndpoint.NotFound",
    )
    equal("deleting", read()["State"], "deleting")
    until("endpoint gone", lambda: not other.describe_vpc_endpoints()["VpcEndpoints"])
    refused("endpoint not found", "InvalidVpcEndpointId.NotFound", other.describe_vpc_endpoints, VpcEndpointIds=[point])
    for endpoint_group in groups:
        other.delete_security_group(GroupId=endpoint_group)
    equal(
        "service deleted",
        patient(ec2.delete_vpc_endpoint_service_configurations, ServiceIds=[identity])["Unsuccessful"],
        [],
    )
    until("service gone", lambda: not ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"])
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=target_group)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    refused("interfaces linger", "DependencyViolation", ec2.delete_security_group, GroupId=group)
    until(
        "interfaces gone",
        lambda: not ec2.describe_network_interfaces(Filters=names(group_id=group))["NetworkInterfaces"],
    )
    ec2.delete_security_group(GroupId=group)
