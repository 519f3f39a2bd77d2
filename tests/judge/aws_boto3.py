"""Drives a served simulator with boto3: create, read, update, delete and the refusals of every family.

Usage: aws_boto3.py URL        (the URL that `cargo run -p xcloud-sim --example serve -- 60` prints)

Needs boto3. Prints `N passed, N failed`; exits 1 if anything failed.
"""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = sys.argv[1]
REGION = "eu-north-1"
HUB, PRODUCT = "100000000001", "200000000002"
ONCE = Config(retries={"total_max_attempts": 1})
passed, failed = 0, 0


def client(service, key, token=None):
    region = "us-east-1" if service == "route53" else REGION
    return boto3.client(service, endpoint_url=URL, region_name=region, aws_access_key_id=key,
                        aws_secret_access_key="secret", aws_session_token=token, config=ONCE)


def check(name, holds, seen=None):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {seen}")


def equal(name, seen, expected):
    check(name, seen == expected, f"{seen!r} is not {expected!r}")


def patient(call, **arguments):
    """Calls until neither throttled nor too early for a new object."""
    for _ in range(400):
        try:
            return call(**arguments)
        except ClientError as error:
            if error.response["Error"]["Code"] not in ("RequestLimitExceeded", "Throttling"):
                raise
            time.sleep(0.02)
    raise TimeoutError(call)


def refused(name, code, call, status=None, **arguments):
    try:
        answer = patient(call, **arguments)
        check(name, False, f"accepted: {answer}")
    except ClientError as error:
        equal(name, error.response["Error"]["Code"], code)
        check(f"{name}: request id", bool(error.response["ResponseMetadata"].get("RequestId")), error.response)
        if status:
            equal(f"{name}: status", error.response["ResponseMetadata"]["HTTPStatusCode"], status)


def until(name, probe, seconds=30):
    """Waits until the probe returns something true; an error of the cloud counts as not yet."""
    end, seen = time.monotonic() + seconds, None
    while time.monotonic() < end:
        try:
            seen = probe()
            if seen:
                check(name, True)
                return seen
        except ClientError as error:
            seen = error.response["Error"]["Code"]
        time.sleep(0.02)
    check(name, False, f"never came; last: {seen}")
    return None


ec2, other = client("ec2", "HUBKEY"), client("ec2", "PRODUCTKEY")
elb, other_elb = client("elbv2", "HUBKEY"), client("elbv2", "PRODUCTKEY")
dns, sts = client("route53", "PRODUCTKEY"), client("sts", "HUBKEY")


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def specification(kind, **pairs):
    return [{"ResourceType": kind, "Tags": tags(**pairs)}]


