"""Identities, VPCs, security groups and their rules."""

from aws_client import (
    HUB,
    PRODUCT,
    check,
    client,
    ec2,
    equal,
    make_group,
    names,
    other,
    permission,
    refused,
    specification,
    sts,
    tags,
    until,
)


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
    refused(
        "bad role",
        "ValidationError",
        sts.assume_role,
        RoleArn="arn:aws:iam::12:role/x" + "y" * 10,
        RoleSessionName="judge",
    )


def network():
    zones = {zone["ZoneName"]: zone["ZoneId"] for zone in ec2.describe_availability_zones()["AvailabilityZones"]}
    equal("zone ids", sorted(zones.values()), ["eun1-az1", "eun1-az2", "eun1-az3"])
    vpc = ec2.describe_vpcs(Filters=names(tag__Name="hub"))["Vpcs"][0]
    subnets = ec2.describe_subnets(Filters=names(vpc_id=vpc["VpcId"]))["Subnets"]
    equal("subnets", len(subnets), 3)
    equal(
        "zone of a subnet",
        {zones[subnet["AvailabilityZone"]] == subnet["AvailabilityZoneId"] for subnet in subnets},
        {True},
    )
    equal("free addresses", subnets[0]["AvailableIpAddressCount"], 59)
    equal("wildcard", len(ec2.describe_subnets(Filters=names(tag__Name="hub-*"))["Subnets"]), 3)
    equal("tag-key", len(ec2.describe_subnets(Filters=names(tag_key="Nome"))["Subnets"]), 0)
    refused("unknown filter", "InvalidParameterValue", ec2.describe_vpcs, Filters=names(bogus="x"))
    refused("unknown vpc", "InvalidVpcID.NotFound", ec2.describe_vpcs, VpcIds=["vpc-0123456789abcdef0"])
    refused("unknown subnet", "InvalidSubnetID.NotFound", ec2.describe_subnets, SubnetIds=["subnet-0123456789abcdef0"])
    refused("foreign vpc", "InvalidVpcID.NotFound", other.describe_vpcs, VpcIds=[vpc["VpcId"]])
    refused("dry run", "DryRunOperation", ec2.create_vpc, status=412, CidrBlock="10.9.0.0/16", DryRun=True)
    equal("dry run made nothing", len(ec2.describe_vpcs()["Vpcs"]), 1)
    equal(
        "dns hostnames",
        ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute="enableDnsHostnames")["EnableDnsHostnames"],
        {"Value": True},
    )
    made = ec2.create_vpc(CidrBlock="10.70.0.0/16", TagSpecifications=specification("vpc", Name="more"))["Vpc"]
    equal("made vpc", (made["CidrBlock"], made["Tags"]), ("10.70.0.0/16", tags(Name="more")))
    until("vpc visible", lambda: ec2.describe_vpcs(VpcIds=[made["VpcId"]]))
    for index in range(7):
        ec2.create_subnet(
            VpcId=made["VpcId"], CidrBlock=f"10.70.{index}.0/28", AvailabilityZoneId=f"eun1-az{index % 3 + 1}"
        )
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


