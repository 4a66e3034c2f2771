"""Breaking flow logs by calls that no single need's fault knows."""

from __future__ import annotations

from logkeep.lab.breaking import buckets
from logkeep.lab.breaking.calls import Breakage, CannotBreak, hop_of
from logkeep.lab.breaking.denied import role_denied
from logkeep.route import Exists
from logkeep.snapshot.facts import Facts
from logkeep.snapshot.setting import Write
from logkeep.sources import registry
from logkeep.sources.vpc_flow.options import ARCHIVE, SOURCE
from logkeep.value import AccountId

NO_LIST = "NoVpcs"
"""The inline policy that keeps Logkeep from describing VPCs."""
THING = f"flow log to {ARCHIVE}"


def elsewhere(facts: Facts, account: AccountId) -> Breakage:
    """A VPC's flow log is made anew, into a bucket of the account's own."""
    none = "no VPC of the account is to be recorded in the archive"
    hop = hop_of(facts, account, SOURCE, "captured network", none=none)
    spoil = registry.things()[THING].spoil
    need = next((each for each in hop.needs if isinstance(each, Exists)), None)
    faults = list(spoil(facts, hop, need)) if spoil and need else []
    if not faults:
        raise CannotBreak("the VPC has no flow log into the archive")
    name = f"{facts.fleet.name}-elsewhere-{account}"
    (anew,) = registry.things()[THING].make(facts, hop)
    place = (hop.arn, account, hop.region)
    there = {**anew.arguments, "LogDestination": f"arn:{facts.fleet.partition}:s3:::{name}"}
    made, other = buckets.created(place, name), Write(*place, anew.call, there)
    return Breakage(f"its flow log delivers to `{name}`", (made, *faults[0].writes, other), (anew,))


def unlisted(facts: Facts, account: AccountId) -> Breakage:
    """The role that Logkeep uses in the account is denied to describe VPCs."""
    return role_denied(facts, account, "ec2:DescribeVpcs", name=NO_LIST, does="describe VPCs")


KEY_ID = "0a1b2c3d-0000-4000-8000-0a1b2c3d4e5f"
"""Of no key at all: the name alone is what cannot be delivered to (rule 6.3.4)."""


def key_by_id(facts: Facts, _account: AccountId) -> Breakage:
    """The archive's default encryption names a key by its id."""
    archive = facts.fleet.archive
    place = (facts.fleet.bucket_arn, archive.account, facts.fleet.archive_region)
    by_id = buckets.encrypted(place, archive.bucket, "aws:kms", KMSMasterKeyID=KEY_ID)
    plain = buckets.encrypted(place, archive.bucket, "AES256")
    return Breakage("the default encryption names a key by its id", (by_id,), (plain,))
