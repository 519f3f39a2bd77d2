"""Judges a served Resource Manager with Microsoft's own Python SDK as the client.

    python -m venv VENV && VENV/bin/pip install azure-mgmt-network==27.0.0 azure-mgmt-privatedns==1.2.0
    cargo run -p xcloud-sim --example serve_arm -- --pairs pairs.jsonl      # prints its URL; ends with its input
    VENV/bin/python tests/judge/azure_sdk.py URL

Needs two subscriptions with the resource group, and a firewall policy that is attached to a firewall; everything
else it makes and deletes itself. Prints `N passed, N failed`; exits 1 if anything failed.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from azure.core import MatchConditions
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest
from azure.mgmt.network import NetworkManagementClient
from azure.mgmt.network import models as net
from azure.mgmt.privatedns import PrivateDnsManagementClient
from azure.mgmt.privatedns import models as dns

LOCATION = "norwayeast"


class Token:
    """A credential that always has a token."""

    def get_token(self, *_scopes, **_options):
        return AccessToken("judge", int(time.time()) + 3600)


class Bearer(SansIOHTTPPolicy):
    """Sends the token over plain http too, which the SDK's own policy refuses."""

    def on_request(self, request):
        request.http_request.headers["Authorization"] = "Bearer judge"


class Impatient(RequestsTransport):
    """Waits at most a fifth of a second, whatever Retry-After says."""

    def sleep(self, duration):
        time.sleep(min(duration, 0.2))


class Judge:
    """Counts what holds and what does not."""

    def __init__(self):
        self.passed = 0
        self.failed = 0

    def check(self, what, holds, seen=None):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {what}: {seen!r}", flush=True)

    def same(self, what, seen, wanted):
        self.check(what, seen == wanted, f"{seen!r}, not {wanted!r}")

    def refused(self, what, status, code, call, detail=None):
        try:
            seen = call()
            self.check(what, False, f"accepted: {seen}")
        except HttpResponseError as error:
            details = [entry.code for entry in (error.error.details or [])] if error.error else []
            got = (error.status_code, error.error.code if error.error else None)
            self.same(what, got, (status, code))
            if detail:
                self.check(f"{what}: detail", detail in details, details)


class World:
    """The clients and names that every part of the judgement uses."""

    def __init__(self, arguments):
        self.judge = Judge()
        self.base = arguments.url.rstrip("/")
        self.group = arguments.group
        self.policy = arguments.policy
        self.subscription = arguments.subscription
        self.other = arguments.other_subscription
        self.net = self.client(NetworkManagementClient, self.subscription)
        self.far = self.client(NetworkManagementClient, self.other)
        self.dns = self.client(PrivateDnsManagementClient, self.subscription)

    def client(self, kind, subscription):
        return kind(
            Token(),
            subscription,
            base_url=self.base,
            credential_scopes=["https://management.azure.com/.default"],
            authentication_policy=Bearer(),
            transport=Impatient(),
            polling_interval=0.2,
            retry_total=0,
        )

    def id(self, rest, subscription=None):
        subscription = subscription or self.subscription
        return f"/subscriptions/{subscription}/resourceGroups/{self.group}/providers/Microsoft.Network/{rest}"

    def raw(self, method, url, client=None, **options):
        return (client or self.net)._client.send_request(HttpRequest(method, url, **options))


def made(poller):
    """Waits for an operation and returns the resource."""
    return poller.result(timeout=120)


def followed(poller):
    """Returns the headers of the answer that began an operation."""
    return poller.polling_method()._initial_response.http_response.headers


def rule(priority, **changes):
    values = dict(
        protocol="Tcp",
        access="Allow",
        direction="Inbound",
        priority=priority,
        source_address_prefixes=["10.9.0.0/24", "10.8.0.0/24"],
        source_port_range="*",
        destination_address_prefix="10.1.0.0/24",
        destination_port_range="443",
    )
    values.update(changes)
    return net.SecurityRule(**values)


