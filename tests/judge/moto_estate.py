"""Prepares stock moto for the end-to-end test, and looks at the result with boto3.

    moto_estate.py setup URL DIR     VPCs, subnets, a zone, strangers; writes DIR/xcloud.yaml and DIR/ids.json
    moto_estate.py verify URL DIR    exactly the declared objects, fields, rules and tags
    moto_estate.py tamper URL DIR    what an operator's colleague does in the console
    moto_estate.py gone URL DIR      nothing of ours is left, every stranger is as it was
    moto_estate.py bucket URL DIR    an S3 bucket for a ledger

Prints "N passed, N failed"; exits 1 if something failed.
"""
import json
import pathlib
import sys
import urllib.request

import boto3

REGION = "eu-north-1"
HUB, SPOKE = "100000000001", "200000000003"
PRODUCT, OWNER = "payments-edge", "banking-platform@bank.example"
CLIENTS = ["10.20.0.0/16", "10.122.16.0/26"]


class Checks:
    """Counts what held and says what did not."""

    def __init__(self):
        self.passed, self.failed = 0, 0

    def equal(self, what, got, wanted):
        if got == wanted:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}\n  wanted {wanted}\n  got    {got}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed or not self.passed else 0)


class Account:
    """Clients of one account, reached by AssumeRole as xcloud reaches it."""

    def __init__(self, url, account):
        base = dict(region_name=REGION, endpoint_url=url, aws_access_key_id="judge", aws_secret_access_key="judge")
        credentials = boto3.client("sts", **base).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/xcloud", RoleSessionName="judge")["Credentials"]
        keys = dict(region_name=REGION, endpoint_url=url, aws_access_key_id=credentials["AccessKeyId"],
                    aws_secret_access_key=credentials["SecretAccessKey"], aws_session_token=credentials["SessionToken"])
        self.ec2 = boto3.client("ec2", **keys)
        self.elb = boto3.client("elbv2", **keys)
        self.dns = boto3.client("route53", **keys)

    def vpc(self, cidr, subnets):
        vpc = self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]
        for attribute in ("EnableDnsSupport", "EnableDnsHostnames"):
            self.ec2.modify_vpc_attribute(VpcId=vpc, **{attribute: {"Value": True}})
        ids = [self.ec2.create_subnet(VpcId=vpc, CidrBlock=net, AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
               for net, zone in subnets]
        return vpc, ids

    def strangers(self):
        """Everything that does not carry our mark, in a form that can be compared."""
        def tags(item):
            return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}
        groups = [g for g in self.ec2.describe_security_groups()["SecurityGroups"] if "xcloud:product" not in tags(g)]
        endpoints = [e for e in self.ec2.describe_vpc_endpoints()["VpcEndpoints"] if "xcloud:product" not in tags(e)]
        balancers = self.elb.describe_load_balancers()["LoadBalancers"]
        return {
            "groups": sorted((g["GroupId"], json.dumps(g["IpPermissions"], sort_keys=True)) for g in groups),
            "endpoints": sorted(e["VpcEndpointId"] for e in endpoints if e["State"] != "deleted"),
            "balancers": sorted(b["LoadBalancerName"] for b in balancers if not b["LoadBalancerName"].startswith("xc-")),
            "vpcs": sorted(v["VpcId"] for v in self.ec2.describe_vpcs()["Vpcs"]),
        }


