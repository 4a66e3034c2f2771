"""The fleet whose permissions are asked about, and what is printed for it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from logkeep.aws.scope import policies
from logkeep.fleet import Fleet, Logs
from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.sources.vpc_flow import FlowOptions
from support.worlds import ACCOUNTS, NOW, asking, fleet_of

PRODUCTION, STAGING = ACCOUNTS["production"], ACCOUNTS["staging"]
SECURITY = ACCOUNTS["security"]
HERE = ("us-east-1",)
READER = "arn:aws:iam::111111111111:role/LogReader"
ROLE = "OrganizationAccountAccessRole"


def fleet_to_be() -> Fleet:
    """A fleet whose archive lies in an account that is entered by a role."""
    fleet = asking(fleet_of(regions=HERE, readers=None), log_group="SecurityTrail")
    members = (PRODUCTION, STAGING)
    logs = tuple(msgspec.structs.replace(each, accounts=members) for each in fleet.logs)
    archive = msgspec.structs.replace(fleet.archive, account=PRODUCTION)
    flows = Logs("vpc-flow", (STAGING,), FlowOptions())
    return msgspec.structs.replace(fleet, archive=archive, logs=(*logs, flows))


FLEET = fleet_to_be()


def printed(command: str) -> dict[str, Any]:
    """What is printed where nothing is known but the fleet file."""
    return policies(Facts(FLEET, Snapshot("acme", NOW, {})), command)


def statements(policy: dict[str, Any]) -> Iterator[tuple[list[str], list[str]]]:
    for each in policy["Statement"]:
        found = each["Resource"]
        yield each["Action"], found if isinstance(found, list) else [found]