def judge_platform(world):
    judge, base = world.judge, world.base
    path = world.id("networkSecurityGroups/none")
    judge.refused(
        "a missing group", 404, "ResourceNotFound", lambda: world.net.network_security_groups.get(world.group, "none")
    )
    judge.refused(
        "a missing resource group",
        404,
        "ResourceGroupNotFound",
        lambda: world.net.network_security_groups.get("lost", "none"),
    )
    answer = world.raw("GET", f"{base}{path}?api-version=2019-01-01")
    judge.same("an old version", (answer.status_code, answer.json()["error"]["code"]), (400, "InvalidApiVersionParameter"))
    answer = world.raw("GET", f"{base}{path}")
    judge.same("no version", (answer.status_code, answer.json()["error"]["code"]), (400, "MissingApiVersionParameter"))
    answer = world.raw("GET", f"{base}{path}?api-version=2024-03-01")
    for header in ["x-ms-request-id", "x-ms-correlation-request-id", "x-ms-ratelimit-remaining-subscription-reads"]:
        judge.check(f"header {header}", answer.headers.get(header), dict(answer.headers))
    transport = RequestsTransport()
    with transport:
        bare = transport.send(HttpRequest("GET", f"{base}{path}?api-version=2024-03-01"))
    judge.same("no token", bare.status_code, 401)
    judge.check("a challenge", "Bearer" in bare.headers.get("www-authenticate", ""), dict(bare.headers))
    body = {"location": LOCATION, "properties": {"securityRules": [], "colour": "red"}}
    answer = world.raw("PUT", f"{base}{path}?api-version=2024-03-01", json=body)
    judge.same("an unknown property", (answer.status_code, answer.json()["error"]["code"]), (400, "InvalidRequestFormat"))


def judge_rules(world):
    judge, client = world.judge, world.net
    groups, rules, group = client.network_security_groups, client.security_rules, world.group
    poller = groups.begin_create_or_update(group, "nsg", net.NetworkSecurityGroup(location="Norway East", tags={"a": "b"}))
    judge.check("an operation to follow", "azure-asyncoperation" in followed(poller), dict(followed(poller)))
    nsg = made(poller)
    judge.same("a created group", (nsg.provisioning_state, nsg.location, nsg.tags), ("Succeeded", LOCATION, {"a": "b"}))
    judge.same("default rules", len(nsg.default_security_rules), 6)
    first = made(rules.begin_create_or_update(group, "nsg", "https", rule(200)))
    judge.same("a created rule", (first.provisioning_state, first.priority), ("Succeeded", 200))
    judge.same("plural as sent", first.source_address_prefixes, ["10.9.0.0/24", "10.8.0.0/24"])
    judge.same("the other form is empty", (first.source_address_prefix, first.destination_port_ranges), (None, []))
    judge.check("the group's etag moved", groups.get(group, "nsg").etag != nsg.etag)
    judge.refused(
        "the same priority", 400, "SecurityRuleConflict", lambda: rules.begin_create_or_update(group, "nsg", "b", rule(200))
    )
    judge.refused(
        "a bad priority",
        400,
        "SecurityRuleInvalidPriority",
        lambda: rules.begin_create_or_update(group, "nsg", "b", rule(99)),
    )
    made(rules.begin_create_or_update(group, "nsg", "out", rule(200, direction="Outbound")))
    changed = made(rules.begin_create_or_update(group, "nsg", "https", rule(200, access="Deny")))
    judge.same("an updated rule", changed.access, "Deny")
    judge.refused(
        "a stale etag",
        412,
        "PreconditionFailed",
        lambda: rules.begin_create_or_update(group, "nsg", "https", rule(200), headers={"If-Match": first.etag}),
        detail="PreconditionFailedEtagMismatch",
    )
    judge_busy_rule(world)
    judge.same("rules", sorted(one.name for one in rules.list(group, "nsg")), ["https", "out"])
    poller = rules.begin_delete(group, "nsg", "https")
    judge.check("a location to follow", "location" in followed(poller), dict(followed(poller)))
    made(poller)
    judge.refused("a deleted rule", 404, "NotFound", lambda: rules.get(group, "nsg", "https"))
    made(rules.begin_delete(group, "nsg", "https"))
    judge.same("default rules listed", len(list(client.default_security_rules.list(group, "nsg"))), 6)
    judge.same("in the resource group", [one.name for one in groups.list(group)], ["nsg"])
    everywhere = [one for one in groups.list_all() if one.name == "nsg"]
    judge.check("found in any casing", everywhere[0].id.lower() == nsg.id.lower(), everywhere[0].id)