def names(**filters):
    return [{"Name": name.replace("__", ":").replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def identities():
    equal("caller", sts.get_caller_identity()["Account"], HUB)
    role = f"arn:aws:iam::{PRODUCT}:role/deploy"
    made = sts.assume_role(RoleArn=role, RoleSessionName="judge")["Credentials"]
    check("expiration", made["Expiration"].year >= 2026, made)
    assumed = client("sts", made["AccessKeyId"], made["SessionToken"]).get_caller_identity()
    equal("assumed account", assumed["Account"], PRODUCT)
    equal("assumed arn", assumed["Arn"], f"arn:aws:sts::{PRODUCT}:assumed-role/deploy/judge")
    seen = client("ec2", made["AccessKeyId"], made["SessionToken"]).describe_vpcs()["Vpcs"]
    equal("same state for a role", [vpc["OwnerId"] for vpc in seen], [PRODUCT])
    equal("unknown key", client("sts", "NOBODY").get_caller_identity()["Account"], "999999999999")
    refused("bad role", "ValidationError", sts.assume_role, RoleArn="arn:aws:iam::12:role/x" + "y" * 10, RoleSessionName="judge")


def network():
    zones = {zone["ZoneName"]: zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    equal("zone ids", sorted(zones.values()), ["eun1-az1", "eun1-az2", "eun1-az3"])
    vpc = ec2.describe_vpcs(Filters=names(tag__Name="hub"))["Vpcs"][0]
    subnets = ec2.describe_subnets(Filters=names(vpc_id=vpc["VpcId"]))["Subnets"]
    equal("subnets", len(subnets), 3)
    equal("zone of a subnet", {zones[subnet["AvailabilityZone"]] == subnet["AvailabilityZoneId"] for subnet in subnets}, {True})
    equal("free addresses", subnets[0]["AvailableIpAddressCount"], 59)
    equal("wildcard", len(ec2.describe_subnets(Filters=names(tag__Name="hub-*"))["Subnets"]), 3)
    equal("tag-key", len(ec2.describe_subnets(Filters=names(tag_key="Nome"))["Subnets"]), 0)
    refused("unknown filter", "InvalidParameterValue", ec2.describe_vpcs, Filters=names(bogus="x"))
    refused("unknown vpc", "InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
    refused("unknown subnet", "InvalidSubnetID.NotFound", ec2.describe_subnets, SubnetIds=["subnet-0123456789abcdef0"])
    refused("foreign vpc", "InvalidVpcID.NotFound", other.describe_vpcs, VpcIds=[vpc["VpcId"]])
    refused("dry run", "DryRunOperation", ec2.create_vpc, status=412, CidrBlock="10.9.0.0/16", DryRun=True)
    equal("dry run made nothing", len(ec2.describe_vpcs()["Vpcs"]), 1)
    equal("dns hostnames", ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"], {"Value": True})
    made = ec2.create_vpc(CidrBlock="10.70.0.0/16", TagSpecifications=specification("vpc", Name="more"))["Vpc"]
    equal("made vpc", (made["CidrBlock"], made["Tags"]), ("10.70.0.0/16", tags(Name="more")))
    until("vpc visible", lambda: ec2.describe_vpcs(VpcIds=[made["VpcId"]]))
    for index in range(7):
        ec2.create_subnet(VpcId=made["VpcId"], CidrBlock=f"10.70.{index}.0/28", AvailabilityZoneId=f"eun1-az{index % 3 + 1}")
    refused("overlap", "InvalidSubnet.Conflict", ec2.create_subnet, VpcId=made["VpcId"], CidrBlock="10.70.0.0/24")
    refused("outside", "InvalidSubnet.Range", ec2.create_subnet, VpcId=made["VpcId"], CidrBlock="10.71.0.0/24")
    mine = names(vpc_id=made["VpcId"])
    until("subnets visible", lambda: len(ec2.describe_subnets(Filters=mine)["Subnets"]) == 7)
    first = ec2.describe_subnets(Filters=mine, MaxResults=5)
    second = ec2.describe_subnets(Filters=mine, MaxResults=5, NextToken=first["NextToken"])
    equal("pages", (len(first["Subnets"]), len(second["Subnets"]), "NextToken" in second), (5, 2, False))
    refused("page size", "InvalidParameterValue", ec2.describe_subnets, MaxResults=2000)
    refused("vpc in use", "DependencyViolation", ec2.delete_vpc, VpcId=made["VpcId"])
    for subnet in first["Subnets"] + second["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    ec2.delete_vpc(VpcId=made["VpcId"])
    refused("unknown action", "InvalidAction", ec2.describe_instances)
    return vpc["VpcId"], sorted(subnets, key=lambda subnet: subnet["AvailabilityZoneId"])


def permission(cidr=None, port=443, **more):
    ranges = {"IpRanges": [{"CidrIp": cidr}]} if cidr else {}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges, **more}


def make_group(api, vpc, name):
    group = api.create_security_group(GroupName=name, Description="judge", VpcId=vpc,
                                      TagSpecifications=specification("security-group", Name=name))["GroupId"]
    until(f"group {name} visible", lambda: api.describe_security_groups(GroupIds=[group]))
    return group


def group_basics(vpc):
    fresh = ec2.create_security_group(GroupName="fresh", Description="judge", VpcId=vpc)["GroupId"]
    refused("too early", "InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=[fresh])
    until("then visible", lambda: ec2.describe_security_groups(GroupIds=[fresh]))
    described = ec2.describe_security_groups(GroupIds=[fresh])["SecurityGroups"][0]
    equal("default egress", described["IpPermissionsEgress"][0]["IpRanges"], [{"CidrIp": "0.0.0.0/0"}])
    equal("all protocols have no ports", "FromPort" in described["IpPermissionsEgress"][0], False)
    refused("same name", "InvalidGroup.Duplicate", ec2.create_security_group, GroupName="FRESH", Description="x", VpcId=vpc)
    refused("sg- name", "InvalidParameterValue", ec2.create_security_group, GroupName="sg-x", Description="x", VpcId=vpc)
    refused("wrong tag type", "InvalidParameterValue", ec2.create_security_group, GroupName="y", Description="x", VpcId=vpc,
            TagSpecifications=specification("vpc", a="b"))
    refused("malformed id", "InvalidGroupId.Malformed", ec2.describe_security_groups, GroupIds=["sg-zz"])
    refused("unknown group", "InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"])
    ec2.create_tags(Resources=[fresh], Tags=tags(one="1", two=""))
    ec2.delete_tags(Resources=[fresh], Tags=[{"Key": "one", "Value": "other"}])
    equal("tags", ec2.describe_tags(Filters=names(resource_id=fresh))["Tags"],
          [{"Key": key, "ResourceId": fresh, "ResourceType": "security-group", "Value": value} for key, value in (("one", "1"), ("two", ""))])
    equal("tags by tag", [tag["Key"] for tag in ec2.describe_tags(Filters=names(tag__one="1"))["Tags"]], ["one"])
    refused("aws: tags", "InvalidParameterValue", ec2.create_tags, Resources=[fresh], Tags=[{"Key": "aws:x", "Value": "y"}])
    refused("51 tags", "TagLimitExceeded", ec2.create_tags, Resources=[fresh], Tags=tags(**{f"k{n}": "v" for n in range(50)}))
    ec2.delete_security_group(GroupId=fresh)
    refused("deleted", "InvalidGroup.NotFound", ec2.delete_security_group, GroupId=fresh)
    default = ec2.describe_security_groups(Filters=names(group_name="default", vpc_id=vpc))["SecurityGroups"][0]["GroupId"]
    refused("default group", "CannotDelete", ec2.delete_security_group, GroupId=default)


def rules(vpc):
    group, peer = make_group(ec2, vpc, "rules"), make_group(ec2, vpc, "peer")
    prefixes = ec2.create_managed_prefix_list(PrefixListName="p", MaxEntries=3, AddressFamily="IPv4",
                                              Entries=[{"Cidr": "10.1.0.0/16", "Description": "one"}])["PrefixList"]["PrefixListId"]
    until("prefix list", lambda: ec2.describe_managed_prefix_lists(PrefixListIds=[prefixes])["PrefixLists"][0]["State"] == "create-complete")
    equal("entries", ec2.get_managed_prefix_list_entries(PrefixListId=prefixes)["Entries"], [{"Cidr": "10.1.0.0/16", "Description": "one"}])
    wanted = [
        permission(IpRanges=[{"CidrIp": "10.1.2.3/16", "Description": "v4"}], Ipv6Ranges=[{"CidrIpv6": "fd00:0::1/64"}]),
        permission(PrefixListIds=[{"PrefixListId": prefixes, "Description": "list"}]),
        permission(UserIdGroupPairs=[{"GroupId": peer, "Description": "peer"}], port=8443),
    ]
    made = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=wanted,
                                                TagSpecifications=specification("security-group-rule", rule="x"))["SecurityGroupRules"]
    equal("all rules returned", len(made), 4)
    equal("canonical v4", [rule["CidrIpv4"] for rule in made if "CidrIpv4" in rule], ["10.1.0.0/16"])
    equal("canonical v6", [rule["CidrIpv6"] for rule in made if "CidrIpv6" in rule], ["fd00::/64"])
    equal("reference", [rule["ReferencedGroupInfo"]["GroupId"] for rule in made if "ReferencedGroupInfo" in rule], [peer])
    equal("tagged rules", len(ec2.describe_security_group_rules(Filters=names(tag__rule="x"))["SecurityGroupRules"]), 4)
    listed = ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]
    equal("descriptions", sorted(rule.get("Description", "") for rule in listed), ["", "", "list", "peer", "v4"])
    refused("duplicate", "InvalidPermission.Duplicate", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission("192.168.0.0/24"), permission("10.1.9.9/16")])
    equal("atomic", len(ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]), 5)
    refused("twice in a call", "InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission("10.5.0.0/16"), permission("10.5.1.0/16")])
    refused("ports", "InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[{"IpProtocol": "tcp", "FromPort": 90, "ToPort": 82, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    refused("protocol", "InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[{"IpProtocol": "tpc", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}])
    refused("cidr", "InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group, IpPermissions=[permission("10.0.0.0/33")])
    refused("unknown peer", "InvalidGroup.NotFound", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}])])
    refused("unknown list", "InvalidPrefixListID.NotFound", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission(PrefixListIds=[{"PrefixListId": "pl-0123456789abcdef0"}])])
    refused("description", "InvalidParameterValue", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission(IpRanges=[{"CidrIp": "10.8.0.0/16", "Description": "\u00e9"}])])
    refused("61st rule", "RulesPerSecurityGroupLimitExceeded", ec2.authorize_security_group_ingress, GroupId=group,
            IpPermissions=[permission(f"10.{n}.0.0/16", port=99) for n in range(60)])
    change_rules(group, made)
    refused("held by a rule", "DependencyViolation", ec2.delete_security_group, GroupId=peer)
    refused("list in use", "DependencyViolation", ec2.delete_managed_prefix_list, PrefixListId=prefixes)
    remove_rules(group, peer)
    ec2.delete_security_group(GroupId=peer)
    ec2.delete_security_group(GroupId=group)
    ec2.delete_managed_prefix_list(PrefixListId=prefixes)


