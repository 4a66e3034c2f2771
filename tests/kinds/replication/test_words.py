"""What is said of a rule that is not as the fleet file wants it: plain sentences, and true ones."""

from __future__ import annotations

import pytest

from logkeep.fleet import Fleet
from logkeep.fleet.file import read_fleet
from logkeep.route import Is
from logkeep.sources import kinds
from logkeep.sources.replication.words import WORDS
from logkeep.words.described import Described
from support import scenes

KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-2222-3333-4444-555555555555"
OTHER = KEY.replace("5555", "6666")
UNSELECTED = "objects under SSE-KMS are not selected"


def whole(code: str, is_: str, should: str, setting: str = "replication.rule") -> str:
    fleet = read_fleet(scenes.FLEET_TEXT, kinds())
    assert isinstance(fleet, Fleet)
    named = (
        {"is": is_, "should": should}
        if setting == "bucket.ownership"
        else {"is": f"copy: {is_}", "should": f"copy: {should}"}
    )
    found = Described(
        code=code, verdict="fails", evidence={**named}, settle="", aspect="configured",
        role="replicated bucket", arn="arn:aws:s3:::app-logs", accounts=("222222222222",),
        regions=("us-east-1",), fleet=fleet, taken_at=scenes.NOW, source="replication",
        sender="S3", need=Is(setting, should, code),
    )  # fmt: skip
    return "; ".join(say(found) for say in (WORDS[code].title, WORDS[code].why, WORDS[code].fix))


@pytest.mark.parametrize(
    ("code", "is_", "should", "says"),
    [
        ("rule-missing", "none", "Enabled", "no rule that sends everything wanted to `copy`"),
        ("rule-missing", "Disabled", "Enabled", "rule for `copy` has the status Disabled"),
        ("kms-not-selected", UNSELECTED, KEY, "the rule for `copy` does not select them"),
        ("kms-not-selected", UNSELECTED, "a key for the replicas", "set the replica's `key`"),
        ("kms-not-selected", "none", KEY, "no rule for `copy` names a key for the replicas"),
        ("kms-not-selected", OTHER, KEY, f"with {OTHER}; the fleet file says {KEY}"),
        ("owner-taken", "destination", "source", "the rule for `copy` says destination"),
        ("delete-markers-differ", "left", "replicated", "the rule for `copy` says left"),
        ("delete-markers-differ", "none", "replicated", "there is no rule for `copy`"),
        ("storage-class-differs", "GLACIER", "STANDARD", "says GLACIER; the fleet file says STAND"),
        ("time-control-off", "off", "on", "no enabled rule for `copy` has S3 Replication Time"),
    ],
)
def test_a_rule_that_is_not_as_wanted(code: str, is_: str, should: str, says: str) -> None:
    said = whole(code, is_, should)
    assert says in said
    assert "copy: " not in said
    assert "has none" not in said


def test_replicas_under_another_key_are_not_said_to_be_missing() -> None:
    said = whole("kms-not-selected", OTHER, KEY)
    assert "not replicated" not in said
    assert "skips" not in said


def test_the_destinations_ownership_is_not_told_as_the_rules() -> None:
    said = whole("owner-taken", "BucketOwnerEnforced", "ObjectWriter", "bucket.ownership")
    assert "Object Ownership is BucketOwnerEnforced" in said
    assert "rule" not in said