def group_basics(vpc):
    fresh = ec2.create_security_group(GroupName="fresh", Description="judge", VpcId=vpc)["GroupId"]
    until("then visible", lambda: ec2.describe_security_groups(GroupIds=[fresh]))
    described = ec2.describe_security_groups(GroupIds=[fresh])["SecurityGroups"][0]
    equal("default egress", described["IpPermissionsEgress"][0]["IpRanges"], [{"CidrIp": "0.0.0.0/0"}])
    equal("all protocols have no ports", "FromPort" in described["IpPermissionsEgress"][0], False)
    refused(
        "same name", "InvalidGroup.Duplicate", ec2.create_security_group, GroupName="FRESH", Description="x", VpcId=vpc
    )
    refused(
        "sg- name", "InvalidParameterValue", ec2.create_security_group, GroupName="sg-x", Description="x", VpcId=vpc
    )
    refused(
        "wrong tag type",
        "InvalidParameterValue",
        ec2.create_security_group,
        GroupName="y",
        Description="x",
        VpcId=vpc,
        TagSpecifications=specification("vpc", a="b"),
    )
    refused("malformed id", "InvalidGroupId.Malformed", ec2.describe_security_groups, GroupIds=["sg-zz"])
    refused("unknown group", "InvalidGroup.NotFound", ec2.describe_security_groups, GroupIds=["sg-0123456789abcdef0"])
    ec2.create_tags(Resources=[fresh], Tags=tags(one="1", two=""))
    ec2.delete_tags(Resources=[fresh], Tags=[{"Key": "one", "Value": "other"}])
    equal(
        "tags",
        ec2.describe_tags(Filters=names(resource_id=fresh))["Tags"],
        [
            {"Key": key, "ResourceId": fresh, "ResourceType": "security-group", "Value": value}
            for key, value in (("one", "1"), ("two", ""))
        ],
    )
    equal("tags by tag", [tag["Key"] for tag in ec2.describe_tags(Filters=names(tag__one="1"))["Tags"]], ["one"])
    refused(
        "aws: tags", "InvalidParameterValue", ec2.create_tags, Resources=[fresh], Tags=[{"Key": "aws:x", "Value": "y"}]
    )
    refused(
        "51 tags",
        "TagLimitExceeded",
        ec2.create_tags,
        Resources=[fresh],
        Tags=tags(**{f"k{n}": "v" for n in range(50)}),
    )
    ec2.delete_security_group(GroupId=fresh)
    refused("deleted", "InvalidGroup.NotFound", ec2.delete_security_group, GroupId=fresh)
    default = ec2.describe_security_groups(Filters=names(group_name="default", vpc_id=vpc))["SecurityGroups"][0][
        "GroupId"
    ]
    refused("default group", "CannotDelete", ec2.delete_security_group, GroupId=default)


