"""Who opens the archive for `verify`: a reader, entered by the caller or by the fleet's role."""

from __future__ import annotations

import json
from collections.abc import Iterator

import msgspec
import pytest

from logkeep.cli.archive_reader import reader_of
from support.labs import Bench, bench
from support.worlds import ACCOUNTS, fleet_of

PRODUCTION = ACCOUNTS["production"]
FLEETS_ROLE = f"arn:aws:iam::{PRODUCTION}:role/OrganizationAccountAccessRole"


@pytest.fixture(scope="module")
def lab() -> Iterator[Bench]:
    with bench(ACCOUNTS, fleet_of()) as made:
        yield made


def made(lab: Bench, name: str, trusted: str) -> str:
    trust = {"Effect": "Allow", "Principal": {"AWS": trusted}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    iam = lab.client(PRODUCTION, "iam")
    return iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]["Arn"]


def reading(lab: Bench, *readers: str) -> tuple[str, tuple[str, ...]]:
    """Who opens the archive, and who could not be entered."""
    archive = msgspec.structs.replace(lab.fleet.archive, readers=readers)
    opener = reader_of(msgspec.structs.replace(lab.fleet, archive=archive), lab.session)
    found = opener.session.account_client(opener.account, "sts", "us-east-1").get_caller_identity()
    return found["Arn"].rsplit(":", 1)[-1], opener.refused


def test_a_reader_that_trusts_the_fleets_role_is_entered_through_it(lab: Bench) -> None:
    who, refused = reading(lab, made(lab, "ByFleet", FLEETS_ROLE))
    assert who.startswith("assumed-role/ByFleet/")
    assert refused == ()


def test_what_was_refused_is_said_and_the_next_reader_tried(lab: Bench) -> None:
    closed = made(lab, "Closed", f"arn:aws:iam::{PRODUCTION}:user/developer")
    user = f"arn:aws:iam::{PRODUCTION}:user/developer"
    who, refused = reading(lab, closed, user)
    assert who == "user/ada"
    direct, through, named = refused
    assert direct.startswith(f"the caller: cannot assume {closed}: ")
    assert through.startswith(f"`{FLEETS_ROLE}`: cannot assume {closed}: ")
    assert named == f"{user} is no role: run `logkeep verify` with its credentials"


def test_a_caller_who_is_a_reader_enters_nothing(lab: Bench) -> None:
    assert reading(lab, "arn:aws:iam::111111111111:user/ada") == ("user/ada", ())