def change_rules(group, made):
    v4 = next(rule for rule in made if "CidrIpv4" in rule)["SecurityGroupRuleId"]
    change = lambda **rule: [{"SecurityGroupRuleId": v4, "SecurityGroupRule": {"IpProtocol": "tcp", **rule}}]
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=change(FromPort=80, ToPort=81, CidrIpv4="10.2.0.0/16", Description="new"))
    seen = ec2.describe_security_group_rules(SecurityGroupRuleIds=[v4])["SecurityGroupRules"][0]
    equal("modified", (seen["FromPort"], seen["ToPort"], seen["CidrIpv4"], seen["Description"]), (80, 81, "10.2.0.0/16", "new"))
    refused("other kind", "InvalidParameterValue", ec2.modify_security_group_rules, GroupId=group,
            SecurityGroupRules=change(FromPort=80, ToPort=81, CidrIpv6="fd00::/64"))
    ec2.update_security_group_rule_descriptions_ingress(GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": v4, "Description": "by id"}])
    equal("by id", ec2.describe_security_group_rules(SecurityGroupRuleIds=[v4])["SecurityGroupRules"][0]["Description"], "by id")
    refused("no such rule", "InvalidPermission.NotFound", ec2.update_security_group_rule_descriptions_ingress, GroupId=group,
            IpPermissions=[permission("10.99.0.0/16")])


def remove_rules(group, peer):
    refused("absent rule", "InvalidPermission.NotFound", ec2.revoke_security_group_ingress, GroupId=group, IpPermissions=[permission("10.99.0.0/16")])
    refused("absent id", "InvalidSecurityGroupRuleId.NotFound", ec2.revoke_security_group_ingress, GroupId=group,
            SecurityGroupRuleIds=["sgr-0123456789abcdef0"])
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": peer}], port=8443)])
    rest = ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]
    egress = [rule["SecurityGroupRuleId"] for rule in rest if rule["IsEgress"]]
    ingress = [rule["SecurityGroupRuleId"] for rule in rest if not rule["IsEgress"]]
    refused("wrong direction", "InvalidSecurityGroupRuleId.NotFound", ec2.revoke_security_group_ingress, GroupId=group, SecurityGroupRuleIds=egress)
    gone = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ingress)["RevokedSecurityGroupRules"]
    equal("revoked", sorted(rule["SecurityGroupRuleId"] for rule in gone), sorted(ingress))
    ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    equal("nothing left", ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"], [])


def load_balancer(vpc, subnets, group):
    pinned = [{"SubnetId": subnets[0]["SubnetId"], "PrivateIPv4Address": "10.60.1.50"}, {"SubnetId": subnets[1]["SubnetId"]}]
    arguments = {"Name": "edge", "Type": "network", "Scheme": "internal", "SubnetMappings": pinned, "SecurityGroups": [group], "Tags": tags(Name="edge")}
    made = elb.create_load_balancer(**arguments)["LoadBalancers"][0]
    arn = made["LoadBalancerArn"]
    equal("provisioning", made["State"]["Code"], "provisioning")
    check("arn", f":{HUB}:loadbalancer/net/edge/" in arn, arn)
    equal("idempotent", elb.create_load_balancer(**arguments)["LoadBalancers"][0]["LoadBalancerArn"], arn)
    refused("other settings", "DuplicateLoadBalancerName", elb.create_load_balancer, **{**arguments, "SubnetMappings": pinned[:1]})
    refused("reserved address", "InvalidConfigurationRequest", elb.create_load_balancer,
            **{**arguments, "Name": "b", "SubnetMappings": [{"SubnetId": subnets[0]["SubnetId"], "PrivateIPv4Address": "10.60.1.3"}]})
    refused("taken address", "InvalidConfigurationRequest", elb.create_load_balancer, **{**arguments, "Name": "b"})
    refused("unknown group", "InvalidSecurityGroup", elb.create_load_balancer, **{**arguments, "Name": "b", "SecurityGroups": ["sg-0123456789abcdef0"]})
    refused("unknown subnet", "SubnetNotFound", elb.create_load_balancer, Name="b", Type="network", Scheme="internal", Subnets=["subnet-0123456789abcdef0"])
    refused("long name", "ValidationError", elb.create_load_balancer, **{**arguments, "Name": "x" * 33})
    refused("not found", "LoadBalancerNotFound", elb.describe_load_balancers, Names=["nobody"])
    waited = until("active", lambda: next(iter(elb.describe_load_balancers(LoadBalancerArns=[arn])["LoadBalancers"]))["State"]["Code"] == "active")
    check("active in the end", waited)
    seen = elb.describe_load_balancers(Names=["edge"])["LoadBalancers"][0]
    equal("enforced", seen["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"], "on")
    addresses = {zone["SubnetId"]: [a["PrivateIPv4Address"] for a in zone["LoadBalancerAddresses"]] for zone in seen["AvailabilityZones"]}
    equal("pins", addresses, {subnets[0]["SubnetId"]: ["10.60.1.50"], subnets[1]["SubnetId"]: []})
    nodes = ec2.describe_network_interfaces(Filters=names(description=f"ELB net/edge/{arn.rsplit('/')[-1]}"))["NetworkInterfaces"]
    equal("nodes", sorted(node["PrivateIpAddress"] for node in nodes), ["10.60.1.50", "10.60.2.4"])
    equal("node type", {(node["InterfaceType"], node["RequesterId"], node["Groups"][0]["GroupId"]) for node in nodes},
          {("network_load_balancer", "amazon-elb", group)})
    change_load_balancer(arn, subnets, group, vpc)
    return arn


def change_load_balancer(arn, subnets, group, vpc):
    second = make_group(ec2, vpc, "second")
    answer = elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[second], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="off")
    equal("groups set", (answer["SecurityGroupIds"], answer["EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"]), ([second], "off"))
    refused("no groups", "InvalidConfigurationRequest", elb.set_security_groups, LoadBalancerArn=arn, SecurityGroups=[])
    refused("group in use", "DependencyViolation", ec2.delete_security_group, GroupId=second)
    elb.set_security_groups(LoadBalancerArn=arn, SecurityGroups=[group], EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic="on")
    ec2.delete_security_group(GroupId=second)
    zones = elb.set_subnets(LoadBalancerArn=arn, Subnets=[subnet["SubnetId"] for subnet in subnets])["AvailabilityZones"]
    equal("subnets set", len(zones), 3)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=tags(**{"deletion_protection.enabled": "true"}))
    refused("protected", "OperationNotPermitted", elb.delete_load_balancer, LoadBalancerArn=arn)
    elb.modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=tags(**{"deletion_protection.enabled": "false"}))
    read = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
    equal("attributes", (read["deletion_protection.enabled"], read["load_balancing.cross_zone.enabled"]), ("false", "false"))
    refused("unknown attribute", "InvalidConfigurationRequest", elb.modify_load_balancer_attributes, LoadBalancerArn=arn, Attributes=tags(bogus="1"))
    elb.add_tags(ResourceArns=[arn], Tags=tags(more="x"))
    elb.remove_tags(ResourceArns=[arn], TagKeys=["Name"])
    equal("elb tags", elb.describe_tags(ResourceArns=[arn])["TagDescriptions"], [{"ResourceArn": arn, "Tags": tags(more="x")}])
    refused("21 arns", "ValidationError", elb.describe_tags, ResourceArns=[arn] * 21)