def judge_busy_rule(world):
    """Two writes of one rule, fast enough that the first still runs in one of twenty tries."""
    rules, group = world.net.security_rules, world.group
    for number in range(20):
        first = rules.begin_create_or_update(group, "nsg", "busy", rule(300 + number))
        try:
            second = rules.begin_create_or_update(group, "nsg", "busy", rule(340 + number))
            made(second)
        except HttpResponseError as error:
            world.judge.same(
                "a busy rule", (error.status_code, error.error.code), (429, "RetryableErrorDueToAnotherOperation")
            )
            break
    else:
        world.judge.check("a busy rule", False, "never refused")
    made(first)
    made(rules.begin_delete(group, "nsg", "busy"))


def network_rule(name, ports):
    return net.NetworkRule(
        name=name,
        ip_protocols=["TCP"],
        source_addresses=["10.9.0.0/24"],
        destination_addresses=["10.1.0.4"],
        destination_ports=ports,
    )


def rule_group(priority, ports):
    action = net.FirewallPolicyFilterRuleCollectionAction(type="Allow")
    collection = net.FirewallPolicyFilterRuleCollection(
        name="allow", priority=200, action=action, rules=[network_rule("https", ports)]
    )
    return net.FirewallPolicyRuleCollectionGroup(priority=priority, rule_collections=[collection])


def judge_rule_groups(world):
    judge, group = world.judge, world.group
    policies = world.net.firewall_policies
    groups = world.net.firewall_policy_rule_collection_groups
    lab = made(policies.begin_create_or_update(group, "lab", net.FirewallPolicy(location=LOCATION)))
    judge.same("a created policy", (lab.provisioning_state, lab.firewalls), ("Succeeded", []))
    first = made(groups.begin_create_or_update(group, "lab", "ours", rule_group(500, ["443"])))
    judge.same("a created group", first.rule_collections[0].rules[0].destination_ports, ["443"])
    judge.same("lists are filled", first.rule_collections[0].rules[0].destination_ip_groups, [])
    judge.refused(
        "a priority twice",
        400,
        "FirewallPolicyRuleCollectionGroupsPrioritiesNotUnique",
        lambda: groups.begin_create_or_update(group, "lab", "theirs", rule_group(500, ["443"])),
    )
    judge.refused(
        "a bad port",
        400,
        "FirewallPolicyRuleInvalidPort",
        lambda: groups.begin_create_or_update(group, "lab", "theirs", rule_group(501, ["no"])),
    )
    # The firewall types answer their tag bare in the body and quoted in the header, which is what If-Match takes.
    seen = {"If-Match": f'"{first.etag}"'}
    second = made(
        groups.begin_create_or_update(group, "lab", "ours", rule_group(500, ["80"]), headers=seen)
    )
    judge.same("replaced whole", second.rule_collections[0].rules[0].destination_ports, ["80"])
    judge.refused(
        "a stale etag",
        412,
        "PreconditionFailed",
        lambda: groups.begin_create_or_update(
            group, "lab", "ours", rule_group(500, ["1"]), headers=seen
        ),
        detail="PreconditionFailedEtagMismatch",
    )
    judge.same("listed", [one.name for one in groups.list(group, "lab")], ["ours"])
    slow = groups.begin_create_or_update(group, world.policy, "ours", rule_group(500, ["443"]))
    judge.refused(
        "one write of a policy at a time",
        409,
        "AnotherOperationInProgress",
        lambda: groups.begin_create_or_update(group, world.policy, "theirs", rule_group(501, ["443"])),
    )
    judge.same("it runs", groups.get(group, world.policy, "ours").provisioning_state, "Updating")
    judge.same("so does its policy", policies.get(group, world.policy).provisioning_state, "Updating")
    judge.same("it ends", made(slow).provisioning_state, "Succeeded")
    made(groups.begin_delete(group, world.policy, "ours"))
    made(groups.begin_delete(group, "lab", "ours"))
    judge.refused("a deleted group", 404, "NotFound", lambda: groups.get(group, "lab", "ours"))
    judge.check("policies listed", {"lab", world.policy} <= {one.name for one in policies.list(group)})


