"""Reads what xcloud made in a served sandbox, with boto3 and Microsoft's own Python SDKs, and tampers with it.

    sandbox_estate.py open-api     the story's estate: exactly the declared objects, rules, addresses and records
    sandbox_estate.py resources    the same for config/resources.yaml, one object of each kind
    sandbox_estate.py tamper       what colleagues do in the consoles of the resources estate
    sandbox_estate.py away         the story's int and prod after a failover to eu-west-1, with eu-north-1 fenced
    sandbox_estate.py back         the same after the failback
    sandbox_estate.py gone         nothing carries the mark of a product of ours

The variables that `xcloud sandbox serve` prints lead there. Prints "N passed, N failed"; exits 1 if something failed.
"""
import os
import sys
import time

import boto3
from azure.core.credentials import AccessToken
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.privatedns import PrivateDnsManagementClient

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
HUB = "100000000001"
PRODUCTS = {"dev": "200000000001", "int": "200000000002", "prod": "200000000003"}
REGIONS = {"eu-north-1": 60, "eu-west-1": 61}
ENVS = {"dev": 0, "int": 1, "prod": 2}
PLACES = [(env, region) for env in ENVS for region in REGIONS if (env, region) != ("dev", "eu-west-1")]


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
    """Clients of one account in one region, reached by AssumeRole."""

    def __init__(self, account, region="eu-north-1"):
        url = os.environ[f"XCLOUD_AWS_ENDPOINT_{region.upper().replace('-', '_')}"]
        role = boto3.client("sts", region_name=region, endpoint_url=url).assume_role(
            RoleArn=f"arn:aws:iam::{account}:role/xcloud", RoleSessionName="judge")["Credentials"]
        keys = dict(aws_access_key_id=role["AccessKeyId"], aws_secret_access_key=role["SecretAccessKey"],
                    aws_session_token=role["SessionToken"])
        self.ec2 = boto3.client("ec2", region_name=region, endpoint_url=url, **keys)
        self.elb = boto3.client("elbv2", region_name=region, endpoint_url=url, **keys)
        self.dns = boto3.client("route53", region_name="us-east-1", **keys,
                                endpoint_url=os.environ["XCLOUD_AWS_ENDPOINT_GLOBAL"])

    def marked(self, call, key, product):
        answer = call(Filters=[{"Name": "tag:xcloud:product", "Values": [product]}])[key]
        return {tags_of(one)["xcloud:address"]: one for one in answer if one.get("State") != "deleted"}

    def groups(self, product):
        return self.marked(self.ec2.describe_security_groups, "SecurityGroups", product)

    def endpoints(self, product):
        return self.marked(self.ec2.describe_vpc_endpoints, "VpcEndpoints", product)

    def services(self, product):
        return self.marked(self.ec2.describe_vpc_endpoint_service_configurations, "ServiceConfigurations", product)

    def balancers(self, product):
        arns = [one["LoadBalancerArn"] for one in self.elb.describe_load_balancers()["LoadBalancers"]]
        tags = self.elb.describe_tags(ResourceArns=arns)["TagDescriptions"] if arns else []
        found = {one["ResourceArn"]: tags_of(one) for one in tags}
        return {tags["xcloud:address"]: arn for arn, tags in found.items() if tags.get("xcloud:product") == product}

    def rules(self, group):
        answer = self.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        return {(rule["IsEgress"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"], rule.get("CidrIpv4"))
                for rule in answer["SecurityGroupRules"]}

    def connections(self, service):
        answer = self.ec2.describe_vpc_endpoint_connections(Filters=[{"Name": "service-id", "Values": [service]}])
        return {one["VpcEndpointId"]: one["VpcEndpointState"] for one in answer["VpcEndpointConnections"]}

    def addresses(self, interfaces):
        answer = self.ec2.describe_network_interfaces(NetworkInterfaceIds=interfaces)["NetworkInterfaces"]
        return sorted(one["PrivateIpAddress"] for one in answer)

    def balancer_addresses(self, arn):
        description = "ELB " + arn.split(":loadbalancer/")[1]
        answer = self.ec2.describe_network_interfaces(Filters=[{"Name": "description", "Values": [description]}])
        return sorted(one["PrivateIpAddress"] for one in answer["NetworkInterfaces"])


def tags_of(item):
    return {tag["Key"]: tag["Value"] for tag in item.get("Tags", [])}


class Bearer(SansIOHTTPPolicy):
    """Sends the token over plain http too, which the SDK's own policy refuses."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = f"Bearer {os.environ['XCLOUD_ARM_TOKEN']}"


class Token:
    """A credential that always has a token."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("judge", int(time.time()) + 3600)


class Impatient(RequestsTransport):
    """Waits at most a fifth of a second, whatever Retry-After says."""

    def sleep(self, duration):
        time.sleep(min(duration, 0.2))


def azure(kind):
    return kind(Token(), SUBSCRIPTION, base_url=os.environ["XCLOUD_ARM_ENDPOINT"], authentication_policy=Bearer(),
                credential_scopes=["https://management.azure.com/.default"], transport=Impatient(), polling_interval=0.2)


NET, DNS = azure(NetworkManagementClient), azure(PrivateDnsManagementClient)


def firewall_rules(group):
    """The rules of a collection group: name -> (sources, destinations, ports, protocols)."""
    found = NET.firewall_policy_rule_collection_groups.get("rg-hub", "afwp-hub", group)
    rules = [rule for collection in found.rule_collections for rule in collection.rules]
    return {rule.name: (sorted(rule.source_addresses), sorted(rule.destination_addresses),
                        rule.destination_ports, rule.ip_protocols) for rule in rules}


def nsg_rules(group, nsg):
    """The rules of a group: name -> (priority, direction, access, sources, destinations, port)."""
    def many(one, all_of_them):
        return sorted(all_of_them or [one])
    return {rule.name: (rule.priority, rule.direction, rule.access,
                        many(rule.source_address_prefix, rule.source_address_prefixes),
                        many(rule.destination_address_prefix, rule.destination_address_prefixes),
                        many(rule.destination_port_range, rule.destination_port_ranges))
            for rule in NET.security_rules.list(group, nsg)}


def records():
    """The A records of the zone: name -> (TTL, addresses)."""
    found = DNS.record_sets.list_by_type("rg-dns", "aws.bank.example", "A")
    return {one.name: (one.ttl, sorted(record.ipv4_address for record in one.a_records)) for one in found}


def ips(region, env, last):
    """The pinned addresses of an environment in a region: one in each subnet."""
    return [f"10.{REGIONS[region]}.{ENVS[env]}.{last + 16 * zone}" for zone in range(3)]


def open_api(checks):
    product = "open-api"
    for region in REGIONS:
        envs = [env for env, where in PLACES if where == region]
        hub = Account(HUB, region)
        services, endpoints, balancers = hub.services(product), hub.endpoints(product), hub.balancers(product)
        checks.equal(f"{region} hub services", sorted(services), [f"{env}/{region}/endpoint-service/to-azure" for env in envs])
        checks.equal(f"{region} hub endpoints", sorted(endpoints), [f"{env}/{region}/endpoint/payment-events" for env in envs])
        checks.equal(f"{region} balancers", sorted(balancers), [f"{env}/{region}/load-balancer/to-azure" for env in envs])
        for env in envs:
            open_api_place(checks, hub, env, region)
    rules = firewall_rules("rcg-xcloud-open-api")
    wanted = {}
    for env, region in PLACES:
        azure_ip, clients = f"10.12{ENVS[env]}.8.10", f"10.12{ENVS[env]}.16.0/26"
        wanted[f"xc-open-api-{env}-core-banking-{region}"] = (ips(region, env, 4), [azure_ip], ["443"], ["TCP"])
        wanted[f"xc-open-api-{env}-payment-events-{region}"] = ([clients], ips(region, env, 5), ["9443"], ["TCP"])
    checks.equal("firewall rules", bare(rules), wanted)
    for env in ENVS:
        names = sorted(name for name in wanted if f"-{env}-" in name)
        found = nsg_rules(f"rg-{env}", "nsg-core")
        checks.equal(f"{env} NSG rules", sorted(found), names)
        checks.equal(f"{env} NSG priorities", all(2000 <= rule[0] <= 2099 for rule in found.values()), True)
        for name, (_, direction, access, sources, destinations, ports) in found.items():
            way = "Inbound" if "core-banking" in name else "Outbound"
            got = bare({name: (sources, destinations, ports, ["TCP"])})[name]
            checks.equal(f"NSG {name}", (direction, access, got), (way, "Allow", wanted[name]))
    wanted = {"events.dev": "dev", "events.int": "int", "events": "prod"}
    checks.equal("records", records(), {name: (30, sorted(ips("eu-north-1", env, 5))) for name, env in wanted.items()})


def bare(rules):
    """One spelling for one address: without its /32, in the order of the numbers."""
    def order(address):
        return [int(part) for part in address.split("/")[0].split(".")]
    def spelled(addresses):
        return sorted((address.removesuffix("/32") for address in addresses), key=order)
    return {name: (spelled(sources), spelled(to), ports, protocols) for name, (sources, to, ports, protocols) in rules.items()}


def open_api_place(checks, hub, env, region):
    what, product = f"{env} {region}", "open-api"
    workload = Account(PRODUCTS[env], region)
    for name, provider, consumer in (("to-azure", hub, workload), ("payment-events", workload, hub)):
        service = provider.services(product)[f"{env}/{region}/endpoint-service/{name}"]
        endpoint = consumer.endpoints(product)[f"{env}/{region}/endpoint/{name}"]
        checks.equal(f"{what} {name} endpoint", (endpoint["State"], endpoint["ServiceName"]), ("available", service["ServiceName"]))
        checks.equal(f"{what} {name} connections", provider.connections(service["ServiceId"]), {endpoint["VpcEndpointId"]: "available"})
        allowed = provider.ec2.describe_vpc_endpoint_service_permissions(ServiceId=service["ServiceId"])["AllowedPrincipals"]
        account = PRODUCTS[env] if consumer is workload else HUB
        checks.equal(f"{what} {name} principals", [one["Principal"] for one in allowed], [f"arn:aws:iam::{account}:root"])
        checks.equal(f"{what} {name} acceptance", service["AcceptanceRequired"], True)
    endpoint = hub.endpoints(product)[f"{env}/{region}/endpoint/payment-events"]
    seen = sorted(hub.addresses(endpoint["NetworkInterfaceIds"]), key=lambda ip: int(ip.split(".")[3]))
    checks.equal(f"{what} endpoint addresses", seen, ips(region, env, 5))
    arn = hub.balancers(product)[f"{env}/{region}/load-balancer/to-azure"]
    seen = sorted(hub.balancer_addresses(arn), key=lambda ip: int(ip.split(".")[3]))
    checks.equal(f"{what} balancer addresses", seen, ips(region, env, 4))
    listeners = hub.elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]
    checks.equal(f"{what} listeners", [one["Port"] for one in listeners], [443])
    target_group = listeners[0]["DefaultActions"][0]["TargetGroupArn"]
    health = hub.elb.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    checks.equal(f"{what} targets", [(one["Target"]["Id"], one["Target"]["Port"]) for one in health], [(f"10.12{ENVS[env]}.8.10", 443)])


def resources(checks):
    product, hub = "payments-edge", Account(HUB)
    groups, services, endpoints = hub.groups(product), hub.services(product), hub.endpoints(product)
    checks.equal("groups", sorted(groups), [f"hub/eu-north-1/security-group/{name}" for name in ("clients", "edge")])
    clients = {(False, "tcp", 443, 443, cidr) for cidr in ("10.20.0.0/16", "10.122.16.0/26")}
    checks.equal("edge rules", hub.rules(groups["hub/eu-north-1/security-group/edge"]["GroupId"]),
                 clients | {(True, "tcp", 443, 443, "10.122.8.10/32")})
    checks.equal("clients rules", hub.rules(groups["hub/eu-north-1/security-group/clients"]["GroupId"]), clients)
    checks.equal("services", sorted(services), ["hub/eu-north-1/endpoint-service/payments"])
    checks.equal("endpoints", sorted(endpoints), ["hub/eu-north-1/endpoint/payments"])
    service, endpoint = services["hub/eu-north-1/endpoint-service/payments"], endpoints["hub/eu-north-1/endpoint/payments"]
    checks.equal("endpoint", (endpoint["State"], endpoint["ServiceName"], endpoint["VpcId"], [g["GroupId"] for g in endpoint["Groups"]]),
                 ("available", service["ServiceName"], "vpc-0ee55ff66aa77bb88", [groups["hub/eu-north-1/security-group/clients"]["GroupId"]]))
    checks.equal("connections", hub.connections(service["ServiceId"]), {endpoint["VpcEndpointId"]: "available"})
    checks.equal("endpoint addresses", sorted(hub.addresses(endpoint["NetworkInterfaceIds"])), ["10.20.9.21", "10.20.9.5"])
    arn = hub.balancers(product)["hub/eu-north-1/load-balancer/edge"]
    checks.equal("service behind", service["NetworkLoadBalancerArns"], [arn])
    checks.equal("balancer addresses", hub.balancer_addresses(arn), ["10.60.8.20", "10.60.8.4"])
    zones = hub.dns.list_hosted_zones_by_vpc(VPCId="vpc-0ee55ff66aa77bb88", VPCRegion="eu-north-1")["HostedZoneSummaries"]
    checks.equal("zones", len(zones), 1)
    for zone in zones:
        found = hub.dns.list_resource_record_sets(HostedZoneId=zone["HostedZoneId"])["ResourceRecordSets"]
        aliases = {one["Name"]: one["AliasTarget"]["DNSName"].rstrip(".") for one in found if one["Type"] == "A"}
        checks.equal("alias", aliases, {"core.azure.bank.example.": endpoint["DnsEntries"][0]["DnsName"]})
    source = ["10.60.8.4", "10.60.8.20"]
    checks.equal("firewall rules", bare(firewall_rules("rcg-xcloud-payments-edge")),
                 {"xc-payments-edge-from-aws": (source, ["10.122.8.10"], ["443"], ["TCP"])})
    rules = nsg_rules("rg-prod", "nsg-core")
    checks.equal("NSG rules", {name: (rule[0], rule[1], rule[2]) for name, rule in rules.items()},
                 {"xc-payments-edge-from-aws": (2201, "Inbound", "Allow")})
    rule = rules["xc-payments-edge-from-aws"]
    checks.equal("NSG addresses", bare({"": (rule[3], rule[4], rule[5], [])})[""], (source, ["10.122.8.10"], ["443"], []))
    checks.equal("records", records(), {"payments": (30, ["10.20.9.21", "10.20.9.5"])})
    link = NET.private_link_services.get("rg-prod", "xc-payments-edge-events")
    private = NET.private_endpoints.get("rg-apps", "xc-payments-edge-events")
    checks.equal("link service", (link.provisioning_state, [ip.subnet.id.split("/")[-1] for ip in link.ip_configurations]), ("Succeeded", ["snet-pls"]))
    states = [one.private_link_service_connection_state.status for one in link.private_endpoint_connections]
    checks.equal("link connections", states, ["Approved"])
    checks.equal("private endpoint", (private.provisioning_state, private.subnet.id.split("/")[-1]), ("Succeeded", "snet-pe"))


def tamper(checks):
    hub = Account(HUB)
    group = hub.groups("payments-edge")["hub/eu-north-1/security-group/edge"]["GroupId"]
    hub.ec2.authorize_security_group_ingress(GroupId=group, IpProtocol="tcp", FromPort=22, ToPort=22, CidrIp="10.99.0.0/16")
    NET.security_rules.begin_delete("rg-prod", "nsg-core", "xc-payments-edge-from-aws").result(timeout=60)
    found = NET.firewall_policy_rule_collection_groups.get("rg-hub", "afwp-hub", "rcg-xcloud-payments-edge")
    rule = found.rule_collections[0].rules[0]
    twin = type(rule).from_dict({**rule.as_dict(), "name": "extra", "source_addresses": ["10.66.0.0/24"]})
    found.rule_collections[0].rules.append(twin)
    NET.firewall_policy_rule_collection_groups.begin_create_or_update(
        "rg-hub", "afwp-hub", "rcg-xcloud-payments-edge", found).result(timeout=120)
    checks.equal("firewall rules", sorted(firewall_rules("rcg-xcloud-payments-edge")), ["extra", "xc-payments-edge-from-aws"])


def active(checks, region, epoch, fenced):
    """Names, records and rules of the environments with two regions, where `region` is active."""
    wanted = {"events.dev": ("dev", "eu-north-1"), "events.int": ("int", region), "events": ("prod", region)}
    seen = {name: addresses for name, (_, addresses) in records().items()}
    checks.equal("records", seen, {name: sorted(ips(at, env, 5)) for name, (env, at) in wanted.items()})
    found = {one.name: ["".join(record.value) for record in one.txt_records]
             for one in DNS.record_sets.list_by_type("rg-dns", "aws.bank.example", "TXT")}
    checks.equal("active-region records", sorted(found), ["_active.open-api-int", "_active.open-api-prod"])
    for name, texts in found.items():
        fields = dict(part.split("=") for part in texts[0].split(";"))
        fields.pop("run")
        old = "fenced" if fenced else "open"
        checks.equal(name, fields, {"v": "1", "epoch": str(epoch), "region": region, "to": "", "old": old})
    group = NET.firewall_policy_rule_collection_groups.get("rg-hub", "afwp-hub", "rcg-xcloud-open-api")
    by_action = {one.action.type: one for one in group.rule_collections}
    checks.equal("collections", sorted(by_action), ["Allow", "Deny"] if fenced else ["Allow"])
    allowed = {rule.name: rule for rule in by_action["Allow"].rules}
    names = sorted(f"xc-open-api-{env}-{flow}-{at}" for env, at in PLACES for flow in ("core-banking", "payment-events"))
    checks.equal("rules that allow", sorted(allowed), names)
    if fenced:
        deny = by_action["Deny"]
        checks.equal("the fence decides first", deny.priority < by_action["Allow"].priority, True)
        wanted = {}
        for env in ("int", "prod"):
            azure_ip, clients = f"10.12{ENVS[env]}.8.10", f"10.12{ENVS[env]}.16.0/26"
            wanted[f"xc-open-api-{env}-core-banking-eu-north-1-fence"] = (ips("eu-north-1", env, 4), [azure_ip])
            wanted[f"xc-open-api-{env}-payment-events-eu-north-1-fence"] = ([clients], ips("eu-north-1", env, 5))
        denied = {rule.name: (rule.source_addresses, rule.destination_addresses, [], []) for rule in deny.rules}
        checks.equal("what is denied", {name: rule[:2] for name, rule in bare(denied).items()}, wanted)
    for env in ("int", "prod"):
        hub = Account(HUB, region)
        endpoint = hub.endpoints("open-api")[f"{env}/{region}/endpoint/payment-events"]
        checks.equal(f"{env} endpoint", endpoint["State"], "available")
        seen = sorted(hub.addresses(endpoint["NetworkInterfaceIds"]), key=lambda ip: int(ip.split(".")[3]))
        checks.equal(f"{env} answers with the live endpoint", seen, ips(region, env, 5))


def away(checks):
    active(checks, "eu-west-1", 1, fenced=True)


def back(checks):
    active(checks, "eu-north-1", 2, fenced=False)


def gone(checks):
    for product in ("open-api", "payments-edge"):
        for region in REGIONS:
            if f"XCLOUD_AWS_ENDPOINT_{region.upper().replace('-', '_')}" not in os.environ:
                continue
            for account in (HUB, *PRODUCTS.values()):
                here = Account(account, region)
                left = {**here.groups(product), **here.services(product), **here.endpoints(product), **here.balancers(product)}
                checks.equal(f"{product} in {account} {region}", left, {})
    checks.equal("records", records(), {})
    groups = NET.firewall_policy_rule_collection_groups.list("rg-hub", "afwp-hub")
    checks.equal("rule collection groups", [one.name for one in groups], [])
    nsgs = [nsg for nsg in NET.network_security_groups.list_all() if nsg.security_rules]
    checks.equal("NSG rules", [rule.name for nsg in nsgs for rule in nsg.security_rules], [])
    checks.equal("private endpoints", [one.name for one in NET.private_endpoints.list_by_subscription()], [])
    checks.equal("link services", [one.name for one in NET.private_link_services.list_by_subscription()], [])


def main():
    checks = Checks()
    {"open-api": open_api, "resources": resources, "tamper": tamper, "away": away, "back": back, "gone": gone}[sys.argv[1]](checks)
    checks.finish()


main()