def listeners(vpc, balancer):
    arguments = {"Name": "app", "Protocol": "TCP", "Port": 8443, "VpcId": vpc, "TargetType": "ip"}
    group = elb.create_target_group(**arguments, Tags=tags(a="b"))["TargetGroups"][0]
    arn = group["TargetGroupArn"]
    equal("health check", (group["HealthCheckProtocol"], group["HealthCheckPort"], group["HealthyThresholdCount"], group["HealthCheckTimeoutSeconds"]),
          ("TCP", "traffic-port", 5, 10))
    equal("same group", elb.create_target_group(**arguments)["TargetGroups"][0]["TargetGroupArn"], arn)
    refused("other group", "DuplicateTargetGroupName", elb.create_target_group, **{**arguments, "Port": 1})
    refused("zone all", "InvalidTarget", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4"}])
    refused("public", "InvalidTarget", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "8.8.8.8", "AvailabilityZone": "all"}])
    refused("no address", "InvalidTarget", elb.register_targets, TargetGroupArn=arn, Targets=[{"Id": "not-an-ip"}])
    target = {"Id": "10.200.0.4", "Port": 8443, "AvailabilityZone": "all"}
    elb.register_targets(TargetGroupArn=arn, Targets=[target])
    state = lambda: [(t["Target"], t["TargetHealth"]["State"]) for t in elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]]
    equal("unused", state(), [(target, "unused")])
    forward = [{"Type": "forward", "TargetGroupArn": arn}]
    listener = elb.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=443, DefaultActions=forward, Tags=tags(l="1"))["Listeners"][0]["ListenerArn"]
    equal("initial", state(), [(target, "initial")])
    until("healthy", lambda: state() == [(target, "healthy")])
    refused("same port", "DuplicateListener", elb.create_listener, LoadBalancerArn=balancer, Protocol="TCP", Port=443, DefaultActions=forward)
    refused("group in use", "ResourceInUse", elb.delete_target_group, TargetGroupArn=arn)
    seen = elb.modify_listener(ListenerArn=listener, Port=444)["Listeners"][0]
    equal("modified listener", (seen["Port"], seen["DefaultActions"][0]["TargetGroupArn"], "SslPolicy" in seen), (444, arn, False))
    elb.modify_listener(ListenerArn=listener, Port=443)
    equal("listeners", [l["Port"] for l in elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]], [443])
    equal("in front", elb.describe_target_groups(LoadBalancerArn=balancer)["TargetGroups"][0]["LoadBalancerArns"], [balancer])
    refused("no listener", "ListenerNotFound", elb.describe_listeners, ListenerArns=[listener + "0"])
    equal("idle timeout", elb.describe_listener_attributes(ListenerArn=listener)["Attributes"], tags(**{"tcp.idle_timeout.seconds": "350"}))
    changed = elb.modify_target_group(TargetGroupArn=arn, HealthCheckIntervalSeconds=10, HealthCheckPort="8444")["TargetGroups"][0]
    equal("modified check", (changed["HealthCheckIntervalSeconds"], changed["HealthCheckPort"]), (10, "8444"))
    elb.modify_target_group_attributes(TargetGroupArn=arn, Attributes=tags(**{"deregistration_delay.timeout_seconds": "20"}))
    read = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
    equal("group attributes", (read["deregistration_delay.timeout_seconds"], read["preserve_client_ip.enabled"]), ("20", "false"))
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4", "Port": 8443}])
    equal("draining", [s for _, s in state()], ["draining"])
    until("drained", lambda: state() == [])
    elb.deregister_targets(TargetGroupArn=arn, Targets=[{"Id": "10.200.0.4", "Port": 8443}])
    equal("listener tags", elb.describe_tags(ResourceArns=[listener])["TagDescriptions"][0]["Tags"], tags(l="1"))
    return listener, arn