def frontend(subnet, **changes):
    return net.FrontendIPConfiguration(name="fe", subnet=net.Subnet(id=subnet), **changes)


def judge_networks(world):
    judge, client, group = world.judge, world.net, world.group
    space = net.AddressSpace(address_prefixes=["10.1.0.0/16"])
    services = net.Subnet(name="services", address_prefix="10.1.0.0/24", private_link_service_network_policies="Disabled")
    body = net.VirtualNetwork(location=LOCATION, address_space=space, subnets=[services])
    made(client.virtual_networks.begin_create_or_update(group, "vnet", body))
    subnet = made(client.subnets.begin_create_or_update(group, "vnet", "ends", net.Subnet(address_prefix="10.1.1.0/28")))
    judge.same("endpoints' policies", subnet.private_endpoint_network_policies, "Disabled")
    judge.same("services' policies", subnet.private_link_service_network_policies, "Enabled")
    judge.refused(
        "outside",
        400,
        "NetcfgSubnetRangeOutsideVnet",
        lambda: client.subnets.begin_create_or_update(group, "vnet", "x", net.Subnet(address_prefix="10.2.0.0/24")),
    )
    judge.refused(
        "overlapping",
        400,
        "NetcfgSubnetRangesOverlap",
        lambda: client.subnets.begin_create_or_update(group, "vnet", "x", net.Subnet(address_prefix="10.1.1.0/24")),
    )
    guard = net.NetworkSecurityGroup(id=world.id("networkSecurityGroups/nsg"))
    guarded = net.Subnet(address_prefix="10.1.2.0/24", network_security_group=guard)
    made(client.subnets.begin_create_or_update(group, "vnet", "guarded", guarded))
    judge.refused(
        "a group in use",
        400,
        "InUseNetworkSecurityGroupCannotBeDeleted",
        lambda: client.network_security_groups.begin_delete(group, "nsg"),
    )
    judge.same("subnets", [one.name for one in client.subnets.list(group, "vnet")], ["ends", "guarded", "services"])
    kept = made(
        client.virtual_networks.begin_create_or_update(
            group, "vnet", net.VirtualNetwork(location=LOCATION, address_space=space, tags={"k": "v"})
        )
    )
    judge.same("subnets stay", len(kept.subnets), 3)
    judge.check("networks listed", [one.name for one in client.virtual_networks.list(group)] == ["vnet"])
    services_id = world.id("virtualNetworks/vnet/subnets/services")
    for name, sku in [("lb", "Standard"), ("spare", "Standard"), ("old", "Basic")]:
        balancer = net.LoadBalancer(
            location=LOCATION, sku=net.LoadBalancerSku(name=sku), frontend_ip_configurations=[frontend(services_id)]
        )
        made(client.load_balancers.begin_create_or_update(group, name, balancer))
    judge.same("balancers", sorted(one.name for one in client.load_balancers.list(group)), ["lb", "old", "spare"])
    judge.same("all balancers", len(list(client.load_balancers.list_all())), 3)
    one = client.load_balancer_frontend_ip_configurations.get(group, "lb", "fe")
    judge.same("the frontend's address", one.private_ip_address, "10.1.0.4")
    judge.same("frontends", len(list(client.load_balancer_frontend_ip_configurations.list(group, "lb"))), 1)
    far = net.VirtualNetwork(
        location=LOCATION,
        address_space=net.AddressSpace(address_prefixes=["10.2.0.0/16"]),
        subnets=[net.Subnet(name="ends", address_prefix="10.2.0.0/24")],
    )
    made(world.far.virtual_networks.begin_create_or_update(group, "far", far))


