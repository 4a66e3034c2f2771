"""The policies of VPC endpoints: an additional filter for what passes through one (rule 5.1.8)."""

from __future__ import annotations

import msgspec

from logkeep.access import bucket, key, people
from logkeep.policy import Malformed, Policy, Unread
from logkeep.snapshot import Ask, ask
from logkeep.snapshot.facts import Facts, seen
from logkeep.value import Absent, AccountId, Region, Seen, Unseen

KEYS = ("aws:sourcevpce", "aws:sourcevpc", "aws:vpcsourceip")
"""Condition keys by which a policy speaks of endpoints."""


class Endpoint(msgspec.Struct, frozen=True, rename="pascal"):
    """A VPC endpoint with its policy, as text."""

    vpc_endpoint_id: str
    policy_document: str = ""


class Endpoints(msgspec.Struct, frozen=True, rename="pascal"):
    """The answer of ec2:DescribeVpcEndpoints."""

    vpc_endpoints: tuple[Endpoint, ...] = ()


def listed(account: AccountId, region: Region) -> Ask:
    """The question which endpoints an account has in a Region."""
    return ask(account, region, "ec2:DescribeVpcEndpoints")


def are_spoken_of(facts: Facts) -> bool:
    """Whether a policy of the archive, or of its own people, makes anything hang on an endpoint."""
    texts = [seen(bucket.policy_text(facts)), seen(key.policy_text(facts))]
    found = seen(people.details(facts, facts.fleet.archive.account))
    if found is not None:
        texts.append(msgspec.json.encode(found).decode())
    return any(name in text.lower() for text in texts if text for name in KEYS)


def asks(facts: Facts) -> list[Ask]:
    """One question an account, and only where something hangs on an endpoint.

    S3 and KMS are reached through an endpoint of the Region that the archive lies in.
    """
    if not are_spoken_of(facts):
        return []
    accounts = sorted(set(facts.fleet.accounts.values()))
    return [listed(account, facts.fleet.archive_region) for account in accounts]


def policies(facts: Facts, endpoint: str) -> tuple[Policy, ...] | Unread:
    """The policy of an endpoint, whichever account of the fleet it is in.

    One that no account of the fleet shows is somebody else's, and its policy is not known.
    """
    call = "ec2:DescribeVpcEndpoints"
    for account in sorted(set(facts.fleet.accounts.values())):
        look = facts.look(listed(account, facts.fleet.archive_region), Endpoints)
        match look:
            case Seen(answer):
                for found in answer.vpc_endpoints:
                    if found.vpc_endpoint_id == endpoint:
                        return _compiled(facts, found)
            case Unseen(asked, error):
                return Unread(asked, error)
            case Absent(asked):
                return Unread(asked, "is not there")
    return Unread(f"{call} of {endpoint}", "no account of the fleet shows it")


def _compiled(facts: Facts, found: Endpoint) -> tuple[Policy, ...] | Unread:
    name = found.vpc_endpoint_id
    if not found.policy_document:
        return Unread(f"the policy of {name}", "was not shown")
    read = facts.policy(found.policy_document, "endpoint", name)
    return (
        Unread(f"the policy of {name}", read.mistakes[0])
        if isinstance(read, Malformed)
        else (read,)
    )