def service(balancer):
    arguments = {"NetworkLoadBalancerArns": [balancer], "AcceptanceRequired": True, "ClientToken": "t-1",
                 "TagSpecifications": specification("vpc-endpoint-service", Name="svc")}
    made = patient(ec2.create_vpc_endpoint_service_configuration, **arguments)["ServiceConfiguration"]
    identity = made["ServiceId"]
    equal("service", (made["ServiceState"], made["ServiceType"], made["AcceptanceRequired"]), ("Available", [{"ServiceType": "Interface"}], True))
    again = patient(ec2.create_vpc_endpoint_service_configuration, **arguments)["ServiceConfiguration"]["ServiceId"]
    equal("client token", again, identity)
    refused("token mismatch", "IdempotentParameterMismatch", ec2.create_vpc_endpoint_service_configuration, **{**arguments, "AcceptanceRequired": False})
    refused("balancer taken", "InvalidParameter", ec2.create_vpc_endpoint_service_configuration, NetworkLoadBalancerArns=[balancer])
    refused("no balancer", "InvalidParameter", ec2.create_vpc_endpoint_service_configuration, AcceptanceRequired=True)
    find = lambda **f: ec2.describe_vpc_endpoint_service_configurations(Filters=names(**f))["ServiceConfigurations"]
    until("service visible", lambda: ec2.describe_vpc_endpoint_service_configurations(ServiceIds=[identity]))
    equal("service filters", (len(find(tag__Name="svc")), len(find(service_name=made["ServiceName"])), len(find(tag__Name="x"))), (1, 1, 0))
    seen = find(tag__Name="svc")[0]
    equal("host region", [r["Region"] for r in seen["SupportedRegions"]], [REGION])
    equal("zones by id", seen["AvailabilityZoneIds"], ["eun1-az1", "eun1-az2", "eun1-az3"])
    refused("unknown service", "InvalidVpcEndpointServiceId.NotFound", ec2.describe_vpc_endpoint_service_configurations,
            ServiceIds=["vpce-svc-0123456789abcdef0"])
    refused("not permitted", "InvalidServiceName", other.describe_vpc_endpoint_services, ServiceNames=[made["ServiceName"]])
    root = f"arn:aws:iam::{PRODUCT}:root"
    added = ec2.modify_vpc_endpoint_service_permissions(ServiceId=identity, AddAllowedPrincipals=[root])["AddedPrincipals"]
    equal("principal", [(p["PrincipalType"], p["Principal"]) for p in added], [("Account", root)])
    refused("bad principal", "InvalidPrincipal", ec2.modify_vpc_endpoint_service_permissions, ServiceId=identity, AddAllowedPrincipals=["nobody"])
    listed = ec2.describe_vpc_endpoint_service_permissions(ServiceId=identity)["AllowedPrincipals"]
    equal("principals", [p["Principal"] for p in listed], [root])
    until("permitted", lambda: other.describe_vpc_endpoint_services(ServiceNames=[made["ServiceName"]]))
    detail = other.describe_vpc_endpoint_services(ServiceNames=[made["ServiceName"]])["ServiceDetails"][0]
    equal("detail", (detail["Owner"], sorted(detail["AvailabilityZoneIds"]), detail["AcceptanceRequired"]), (HUB, seen["AvailabilityZoneIds"], True))
    return identity, made["ServiceName"]


