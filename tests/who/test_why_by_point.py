"""`why` of an access point's ARN: the access point and its bucket are both asked."""

from __future__ import annotations

from typing import Any

import pytest

from logkeep.snapshot import Snapshot
from logkeep.snapshot.facts import Facts
from logkeep.who.why import Question, Why, question, why
from support.scenes import FLEET
from who.test_access_points import (
    ALL,
    BUCKET,
    EVE,
    OBJECTS,
    OPEN_TO_ALL,
    POINTS,
    TO_OWN_POINTS,
    delegated,
    opened,
    statement,
    unlisted,
    with_eve,
    with_point,
)

POINT = f"{POINTS}/logs"
OBJECT = f"{POINT}/object/AWSLogs/222222222222/a.json.gz"
AT_POINT = [POINT, f"{POINT}/object/*"]


def asked(snapshot: Snapshot, action: str = "s3:DeleteObject", resource: str = OBJECT) -> Why:
    facts = Facts(FLEET, snapshot)
    found = question(facts, EVE, action, resource, {})
    assert isinstance(found, Question), found
    return why(facts, found)


def allow(**more: Any) -> dict[str, Any]:
    return statement("Allow", AT_POINT, Principal={"AWS": EVE}, **more)


def deny(on: Any) -> dict[str, Any]:
    return statement("Deny", on, Principal="*")


CASES: list[tuple[str, list[Any], list[Any], list[Any], str]] = [
    ("all of them allow", [ALL], [allow()], [OPEN_TO_ALL], "Allowed"),
    ("her own policies suffice in her account", [ALL], [], [], "Allowed"),
    ("nobody lets her", [], [], [], "ImplicitlyDenied"),
    ("the access point denies", [ALL], [deny(AT_POINT)], [OPEN_TO_ALL], "ExplicitlyDenied"),
    ("the bucket denies", [ALL], [allow()], [deny([BUCKET, OBJECTS])], "ExplicitlyDenied"),
    ("the bucket denies what comes by another", [ALL], [allow()],
     [{**deny([BUCKET, OBJECTS]),
       "Condition": {"ArnNotLike": {"s3:DataAccessPointArn": f"{POINTS}/logs"}}}], "Allowed"),
    ("her own policies name the access point alone", [statement("Allow", AT_POINT)], [], [],
     "Unknown"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("own", "at_point", "at_bucket", "outcome"),
    [case[1:] for case in CASES],
    ids=[c[0] for c in CASES],
)
def test_both_are_asked(
    own: list[Any], at_point: list[Any], at_bucket: list[Any], outcome: str
) -> None:
    """S3 User Guide, "Configuring IAM policies for using access points"."""
    found = asked(with_point(opened(with_eve(*own), *at_bucket), *at_point))
    assert found.outcome == outcome, found.rulings


def test_a_bucket_that_leaves_it_to_its_access_points_lets_pass_whom_they_let() -> None:
    found = asked(with_point(delegated(with_eve(), TO_OWN_POINTS), allow()))
    assert found.outcome == "Allowed"
    assert [ruling.request.resource for ruling in found.rulings] == [
        OBJECT, f"{BUCKET}/AWSLogs/222222222222/a.json.gz",
    ]  # fmt: skip


def test_reading_a_log_asks_the_key_too() -> None:
    found = asked(with_point(opened(with_eve(ALL), OPEN_TO_ALL), allow()), "s3:GetObject")
    assert found.rulings[-1].request.action == "kms:Decrypt"


def test_an_access_point_that_was_not_seen_stays_unknown() -> None:
    for snapshot in (with_eve(ALL), unlisted(with_eve(ALL))):
        assert asked(snapshot).outcome == "Unknown"


def test_the_bucket_itself_by_an_access_point() -> None:
    snapshot = with_point(opened(with_eve(ALL), OPEN_TO_ALL))
    assert asked(snapshot, "s3:ListBucket", POINT).outcome == "Allowed"
