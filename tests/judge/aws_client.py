"""Clients of two accounts, and what the judge of the AWS side checks with."""

import sys
import time

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

URL = sys.argv[1]
REGION = "eu-north-1"
# Two accounts that nobody used before: the judge finds an empty cloud, whatever else is served.
START = int(time.time()) % 10**10
HUB, PRODUCT = f"31{START:010d}", f"32{START:010d}"
ONCE = Config(retries={"total_max_attempts": 1})


results = []


def client(service, key, token=None):
    region = "us-east-1" if service == "route53" else REGION
    return boto3.client(
        service,
        endpoint_url=URL,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key="secret",
        aws_session_token=token,
        config=ONCE,
    )


def check(name, holds, seen=None):
    results.append(holds)
    if not holds:
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


def credentials(account):
    role = f"arn:aws:iam::{account}:role/judge"
    made = client("sts", "ANYBODY").assume_role(RoleArn=role, RoleSessionName="judge")["Credentials"]
    return made["AccessKeyId"], made["SessionToken"]


hub, product = credentials(HUB), credentials(PRODUCT)
ec2, other = client("ec2", *hub), client("ec2", *product)
elb, dns, sts = client("elbv2", *hub), client("route53", *product), client("sts", *hub)


def tags(**pairs):
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def specification(kind, **pairs):
    return [{"ResourceType": kind, "Tags": tags(**pairs)}]


def names(**filters):
    return [{"Name": name.replace("__", ":").replace("_", "-"), "Values": [value]} for name, value in filters.items()]


def permission(cidr=None, port=443, **more):
    ranges = {"IpRanges": [{"CidrIp": cidr}]} if cidr else {}
    return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **ranges, **more}


def make_group(api, vpc, name):
    group = api.create_security_group(
        GroupName=name, Description="judge", VpcId=vpc, TagSpecifications=specification("security-group", Name=name)
    )["GroupId"]
    until(f"group {name} visible", lambda: api.describe_security_groups(GroupIds=[group]))
    return group