def setup(url, folder):
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).read()
    hub, spoke = Account(url, HUB), Account(url, SPOKE)
    hub_vpc, hub_subnets = hub.vpc("10.60.0.0/16", [("10.60.8.0/28", "a"), ("10.60.8.16/28", "b")])
    spoke_vpc, spoke_subnets = spoke.vpc("10.20.0.0/16", [("10.20.9.0/28", "a"), ("10.20.9.16/28", "b")])
    prefixes = hub.ec2.create_managed_prefix_list(
        PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4",
        Entries=[{"Cidr": "10.99.0.0/24", "Description": "head office"}])["PrefixList"]["PrefixListId"]
    zone = spoke.dns.create_hosted_zone(
        Name="azure.bank.example", CallerReference="setup", VPC={"VPCRegion": REGION, "VPCId": spoke_vpc},
        HostedZoneConfig={"PrivateZone": True})["HostedZone"]["Id"].split("/")[-1]
    stranger = hub.ec2.create_security_group(GroupName="not-ours", Description="foreign", VpcId=hub_vpc)["GroupId"]
    hub.ec2.authorize_security_group_ingress(GroupId=stranger, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.0.0.0/8")
    hub.elb.create_load_balancer(Name="not-ours", Type="network", Scheme="internal", Subnets=hub_subnets)
    ids = {"hub_vpc": hub_vpc, "hub_subnets": hub_subnets, "spoke_vpc": spoke_vpc, "spoke_subnets": spoke_subnets,
           "prefixes": prefixes, "zone": zone, "stranger": stranger,
           "strangers": {"hub": hub.strangers(), "spoke": spoke.strangers()}}
    (folder / "ids.json").write_text(json.dumps(ids))
    (folder / "xcloud.yaml").write_text(config(ids))
    print("1 passed, 0 failed")


def config(ids):
    return f"""apiVersion: xcloud/v1
product: {PRODUCT}
owner: {OWNER}
regions: {{primary: {REGION}}}
accounts:
  hub: {{cloud: aws, account: "{HUB}", region: {REGION}, role: xcloud}}
  spoke: {{cloud: aws, account: "{SPOKE}", region: {REGION}, role: xcloud}}
resources:
  - kind: aws/security-group
    name: edge
    in: hub
    vpc: {{id: {ids["hub_vpc"]}}}
    description: load balancer of the payments service
    ingress:
      - {{protocol: tcp, ports: 443, from: [{", ".join(CLIENTS)}], description: workloads in AWS and in Azure}}
      - {{protocol: tcp, ports: 8000-8100, from: [{ids["prefixes"]}]}}
      - {{protocol: tcp, ports: 9443, from: ["fd00:10:20::/48"], description: the workloads over IPv6}}
    egress:
      - {{protocol: tcp, ports: 443, to: [10.122.8.10/32], description: the Azure application and its health check}}
  - kind: aws/security-group
    name: probes
    in: hub
    vpc: {{id: {ids["hub_vpc"]}}}
    description: probes of the payments service
    ingress:
      - {{protocol: tcp, ports: 9000, from: [edge]}}
    egress: []
  - kind: aws/security-group
    name: clients
    in: spoke
    vpc: {{id: {ids["spoke_vpc"]}}}
    description: clients of the payments endpoint
    ingress:
      - {{protocol: tcp, ports: 443, from: [{", ".join(CLIENTS)}], description: workloads in AWS and in Azure}}
    egress: []
  - kind: aws/load-balancer
    name: edge
    in: hub
    subnets: {{ids: [{", ".join(ids["hub_subnets"])}]}}
    security_groups: [edge]
    private_link_ingress_rules: enforced
    listeners:
      - {{port: 443, targets: [{{ip: 10.122.8.10, port: 443}}], health: {{protocol: tcp, interval: 10s, threshold: 3}}}}
      - {{port: 8443, targets: [{{ip: 10.122.8.11, port: 8443}}, {{ip: 10.122.8.12, port: 8443}}]}}
  - kind: aws/endpoint-service
    name: payments
    in: hub
    load_balancers: [edge]
    acceptance: automatic
    principals: ["arn:aws:iam::{HUB}:root", "arn:aws:iam::{SPOKE}:root"]
  - kind: aws/endpoint
    name: payments
    in: spoke
    vpc: {{id: {ids["spoke_vpc"]}}}
    subnets: {{ids: [{", ".join(ids["spoke_subnets"])}]}}
    service: payments
    security_groups: [clients]
    private_dns: false
  - kind: aws/private-zone-record
    name: core
    in: spoke
    vpc: {{id: {ids["spoke_vpc"]}}}
    record: core.azure.bank.example
    endpoint: payments
"""


def tags_of(item):
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


def marks(place, kind, name):
    return {"xcloud:product": PRODUCT, "xcloud:address": f"{place}/{REGION}/{kind}/{name}", "xcloud:owner": OWNER}


def has_marks(checks, what, tags, place, kind, name):
    wanted = marks(place, kind, name)
    checks.equal(f"{what} marks", {key: tags.get(key) for key in wanted}, wanted)


def rules(account, group):
    """The rules of a group: (egress, protocol, from, to, peer) with the description where moto keeps it."""
    found = {}
    for rule in account.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]:
        peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or rule["ReferencedGroupInfo"]["GroupId"]
        key = (rule["IsEgress"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"], peer)
        found[key] = rule.get("Description") or None
    return found


def our_groups(account):
    filters = [{"Name": "tag:xcloud:product", "Values": [PRODUCT]}]
    return {g["GroupName"]: g for g in account.ec2.describe_security_groups(Filters=filters)["SecurityGroups"]}


def our_services(account):
    services = account.ec2.describe_vpc_endpoint_service_configurations()["ServiceConfigurations"]
    return [service for service in services if tags_of(service).get("xcloud:product") == PRODUCT]


def our_endpoints(account):
    filters = [{"Name": "tag:xcloud:product", "Values": [PRODUCT]}]
    endpoints = account.ec2.describe_vpc_endpoints(Filters=filters)["VpcEndpoints"]
    return [endpoint for endpoint in endpoints if endpoint["State"] != "deleted"]


def our_balancers(account):
    return [b for b in account.elb.describe_load_balancers()["LoadBalancers"] if b["LoadBalancerName"].startswith("xc-")]


def verify(url, folder):
    ids, checks = json.loads((folder / "ids.json").read_text()), Checks()
    hub, spoke = Account(url, HUB), Account(url, SPOKE)
    verify_groups(checks, ids, hub, spoke)
    balancer = verify_balancer(checks, ids, hub)
    service = verify_service(checks, hub, balancer)
    endpoint = verify_endpoint(checks, ids, spoke, service)
    verify_record(checks, ids, spoke, endpoint)
    for name, account in (("hub", hub), ("spoke", spoke)):
        checks.equal(f"strangers of {name}", json.loads(json.dumps(account.strangers())), ids["strangers"][name])
    checks.finish()


def verify_groups(checks, ids, hub, spoke):
    hub_groups, spoke_groups = our_groups(hub), our_groups(spoke)
    checks.equal("groups of hub", sorted(hub_groups), [f"xc-{PRODUCT}-edge", f"xc-{PRODUCT}-probes"])
    checks.equal("groups of spoke", sorted(spoke_groups), [f"xc-{PRODUCT}-clients"])
    edge, probes = hub_groups[f"xc-{PRODUCT}-edge"], hub_groups[f"xc-{PRODUCT}-probes"]
    clients = spoke_groups[f"xc-{PRODUCT}-clients"]
    checks.equal("edge description", edge["Description"], "load balancer of the payments service")
    checks.equal("edge vpc", edge["VpcId"], ids["hub_vpc"])
    has_marks(checks, "edge", tags_of(edge), "hub", "security-group", "edge")
    both = "workloads in AWS and in Azure"
    checks.equal("edge rules", rules(hub, edge["GroupId"]), {
        (False, "tcp", 443, 443, CLIENTS[0]): both,
        (False, "tcp", 443, 443, CLIENTS[1]): both,
        (False, "tcp", 8000, 8100, ids["prefixes"]): None,
        (False, "tcp", 9443, 9443, "fd00:10:20::/48"): "the workloads over IPv6",
        (True, "tcp", 443, 443, "10.122.8.10/32"): "the Azure application and its health check"})
    checks.equal("probes rules", rules(hub, probes["GroupId"]), {(False, "tcp", 9000, 9000, edge["GroupId"]): None})
    checks.equal("clients rules", rules(spoke, clients["GroupId"]), {
        (False, "tcp", 443, 443, CLIENTS[0]): both, (False, "tcp", 443, 443, CLIENTS[1]): both})


def verify_balancer(checks, ids, hub):
    found = our_balancers(hub)
    checks.equal("load balancers", len(found), 1)
    balancer = found[0]
    arn = balancer["LoadBalancerArn"]
    edge = our_groups(hub)[f"xc-{PRODUCT}-edge"]["GroupId"]
    checks.equal("load balancer", (balancer["Type"], balancer["Scheme"], balancer["VpcId"], balancer["SecurityGroups"]),
                 ("network", "internal", ids["hub_vpc"], [edge]))
    checks.equal("load balancer subnets", sorted(z["SubnetId"] for z in balancer["AvailabilityZones"]), sorted(ids["hub_subnets"]))
    tags = hub.elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]
    has_marks(checks, "load balancer", tags_of(tags), "hub", "load-balancer", "edge")
    listeners = {l["Port"]: l for l in hub.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]}
    checks.equal("listeners", sorted((port, l["Protocol"]) for port, l in listeners.items()), [(443, "TCP"), (8443, "TCP")])
    wanted = {443: {("10.122.8.10", 443)}, 8443: {("10.122.8.11", 8443), ("10.122.8.12", 8443)}}
    for port, targets in wanted.items():
        group = listeners[port]["DefaultActions"][0]["TargetGroupArn"]
        health = hub.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
        checks.equal(f"targets of {port}", {(t["Target"]["Id"], t["Target"]["Port"]) for t in health}, targets)
        details = hub.elb.describe_target_groups(TargetGroupArns=[group])["TargetGroups"][0]
        checks.equal(f"target group of {port}", (details["Protocol"], details["TargetType"], details["VpcId"]),
                     ("TCP", "ip", ids["hub_vpc"]))
        if port == 443:
            checks.equal("health", (details["HealthCheckProtocol"], details["HealthCheckIntervalSeconds"],
                                    details["HealthyThresholdCount"], details["UnhealthyThresholdCount"]), ("TCP", 10, 3, 3))
    return arn