def endpoint(identity, name):
    vpc = other.describe_vpcs()["Vpcs"][0]["VpcId"]
    subnets = sorted(other.describe_subnets()["Subnets"], key=lambda subnet: subnet["AvailabilityZoneId"])
    ids = [subnet["SubnetId"] for subnet in subnets]
    group, second = make_group(other, vpc, "endpoint"), make_group(other, vpc, "endpoint-2")
    base = {"VpcEndpointType": "Interface", "VpcId": vpc, "ServiceName": name, "SubnetIds": ids[:1]}
    endpoint_refusals(base, ids)
    arguments = {**base, "SubnetIds": ids[:2], "SecurityGroupIds": [group], "ClientToken": "e-1", "PrivateDnsEnabled": False,
                 "SubnetConfigurations": [{"SubnetId": ids[0], "Ipv4": "10.61.1.40"}], "TagSpecifications": specification("vpc-endpoint", Name="e")}
    made = until("service usable", lambda: patient(other.create_vpc_endpoint, **arguments))["VpcEndpoint"]
    point = made["VpcEndpointId"]
    equal("endpoint", (made["State"], made["Groups"][0]["GroupId"], made["SubnetIds"]), ("pendingAcceptance", group, ids[:2]))
    refused("endpoint too early", "InvalidVpcEndpointId.NotFound", other.describe_vpc_endpoints, VpcEndpointIds=[point])
    equal("endpoint token", patient(other.create_vpc_endpoint, **arguments)["VpcEndpoint"]["VpcEndpointId"], point)
    refused("endpoint token mismatch", "IdempotentParameterMismatch", other.create_vpc_endpoint, **{**arguments, "SubnetIds": ids})
    until("endpoint visible", lambda: other.describe_vpc_endpoints(VpcEndpointIds=[point]))
    read = lambda: other.describe_vpc_endpoints(VpcEndpointIds=[point])["VpcEndpoints"][0]
    entries = read()["DnsEntries"]
    check("regional name first", entries[0]["DnsName"].endswith(f".{identity}.{REGION}.vpce.amazonaws.com"), entries)
    equal("dns entries", (len(entries), all(entry["HostedZoneId"] for entry in entries)), (3, True))
    nodes = other.describe_network_interfaces(Filters=names(description=f"VPC Endpoint Interface {point}"))["NetworkInterfaces"]
    equal("endpoint addresses", sorted(node["PrivateIpAddress"] for node in nodes), ["10.61.1.40", "10.61.2.5"])
    equal("endpoint interfaces", {(n["InterfaceType"], n["Groups"][0]["GroupId"]) for n in nodes}, {("vpc_endpoint", group)})
    refused("endpoint holds group", "DependencyViolation", other.delete_security_group, GroupId=group)
    for key, value in {"vpc-endpoint-id": point, "vpc-endpoint-state": "pendingAcceptance", "tag:Name": "e", "service-name": name}.items():
        found = other.describe_vpc_endpoints(Filters=[{"Name": key, "Values": [value]}])["VpcEndpoints"]
        equal(f"filter {key}", [e["VpcEndpointId"] for e in found], [point])
    accept(identity, point, read)
    change_endpoint(point, read, ids, group, second)
    return point, read, vpc, (group, second)


def endpoint_refusals(base, ids):
    refused("unknown name", "InvalidServiceName", other.create_vpc_endpoint, **{**base, "ServiceName": "com.amazonaws.vpce.eu-north-1.vpce-svc-0"})
    refused("foreign subnet", "InvalidSubnetID.NotFound", other.create_vpc_endpoint, **{**base, "SubnetIds": ["subnet-0123456789abcdef0"]})
    refused("zone twice", "DuplicateSubnetsInSameZone", other.create_vpc_endpoint, **{**base, "SubnetIds": [ids[0], ids[0]]})
    refused("private dns without name", "InvalidParameter", other.create_vpc_endpoint, **base, PrivateDnsEnabled=True)
    refused("unknown endpoint group", "InvalidGroup.NotFound", other.create_vpc_endpoint, **base, SecurityGroupIds=["sg-0123456789abcdef0"])
    refused("gateway type", "InvalidParameter", other.create_vpc_endpoint, **{**base, "VpcEndpointType": "Gateway"})