def link_service(world, balancer="lb", subnet="services", **changes):
    front = world.id(f"loadBalancers/{balancer}/frontendIPConfigurations/fe")
    nat = net.PrivateLinkServiceIpConfiguration(
        name="nat", subnet=net.Subnet(id=world.id(f"virtualNetworks/vnet/subnets/{subnet}")), primary=True
    )
    values = dict(
        location=LOCATION,
        load_balancer_frontend_ip_configurations=[net.FrontendIPConfiguration(id=front)],
        ip_configurations=[nat],
        visibility=net.PrivateLinkServicePropertiesVisibility(subscriptions=["*"]),
    )
    values.update(changes)
    return net.PrivateLinkService(**values)


def judge_link_services(world):
    judge, group, services = world.judge, world.group, world.net.private_link_services
    put = lambda body: lambda: services.begin_create_or_update(group, "svc", body)
    judge.refused(
        "policies on",
        400,
        "PrivateLinkServiceCannotBeCreatedInSubnetThatHasNetworkPoliciesEnabled",
        put(link_service(world, subnet="ends")),
    )
    judge.refused("no balancer", 400, "InvalidResourceReference", put(link_service(world, balancer="none")))
    judge.refused(
        "a basic balancer",
        400,
        "PrivateLinkServiceIsNotSupportedWithBasicLoadBalancer",
        put(link_service(world, balancer="old")),
    )
    before = world.net.load_balancers.get(group, "lb").etag
    service = made(services.begin_create_or_update(group, "svc", link_service(world)))
    judge.check("the alias", service.alias.startswith("svc.") and service.alias.endswith(".azure.privatelinkservice"), service.alias)
    judge.check("the balancer's etag moved", world.net.load_balancers.get(group, "lb").etag != before)
    judge.refused(
        "another frontend",
        400,
        "PrivateLinkServiceLoadBalancerFrontendCannotBeChanged",
        put(link_service(world, balancer="spare")),
    )
    nic = service.network_interfaces[0].id.rsplit("/", 1)[1]
    address = world.net.network_interfaces.get(group, nic).ip_configurations[0].private_ip_address
    judge.check("the NAT address", address.startswith("10.1.0."), address)
    judge.same("listed", [one.name for one in services.list(group)], ["svc"])
    judge.same("listed everywhere", [one.name for one in services.list_by_subscription()], ["svc"])


def endpoint(world, manual=False, target=None, subnet=None, **changes):
    target = target or world.id("privateLinkServices/svc")
    link = net.PrivateLinkServiceConnection(name="link", private_link_service_id=target, request_message="please")
    key = "manual_private_link_service_connections" if manual else "private_link_service_connections"
    subnet = net.Subnet(id=subnet or world.id("virtualNetworks/vnet/subnets/ends"))
    return net.PrivateEndpoint(**{"location": LOCATION, "subnet": subnet, key: [link], **changes})


def pinned(address):
    return [net.PrivateEndpointIPConfiguration(name="pin", private_ip_address=address)]


def status_of(one):
    links = one.private_link_service_connections or one.manual_private_link_service_connections
    return links[0].private_link_service_connection_state.status


