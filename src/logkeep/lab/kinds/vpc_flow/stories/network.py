"""Two pings, one lost to a network ACL, told from flow logs."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

from logkeep.lab import statefile
from logkeep.lab.demo.stage import Stage
from logkeep.lab.fleet_text import fleet_text
from logkeep.lab.work import IMAGE

WHO = "admin@production"
ASKED = """\
[[logs]]
source = "vpc-flow"
accounts = ["production"]"""
HOME = "203.0.113.12"
PUBLIC = "198.51.100.7"


def tell(here: Stage) -> None:
    """Tell it."""
    statefile.write(here.running, here.folder / statefile.USUAL)
    made = _network(here)
    _recorded(here)
    _pings(here, made)
    _explained(here, made)


def _ec2(here: Stage, *command: str) -> Any:
    """One call that sets the scene, not shown."""
    found = here.run("aws", "ec2", *command, who=WHO, shown=False)
    return json.loads(found.text) if found.text.strip() else {}


def _network(here: Stage) -> dict[str, str]:
    """A VPC with a machine that has a public address, and a network ACL of its own."""
    for subnet in _ec2(here, "describe-subnets")["Subnets"]:
        _ec2(here, "delete-subnet", "--subnet-id", subnet["SubnetId"])
    for vpc in _ec2(here, "describe-vpcs")["Vpcs"]:
        _ec2(here, "delete-vpc", "--vpc-id", vpc["VpcId"])
    vpc = _ec2(here, "create-vpc", "--cidr-block", "172.31.0.0/16")["Vpc"]["VpcId"]
    of_vpc = ("--vpc-id", vpc)
    block = ("--cidr-block", "172.31.16.0/20")
    subnet = _ec2(here, "create-subnet", *of_vpc, *block)["Subnet"]["SubnetId"]
    gateway = _ec2(here, "create-internet-gateway")["InternetGateway"]["InternetGatewayId"]
    _ec2(here, "attach-internet-gateway", *of_vpc, "--internet-gateway-id", gateway)
    tables = _ec2(here, "describe-route-tables")["RouteTables"]
    table = next(t["RouteTableId"] for t in tables if t["VpcId"] == vpc)
    away = ("--destination-cidr-block", "0.0.0.0/0", "--gateway-id", gateway)
    _ec2(here, "create-route", "--route-table-id", table, *away)
    group = _group(here, vpc)
    place = ("--subnet-id", subnet, "--security-group-ids", group)
    own = ("--private-ip-address", "172.31.16.139")
    ran = _ec2(here, "run-instances", "--image-id", IMAGE, "--count", "1", *place, *own)[
        "Instances"
    ][0]
    address = _ec2(here, "allocate-address", "--domain", "vpc", "--address", PUBLIC)
    given = ("--allocation-id", address["AllocationId"], "--instance-id", ran["InstanceId"])
    _ec2(here, "associate-address", *given)
    return {"vpc": vpc, "subnet": subnet, "instance": ran["InstanceId"], "acl": _acl(here, vpc)}


def _group(here: Stage, vpc: str) -> str:
    """A security group that lets ICMP in; answers pass by themselves."""
    named = ("--group-name", "ping", "--description", "ping", "--vpc-id", vpc)
    group = _ec2(here, "create-security-group", *named)["GroupId"]
    rule = ("--protocol", "icmp", "--port", "-1", "--cidr", "0.0.0.0/0")
    _ec2(here, "authorize-security-group-ingress", "--group-id", group, *rule)
    return str(group)


def _acl(here: Stage, vpc: str) -> str:
    acls = _ec2(here, "describe-network-acls")["NetworkAcls"]
    return str(next(acl["NetworkAclId"] for acl in acls if acl["VpcId"] == vpc))


def _recorded(here: Stage) -> None:
    here.title("1. Which machines talked to each other?")
    here.say("A machine of production has a public address. Nothing records its network yet:")
    here.write("logkeep.toml", fleet_text(here.running.accounts, here.running.regions[:1], ASKED),
               shown=False)  # fmt: skip
    found = here.run("logkeep", "diagnose", code=1, ends=(12, 3))
    here.expect("flowlog-missing" in found.text, "diagnose names the missing flow logs")
    here.say("One flow log for each VPC, once the archive lets the records in:")
    here.run("logkeep", "apply", "--yes", ends=(0, 7))
    here.advance(timedelta(minutes=25))


def _pings(here: Stage, made: dict[str, str]) -> None:
    here.title("2. Two pings")
    here.say("Somebody at home pings the machine, and it answers:")
    here.run("logkeep", "lab", "ping", "home", made["instance"])
    here.advance(timedelta(minutes=1))
    here.say(
        """Then somebody closes the network ACL for all that goes out. Security groups let answers
        by; a network ACL knows no answers, only packets:"""
    )
    rule = ("--rule-number", "50", "--protocol", "-1", "--rule-action", "deny", "--egress")
    named = ("--network-acl-id", made["acl"], "--cidr-block", "0.0.0.0/0")
    here.run("aws", "ec2", "create-network-acl-entry", *named, *rule, who=WHO)
    here.run("logkeep", "lab", "ping", "home", made["instance"], code=1)
    here.say("At home nobody can tell a machine that is down from one that may not answer.")


def _explained(here: Stage, made: dict[str, str]) -> None:
    here.title("3. Told from the records")
    here.advance(timedelta(minutes=20))
    here.run("logkeep", "diagnose")
    here.say("Twenty minutes later the records are in the archive. Those that name the home:")
    lines = _records(here)
    here.show(*lines)
    here.expect(len(lines) == 4, "two packets came in, and two went out")
    here.expect(lines[-1].split()[-2] == "REJECT", "the second answer is refused")
    here.say(
        """Twice the packet came in; once the answer went out, and once it was refused there. The
        record does not say by what. Logkeep walks it through the network as it is now:"""
    )
    here.run("logkeep", "try", "ping", "internet", made["instance"], code=1)
    here.say("And it says what the record itself tells, and what it does not:")
    here.run("logkeep", "try", "ping", "--record", lines[-1])


def _records(here: Stage) -> list[str]:
    """The records of what the home sent and was sent, in the order of time."""
    bucket = "s3://secprod-multiaccount-logs/"
    copied = ("s3", "cp", bucket, "logs", "--recursive", "--quiet", "--exclude", "*")
    here.run("aws", *copied, "--include", "*vpcflowlogs*", who="admin@security", shown=False)
    found: list[str] = []
    for path in sorted((here.folder / "logs").rglob("*.log.gz")):
        text = gzip.decompress(path.read_bytes()).decode()
        found += [line for line in text.splitlines() if HOME in line]
    return sorted(found, key=lambda line: line.split()[10])