def accept(identity, point, read):
    seen = ec2.describe_vpc_endpoint_connections(Filters=names(service_id=identity))["VpcEndpointConnections"]
    equal("connection", [(c["VpcEndpointId"], c["VpcEndpointOwner"], c["VpcEndpointState"]) for c in seen], [(point, PRODUCT, "pendingAcceptance")])
    refused("connection filter", "InvalidParameterValue", ec2.describe_vpc_endpoint_connections, Filters=names(vpc_endpoint_id=point))
    decide = {"ServiceId": identity, "VpcEndpointIds": [point]}
    equal("accepted", patient(ec2.accept_vpc_endpoint_connections, **decide)["Unsuccessful"], [])
    equal("pending after acceptance", read()["State"], "pending")
    until("available", lambda: read()["State"] == "available")
    again = patient(ec2.accept_vpc_endpoint_connections, **decide)["Unsuccessful"]
    equal("accepted twice", [item["Error"]["Code"] for item in again], ["InvalidState"])
    gone = patient(ec2.accept_vpc_endpoint_connections, ServiceId=identity, VpcEndpointIds=["vpce-0123456789abcdef0"])["Unsuccessful"]
    equal("accepted nobody", [item["ResourceId"] for item in gone], ["vpce-0123456789abcdef0"])
    live = patient(ec2.delete_vpc_endpoint_service_configurations, ServiceIds=[identity])["Unsuccessful"]
    equal("live connections", [item["Error"]["Code"] for item in live], ["ExistingVpcEndpointConnections"])


def change_endpoint(point, read, ids, group, second):
    refused("last group", "InvalidParameter", other.modify_vpc_endpoint, VpcEndpointId=point, RemoveSecurityGroupIds=[group])
    patient(other.modify_vpc_endpoint, VpcEndpointId=point, AddSecurityGroupIds=[second], RemoveSecurityGroupIds=[group], AddSubnetIds=[ids[2]])
    seen = read()
    equal("modified endpoint", ([g["GroupId"] for g in seen["Groups"]], sorted(seen["SubnetIds"])), ([second], sorted(ids)))
    mine = names(description=f"VPC Endpoint Interface {point}")
    until("interfaces follow", lambda: {(n["SubnetId"], n["Groups"][0]["GroupId"])
          for n in other.describe_network_interfaces(Filters=mine)["NetworkInterfaces"]} == {(i, second) for i in ids})
    until("available again", lambda: read()["State"] == "available")
    refused("bad policy", "InvalidPolicyDocument", other.modify_vpc_endpoint, VpcEndpointId=point, PolicyDocument="no json")