def verify_service(checks, hub, balancer):
    found = our_services(hub)
    checks.equal("services", len(found), 1)
    service = found[0]
    has_marks(checks, "service", tags_of(service), "hub", "endpoint-service", "payments")
    checks.equal("service", (service["AcceptanceRequired"], service["NetworkLoadBalancerArns"]), (False, [balancer]))
    allowed = hub.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"])["AllowedPrincipals"]
    checks.equal("principals", {p["Principal"] for p in allowed}, {f"arn:aws:iam::{HUB}:root", f"arn:aws:iam::{SPOKE}:root"})
    return service["ServiceName"]


def verify_endpoint(checks, ids, spoke, service):
    found = our_endpoints(spoke)
    checks.equal("endpoints", len(found), 1)
    endpoint = found[0]
    clients = our_groups(spoke)[f"xc-{PRODUCT}-clients"]["GroupId"]
    has_marks(checks, "endpoint", tags_of(endpoint), "spoke", "endpoint", "payments")
    checks.equal("endpoint", (endpoint["ServiceName"], endpoint["VpcId"], endpoint["VpcEndpointType"], sorted(endpoint["SubnetIds"]),
                              [g["GroupId"] for g in endpoint["Groups"]], endpoint["PrivateDnsEnabled"]),
                 (service, ids["spoke_vpc"], "Interface", sorted(ids["spoke_subnets"]), [clients], False))
    return endpoint


