"""Measures whole xcloud processes against stock moto: calls, wall, CPU and peak memory of plan and apply.

    .venv/bin/python tests/perf/moto_copies.py target/release/xcloud 1 10 50 [--plan-only 500]

An estate of n copies of {2 groups with 4 rules, load balancer + target group + listener, service + principal,
endpoint}. Prints one Markdown row for each measurement; times are of this machine at this moment, calls are exact.
"""
import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import boto3

REGION = "eu-north-1"
ACCOUNT = "100000000001"


def start_moto():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen([str(pathlib.Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return server, f"http://127.0.0.1:{port}"
        except OSError:
            time.sleep(0.1)
    raise SystemExit("moto does not listen")


def network(url):
    base = dict(region_name=REGION, endpoint_url=url, aws_access_key_id="judge", aws_secret_access_key="judge")
    keys = boto3.client("sts", **base).assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/xcloud", RoleSessionName="perf")["Credentials"]
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=url, aws_access_key_id=keys["AccessKeyId"],
                       aws_secret_access_key=keys["SecretAccessKey"], aws_session_token=keys["SessionToken"])
    vpc = ec2.create_vpc(CidrBlock="10.60.0.0/16")["Vpc"]["VpcId"]
    subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.60.{n * 32}.0/19", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
               for n, zone in enumerate("ab")]
    return vpc, subnets


def config(vpc, subnets, copies):
    head = f"""apiVersion: xcloud/v1
product: perf
owner: perf@bank.example
regions: {{primary: {REGION}}}
accounts:
  hub: {{cloud: aws, account: "{ACCOUNT}", region: {REGION}, role: xcloud}}
resources:
"""
    rules = "\n".join(f"      - {{protocol: tcp, ports: {port}, from: [10.20.0.0/16]}}" for port in (443, 8443, 9443, 10443))
    parts = [head]
    for n in range(copies):
        for group in ("edge", "clients"):
            parts.append(f"""  - kind: aws/security-group
    name: {group}-{n}
    in: hub
    vpc: {{id: {vpc}}}
    description: {group} {n}
    ingress:
{rules}
    egress: []
""")
        parts.append(f"""  - kind: aws/load-balancer
    name: edge-lb-{n}
    in: hub
    subnets: {{ids: [{", ".join(subnets)}]}}
    security_groups: [edge-{n}]
    listeners:
      - {{port: 443, targets: [{{ip: 10.122.8.10, port: 443}}]}}
  - kind: aws/endpoint-service
    name: service-{n}
    in: hub
    load_balancers: [edge-lb-{n}]
    acceptance: automatic
    principals: ["arn:aws:iam::{ACCOUNT}:root"]
  - kind: aws/endpoint
    name: endpoint-{n}
    in: hub
    vpc: {{id: {vpc}}}
    subnets: {{ids: [{", ".join(subnets)}]}}
    service: service-{n}
    security_groups: [clients-{n}]
    private_dns: false
""")
    return "".join(parts)


def measure(binary, url, folder, arguments):
    environment = dict(os.environ, AWS_ENDPOINT_URL=url, AWS_ACCESS_KEY_ID="judge", AWS_SECRET_ACCESS_KEY="judge", XCLOUD_PACING="off")
    with open(folder / "out", "wb") as out, open(folder / "err", "wb") as err:
        start = time.monotonic()
        child = subprocess.Popen([binary, *arguments, "--format", "json"], cwd=folder, env=environment, stdout=out, stderr=err,
                                 stdin=subprocess.DEVNULL)
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.monotonic() - start
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{arguments} ended with {os.waitstatus_to_exitcode(status)}\n{(folder / 'err').read_text()[-3000:]}")
    calls = json.loads((folder / "out").read_text())["calls"]
    return calls, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("copies", type=int, nargs="+")
    parser.add_argument("--plan-only", type=int)
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    server, url = start_moto()
    print("| copies | command | calls | calls allowed for a no-op plan | wall s | CPU s | peak MiB |\n|---|---|---|---|---|---|---|")
    details = {}
    try:
        for copies in arguments.copies + ([arguments.plan_only] if arguments.plan_only else []):
            urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).read()
            vpc, subnets = network(url)
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                (folder / "xcloud.yaml").write_text(config(vpc, subnets, copies))
                commands = [("plan (new)", ["plan"]), ("apply", ["apply", "--yes"]), ("plan (no-op)", ["plan"])]
                for label, command in commands[:1] if copies == arguments.plan_only else commands:
                    calls, wall, cpu, peak = measure(binary, url, folder, command)
                    allowed = f"{12 + 3.2 * copies:.0f}" if label == "plan (no-op)" else ""
                    print(f"| {copies} | {label} | {calls['total']} | {allowed} | {wall:.2f} | {cpu:.2f} | {peak:.0f} |", flush=True)
                    details[f"{copies} {label}"] = calls["by_operation"]
                    if allowed and calls["total"] > 12 + 3.2 * copies:
                        raise SystemExit("more calls than allowed")
    finally:
        server.terminate()
    print("\n```json\n" + json.dumps(details, indent=1) + "\n```")


if __name__ == "__main__":
    main()
