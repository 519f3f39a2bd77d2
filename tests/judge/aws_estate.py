"""The VPCs, subnets and zone that the judge works in: made at its start, gone at its end."""

from aws_client import REGION, check, dns, ec2, equal, names, other, specification, until


def build():
    for api, name, second in ((ec2, "hub", 60), (other, "product", 61)):
        made = api.create_vpc(CidrBlock=f"10.{second}.0.0/16", TagSpecifications=specification("vpc", Name=name))
        vpc = made["Vpc"]["VpcId"]
        until(f"vpc {name} visible", lambda: api.describe_vpcs(VpcIds=[vpc]))
        api.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        for zone in (1, 2, 3):
            api.create_subnet(
                VpcId=vpc,
                CidrBlock=f"10.{second}.{zone}.0/26",
                AvailabilityZoneId=f"eun1-az{zone}",
                TagSpecifications=specification("subnet", Name=f"{name}-{zone}"),
            )
        mine = names(vpc_id=vpc)
        until(f"subnets of {name} visible", lambda: len(api.describe_subnets(Filters=mine)["Subnets"]) == 3)
    place = {"VPCRegion": REGION, "VPCId": other.describe_vpcs()["Vpcs"][0]["VpcId"]}
    dns.create_hosted_zone(Name="aws.bank.example", CallerReference="judge", VPC=place)


def demolish():
    for zone in dns.list_hosted_zones()["HostedZones"]:
        dns.delete_hosted_zone(Id=zone["Id"])
    for api in (ec2, other):
        until("no interfaces", lambda: not api.describe_network_interfaces()["NetworkInterfaces"])
        for subnet in api.describe_subnets()["Subnets"]:
            api.delete_subnet(SubnetId=subnet["SubnetId"])
        for vpc in api.describe_vpcs()["Vpcs"]:
            api.delete_vpc(VpcId=vpc["VpcId"])
        equal("no groups left", api.describe_security_groups()["SecurityGroups"], [])
        equal("no tags left", api.describe_tags()["Tags"], [])
    check("no zones left", not dns.list_hosted_zones()["HostedZones"])