def verify_record(checks, ids, spoke, endpoint):
    sets = spoke.dns.list_resource_record_sets(HostedZoneId=ids["zone"])["ResourceRecordSets"]
    ours = {(s["Name"].rstrip("."), s["Type"]): s for s in sets if s["Type"] in ("A", "TXT")}
    checks.equal("records", sorted(ours), [("_xcloud.core.azure.bank.example", "TXT"), ("core.azure.bank.example", "A")])
    alias = ours[("core.azure.bank.example", "A")]["AliasTarget"]
    dns = endpoint["DnsEntries"][0]
    checks.equal("alias", alias["DNSName"].rstrip("."), dns["DnsName"].rstrip("."))


def tamper(url, folder):
    ids = json.loads((folder / "ids.json").read_text())
    hub = Account(url, HUB)
    edge = our_groups(hub)[f"xc-{PRODUCT}-edge"]["GroupId"]
    hub.ec2.authorize_security_group_ingress(GroupId=edge, IpPermissions=[
        {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    balancer = our_balancers(hub)[0]["LoadBalancerArn"]
    listeners = hub.elb.describe_listeners(LoadBalancerArn=balancer)["Listeners"]
    group = next(l for l in listeners if l["Port"] == 443)["DefaultActions"][0]["TargetGroupArn"]
    hub.elb.register_targets(TargetGroupArn=group, Targets=[{"Id": "10.122.8.99", "Port": 443, "AvailabilityZone": "all"}])
    hub.elb.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=22, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])
    service = our_services(hub)[0]["ServiceId"]
    hub.ec2.modify_vpc_endpoint_service_permissions(ServiceId=service, AddAllowedPrincipals=["arn:aws:iam::666666666666:root"])
    print(f"1 passed, 0 failed" if ids else "0 passed, 1 failed")


def gone(url, folder):
    ids, checks = json.loads((folder / "ids.json").read_text()), Checks()
    for name, number in (("hub", HUB), ("spoke", SPOKE)):
        account = Account(url, number)
        checks.equal(f"groups of {name}", sorted(our_groups(account)), [])
        checks.equal(f"services of {name}", our_services(account), [])
        checks.equal(f"endpoints of {name}", our_endpoints(account), [])
        checks.equal(f"load balancers of {name}", our_balancers(account), [])
        checks.equal(f"target groups of {name}", account.elb.describe_target_groups()["TargetGroups"], [])
        checks.equal(f"strangers of {name}", json.loads(json.dumps(account.strangers())), ids["strangers"][name])
    sets = Account(url, SPOKE).dns.list_resource_record_sets(HostedZoneId=ids["zone"])["ResourceRecordSets"]
    checks.equal("records", [s["Name"] for s in sets if s["Type"] in ("A", "TXT")], [])
    checks.finish()


def bucket(url, _folder):
    """Makes the bucket of a ledger, in the caller's own account."""
    client = boto3.client("s3", region_name=REGION, endpoint_url=url, aws_access_key_id="judge", aws_secret_access_key="judge")
    client.create_bucket(Bucket="ledger", CreateBucketConfiguration={"LocationConstraint": REGION})
    print("1 passed, 0 failed")


if __name__ == "__main__":
    {"setup": setup, "bucket": bucket, "verify": verify, "tamper": tamper, "gone": gone}[sys.argv[1]](sys.argv[2], pathlib.Path(sys.argv[3]))