def rules(vpc):
    group, peer = make_group(ec2, vpc, "rules"), make_group(ec2, vpc, "peer")
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName="p", MaxEntries=3, AddressFamily="IPv4", Entries=[{"Cidr": "10.1.0.0/16", "Description": "one"}]
    )["PrefixList"]["PrefixListId"]
    until(
        "prefix list",
        lambda: ec2.describe_managed_prefix_lists(PrefixListIds=[prefixes])["PrefixLists"][0]["State"]
        == "create-complete",
    )
    equal(
        "entries",
        ec2.get_managed_prefix_list_entries(PrefixListId=prefixes)["Entries"],
        [{"Cidr": "10.1.0.0/16", "Description": "one"}],
    )
    wanted = [
        permission(
            IpRanges=[{"CidrIp": "10.1.2.3/16", "Description": "v4"}], Ipv6Ranges=[{"CidrIpv6": "fd00:0::1/64"}]
        ),
        permission(PrefixListIds=[{"PrefixListId": prefixes, "Description": "list"}]),
        permission(UserIdGroupPairs=[{"GroupId": peer, "Description": "peer"}], port=8443),
    ]
    made = ec2.authorize_security_group_ingress(
        GroupId=group, IpPermissions=wanted, TagSpecifications=specification("security-group-rule", rule="x")
    )["SecurityGroupRules"]
    equal("all rules returned", len(made), 4)
    equal("canonical v4", [rule["CidrIpv4"] for rule in made if "CidrIpv4" in rule], ["10.1.0.0/16"])
    equal("canonical v6", [rule["CidrIpv6"] for rule in made if "CidrIpv6" in rule], ["fd00::/64"])
    equal(
        "reference", [rule["ReferencedGroupInfo"]["GroupId"] for rule in made if "ReferencedGroupInfo" in rule], [peer]
    )
    equal("tagged rules", len(ec2.describe_security_group_rules(Filters=names(tag__rule="x"))["SecurityGroupRules"]), 4)
    listed = ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]
    equal("descriptions", sorted(rule.get("Description", "") for rule in listed), ["", "", "list", "peer", "v4"])
    refused(
        "duplicate",
        "InvalidPermission.Duplicate",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission("192.168.0.0/24"), permission("10.1.9.9/16")],
    )
    equal("atomic", len(ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]), 5)
    refused(
        "twice in a call",
        "InvalidParameterValue",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission("10.5.0.0/16"), permission("10.5.1.0/16")],
    )
    refused(
        "ports",
        "InvalidParameterValue",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tcp", "FromPort": 90, "ToPort": 82, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )
    refused(
        "protocol",
        "InvalidParameterValue",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[{"IpProtocol": "tpc", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )
    refused(
        "cidr",
        "InvalidParameterValue",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission("10.0.0.0/33")],
    )
    refused(
        "unknown peer",
        "InvalidGroup.NotFound",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": "sg-0123456789abcdef0"}])],
    )
    refused(
        "unknown list",
        "InvalidPrefixListID.NotFound",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission(PrefixListIds=[{"PrefixListId": "pl-0123456789abcdef0"}])],
    )
    refused(
        "description",
        "InvalidParameterValue",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission(IpRanges=[{"CidrIp": "10.8.0.0/16", "Description": "\u00e9"}])],
    )
    refused(
        "61st rule",
        "RulesPerSecurityGroupLimitExceeded",
        ec2.authorize_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission(f"10.{n}.0.0/16", port=99) for n in range(60)],
    )
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
    ec2.modify_security_group_rules(
        GroupId=group, SecurityGroupRules=change(FromPort=80, ToPort=81, CidrIpv4="10.2.0.0/16", Description="new")
    )
    seen = ec2.describe_security_group_rules(SecurityGroupRuleIds=[v4])["SecurityGroupRules"][0]
    equal(
        "modified",
        (seen["FromPort"], seen["ToPort"], seen["CidrIpv4"], seen["Description"]),
        (80, 81, "10.2.0.0/16", "new"),
    )
    refused(
        "other kind",
        "InvalidParameterValue",
        ec2.modify_security_group_rules,
        GroupId=group,
        SecurityGroupRules=change(FromPort=80, ToPort=81, CidrIpv6="fd00::/64"),
    )
    ec2.update_security_group_rule_descriptions_ingress(
        GroupId=group, SecurityGroupRuleDescriptions=[{"SecurityGroupRuleId": v4, "Description": "by id"}]
    )
    equal(
        "by id",
        ec2.describe_security_group_rules(SecurityGroupRuleIds=[v4])["SecurityGroupRules"][0]["Description"],
        "by id",
    )
    refused(
        "no such rule",
        "InvalidPermission.NotFound",
        ec2.update_security_group_rule_descriptions_ingress,
        GroupId=group,
        IpPermissions=[permission("10.99.0.0/16")],
    )


def remove_rules(group, peer):
    refused(
        "absent rule",
        "InvalidPermission.NotFound",
        ec2.revoke_security_group_ingress,
        GroupId=group,
        IpPermissions=[permission("10.99.0.0/16")],
    )
    refused(
        "absent id",
        "InvalidSecurityGroupRuleId.NotFound",
        ec2.revoke_security_group_ingress,
        GroupId=group,
        SecurityGroupRuleIds=["sgr-0123456789abcdef0"],
    )
    ec2.revoke_security_group_ingress(
        GroupId=group, IpPermissions=[permission(UserIdGroupPairs=[{"GroupId": peer}], port=8443)]
    )
    rest = ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"]
    egress = [rule["SecurityGroupRuleId"] for rule in rest if rule["IsEgress"]]
    ingress = [rule["SecurityGroupRuleId"] for rule in rest if not rule["IsEgress"]]
    refused(
        "wrong direction",
        "InvalidSecurityGroupRuleId.NotFound",
        ec2.revoke_security_group_ingress,
        GroupId=group,
        SecurityGroupRuleIds=egress,
    )
    gone = ec2.revoke_security_group_ingress(GroupId=group, SecurityGroupRuleIds=ingress)["RevokedSecurityGroupRules"]
    equal("revoked", sorted(rule["SecurityGroupRuleId"] for rule in gone), sorted(ingress))
    ec2.revoke_security_group_egress(
        GroupId=group, IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    )
    equal("nothing left", ec2.describe_security_group_rules(Filters=names(group_id=group))["SecurityGroupRules"], [])
