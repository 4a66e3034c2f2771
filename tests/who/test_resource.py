"""`who` and `why` are asked about one resource, and say where many are named."""

from __future__ import annotations

import pytest

from logkeep.who.resource import not_one_resource
from support import scenes

TRAIL = "arn:aws:cloudtrail:us-east-1:222222222222:trail/logkeep"


@pytest.mark.parametrize(
    "resource",
    [
        TRAIL,
        "*",
        "logkeep",
        "arn:aws:s3:::secprod-multiaccount-logs/AWSLogs/*",
        "arn:aws:s3:::secprod-multiaccount-logs/a?b",
        "arn:aws:logs:us-east-1:222222222222:log-group:audit:*",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:s3:::secprod-multiaccount-logs",
    ],
)
def test_what_names_one_is_asked_about(resource: str) -> None:
    assert not_one_resource(scenes.FLEET, resource) is None


@pytest.mark.parametrize(
    ("resource", "says", "instead"),
    [
        ("arn:aws:cloudtrail:*:*:trail/logkeep", "Region `*` and account `*`",
         "arn:aws:cloudtrail:us-east-1:111111111111:trail/logkeep"),
        ("arn:*:cloudtrail:us-east-1:222222222222:trail/logkeep", "partition `*`", TRAIL),
        ("arn:aws:cloudtrail:us-east-1:222222222222:trail/*", "name `trail/*`",
         "arn:aws:cloudtrail:us-east-1:222222222222:trail/NAME"),
        ("arn:aws:cloudtrail:us-east-?:222222222222:trail/logkeep", "Region `us-east-?`", TRAIL),
        ("arn:aws:s3:::*/x", "name `*`", "arn:aws:s3:::secprod-multiaccount-logs/x"),
    ],
)  # fmt: skip
def test_what_names_many_is_told_with_one_of_them(resource: str, says: str, instead: str) -> None:
    found = not_one_resource(scenes.FLEET, resource)
    assert found is not None
    assert found.says == f"`{resource}` names more than one resource: {says}"
    assert found.hint == f"ask about one, such as {instead}"