def records():
    zone = dns.list_hosted_zones_by_vpc(VPCId=other.describe_vpcs()["Vpcs"][0]["VpcId"], VPCRegion=REGION)["HostedZoneSummaries"][0]
    equal("zone", (zone["Name"], zone["Owner"]), ("aws.bank.example.", {"OwningAccount": PRODUCT}))
    identity = zone["HostedZoneId"]
    refused("foreign zone", "NoSuchHostedZone", client("route53", "HUBKEY").get_hosted_zone, status=404, Id=identity)
    change = lambda action, name, kind, values, ttl=60: {"Action": action, "ResourceRecordSet": {
        "Name": name, "Type": kind, "TTL": ttl, "ResourceRecords": [{"Value": value} for value in values]}}
    submit = lambda *changes: dns.change_resource_record_sets(HostedZoneId=identity, ChangeBatch={"Changes": list(changes), "Comment": "a & <b>"})
    info = submit(change("CREATE", "api.aws.bank.example", "A", ["10.1.2.3"]), change("CREATE", "_x.api.aws.bank.example", "TXT", ['"mark=1 & <2>"']))["ChangeInfo"]
    equal("change", (info["Status"], info["Comment"]), ("PENDING", "a & <b>"))
    until("in sync", lambda: dns.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    found = dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"]
    equal("records", [(r["Name"], r["Type"]) for r in found], [("aws.bank.example.", "NS"), ("aws.bank.example.", "SOA"),
          ("api.aws.bank.example.", "A"), ("_x.api.aws.bank.example.", "TXT")])
    equal("text", found[3]["ResourceRecords"], [{"Value": '"mark=1 & <2>"'}])
    page = dns.list_resource_record_sets(HostedZoneId=identity, StartRecordName="api.aws.bank.example", StartRecordType="A", MaxItems="1")
    equal("record page", (page["IsTruncated"], page["NextRecordName"], page["NextRecordType"]), (True, "_x.api.aws.bank.example.", "TXT"))
    bad = {"HostedZoneId": identity}
    batch = lambda *changes: {"ChangeBatch": {"Changes": list(changes)}}
    refused("exists", "InvalidChangeBatch", dns.change_resource_record_sets, **bad,
            **batch(change("CREATE", "new.aws.bank.example", "A", ["10.0.0.1"]), change("CREATE", "api.aws.bank.example", "A", ["10.0.0.2"])))
    equal("batch is atomic", len(dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"]), 4)
    for name, wrong in {"other ttl": change("DELETE", "api.aws.bank.example", "A", ["10.1.2.3"], 61), "absent": change("DELETE", "no.aws.bank.example", "A", ["10.0.0.1"]),
                        "outside": change("CREATE", "api.example.com", "A", ["10.0.0.1"]), "cname": change("CREATE", "api.aws.bank.example", "CNAME", ["x."]),
                        "unquoted": change("CREATE", "t.aws.bank.example", "TXT", ["x"]), "no address": change("UPSERT", "t.aws.bank.example", "A", ["x"])}.items():
        refused(name, "InvalidChangeBatch", dns.change_resource_record_sets, **bad, **batch(wrong))
    entry = other.describe_vpc_endpoints()["VpcEndpoints"][0]["DnsEntries"][0]
    alias = lambda zone_id: {"Action": "UPSERT", "ResourceRecordSet": {"Name": "alias.aws.bank.example", "Type": "A", "AliasTarget": {
        "HostedZoneId": zone_id, "DNSName": entry["DnsName"], "EvaluateTargetHealth": False}}}
    submit(alias(entry["HostedZoneId"]))
    made = [r for r in dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"] if "AliasTarget" in r]
    equal("alias", [r["AliasTarget"]["DNSName"] for r in made], [entry["DnsName"] + "."])
    refused("alias zone", "InvalidChangeBatch", dns.change_resource_record_sets, **bad, **batch(alias("Z0000000000000")))
    submit({**alias(entry["HostedZoneId"]), "Action": "DELETE"}, change("DELETE", "api.aws.bank.example", "A", ["10.1.2.3"]),
           change("DELETE", "_x.api.aws.bank.example", "TXT", ['"mark=1 & <2>"']))
    zones()


def zones():
    made = dns.create_hosted_zone(Name="more.example", CallerReference="r-1", VPC={"VPCRegion": REGION, "VPCId": other.describe_vpcs()["Vpcs"][0]["VpcId"]})
    identity = made["HostedZone"]["Id"]
    equal("made zone", made["HostedZone"]["Config"]["PrivateZone"], True)
    refused("same reference", "HostedZoneAlreadyExists", dns.create_hosted_zone, status=409, Name="x.example", CallerReference="r-1")
    equal("vpcs", len(dns.get_hosted_zone(Id=identity)["VPCs"]), 1)
    equal("zones", sorted(zone["Name"] for zone in dns.list_hosted_zones()["HostedZones"]), ["aws.bank.example.", "more.example."])
    dns.delete_hosted_zone(Id=identity)
    refused("deleted zone", "NoSuchHostedZone", dns.get_hosted_zone, Id=identity)


def teardown(balancer, listener, target_group, group, identity, point, read, groups):
    refused("balancer in use", "ResourceInUse", elb.delete_load_balancer, LoadBalancerArn=balancer)
    equal("rejected", patient(ec2.reject_vpc_endpoint_connections, ServiceId=identity, VpcEndpointIds=[point])["Unsuccessful"], [])
    equal("rejected state", read()["State"], "rejected")
    root = f"arn:aws:iam::{PRODUCT}:root"
    ec2.modify_vpc_endpoint_service_permissions(ServiceId=identity, RemoveAllowedPrincipals=[root])
    equal("no principals", ec2.describe_vpc_endpoint_service_permissions(ServiceId=identity)["AllowedPrincipals"], [])
    equal("endpoints deleted", patient(other.delete_vpc_endpoints, VpcEndpointIds=[point, "vpce-0123456789abcdef0"])["Unsuccessful"][0]["Error"]["Code"],
          "InvalidVpcEndpoint.NotFound")
    equal("deleting", read()["State"], "deleting")
    until("endpoint gone", lambda: not other.describe_vpc_endpoints()["VpcEndpoints"])
    refused("endpoint not found", "InvalidVpcEndpointId.NotFound", other.describe_vpc_endpoints, VpcEndpointIds=[point])
    for endpoint_group in groups:
        other.delete_security_group(GroupId=endpoint_group)
    equal("service deleted", patient(ec2.delete_vpc_endpoint_service_configurations, ServiceIds=[identity])["Unsuccessful"], [])
    until("service gone", lambda: not ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"])
    elb.delete_listener(ListenerArn=listener)
    elb.delete_target_group(TargetGroupArn=target_group)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    elb.delete_load_balancer(LoadBalancerArn=balancer)
    refused("interfaces linger", "DependencyViolation", ec2.delete_security_group, GroupId=group)
    until("interfaces gone", lambda: not ec2.describe_network_interfaces(Filters=names(group_id=group))["NetworkInterfaces"])
    ec2.delete_security_group(GroupId=group)


def throttles():
    codes = []
    for _ in range(60):
        try:
            ec2.delete_vpc_endpoints(VpcEndpointIds=["vpce-0123456789abcdef0"])
            codes.append(200)
        except ClientError as error:
            codes.append((error.response["ResponseMetadata"]["HTTPStatusCode"], error.response["Error"]["Code"]))
    check("throttled", (503, "RequestLimitExceeded") in codes, codes)
    check("burst", codes[:4] == [200] * 4, codes[:4])


def main():
    identities()
    vpc, subnets = network()
    group_basics(vpc)
    rules(vpc)
    group = make_group(ec2, vpc, "edge")
    balancer = load_balancer(vpc, subnets, group)
    listener, target_group = listeners(vpc, balancer)
    identity, name = service(balancer)
    point, read, _, groups = endpoint(identity, name)
    records()
    teardown(balancer, listener, target_group, group, identity, point, read, groups)
    time.sleep(0.3)
    throttles()
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
