"""Hosted zones and record sets."""

from aws_client import PRODUCT, REGION, client, dns, equal, hub, other, refused, until


def records():
    zone = dns.list_hosted_zones_by_vpc(VPCId=other.describe_vpcs()["Vpcs"][0]["VpcId"], VPCRegion=REGION)[
        "HostedZoneSummaries"
    ][0]
    equal("zone", (zone["Name"], zone["Owner"]), ("aws.bank.example.", {"OwningAccount": PRODUCT}))
    identity = zone["HostedZoneId"]
    refused("foreign zone", "AccessDenied", client("route53", *hub).get_hosted_zone, status=403, Id=identity)
    change = lambda action, name, kind, values, ttl=60: {
        "Action": action,
        "ResourceRecordSet": {
            "Name": name,
            "Type": kind,
            "TTL": ttl,
            "ResourceRecords": [{"Value": value} for value in values],
        },
    }
    submit = lambda *changes: dns.change_resource_record_sets(
        HostedZoneId=identity, ChangeBatch={"Changes": list(changes), "Comment": "a & <b>"}
    )
    info = submit(
        change("CREATE", "api.aws.bank.example", "A", ["10.1.2.3"]),
        change("CREATE", "_x.api.aws.bank.example", "TXT", ['"mark=1 & <2>"']),
    )["ChangeInfo"]
    equal("change", (info["Status"], info["Comment"]), ("PENDING", "a & <b>"))
    until("in sync", lambda: dns.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC")
    found = dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"]
    equal(
        "records",
        [(r["Name"], r["Type"]) for r in found],
        [
            ("aws.bank.example.", "NS"),
            ("aws.bank.example.", "SOA"),
            ("api.aws.bank.example.", "A"),
            ("_x.api.aws.bank.example.", "TXT"),
        ],
    )
    equal("text", found[3]["ResourceRecords"], [{"Value": '"mark=1 & <2>"'}])
    page = dns.list_resource_record_sets(
        HostedZoneId=identity, StartRecordName="api.aws.bank.example", StartRecordType="A", MaxItems="1"
    )
    equal(
        "record page",
        (page["IsTruncated"], page["NextRecordName"], page["NextRecordType"]),
        (True, "_x.api.aws.bank.example.", "TXT"),
    )
    bad = {"HostedZoneId": identity}
    batch = lambda *changes: {"ChangeBatch": {"Changes": list(changes)}}
    refused(
        "exists",
        "InvalidChangeBatch",
        dns.change_resource_record_sets,
        **bad,
        **batch(
            change("CREATE", "new.aws.bank.example", "A", ["10.0.0.1"]),
            change("CREATE", "api.aws.bank.example", "A", ["10.0.0.2"]),
        )
    )
    equal("batch is atomic", len(dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"]), 4)
    for name, wrong in {
        "other ttl": change("DELETE", "api.aws.bank.example", "A", ["10.1.2.3"], 61),
        "absent": change("DELETE", "no.aws.bank.example", "A", ["10.0.0.1"]),
        "outside": change("CREATE", "api.example.com", "A", ["10.0.0.1"]),
        "cname": change("CREATE", "api.aws.bank.example", "CNAME", ["x."]),
        "unquoted": change("CREATE", "t.aws.bank.example", "TXT", ["x"]),
        "no address": change("UPSERT", "t.aws.bank.example", "A", ["x"]),
    }.items():
        refused(name, "InvalidChangeBatch", dns.change_resource_record_sets, **bad, **batch(wrong))
    entry = other.describe_vpc_endpoints()["VpcEndpoints"][0]["DnsEntries"][0]
    alias = lambda zone_id: {
        "Action": "UPSERT",
        "ResourceRecordSet": {
            "Name": "alias.aws.bank.example",
            "Type": "A",
            "AliasTarget": {"HostedZoneId": zone_id, "DNSName": entry["DnsName"], "EvaluateTargetHealth": False},
        },
    }
    submit(alias(entry["HostedZoneId"]))
    made = [r for r in dns.list_resource_record_sets(HostedZoneId=identity)["ResourceRecordSets"] if "AliasTarget" in r]
    equal("alias", [r["AliasTarget"]["DNSName"] for r in made], [entry["DnsName"] + "."])
    refused(
        "alias zone", "InvalidChangeBatch", dns.change_resource_record_sets, **bad, **batch(alias("Z0000000000000"))
    )
    submit(
        {**alias(entry["HostedZoneId"]), "Action": "DELETE"},
        change("DELETE", "api.aws.bank.example", "A", ["10.1.2.3"]),
        change("DELETE", "_x.api.aws.bank.example", "TXT", ['"mark=1 & <2>"']),
    )
    zones()


def zones():
    made = dns.create_hosted_zone(
        Name="more.example",
        CallerReference="r-1",
        VPC={"VPCRegion": REGION, "VPCId": other.describe_vpcs()["Vpcs"][0]["VpcId"]},
    )
    identity = made["HostedZone"]["Id"]
    equal("made zone", made["HostedZone"]["Config"]["PrivateZone"], True)
    refused(
        "same reference",
        "HostedZoneAlreadyExists",
        dns.create_hosted_zone,
        status=409,
        Name="x.example",
        CallerReference="r-1",
    )
    equal("vpcs", len(dns.get_hosted_zone(Id=identity)["VPCs"]), 1)
    equal(
        "zones",
        sorted(zone["Name"] for zone in dns.list_hosted_zones()["HostedZones"]),
        ["aws.bank.example.", "more.example."],
    )
    dns.delete_hosted_zone(Id=identity)
    refused("deleted zone", "NoSuchHostedZone", dns.get_hosted_zone, Id=identity)