def judge_endpoints(world):
    judge, group = world.judge, world.group
    endpoints, services = world.net.private_endpoints, world.net.private_link_services
    auto = made(endpoints.begin_create_or_update(group, "auto", endpoint(world, ip_configurations=pinned("10.1.1.9"))))
    judge.same("an automatic connection", status_of(auto), "Approved")
    nic = auto.network_interfaces[0].id.rsplit("/", 1)[1]
    judge.same(
        "the pinned address", world.net.network_interfaces.get(group, nic).ip_configurations[0].private_ip_address, "10.1.1.9"
    )
    for address, code in [
        ("10.1.1.9", "PrivateIPAddressIsAllocated"),
        ("10.1.1.2", "PrivateIPAddressInReservedRange"),
        ("10.1.0.50", "PrivateIPAddressNotInSubnet"),
    ]:
        body = endpoint(world, ip_configurations=pinned(address))
        judge.refused(f"pin {address}", 400, code, lambda: endpoints.begin_create_or_update(group, "x", body))
    manual = made(endpoints.begin_create_or_update(group, "manual", endpoint(world, manual=True)))
    judge.same("a manual connection", status_of(manual), "Pending")
    judge.refused(
        "a service with connections",
        400,
        "PrivateLinkServiceCannotBeDeletedWithPrivateEndpointConnections",
        lambda: services.begin_delete(group, "svc"),
    )
    links = {link.private_endpoint.id.rsplit("/", 1)[1]: link for link in services.list_private_endpoint_connections(group, "svc")}
    judge.same("both connections", sorted(links), ["auto", "manual"])
    for status in ["Approved", "Rejected"]:
        state = net.PrivateLinkServiceConnectionState(status=status, description="judged")
        body = net.PrivateEndpointConnection(private_link_service_connection_state=state)
        services.update_private_endpoint_connection(group, "svc", links["manual"].name, body)
        seen = decided(world, links["manual"].name, status)
        judge.same(f"{status} on the endpoint", status_of(endpoints.get(group, "manual")), status)
        judge.same(f"{status} on the service", seen.private_link_service_connection_state.status, status)
    made(services.begin_delete_private_endpoint_connection(group, "svc", links["auto"].name))
    judge.same("a removed connection", status_of(endpoints.get(group, "auto")), "Disconnected")
    judge.refused(
        "another target",
        400,
        "PrivateEndpointPropertyCannotBeChanged",
        lambda: endpoints.begin_create_or_update(group, "auto", endpoint(world, manual=True)),
    )
    judge_superseded(world)
    judge_far_endpoint(world)
    for name in ["auto", "manual"]:
        made(endpoints.begin_delete(group, name))
    judge.same("none left", list(endpoints.list(group)), [])
    made(services.begin_delete(group, "svc"))
    judge.refused("a deleted service", 404, "ResourceNotFound", lambda: services.get(group, "svc"))
    judge.same("interfaces left", [one.name for one in world.net.network_interfaces.list_all()], [])


def decided(world, connection, status):
    """Waits for a decision about a connection, which is an operation that the SDK does not follow; returns the connection."""
    for _ in range(300):
        seen = world.net.private_link_services.get_private_endpoint_connection(world.group, "svc", connection)
        if seen.provisioning_state != "Updating" and seen.private_link_service_connection_state.status == status:
            return seen
        time.sleep(0.1)
    return seen


def judge_superseded(world):
    judge, group, endpoints = world.judge, world.group, world.net.private_endpoints
    first = endpoints.begin_create_or_update(group, "manual", endpoint(world, manual=True, tags={"n": "1"}))
    second = endpoints.begin_create_or_update(group, "manual", endpoint(world, manual=True, tags={"n": "2"}))
    judge.same("the later write", made(second).tags, {"n": "2"})
    try:
        made(first)
        judge.check("the earlier write is canceled", False, "succeeded")
    except HttpResponseError as error:
        judge.check("the earlier write is canceled", "cancel" in str(error).lower(), str(error))


def judge_far_endpoint(world):
    judge, group, far = world.judge, world.group, world.far.private_endpoints
    alias = world.net.private_link_services.get(group, "svc").alias
    subnet = world.id("virtualNetworks/far/subnets/ends", world.other)
    judge.refused(
        "no rights there",
        403,
        "LinkedAuthorizationFailed",
        lambda: far.begin_create_or_update(group, "pe", endpoint(world, subnet=subnet)),
    )
    judge.refused(
        "an alias asks",
        400,
        "PrivateEndpointAliasNeedsManualConnection",
        lambda: far.begin_create_or_update(group, "pe", endpoint(world, target=alias, subnet=subnet)),
    )
    made(far.begin_create_or_update(group, "pe", endpoint(world, manual=True, target=alias, subnet=subnet)))
    judge.same("by alias", status_of(far.get(group, "pe")), "Pending")
    made(far.begin_delete(group, "pe"))


