"""Drives a served simulator with boto3: create, read, update, delete and the refusals of every family.

    python -m venv VENV && VENV/bin/pip install boto3
    cargo run -p xcloud-sim --example serve -- 20       # prints its URL; 20 times as fast as real time
    VENV/bin/python tests/judge/aws_boto3.py URL

It needs nothing in the cloud: it assumes roles of two new accounts, and what it makes there it deletes. It waits at
most 30 real seconds for anything, so the simulator must run at least ten times as fast as real time. Prints
`N passed, N failed`; exits 1 if anything failed.
"""

import sys
import time

from botocore.exceptions import ClientError

from aws_client import check, ec2, make_group, results
from aws_estate import build, demolish
from aws_load_balancers import listeners, load_balancer
from aws_network import group_basics, identities, network, rules
from aws_private_link import amazon, change_service, endpoint, private_dns, service, teardown
from aws_records import records


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
    build()
    identities()
    vpc, subnets = network()
    group_basics(vpc)
    rules(vpc)
    group = make_group(ec2, vpc, "edge")
    balancer = load_balancer(vpc, subnets, group)
    listener, target_group = listeners(vpc, balancer)
    identity, name = service(balancer)
    point, read, consumer, groups = endpoint(identity, name)
    change_service(identity, name, balancer, subnets, group)
    private_dns(point, read)
    amazon(consumer)
    records()
    teardown(balancer, listener, target_group, group, identity, point, read, groups)
    demolish()
    time.sleep(0.3)
    throttles()
    failed = results.count(False)
    print(f"{len(results) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


main()
