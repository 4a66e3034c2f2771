"""Breaking flow logs by calls that no single need's fault knows."""

from __future__ import annotations

from logkeep.lab.breaking.calls import Breakage, CannotBreak
from logkeep.lab.breaking.denied import role_denied
from logkeep.route import Exists, Hop
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.routes import all_routes
from logkeep.sources.vpc_flow.options import ARCHIVE, SOURCE
from logkeep.value import AccountId, Json

NO_LIST = "NoVpcs"
"""The inline policy that keeps Logkeep from describing VPCs."""
THING = f"flow log to {ARCHIVE}"


def _captured(facts: Facts, account: AccountId) -> Hop:
    for route in all_routes(facts):
        if route.account == account and route.name.startswith(f"{SOURCE}/"):
            for hop in route.hops:
                if hop.speaks and hop.role == "captured network":
                    return hop
    raise CannotBreak("no VPC of the account is to be recorded in the archive")


def elsewhere(facts: Facts, account: AccountId) -> Breakage:
    """A VPC's flow log is made anew, into a bucket of the account's own."""
    hop = _captured(facts, account)
    spoil = registry.things()[THING].spoil
    need = next((each for each in hop.needs if isinstance(each, Exists)), None)
    faults = list(spoil(facts, hop, need)) if spoil and need else []
    if not faults:
        raise CannotBreak("the VPC has no flow log into the archive")
    name = f"{facts.fleet.name}-elsewhere-{account}"
    (anew,) = registry.things()[THING].make(facts, hop)
    place = (hop.arn, account, hop.region)
    create: dict[str, Json] = {"Bucket": name}
    if hop.region != "us-east-1":
        create["CreateBucketConfiguration"] = {"LocationConstraint": hop.region}
    there = {**anew.arguments, "LogDestination": f"arn:{facts.fleet.partition}:s3:::{name}"}
    away = Write(*place, "s3:CreateBucket", create)
    other = Write(*place, anew.call, there)
    return Breakage(f"its flow log delivers to `{name}`", (away, *faults[0].writes, other), (anew,))


def unlisted(facts: Facts, account: AccountId) -> Breakage:
    """The role that Logkeep uses in the account is denied to describe VPCs."""
    return role_denied(facts, account, "ec2:DescribeVpcs", name=NO_LIST, does="describe VPCs")


KEY_ID = "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
"""Of no key at all: the name alone is what cannot be delivered to (rule 6.3.4)."""


def key_by_id(facts: Facts, _account: AccountId) -> Breakage:
    """The archive's default encryption names a key by its id."""
    archive = facts.fleet.archive
    place = (facts.fleet.bucket_arn, archive.account, facts.fleet.archive_region)

    def encrypted(**default: Json) -> Write:
        rule: Json = {"ApplyServerSideEncryptionByDefault": default}
        named: dict[str, Json] = {
            "Bucket": archive.bucket,
            "ServerSideEncryptionConfiguration": {"Rules": [rule]},
        }
        return Write(*place, "s3:PutBucketEncryption", named)

    by_id = encrypted(SSEAlgorithm="aws:kms", KMSMasterKeyID=KEY_ID)
    says = "the default encryption names a key by its id"
    return Breakage(says, (by_id,), (encrypted(SSEAlgorithm="AES256"),))