def judge_names(world):
    judge, client, group = world.judge, world.dns, world.group
    zone, sets = "judge.example", world.dns.record_sets
    made(client.private_zones.begin_create_or_update(group, zone, dns.PrivateZone(location="global")))
    judge.same("a zone", client.private_zones.get(group, zone).provisioning_state, "Succeeded")
    judge.same("zones", [one.name for one in client.private_zones.list_by_resource_group(group)], [zone])
    judge.same("zones everywhere", [one.name for one in client.private_zones.list()], [zone])
    body = dns.RecordSet(ttl=60, a_records=[dns.ARecord(ipv4_address="10.1.0.4")], metadata={"owner": "me"})
    first = sets.create_or_update(group, zone, "A", "api", body)
    judge.same("a record", (first.fqdn, first.ttl, first.metadata), (f"api.{zone}.", 60, {"owner": "me"}))
    text = lambda value: dns.RecordSet(ttl=30, txt_records=[dns.TxtRecord(value=[value])])
    active = sets.create_or_update(group, zone, "TXT", "_active.x", text("1"), if_none_match="*")
    judge.refused(
        "created twice",
        412,
        "PreconditionFailed",
        lambda: sets.create_or_update(group, zone, "TXT", "_active.x", text("2"), if_none_match="*"),
    )
    match = dict(etag=active.etag, match_condition=MatchConditions.IfNotModified)
    try:
        won = sets.create_or_update(group, zone, "TXT", "_active.x", text("2"), if_match=active.etag)
    except TypeError:
        won = sets.create_or_update(group, zone, "TXT", "_active.x", text("2"), **match)
    judge.same("compare and set", won.txt_records[0].value, ["2"])
    for name, call in [
        ("write", lambda: sets.create_or_update(group, zone, "TXT", "_active.x", text("3"), if_match=active.etag)),
        ("delete", lambda: sets.delete(group, zone, "TXT", "_active.x", if_match=active.etag)),
    ]:
        judge.refused(f"a stale {name}", 412, "PreconditionFailed", call)
    judge.same("texts", [one.name for one in sets.list_by_type(group, zone, "TXT")], ["_active.x"])
    judge.same("all", sorted(one.name for one in sets.list(group, zone)), ["@", "_active.x", "api"])
    judge.refused(
        "a bad address",
        400,
        "BadRequest",
        lambda: sets.create_or_update(group, zone, "A", "b", dns.RecordSet(ttl=60, a_records=[dns.ARecord(ipv4_address="x")])),
    )
    sets.delete(group, zone, "TXT", "_active.x", if_match=won.etag)
    judge.refused("a deleted record", 404, "ResourceNotFound", lambda: sets.get(group, zone, "TXT", "_active.x"))


def judge_paging(world):
    judge, group, zone = world.judge, world.group, "judge.example"
    body = dns.RecordSet(ttl=60, a_records=[dns.ARecord(ipv4_address="10.1.0.4")])
    for number in range(5):
        world.dns.record_sets.create_or_update(group, zone, "A", f"n{number}", body)
    pages = [len(list(page)) for page in world.dns.record_sets.list_by_type(group, zone, "A", top=2).by_page()]
    judge.same("pages", pages, [2, 2, 2])


def judge_limits(world):
    """Private DNS answers 500 reads in five minutes; the next ones are refused with Retry-After."""
    url = f"{world.base}{world.id('privateDnsZones/judge.example')}?api-version=2024-06-01"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: world.raw("GET", url, world.dns), range(1_000)))
    refused = [answer for answer in answers if answer.status_code == 429]
    world.judge.check("limits are enforced", refused, "1000 reads were answered")
    codes = {answer.json()["error"]["code"] for answer in refused}
    world.judge.same("the code of a limit", codes, {"TooManyRequests"})
    world.judge.check("a limit says when", all(int(answer.headers.get("retry-after", 0)) >= 1 for answer in refused))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("url")
    parser.add_argument("--subscription", default="11111111-1111-1111-1111-111111111111")
    parser.add_argument("--other-subscription", default="22222222-2222-2222-2222-222222222222")
    parser.add_argument("--group", default="judge-rg")
    parser.add_argument("--policy", default="hub")
    world = World(parser.parse_args())
    for part in [
        judge_platform,
        judge_rules,
        judge_rule_groups,
        judge_networks,
        judge_link_services,
        judge_endpoints,
        judge_names,
        judge_paging,
        judge_limits,
    ]:
        try:
            part(world)
        except Exception as error:  # one part must not hide the others
            world.judge.check(part.__name__, False, error)
    print(f"{world.judge.passed} passed, {world.judge.failed} failed")
    sys.exit(1 if world.judge.failed else 0)


if __name__ == "__main__":
    main()
